#ifndef HOST_CONSENT_CONSENT_H
#define HOST_CONSENT_CONSENT_H

#include <stdint.h>

#include "base/err.h"

/*
 * What the patient agrees to, item by item (oqs-files.md 4).  Default: not
 * consented.  Nothing is consent until it was confirmed on a second step.
 */
#define CONSENT_LIST(X)							   \
/* X(code word, command line, flag family of the results, Japanese, English) */ \
X(LIMIT,	"limit",	"LimitApplicationCertificateRelated",	   \
    "限度額情報", "limit-amount certificate")				   \
X(DISEASE,	"disease",	"SpecificDiseasesCertificateRelated",	   \
    "特定疾病療養受療証情報", "specific-disease certificate")		   \
X(CHECKUP,	"checkup",	"SpecificHealthCheckupsInfo",		   \
    "特定健診等情報", "specific health check-ups")			   \
X(DRUG,		"drug",		"PharmacistsInfo",			   \
    "薬剤情報", "drug information")					   \
X(DIAGNOSIS,	"diagnosis",	"DiagnosisInfo",			   \
    "診療情報", "medical treatment")					   \
X(OPERATION,	"operation",	"OperationInfo",			   \
    "手術情報", "operations")

enum consent_item {
#define CONSENT_ENUM(id, word, flag, ja, en) CONSENT_##id,
	CONSENT_LIST(CONSENT_ENUM)
#undef CONSENT_ENUM
	CONSENT_ITEMS
};

/* 処方箋発行形態, OQSCD017: 1 electronic, 2 paper; 0 was not asked. */
enum prescription { PRESCRIPTION_NONE, PRESCRIPTION_ELECTRONIC,
    PRESCRIPTION_PAPER };

struct consent {
	int			given[CONSENT_ITEMS];	/* 0 or 1 */
	enum prescription	prescription;
	int64_t			confirmed;	/* wall ms; 0: not confirmed */
};

/*
 * "all", "none", or item words separated by commas, each once.  ERR_USAGE and
 * the offending word in the note; *c is then all zero.  Confirms nothing.
 */
enum err	consent_parse(const char *words, struct consent *, struct note *);
/* "electronic" or "paper"; only prescription is changed. */
enum err	consent_parse_prescription(const char *, struct consent *,
		    struct note *);

const char	*consent_word(enum consent_item);	/* static, "" if unknown */
const char	*consent_flag(enum consent_item);
const char	*consent_label(enum consent_item, enum err_lang);
const char	*prescription_word(enum prescription);	/* "electronic"; "" none */
const char	*prescription_label(enum prescription, enum err_lang);

#endif
