#ifndef HOST_QUALIFY_REQUEST_H
#define HOST_QUALIFY_REQUEST_H

#include "base/buf.h"
#include "base/err.h"
#include "host/ledger/patient.h"
#include "host/qualify/field.h"

/*
 * Writes request files in the order of their layout (oqs-files.md 2.1, 2.3),
 * with the lengths and paddings of 5.
 */
struct request_layout {
	const enum field	*header, *body;	/* FIELD_COUNT ends them */
	const char		*group;		/* what the body's stand in */
};

extern const struct request_layout request_siquc;	/* 資格確認 */
extern const struct request_layout request_siimm;	/* 照会番号登録 */

struct request {
	const struct request_layout	*layout;
	const char			*date;	/* YYYYMMDD, asked for */
	const char			*institution_code;
	const char			*identifier;
	const struct patient		*patient;
	int				 limit_consent;	/* 限度額 */
	int				 cp932;	/* 1 Shift_JIS, 0 UTF-8 */
};

/*
 * out is replaced, and stays empty on error.  ERR_NO_INSURANCE and the field
 * that is missing or cannot be right; ERR_CHARSET and field and position of
 * the character that is no text or has no place in CP932; ERR_CONF for the
 * institution code.  The note holds no value of the patient.
 */
enum err	request_write(const struct request *, struct blob *out,
		    struct note *);

#endif
