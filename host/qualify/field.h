#ifndef HOST_QUALIFY_FIELD_H
#define HOST_QUALIFY_FIELD_H

/*
 * Every element of the results that holds a value, once: X(official name,
 * places it may stand in, type, argument of the type, mark of oqs-files.md
 * 3).  The official name is the only name: FIELD_InsurerNumber.
 *
 *	TEXT n	at most n characters, 0 for any number
 *	DATE	YYYYMMDD of the calendar
 *	END	DATE, or 99999999 or 9999999 for an open end (features.md E04)
 *	MONTH	YYYYMM
 *	STAMP	YYYYMMDDHHmmss
 *	CODE n	a value of table OQSCDn of code.h
 *	RATIO	percent in 3 digits, 010 for 1 in 10 (oqs-files.md 5)
 *	NUMBER	digits
 */
enum place {
	PLACE_HEADER		= 0x001,	/* MessageHeader */
	PLACE_BODY		= 0x002,	/* MessageBody */
	PLACE_SEARCH		= 0x004,	/* the question, echoed */
	PLACE_REGISTRATION	= 0x008,	/* same of siimm, muimm */
	PLACE_UNIT		= 0x010,	/* a person of a bulk result */
	PLACE_RECORD		= 0x020,	/* a coverage of a person */
	PLACE_ELDERLY		= 0x040,	/* parts of a record */
	PLACE_LIMIT		= 0x080,
	PLACE_DISEASE		= 0x100,
	PLACE_TICKET		= 0x200,
	/* These hold groups only. */
	PLACE_ROOT		= 0x400,
	PLACE_LIST		= 0x800,	/* ResultList */
	PLACE_DISEASES		= 0x1000,
	PLACE_TICKETS		= 0x2000,
	PLACE_FREE		= 0x4000	/* TKK, YZK: any name is kept */
};

/* The mark: in every official result, or in the single ones only. */
#define MUST_ALL	1
#define MUST_SINGLE	2

#define FIELD_LIST(X) \
/* header, 3.1 and 2.4 */ \
X(ProcessExecutionTime, PLACE_HEADER, STAMP, 0, MUST_ALL) \
X(QualificationConfirmationDate, PLACE_HEADER, DATE, 0, MUST_SINGLE) \
X(MedicalInstitutionCode, PLACE_HEADER, TEXT, 10, MUST_ALL) \
X(ArbitraryFileIdentifier, PLACE_HEADER, TEXT, 50, 0) \
X(ReferenceClassification, PLACE_HEADER, CODE, 2, MUST_SINGLE) \
X(SegmentOfResult, PLACE_HEADER, CODE, 3, 0) \
X(ErrorCode, PLACE_HEADER, TEXT, 0, 0) \
X(ErrorMessage, PLACE_HEADER, TEXT, 0, 0) \
X(CharacterCodeIdentifier, PLACE_HEADER, CODE, 5, MUST_ALL) \
X(NumberOfProcessingResult, PLACE_HEADER, NUMBER, 0, 0) \
X(NumberOfNormalProcessing, PLACE_HEADER, NUMBER, 0, 0) \
X(NumberOfError, PLACE_HEADER, NUMBER, 0, 0) \
/* header or body of the bulk kinds, 2.4; TKK and YZK, 2.5 */ \
X(ReceptionNumber, PLACE_HEADER | PLACE_BODY, TEXT, 100, 0) \
X(ReceptionDateTime, PLACE_BODY, STAMP, 0, 0) \
X(ResultCode, PLACE_HEADER | PLACE_BODY | PLACE_FREE, TEXT, 0, 0) \
X(MessageContents, PLACE_HEADER | PLACE_BODY | PLACE_FREE, TEXT, 0, 0) \
/* body, 3.2; the unit of a bulk result */ \
X(PrescriptionIssueSelect, PLACE_BODY | PLACE_RECORD, CODE, 17, 0) \
X(ProcessingResultStatus, PLACE_BODY | PLACE_UNIT, CODE, 4, 0) \
X(ProcessingResultCode, PLACE_BODY | PLACE_UNIT, TEXT, 0, 0) \
X(ProcessingResultMessage, PLACE_BODY | PLACE_UNIT, TEXT, 0, 0) \
X(QualificationValidity, PLACE_BODY | PLACE_UNIT, CODE, 6, 0) \
X(ArbitraryIdentifier, PLACE_SEARCH, TEXT, 0, 0) \
/* record, 3.3 rows 1-25 */ \
X(InsuredCardClassification, PLACE_RECORD, CODE, 10, MUST_ALL) \
X(InsurerNumber, \
    PLACE_SEARCH | PLACE_REGISTRATION | PLACE_RECORD, TEXT, 8, 0) \
