#ifndef HOST_EXPORT_ORCA_H
#define HOST_EXPORT_ORCA_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "host/qualify/charset.h"
#include "host/store/store.h"

/*
 * Answers handed over to 日レセ (ORCA), for its 「オン資格」 list: what
 * 資格一括取得ツール does by 「日レセ登録用XML作成」 (features.md BAT-10, BAT-11).
 *
 * How that tool's file looks is not public.  This one is the result of a
 * face reader (OQSsiquc01res_face_..., oqs-files.md 2.2 and 3) in the order
 * of the layout, which is what public programs write to give the answers of
 * lists to a receipt computer, and which 日レセ shows with the same mark ★.
 * Built to public knowledge, not tried with 日レセ: folder, name and encoding
 * are configuration.  Elements that the layout does not know are left out.
 *
 * 日レセ shows 無 for drug and check-up information that came by a list, even
 * where it was consented to (BAT-13): they are fetched as documents.
 *
 * A finding is handed over once, whatever happens in between: files are
 * written beside, some at a time, noted in the store, then shown by a rename;
 * a program that was killed leaves what the next call, or the agent, goes on
 * with.  That the file is not there any more means that 日レセ took it.
 */
#define ORCA_NAME	"OQSsiquc01res_face_{code}{id}_{time}.xml"

struct orca_conf {
	const char	*folder;	/* "": not set up, ERR_CONF */
	const char	*name;		/* with {code}, {id} and {time} */
	const char	*institution_code;
	enum charset	 charset;
};

/* {code}: 10 digits, {id}: 20 hex digits of the finding, {time}: 14 digits.
 * 1 if a name has {id}, ends in .xml and is made of A-Z a-z 0-9 _ . - else. */
int		orca_name_is_ok(const char *name);

/* What the file is made of. */
struct orca_source {
	const char	*finding;	/* id */
	const char	*kind;		/* stem, "OQSmuhvq02" */
	const char	*asked_on;	/* YYYYMMDD, "" if not known */
	const json_t	*data;		/* of struct finding */
};

/*
 * The file's bytes.  ERR_NO_COVERAGE: no record in it; ERR_MISFIT: a
 * character that Shift_JIS does not have, the note says which element.
 */
enum err	orca_xml(const struct orca_conf *, const struct orca_source *,
		    int64_t now, struct blob *out, struct note *);

/* The manual's words, before and after (BAT-11); static. */
const char	*orca_question(enum err_lang);
const char	*orca_answer(enum err_lang);

struct orca_ask {
	const char *const	*findings;	/* ids, or NULL: those of job */
	size_t			 n;
	const char		*job;
	size_t			 max;	/* make at most so many now; 0: all */
	int			 again;	/* also what was handed over before */
	const char		*client, *staff;
};

/*
 * Makes a file of each.  *out (new reference): {files [{finding, file}],
 * before [{finding, file, at}], left_out [{finding, code, ja, en}], left}: each
 * finding is in one of the three once, but for the number of those that max
 * left to the next call (it is nothing for again, which begins anew).  What
 * stands in before is no error where there were several; of a single one it is
 * ERR_HANDED_OVER, as what is left out is with its own error.  ERR_FOLDER,
 * ERR_STORE ... end it: what was done is done, and the next call goes on.
 * ERR_CONF without a folder.
 */
enum err	orca_export(const struct orca_conf *, struct store *,
		    const struct orca_ask *, json_t **out, struct note *);

/* Shows what a killed program had written and not shown; *n of them.  Where
 * there is none the folder is not looked at. */
enum err	orca_resume(const struct orca_conf *, struct store *, size_t *n,
		    struct note *);

#endif
