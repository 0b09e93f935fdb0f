#ifndef HOST_QUALIFY_REQUEST_H
#define HOST_QUALIFY_REQUEST_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "host/ledger/patient.h"
#include "host/qualify/field.h"
#include "host/qualify/range.h"

/*
 * Writes request files in the order of their layout (oqs-files.md 2.1 to
 * 2.5), with the lengths and paddings of 5.  A layout is a table in
 * request.c.
 */
struct request_layout;

extern const struct request_layout request_siquc;	/* 資格確認 */
extern const struct request_layout request_siimm;	/* 照会番号登録 */
extern const struct request_layout request_muquc;	/* 資格確認一括照会 */
extern const struct request_layout request_muimm;	/* 照会番号一括登録 */
extern const struct request_layout request_mutic;	/* 医療扶助 */
extern const struct request_layout request_muhvq;	/* 訪問診療等 */
extern const struct request_layout request_muonq;	/* オンライン診療等 */
extern const struct request_layout request_fetch;	/* every 02req */
extern const struct request_layout request_tkk;		/* 特定健診情報 */
extern const struct request_layout request_yzk;		/* 薬剤情報 */
/* By analogy only, for rows that are unconfirmed: the single check with the
 * flag of the list of the same care; a header and nothing behind it. */
extern const struct request_layout request_sihvq;
extern const struct request_layout request_sionq;
extern const struct request_layout request_header;

/* How a file of this layout is named (1.1). */
enum request_naming {
	REQUEST_SERIAL,		/* YYYYMMDD, letter, serial */
	REQUEST_VIEWING		/* file category, yyMMddHHmm, letter, serial */
};
enum request_naming	request_naming(const struct request_layout *);
/* 1 if its file carries ArbitraryFileIdentifier, so that it is echoed. */
int	request_has_identifier(const struct request_layout *);

/* FileCategory of TKK and YZK, as category of the file and of its name. */
enum request_form {
	REQUEST_TKK_PDF = 1, REQUEST_TKK_XML = 2,
	REQUEST_DRUG_PDF = 1, REQUEST_DRUG_XML = 2,
	REQUEST_DRUG_CARE_PDF = 3, REQUEST_DRUG_CARE_XML = 4
};

struct request_person {
	const struct patient	*patient;
	/* ArbitraryIdentifier, echoed per person; NULL: the chart number */
	const char		*identifier;
	/* 限度額適用認定証 we have on file, OQSCD011 and 012; NULL: none */
	const char		*limit_class, *limit_flag;
};

struct request {
	const struct request_layout	*layout;
	const char			*date;	/* YYYYMMDD, asked for */
	const char			*institution_code;
	const char			*identifier;
	int				 cp932;	/* 1 Shift_JIS, 0 UTF-8 */

	const struct request_person	*persons;
	size_t				 n;	/* 1 unless a list */
	int				 limit_consent;	/* 限度額, siquc */
	const struct range		*range;	/* lists, YZK */
	int				 care;	/* MedicalTreatmentFlag 1-4;
						 * of YZK; TKK: or 0, none */
	const char			*reception_number;	/* 02req */
	int				 form;	/* FileCategory */
	int				 slips;	/* PrDiInfClassification 1 */
};

/*
 * out is replaced, and stays empty on error.  ERR_NO_INSURANCE and the field
 * that is missing or cannot be right, "3: InsurerNumber" for the third of a
 * list; ERR_CHARSET and field and position of the character that is no text
 * or has no place in CP932; ERR_CONF for the institution code; ERR_RANGE for
 * days that the layout has not; ERR_SEQUENCE for what the caller has left
 * out.  The note holds no value of the patient.
 */
enum err	request_write(const struct request *, struct blob *out,
		    struct note *);
/* Can this one of them be asked for?  Errors as above: a list is cleaned of
 * those who cannot before it is asked for. */
enum err	request_check_person(const struct request *, size_t person,
		    struct note *);

#endif