X(InsuredCardSymbol, \
    PLACE_SEARCH | PLACE_REGISTRATION | PLACE_RECORD, TEXT, 20, 0) \
X(InsuredIdentificationNumber, \
    PLACE_SEARCH | PLACE_REGISTRATION | PLACE_RECORD, TEXT, 20, 0) \
X(InsuredBranchNumber, \
    PLACE_SEARCH | PLACE_REGISTRATION | PLACE_RECORD, TEXT, 2, 0) \
X(PersonalFamilyClassification, PLACE_RECORD, CODE, 9, 0) \
X(InsuredName, PLACE_RECORD, TEXT, 0, 0) \
X(Name, PLACE_RECORD, TEXT, 0, MUST_ALL) \
X(NameOfOther, PLACE_RECORD, TEXT, 0, 0) \
X(NameKana, PLACE_RECORD, TEXT, 0, 0) \
X(NameOfOtherKana, PLACE_RECORD, TEXT, 0, 0) \
X(Sex1, PLACE_RECORD, CODE, 7, MUST_ALL) \
X(Sex2, PLACE_RECORD, CODE, 7, 0) \
X(Birthdate, PLACE_SEARCH | PLACE_RECORD, DATE, 0, MUST_ALL) \
X(Address, PLACE_RECORD, TEXT, 0, 0) \
X(PostNumber, PLACE_RECORD, TEXT, 8, 0) \
X(QualificationDate, PLACE_RECORD, DATE, 0, 0) \
X(DisqualificationDate, PLACE_RECORD, END, 0, 0) \
X(InsuredCertificateIssuanceDate, PLACE_RECORD, DATE, 0, 0) \
X(InsuredCardValidDate, PLACE_RECORD, DATE, 0, 0) \
X(InsuredCardExpirationDate, PLACE_RECORD, END, 0, 0) \
X(InsuredPartialContributionRatio, PLACE_RECORD, RATIO, 0, 0) \
X(PreschoolClassification, PLACE_RECORD, CODE, 15, 0) \
X(ReasonOfLoss, PLACE_RECORD, CODE, 8, 0) \
X(InsurerName, PLACE_RECORD, TEXT, 0, MUST_ALL) \
/* rows 26-29 */ \
X(ElderlyRecipientCertificateDate, PLACE_ELDERLY, DATE, 0, 0) \
X(ElderlyRecipientValidStartDate, PLACE_ELDERLY, DATE, 0, 0) \
X(ElderlyRecipientValidEndDate, PLACE_ELDERLY, END, 0, 0) \
X(ElderlyRecipientContributionRatio, PLACE_ELDERLY, RATIO, 0, 0) \
X(LimitApplicationCertificateRelatedConsFlg, \
    PLACE_SEARCH | PLACE_RECORD, CODE, 1, 0) \
