"""What the messages look like: requests as they must be, results in layout
order.  Section numbers are those of spec/oqs-files.md."""

from collections import namedtuple

# rule: a key of terminal_check.RULES.  A leaf that is not needed may be absent
# or empty (1.2).
Leaf = namedtuple("Leaf", "name rule need")
Group = namedtuple("Group", "name members need many")
Kind = namedtuple("Kind", "stem suffix header body extra")

INSTITUTION = Leaf("MedicalInstitutionCode", "institution", True)
IDENTIFIER = Leaf("ArbitraryFileIdentifier", "identifier", True)
DAY = Leaf("QualificationConfirmationDate", "day", True)

INSURANCE = (
    Leaf("InsurerNumber", "insurer", True),
    Leaf("InsuredCardSymbol", "text20", False),
    Leaf("InsuredIdentificationNumber", "text20", True),
    Leaf("InsuredBranchNumber", "branch", False),
)
PERSON = INSURANCE + (Leaf("Birthdate", "birth", True),)
OWN_MARK = Leaf("ArbitraryIdentifier", "text50", False)
LIMIT_ON_FILE = Group("LimitApplicationCertificateRelatedInfo", (
    Leaf("LimitApplicationCertificateClassification", "limit", False),
    Leaf("LimitApplicationCertificateClassificationFlag", "limitflag", False),
), False, False)


def search(*members, many=False):
    return (Group("QualificationConfirmSearchInfo", members, True, many),)


def numbers(many):
    return (Group("ReferenceNumberRegistrationInfo",
                  (Leaf("ReferenceNumber", "text50", True),) + INSURANCE,
                  True, many),)


def viewing(*body):
    """2.5: the other tag names are the layout's own."""
    return (INSTITUTION,
            Leaf("InsurerNumber", "insurer", True),
            Leaf("InsuranceCardSymbol", "text20", False),
            Leaf("InsuredPersonIdentificationNumber", "text20", True),
            Leaf("BranchNumber", "branch", False),
            IDENTIFIER), body


FETCH = ((INSTITUTION,), (Leaf("ReceptionNumber", "text100", True),))

FULL = (DAY, INSTITUTION, IDENTIFIER)
# Of a list the day may be chosen, as the manuals' screens let it be.
LISTED = (DAY._replace(rule="past"), INSTITUTION, IDENTIFIER)
SHORT = (INSTITUTION, IDENTIFIER)
CONSENT_DAYS = (Leaf("ConsentDateFrom", "past", False),
                Leaf("ConsentDateTo", "past", False))
VISIT_DAYS = (Leaf("ExaminationDateFrom", "date", False),
              Leaf("ExaminationDateTo", "date", False))
CARE = Leaf("MedicalTreatmentFlag", "care", True)
WITH_SLIPS = Leaf("PrDiInfClassification", "flag", False)

KINDS = {kind.stem.lower(): kind for kind in (
    Kind("OQSsiquc01", "serial", FULL, search(
        *PERSON,
        Leaf("LimitApplicationCertificateRelatedConsFlg", "flag", True),
        OWN_MARK), "elderly"),
    Kind("OQSsiimm01", "serial", SHORT, numbers(False), "elderly"),
    Kind("OQSmuquc01", "serial", LISTED, search(
        *PERSON, LIMIT_ON_FILE, OWN_MARK, many=True), "elderly"),
    Kind("OQSmuimm01", "serial", SHORT, numbers(True), "elderly"),
    Kind("OQSmutic01", "serial", SHORT, search(
        Leaf("MedicalTreatmentMonth", "month", True)), ""),
    Kind("OQSmuhvq01", "serial", SHORT, search(*CONSENT_DAYS, CARE),
         "visits"),
    Kind("OQSmuonq01", "serial", SHORT, search(
        *CONSENT_DAYS, *VISIT_DAYS, CARE), "online"),
    *(Kind(stem, "serial", *FETCH, "") for stem in (
        "OQSmuquc02", "OQSmuimm02", "OQSmutic02", "OQSmuhvq02",
        "OQSmuonq02")),
    Kind("TKKsiquc01", "viewing", *viewing(
        Leaf("FileCategory", "form2", True), WITH_SLIPS,
        CARE._replace(need=False)), "category"),
    Kind("YZKsiquc01", "viewing", *viewing(
        Leaf("StartDate", "pastmonth", True),
        Leaf("EndDate", "pastmonth", True),
        Leaf("FileCategory", "form4", True), WITH_SLIPS, CARE), "category"),
)}

