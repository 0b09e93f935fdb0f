#ifndef HOST_QUALIFY_FINDING_IN_H
#define HOST_QUALIFY_FINDING_IN_H

#include "base/buf.h"
#include "host/qualify/finding.h"
#include "host/qualify/grant.h"
#include "host/qualify/result.h"

/* Inside of finding*.c and grant.c. */

/* What a result row says beside its bytes. */
struct finding_source {
	char		 digest[DIGEST_HEX], file[128];
	int64_t		 at;
	int		 face, packed;
	int		 judged;	/* 1: due says what is to come */
	int64_t		 due;		/* 0 or more: it is done */
	char		 visit[UUID_LEN], chart_number[33], job[UUID_LEN];
	struct blob	 raw;
};

/* What one finding says of one item of consent. */
struct finding_word {
	const char	*item;		/* static */
	char		 flag[2], at[15], until[15], reason[2];
};
#define FINDING_WORDS	12

/* A finding that is not in the store yet. */
struct finding_draft {
	struct finding		 f;
	struct blob		 json, name_key, kana_key;
	struct finding_word	 words[FINDING_WORDS];
	size_t			 n_words;
	char			 care[2], said_at[15];
	int			 torn;	/* its records name two persons */
};

/* One unit, or a single result, as a draft; draft_wipe in any case. */
enum err	draft_make(const struct finding_source *,
		    const struct result *, int64_t unit,
		    struct finding_draft *);
void		draft_wipe(struct finding_draft *);
/* chart_number and link of the draft; in the transaction of draft_add, or the
 * ledger may have changed in between. */
enum err	draft_link(struct store *, const struct finding_source *,
		    struct finding_draft *);
/* Inside a transaction; *fresh 0: its unit is there. */
enum err	draft_add(struct store *, struct finding_draft *, int *fresh);
/* The words, care and said_at. */
void		grant_read(const struct result *, const struct finding_source *,
		    struct finding_draft *);

/* link of a person by the ledger, and by what was chosen before. */
struct finding_person {
	const char	*name, *kana, *birthdate, *insurer_number, *number,
			*branch_number;
	enum sex	 sex;
};
enum err	finding_match(struct store *, const struct finding_person *,
		    char chart_number[33], char link[12]);

#endif