X(LimitApplicationCertificateRelatedConsTime, PLACE_RECORD, STAMP, 0, 0) \
X(LimitApplicationCertificateClassification, PLACE_LIMIT, CODE, 11, 0) \
X(LimitApplicationCertificateClassificationFlag, PLACE_LIMIT, CODE, 12, 0) \
X(LimitApplicationCertificateDate, PLACE_LIMIT, DATE, 0, 0) \
X(LimitApplicationCertificateValidStartDate, PLACE_LIMIT, DATE, 0, 0) \
X(LimitApplicationCertificateValidEndDate, PLACE_LIMIT, END, 0, 0) \
X(LimitApplicationCertificateLongTermDate, PLACE_LIMIT, DATE, 0, 0) \
X(LimitApplicationCertificateChanged, PLACE_RECORD, CODE, 14, 0) \
/* rows 30 and 31 */ \
X(SpecificDiseasesCertificateRelatedConsFlg, PLACE_RECORD, CODE, 16, 0) \
X(SpecificDiseasesCertificateRelatedConsTime, PLACE_RECORD, STAMP, 0, 0) \
X(SpecificDiseasesDiseaseCategory, PLACE_DISEASE, CODE, 13, 0) \
X(SpecificDiseasesCertificateDate, PLACE_DISEASE, DATE, 0, 0) \
X(SpecificDiseasesValidStartDate, PLACE_DISEASE, DATE, 0, 0) \
X(SpecificDiseasesValidEndDate, PLACE_DISEASE, END, 0, 0) \
X(SpecificDiseasesSelfPay, PLACE_DISEASE, NUMBER, 0, 0) \
/* rows 33-38 */ \
X(SpecificHealthCheckupsInfoConsFlg, PLACE_RECORD, CODE, 16, 0) \
X(SpecificHealthCheckupsInfoConsTime, PLACE_RECORD, STAMP, 0, 0) \
X(SpecificHealthCheckupsInfoAvailableTime, PLACE_RECORD, STAMP, 0, 0) \
X(PharmacistsInfoConsFlg, PLACE_RECORD, CODE, 16, 0) \
X(PharmacistsInfoConsTime, PLACE_RECORD, STAMP, 0, 0) \
X(PharmacistsInfoAvailableTime, PLACE_RECORD, STAMP, 0, 0) \
X(DiagnosisInfoConsFlg, PLACE_RECORD, CODE, 16, 0) \
X(DiagnosisInfoConsTime, PLACE_RECORD, STAMP, 0, 0) \
X(DiagnosisInfoAvailableTime, PLACE_RECORD, STAMP, 0, 0) \
X(OperationInfoConsFlg, PLACE_RECORD, CODE, 16, 0) \
X(OperationInfoConsTime, PLACE_RECORD, STAMP, 0, 0) \
X(OperationInfoAvailableTime, PLACE_RECORD, STAMP, 0, 0) \
X(DiagnosisNameConsFlg, PLACE_RECORD, CODE, 16, 0) \
X(DiagnosisNameConsTime, PLACE_RECORD, STAMP, 0, 0) \
X(DiagnosisNameAvailableTime, PLACE_RECORD, STAMP, 0, 0) \
X(InfectiousInfoConsFlg, PLACE_RECORD, CODE, 16, 0) \
X(InfectiousInfoConsTime, PLACE_RECORD, STAMP, 0, 0) \
X(InfectiousInfoAvailableTime, PLACE_RECORD, STAMP, 0, 0) \
X(AllergyInfoConsFlg, PLACE_RECORD, CODE, 16, 0) \
X(AllergyInfoConsTime, PLACE_RECORD, STAMP, 0, 0) \
X(AllergyInfoAvailableTime, PLACE_RECORD, STAMP, 0, 0) \
X(ContraindicationInfoConsFlg, PLACE_RECORD, CODE, 16, 0) \
X(ContraindicationInfoConsTime, PLACE_RECORD, STAMP, 0, 0) \
X(ContraindicationInfoAvailableTime, PLACE_RECORD, STAMP, 0, 0) \
X(TestInfoConsFlg, PLACE_RECORD, CODE, 16, 0) \
X(TestInfoConsTime, PLACE_RECORD, STAMP, 0, 0) \
X(TestInfoAvailableTime, PLACE_RECORD, STAMP, 0, 0) \
X(PrescriptionInfoConsFlg, PLACE_RECORD, CODE, 16, 0) \
X(PrescriptionInfoConsTime, PLACE_RECORD, STAMP, 0, 0) \
X(PrescriptionInfoAvailableTime, PLACE_RECORD, STAMP, 0, 0) \
X(ReferenceNumber, \
    PLACE_REGISTRATION | PLACE_UNIT | PLACE_RECORD, TEXT, 50, 0) \