# Kinds whose stem is only inferred, or whose body nobody has published.  A
# body is that of the like-named kind that is known, or empty; where it must
# say something, group and element names are this fake's own, put together
# from the code tables OQSCD031-039.  Served only with --unconfirmed.
SINGLE = search(*PERSON, CARE, OWN_MARK)
MANY = search(*PERSON, LIMIT_ON_FILE, OWN_MARK, many=True)
SETTINGS = (Leaf("VisitingUse", "flag", True),            # OQSCD037
            Leaf("OnlineUse", "flag", True),
            Leaf("PrescriptionIssueForm", "form0to3", True),    # 038
            Leaf("ConsentTiming", "form2", True))               # 039
UNCONFIRMED = (
    Kind("OQSsihvq01", "serial", FULL, SINGLE, "again"),
    Kind("OQSsionq01", "serial", FULL, SINGLE, "again"),
    Kind("OQSsihvd01", "serial", SHORT, search(*PERSON) + (
        Group("ViewingConsentInfo", (
            Leaf("ViewingConsentType", "revoked", True),), True, True),),
         "elderly"),
    Kind("OQSsiurl01", "serial", SHORT, (Group("AccessUrlInfo", (
        Leaf("UrlAcquisitionType", "remote", True),             # 033
        Leaf("UrlFileForm", "form2", True),                     # 034
        Leaf("UrlChange", "flag", True)), False, False),), ""),  # 035
    Kind("OQSsiinq01", "serial", SHORT, (), ""),
    Kind("OQSsiupd01", "serial", SHORT, (
        Group("EnvironmentSettingInfo", SETTINGS, True, False),), ""),
)

# Not even the stem is known: --stem OQS-IF-NNN=STEM gives one; these have a
# word, too.
WORDS = {"passcode": "049", "activation-list": "051",
         "activation-issue": "053", "activation-revoke": "055"}
ACTIVATION = Group("ActivationCodeInfo", (
    Leaf("TerminalName", "text50", True),), True, False)
NUMBERED = {
    "029": (LISTED, MANY, "elderly"),     # home visits, four files
    "031": (*FETCH, ""),
    "033": (LISTED, MANY, "elderly"),     # online, four files
    "035": (*FETCH, ""),
    "049": (SHORT, (), ""),             # passcode for visual confirmation
    "051": (SHORT, (), ""),             # activation codes: list, new, revoke
    "053": (SHORT, (ACTIVATION,), ""),
    "055": (SHORT, (ACTIVATION,), ""),
}


def kinds_of(unconfirmed, stems):
    """What is served, by stem in small letters; stems: [(number, stem)]."""
    served = dict(KINDS)
    if unconfirmed:
        served.update((kind.stem.lower(), kind) for kind in UNCONFIRMED)
    for number, stem in stems:
        header, body, extra = NUMBERED[number]
        served[stem.lower()] = Kind(stem, "serial", header, body, extra)
    return served


# Results: a name is a leaf; (name, members) a group; (name, item, members) a
# list of like-named items.  3.1
RESULT_HEADER = (
    "ProcessExecutionTime", "QualificationConfirmationDate",
    "MedicalInstitutionCode", "ArbitraryFileIdentifier",
    "ReferenceClassification", "ReceptionNumber", "SegmentOfResult",
    "ErrorCode", "ErrorMessage", "NumberOfProcessingResult",
    "NumberOfNormalProcessing", "NumberOfError", "CharacterCodeIdentifier",
)

STATUS = ("ProcessingResultStatus", "ProcessingResultCode",
          "ProcessingResultMessage")

