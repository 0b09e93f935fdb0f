#ifndef HOST_LEDGER_COMPARE_H
#define HOST_LEDGER_COMPARE_H

#include <jansson.h>

#include "host/ledger/holding.h"
#include "host/ledger/offer.h"

/*
 * 現在の情報 beside オンライン資格確認: the 18 fields of features.md DEN-14 in
 * their order.  Equal is what is equal once written in one way: width, blanks,
 * small kana, dashes, variants of glyphs (髙 高), leading zeros of numbers, the
 * blanks in front of an insurer number, hyphens of a post number.  An end is
 * equal too where it was cut because the next row on record begins.
 */
#define COMPARE_LIST(X)							\
	X(kana, "カナ氏名", "name in kana")				\
	X(name, "漢字氏名", "name")					\
	X(sex, "性別", "sex")						\
	X(birthdate, "生年月日", "date of birth")			\
	X(post_number, "郵便番号", "post number")			\
	X(address, "住所", "address")					\
	X(insurer_number, "保険者番号", "insurer number")		\
	X(insured_card_symbol, "被保険者記号", "symbol")		\
	X(insured_identification_number, "被保険者番号", "number")	\
	X(insured_branch_number, "被保険者枝番", "branch number")	\
	X(personal_family_classification, "被保険者との続柄",		\
	    "insured or family")					\
	X(insured_name, "被保険者氏名", "name of the insured")		\
	X(details, "詳細情報", "details")				\
	X(valid_from, "保険有効開始日", "valid from")			\
	X(valid_until, "保険有効期限", "valid until")			\
	X(issued_on, "交付日", "issued on")				\
	X(limit_from, "限度額開始日", "limit valid from")		\
	X(limit_until, "限度額終了日", "limit valid until")

enum compare_field {
#define COMPARE_ENUM(word, ja, en) COMPARE_##word,
	COMPARE_LIST(COMPARE_ENUM)
#undef COMPARE_ENUM
	COMPARE_FIELDS
};

enum compare_state {
	COMPARE_SAME,
	COMPARE_DIFFERS,
	COMPARE_NEW,		/* not on record yet */
	COMPARE_MISSING		/* on record, and the finding says nothing */
};

#define COMPARE_ROOM	832

struct compare_row {
	char			 left[COMPARE_ROOM], right[COMPARE_ROOM];
	enum compare_state	 state;
	int			 may_overwrite;
};

struct compare {
	int			 aid;	/* 公: by the aid, not the insurance */
	struct compare_row	 row[COMPARE_FIELDS];
	/* Differing or new, apart from who the person is. */
	size_t			 changed;
	/* Another insurance than the one on record, or the first. */
	int			 other;
};

/* "kana"; static.  COMPARE_FIELDS if no field is called so. */
const char	*compare_word(enum compare_field);
const char	*compare_label(enum compare_field, enum err_lang);
enum compare_field compare_field_of(const char *word);
const char	*compare_state_word(enum compare_state);
/* Name, kana, sex and birth date: who it is; never overwritten. */
int		compare_is_identity(enum compare_field);

/*
 * By the rows of offer's day (asked_on, else today).  aid: the numbers of
 * medical assistance in the places of the insurance (保/公).  h NULL: a new
 * patient, everything is new.
 */
enum err	compare(const struct holding *, const struct offer *, int aid,
		    const char *today, struct compare *);
void		compare_wipe(struct compare *);
/* [{field, ja, en, left, right, state, may_overwrite}], 18 of them. */
json_t		*compare_json(const struct compare *);

#endif