/* medical ticket, 3.4; StatusOfInfecton is spelled like that */ \
X(TicketType, PLACE_TICKET, CODE, 18, 0) \
X(MedicalTicketValidDate, PLACE_TICKET, DATE, 0, 0) \
X(MedicalTicketExpirationDate, PLACE_TICKET, END, 0, 0) \
X(IssueNumber, PLACE_TICKET, TEXT, 0, 0) \
X(MedicalTreatmentMonth, PLACE_SEARCH | PLACE_TICKET, MONTH, 0, 0) \
X(DesignatedMedicalInstitutionCode, PLACE_TICKET, TEXT, 0, 0) \
X(DesignatedMedicalInstitutionFlag, PLACE_TICKET, CODE, 26, 0) \
X(DesignatedMedicalInstitutionName, PLACE_TICKET, TEXT, 0, 0) \
X(PrescriptionIssuerMedicalInstitutionCode, PLACE_TICKET, TEXT, 0, 0) \
X(PrescriptionIssuerMedicalInstitutionName, PLACE_TICKET, TEXT, 0, 0) \
X(InjuryName1, PLACE_TICKET, TEXT, 0, 0) \
X(InjuryName2, PLACE_TICKET, TEXT, 0, 0) \
X(InjuryName3, PLACE_TICKET, TEXT, 0, 0) \
X(MedicalTreatmentType, PLACE_TICKET, CODE, 19, 0) \
X(SelfPayAmount, PLACE_TICKET, NUMBER, 0, 0) \
X(DistrictContactName, PLACE_TICKET, TEXT, 0, 0) \
X(HandlingContactName, PLACE_TICKET, TEXT, 0, 0) \
X(SingleOrCombinedUse, PLACE_TICKET, CODE, 20, 0) \
X(StatusOfSocialInsurance, PLACE_TICKET, CODE, 21, 0) \
X(ConsistencyFlag, PLACE_TICKET, CODE, 22, 0) \
X(StatusOfInfecton, PLACE_TICKET, CODE, 23, 0) \
X(StatusOfElderlyMedicalCare, PLACE_TICKET, CODE, 24, 0) \
X(StatusOfPrefecturalExpenses, PLACE_TICKET, CODE, 25, 0) \
X(Remarks1, PLACE_TICKET, TEXT, 0, 0) \
X(Remarks2, PLACE_TICKET, TEXT, 0, 0) \
X(Remarks3, PLACE_TICKET, TEXT, 0, 0) \
/* what a list was asked by, 2.4 */ \
X(ConsentDateFrom, PLACE_SEARCH, DATE, 0, 0) \
X(ConsentDateTo, PLACE_SEARCH, DATE, 0, 0) \
X(ExaminationDateFrom, PLACE_SEARCH, DATE, 0, 0) \
X(ExaminationDateTo, PLACE_SEARCH, DATE, 0, 0) \
X(MedicalTreatmentFlag, PLACE_SEARCH, CODE, 28, 0)

enum field {
#define FIELD_ENUM(name, places, type, arg, must) FIELD_##name,
	FIELD_LIST(FIELD_ENUM)
#undef FIELD_ENUM
	FIELD_COUNT	/* how many there are */
};

enum field_type { FIELD_TEXT, FIELD_DATE, FIELD_END, FIELD_MONTH,
    FIELD_STAMP, FIELD_CODE, FIELD_RATIO, FIELD_NUMBER };

struct field_row {
	const char	*name;
	unsigned	 places;	/* of enum place */
	enum field_type	 type;
	unsigned	 arg;
	int		 must;
};

/* Static; the field must be one of the list. */
const struct field_row	*field_row(enum field);
/* Looks a name up as it may be spelled in one of the places; FIELD_COUNT if
 * unknown there. */
enum field		 field_find(const char *name, unsigned places);
/* 1 if the text is of the field's type; "" always is. */
int			 field_fits(enum field, const char *);
/* Characters of a UTF-8 text. */
unsigned		 field_chars(const char *);

#endif