# 3.4
TICKET = (
    "TicketType", "MedicalTicketValidDate", "MedicalTicketExpirationDate",
    "IssueNumber", "MedicalTreatmentMonth",
    "DesignatedMedicalInstitutionCode", "DesignatedMedicalInstitutionFlag",
    "DesignatedMedicalInstitutionName",
    "PrescriptionIssuerMedicalInstitutionCode",
    "PrescriptionIssuerMedicalInstitutionName", "InjuryName1", "InjuryName2",
    "InjuryName3", "MedicalTreatmentType", "SelfPayAmount",
    "DistrictContactName", "HandlingContactName", "SingleOrCombinedUse",
    "StatusOfSocialInsurance", "ConsistencyFlag", "StatusOfInfecton",
    "StatusOfElderlyMedicalCare", "StatusOfPrefecturalExpenses", "Remarks1",
    "Remarks2", "Remarks3",
)


def consent(family, *times):
    return tuple(family + tail for tail in ("ConsFlg", "ConsTime") + times)


# Consent item of the register -> flag family of the result (4).
FAMILIES = {
    "limit": "LimitApplicationCertificateRelated",
    "disease": "SpecificDiseasesCertificateRelated",
    "checkup": "SpecificHealthCheckupsInfo",
    "drug": "PharmacistsInfo",
    "diagnosis": "DiagnosisInfo",
    "operation": "OperationInfo",
}

# The same for the sharing of charts (3.3, row 37).
SHARING = {
    "disease-names": "DiagnosisName",
    "infections": "InfectiousInfo",
    "allergies": "AllergyInfo",
    "contraindications": "ContraindicationInfo",
    "tests": "TestInfo",
    "prescriptions": "PrescriptionInfo",
}


def reason(family):
    """OQSCD031.  Where the reason stands is not public: the name is this
    fake's own."""
    return family + "ConsExpirationReason"


# 3.3
RECORD = (
    "InsuredCardClassification", "InsurerNumber", "InsuredCardSymbol",
    "InsuredIdentificationNumber", "InsuredBranchNumber",
    "PersonalFamilyClassification", "InsuredName", "Name", "NameOfOther",
    "NameKana", "NameOfOtherKana", "Sex1", "Sex2", "Birthdate", "Address",
    "PostNumber", "QualificationDate", "DisqualificationDate",
    "InsuredCertificateIssuanceDate", "InsuredCardValidDate",
    "InsuredCardExpirationDate", "InsuredPartialContributionRatio",
    "PreschoolClassification", "ReasonOfLoss", "InsurerName",
    ("ElderlyRecipientCertificateInfo", (
        "ElderlyRecipientCertificateDate", "ElderlyRecipientValidStartDate",
        "ElderlyRecipientValidEndDate",
        "ElderlyRecipientContributionRatio")),
    *consent("LimitApplicationCertificateRelated"),
    ("LimitApplicationCertificateRelatedInfo", (
        "LimitApplicationCertificateClassification",
        "LimitApplicationCertificateClassificationFlag",
        "LimitApplicationCertificateDate",
        "LimitApplicationCertificateValidStartDate",
        "LimitApplicationCertificateValidEndDate",
        "LimitApplicationCertificateLongTermDate")),
    *consent("SpecificDiseasesCertificateRelated"),
    ("SpecificDiseasesCertificateList", "SpecificDiseasesCertificateInfo", (
        "SpecificDiseasesDiseaseCategory", "SpecificDiseasesCertificateDate",
        "SpecificDiseasesValidStartDate", "SpecificDiseasesValidEndDate",
        "SpecificDiseasesSelfPay")),
    ("PublicExpenseResultList", "MedicalTicketInfo", TICKET),
    *consent("SpecificHealthCheckupsInfo", "AvailableTime"),
    *consent("PharmacistsInfo", "AvailableTime"),
    *consent("DiagnosisInfo", "AvailableTime"),
    *consent("OperationInfo", "AvailableTime"),
    *(name for family in SHARING.values()
      for name in consent(family, "AvailableTime")),
    *(reason(family) for family in FAMILIES.values()),
    "ReferenceNumber", "LimitApplicationCertificateChanged",
)

def fill(order, values):
    """The tree of a layout: [(name, text or list)], "" for what is not
    there."""
    tree = []
    for row in order:
        if isinstance(row, str):
            tree.append((row, values.get(row, "")))
        elif len(row) == 2:
            given = values.get(row[0])
            tree.append((row[0], fill(row[1], given) if given else []))
        else:
            tree.append((row[0], [(row[1], fill(row[2], item))
                                  for item in values.get(row[0], ())]))
    return tree
