"""Are the fake's results what a real one's would be?  A parser of the tests'
own holds every element of every kind to its place, form and code table, and
every record to what it must have (oqs-files.md 3.1 to 3.5)."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

from by_hand import Case, content, DAY, element, fetch, header, listing, \
    message, name, P02, P03, P05, P09, P10, P12, P18, read, registration, \
    siimm, siquc, SRC, text, viewing
from fake_kinds_test import again, person, visits

D, T, M, N = "[0-9]{8}", "[0-9]{14}", "[0-9]{6}", "[0-9]+"
X = ".+"
KANA = "[ｦ-ﾟ]+( [ｦ-ﾟ]+)*"
CODES = {
    1: "[01]", 2: "[12]", 3: "[129]", 4: "[12]", 5: "[01]", 6: "[1-6]",
    7: "[123]", 8: "01|02|03|99", 9: "[12]", 10: "0[1-7]|A1",
    11: "0[123]", 12: "A0[1-6]|B0[1-9]|B10", 13: "[123]", 14: "[01]",
    15: "1", 16: "[0123]", 17: "[12]", 18: "0[12]", 19: "0[1-5]",
    20: "0[12]", 21: "0[12]", 22: "1", 26: "[01]", 31: "[0123]",
}

HEADER = {
    "ProcessExecutionTime": T, "QualificationConfirmationDate": D,
    "MedicalInstitutionCode": "[0-9]{10}",
    "ArbitraryFileIdentifier": "[!-~]{1,50}",
    "ReferenceClassification": CODES[2], "SegmentOfResult": CODES[3],
    "ErrorCode": X, "ErrorMessage": X, "CharacterCodeIdentifier": CODES[5],
    "ReceptionNumber": ".{1,100}", "NumberOfProcessingResult": N,
    "NumberOfNormalProcessing": N, "NumberOfError": N,
    "ResultCode": "[19]",
}
STATUS = {
    "ProcessingResultStatus": CODES[4], "ProcessingResultCode": X,
    "ProcessingResultMessage": X,
}
CARD = {
    "InsurerNumber": "  [0-9]{6}|[0-9]{8}", "InsuredCardSymbol": ".{1,20}",
    "InsuredIdentificationNumber": ".{1,20}",
    "InsuredBranchNumber": "[0-9]{2}",
}
LIMIT = {
    "LimitApplicationCertificateClassification": CODES[11],
    "LimitApplicationCertificateClassificationFlag": CODES[12],
    "LimitApplicationCertificateDate": D,
    "LimitApplicationCertificateValidStartDate": D,
    "LimitApplicationCertificateValidEndDate": D,
    "LimitApplicationCertificateLongTermDate": D,
}
QUESTION = dict(
    CARD, Birthdate=D, LimitApplicationCertificateRelatedConsFlg=CODES[1],
    ArbitraryIdentifier=".{1,50}", MedicalTreatmentFlag="[1-4]",
    LimitApplicationCertificateRelatedInfo=LIMIT)
TICKET = {
    "TicketType": CODES[18], "MedicalTicketValidDate": D,
    "MedicalTicketExpirationDate": D, "IssueNumber": N,
    "MedicalTreatmentMonth": M,
    "DesignatedMedicalInstitutionCode": "[0-9]{10}",
    "DesignatedMedicalInstitutionFlag": CODES[26],
    "DesignatedMedicalInstitutionName": X,
    "PrescriptionIssuerMedicalInstitutionCode": "[0-9]{10}",
    "PrescriptionIssuerMedicalInstitutionName": X, "InjuryName1": X,
    "InjuryName2": X, "InjuryName3": X, "MedicalTreatmentType": CODES[19],
    "SelfPayAmount": N, "DistrictContactName": X, "HandlingContactName": X,
    "SingleOrCombinedUse": CODES[20], "StatusOfSocialInsurance": CODES[21],
    "ConsistencyFlag": CODES[22], "StatusOfInfecton": CODES[21],
    "StatusOfElderlyMedicalCare": CODES[21],
    "StatusOfPrefecturalExpenses": CODES[21], "Remarks1": X, "Remarks2": X,
    "Remarks3": X,
}
SHOWN = ("SpecificHealthCheckupsInfo", "PharmacistsInfo", "DiagnosisInfo",
         "OperationInfo", "DiagnosisName", "InfectiousInfo", "AllergyInfo",
         "ContraindicationInfo", "TestInfo", "PrescriptionInfo")
KEPT = ("LimitApplicationCertificateRelated",
        "SpecificDiseasesCertificateRelated")
RECORD = {
    "InsuredCardClassification": CODES[10], **CARD,
    "PersonalFamilyClassification": CODES[9], "InsuredName": X,
    "Name": "[^ ]+　[^ ]+", "NameOfOther": X, "NameKana": KANA,
    "NameOfOtherKana": KANA, "Sex1": CODES[7], "Sex2": CODES[7],
    "Birthdate": D, "Address": X, "PostNumber": "[0-9]{3}-[0-9]{4}",
    "QualificationDate": D, "DisqualificationDate": D,
    "InsuredCertificateIssuanceDate": D, "InsuredCardValidDate": D,
    "InsuredCardExpirationDate": D,
    "InsuredPartialContributionRatio": "0[0-3]0",
    "PreschoolClassification": CODES[15], "ReasonOfLoss": CODES[8],
    "InsurerName": X,
    "ElderlyRecipientCertificateInfo": {
        "ElderlyRecipientCertificateDate": D,
        "ElderlyRecipientValidStartDate": D,
        "ElderlyRecipientValidEndDate": D,
        "ElderlyRecipientContributionRatio": "0[0-3]0"},
    "LimitApplicationCertificateRelatedInfo": LIMIT,
    "SpecificDiseasesCertificateList": {"SpecificDiseasesCertificateInfo": {
        "SpecificDiseasesDiseaseCategory": CODES[13],
        "SpecificDiseasesCertificateDate": D,
        "SpecificDiseasesValidStartDate": D,
        "SpecificDiseasesValidEndDate": D, "SpecificDiseasesSelfPay": N}},
    "PublicExpenseResultList": {"MedicalTicketInfo": TICKET},
    **{family + tail: form for family in SHOWN for tail, form in (
        ("ConsFlg", CODES[16]), ("ConsTime", T), ("AvailableTime", T))},
    **{family + tail: form for family in KEPT for tail, form in (
        ("ConsFlg", CODES[16]), ("ConsTime", T), ("AvailableTime", T))},
    **{family + "ConsExpirationReason": CODES[31]
       for family in KEPT + SHOWN[:4]},     # the fake's own name
    "ReferenceNumber": ".{1,50}",
    "LimitApplicationCertificateChanged": CODES[14],
    # Of nobody's layout: P17 has it so that it is kept.
    "PublicMedicalHubResultList": {"PublicMedicalHubInfo": {
        "LinkIdentifier": "01|02|04|08", "ProgramName": X,
        "BeneficiaryNumber": N, "ValidStartDate": D, "Remarks": X}},
}
REGISTRATION = dict(CARD, ReferenceNumber=".{1,50}")
UNIT = dict(
    STATUS, QualificationConfirmSearchInfo=QUESTION,
    QualificationValidity=CODES[6], ReferenceNumber=".{1,50}",
    ResultOfQualificationConfirmation=RECORD)
BODY = dict(
    STATUS, QualificationConfirmSearchInfo=QUESTION,
    ReferenceNumberRegistrationInfo=REGISTRATION,
    QualificationValidity=CODES[6], PrescriptionIssueSelect=CODES[17],
    ResultList={"ResultOfQualificationConfirmation": RECORD},
    ReceptionNumber=".{1,100}", ReceptionDateTime=T, BulkConfirmUnit=UNIT,
    BulkRegistrationUnit=dict(
        STATUS, ReferenceNumberRegistrationInfo=REGISTRATION),
    MessageContents=X)

# Marked in 3.1 to 3.3: a record without one of them is none.
MUST = ("InsuredCardClassification", "Name", "Sex1", "Birthdate",
        "InsurerName")
MUST_HEADER = ("ProcessExecutionTime", "MedicalInstitutionCode",
               "CharacterCodeIdentifier")
# May stand several times in one parent.
MANY = {"BulkConfirmUnit", "BulkRegistrationUnit",
        "ResultOfQualificationConfirmation", "MedicalTicketInfo",
        "SpecificDiseasesCertificateInfo", "ReferenceNumber",
        "MeTrMonthInf", "HealthCheckupResultAndQuestionInfo"}
def drug(prefix=""):
    return {prefix + name: form for name, form in (
        ("DrugC", "[0-9]{9}"), ("DrugN", X), ("Qua1", N), ("Unit", X),
        ("UsageN", X), ("Times", N), ("IngreN", X))}


def day(prefix=""):
    return {prefix + name: form for name, form in (
        ("DiDate", D), ("PrDate", D),
        ("DrugInfs", {prefix + "DrugInf": drug(prefix)}),
        ("MeTrInfs", {"MeTrInf": {
            "SinInfCd": "[0-9]{9}", "SinInfN": X, "Times": N}}))}


DRUGS = {
    "header": {"QuaInf": {"Name": X, "KanaName": KANA, "Birth": D,
                          "AdmGendCode": CODES[7]}},
    "body": {
        "MeTrMonthInf": {"MeTrMonth": M, "MeTrDateInfs": {
            "MeTrDateInf": day()}},
        "CzDiInf": {"CzDiMonthInf": {"CzDateInfs": {"CzDateInf": day("Cz")}}},
        "ShPrInf": {"ShPrMonthInf": {"ShDateInfs": {"ShDateInf": day("Sh")}}},
    },
}
CHECKUPS = {
    "header": {"QualificationsInfo": {
        "Name": X, "KanasName": KANA, "Birthday": D,
        "AdministrativeGenderCode": CODES[7]}},
    "body": {"SpecificHealthCheckupInfo": {
        "EffectiveTime": D, "HealthCheckupResultAndQuestionInfos": {
            "HealthCheckupResultAndQuestionInfo": {
                "ItemCode": "[0-9A-Z]{17}", "ItemName": X,
                "DataType": "PQ|CD|ST", "DataValue": X, "Unit": X}}}},
}


def faults(node, members, path=""):
    """What is wrong below a node, in words."""
    seen = set()
    for child in node:
        here = path + "/" + child.tag
        if child.attrib or "}" in child.tag:
            yield here + ": attribute or namespace"
        if child.tag not in members:
            yield here + ": has no place here"
            continue
        if child.tag in seen and child.tag not in MANY:
            yield here + ": twice"
        seen.add(child.tag)
        form = members[child.tag]
        if isinstance(form, dict):
            yield from faults(child, form, here)
        elif len(child) or not re.fullmatch(form, child.text or ""):
            yield here + ": of another form"


def record_faults(record):
    """What a record must have, and flags and what they open."""
    for tag in MUST:
        if record.find(tag) is None:
            yield tag + ": missing"
    for family in SHOWN + KEPT:
        flag = record.findtext(family + "ConsFlg")
        timed = record.find(family + "ConsTime") is not None
        if (flag in ("1", "2")) != timed:
            yield family + ": flag and time disagree"
        if (flag == "2") != (record.find(
                family + "ConsExpirationReason") is not None) and \
                family in KEPT + SHOWN[:4]:
            yield family + ": ended without a reason, or the reverse"
    for family, group in zip(KEPT, (
            "LimitApplicationCertificateRelatedInfo",
            "SpecificDiseasesCertificateList")):
        if record.find(group) is not None and \
                record.findtext(family + "ConsFlg") != "1":
            yield group + ": shown without consent"


def body_faults(tree):
    """Counts, and results that do not say whether they are one."""
    head, body = tree
    for tag in MUST_HEADER:
        if head.find(tag) is None:
            yield tag + ": missing"
    units = body.findall("BulkConfirmUnit") + \
        body.findall("BulkRegistrationUnit")
    count = head.findtext("NumberOfProcessingResult")
    if count is not None:
        bad = sum(u.findtext("ProcessingResultStatus") == "2" for u in units)
        said = [count, head.findtext("NumberOfNormalProcessing"),
                head.findtext("NumberOfError")]
        if said != [str(len(units)), str(len(units) - bad), str(bad)]:
            yield "counts: disagree with the units"
    for unit in units:
        records = unit.findall("ResultOfQualificationConfirmation")
        numbers = unit.findall("ReferenceNumber")
        if unit.find("ProcessingResultStatus") is None:
            yield "unit: without a status"
        if numbers and len(numbers) not in (1, len(records)):
            yield "unit: records and numbers are not parallel"
    if (head.findtext("ErrorCode") is not None) != \
            (head.findtext("SegmentOfResult") == "9"):
        yield "ErrorCode: without an abnormal end, or the reverse"


def judge(raw, header=(), body=()):
    """Everything that is wrong with a result; [] if it is right."""
    tree = read(raw)
    found = [] if [e.tag for e in tree] == ["MessageHeader", "MessageBody"] \
        and tree.tag == "XmlMsg" else ["XmlMsg: not header and body"]
    found += faults(tree[0], dict(HEADER, **dict(header)))
    found += faults(tree[1], dict(BODY, **dict(body)))
    for record in tree.iter("ResultOfQualificationConfirmation"):
        found += record_faults(record)
    return found + list(body_faults(tree))


class Results(Case):
    FORMS = ((), ("--encoding", "cp932", "--shuffle", 5, "--indent", "crlf"),
             ("--bom", "--indent", "none", "--bare-invalid"))

    def right(self, raw, **more):
        self.assertEqual(judge(raw, **more), [])

    def test_single(self):
        for form in self.FORMS:
            fake = self.fake(*form, "--status-error", "0009=障害")
            for serial, who in enumerate(
                    (P02, P03, P05, P09, P10, P12, P18, P03, P03), 1):
                self.right(fake.ask(name(serial), siquc(
                    "s%d" % serial, who, flag=str(serial % 2))))
            self.right(fake.ask(name(20, "OQSsiimm01req"),
                                siimm("r1", "00010")))
            self.right(fake.ask(name(21, "OQSsiimm01req"),
                                siimm("r2", "00010", P05)))
            self.clean(fake)

    def test_abnormal(self):
        fake = self.fake("--outage", "0..600000")
        self.right(fake.ask(name(1), siquc("o")))
        self.clean(fake)

    def test_face(self):
        people = ("P01", "P02", "P03", "P07", "P10", "P11", "P13", "P14",
                  "P15", "P17", "P18")
        for form in self.FORMS:
            fake = self.fake(*form, *(word for one in people
                                      for word in ("--face-push", one)),
                             "--once", len(people))
            fake.process.wait(15)
            files = os.listdir(fake.at("face"))
            self.assertEqual(len(files), len(people))
            for file in files:
                self.right(content(fake.at("face", file)))

    def four(self, fake, serial, stem, raw):
        accepted = fake.ask(name(serial, stem + "01req"), raw)
        self.right(accepted)
        number = text(read(accepted), "ReceptionNumber")
        self.right(fake.ask(name(serial + 1, stem + "02req"), fetch(number)))
        self.right(fake.ask(name(serial + 2, stem + "02req"), fetch(number)))

    def test_lists(self):
        for form in self.FORMS:
            fake = self.fake(*form, "--unit-errors", 3)
            self.four(fake, 10, "OQSmuquc", message(header("l1", DAY), "".join(
                person(*who) for who in (P02, P03, P05, P09, P10, P12))))
            self.four(fake, 20, "OQSmuimm", message(header("l2"), "".join(
                registration(*row) for row in (("1", P03), ("1", P05),
                                               ("2", P10)))))
            self.four(fake, 30, "OQSmutic", listing(
                "l3", ("MedicalTreatmentMonth", "202611")))
            self.four(fake, 40, "OQSmuhvq", visits("l4", "20240401"))
            self.four(fake, 50, "OQSmuonq", listing(
                "l5", ("ConsentDateFrom", "20240401"),
                ("ConsentDateTo", DAY), ("MedicalTreatmentFlag", "3")))
            self.right(fake.ask(name(60, "OQSmuonq02req"), fetch("none")))
            self.clean(fake)

    def test_viewing(self):
        months = ("StartDate", "202601"), ("EndDate", "202604")
        for form in self.FORMS[:2]:
            fake = self.fake(*form)
            for category, slips, who, count in (
                    ("2", "0", P03, 4), ("4", "1", P03, 4),
                    ("4", "0", P02, 0)):
                mark = category + slips + who[0][0]
                raw = fake.ask("YZKsiquc01req_0%s2611201200%s.xml" % (
                    category, mark), viewing(
                        "y" + mark, who, *months, ("FileCategory", category),
                        ("PrDiInfClassification", slips),
                        ("MedicalTreatmentFlag", "2")))
                self.right(raw, **DRUGS)
                tree = read(raw)
                self.assertEqual(len(tree.findall(".//MeTrMonthInf")), count)
                self.assertEqual(tree.find(".//CzDrugN") is not None,
                                 slips == "1")
            raw = fake.ask("TKKsiquc01req_022611201200139.xml", viewing(
                "t", P03, ("FileCategory", "2"),
                ("MedicalTreatmentFlag", "2")))
            self.right(raw, **CHECKUPS)
            self.clean(fake)

    def test_again(self):
        fake = self.fake("--unconfirmed")
        for serial, (stem, who, care) in enumerate((
                ("OQSsihvq01req", P03, "2"), ("OQSsionq01req", P05, "3"),
                ("OQSsihvq01req", P02, "2")), 1):
            self.right(fake.ask(name(serial, stem), again(
                "a%d" % serial, who, care)))
        self.clean(fake)

    def test_invented(self):
        with tempfile.TemporaryDirectory(prefix="shikaku-rows-") as folder:
            for kind in ("OQSmuquc", "OQSmuimm", "OQSmutic", "OQSmuhvq",
                         "OQSmuonq"):
                path = os.path.join(folder, kind)
                subprocess.run(
                    [sys.executable, "-B", os.path.join(
                        SRC, "tests", "lib", "bulk_rows.py"), "--units",
                     "400", "--kind", kind, path], check=True)
                self.right(content(path))


class Judge(unittest.TestCase):
    """It finds what is wrong: one thing at a time, in a right result."""

    RIGHT = message(
        element("ProcessExecutionTime", DAY + "120000") +
        element("MedicalInstitutionCode", "1319999999") +
        element("SegmentOfResult", "1") +
        element("CharacterCodeIdentifier", "0") +
        element("NumberOfProcessingResult", "1") +
        element("NumberOfNormalProcessing", "1") +
        element("NumberOfError", "0"),
        element("BulkConfirmUnit", element("ProcessingResultStatus", "1") +
                element("ResultOfQualificationConfirmation", "".join((
                    element("InsuredCardClassification", "01"),
                    element("Name", "資格　一郎"), element("Sex1", "1"),
                    element("Birthdate", "19600602"),
                    element("InsurerName", "見本"),
                    element("PharmacistsInfoConsFlg", "2"),
                    element("PharmacistsInfoConsTime", DAY + "090000"),
                    element("PharmacistsInfoConsExpirationReason", "1"),
                    element("LimitApplicationCertificateRelatedConsFlg", "1"),
                    element("LimitApplicationCertificateRelatedConsTime",
                            DAY + "090000"),
                    element("LimitApplicationCertificateRelatedInfo", ""),
                ))))).decode()
    WRONG = (
        ("<XmlMsg>", "<Message>"), ("<Sex1>1</Sex1>", ""),
        ("<Sex1>1<", "<Sex1>4<"), ("<Sex1>1</Sex1>", "<Sex1>1</Sex1>" * 2),
        ("<Sex1>", '<Sex1 a="1">'), ("一郎", "一郎 "),
        ("　", ""), ("19600602", "1960-06-02"), ("InsurerName", "Insurer"),
        (DAY + "120000", DAY + "1200"), (">1319999999<", ">131999999<"),
        ("<SegmentOfResult>1", "<SegmentOfResult>3"),
        ("<SegmentOfResult>1", "<SegmentOfResult>9"),
        ("<NumberOfError>0", "<NumberOfError>1"),
        ("<NumberOfProcessingResult>1", "<NumberOfProcessingResult>2"),
        ("<CharacterCodeIdentifier>0</CharacterCodeIdentifier>", ""),
        ("<ProcessingResultStatus>1</ProcessingResultStatus>", ""),
        ("InsuredCardClassification>01", "InsuredCardClassification>A2"),
        ("InfoConsFlg>2", "InfoConsFlg>0"), ("InfoConsFlg>2",
                                             "InfoConsFlg>1"),
        ("ExpirationReason>1", "ExpirationReason>4"),
        ("RelatedConsFlg>1", "RelatedConsFlg>0"),
        ("</BulkConfirmUnit>", "<ReferenceNumber>1</ReferenceNumber>" * 2 +
         "</BulkConfirmUnit>"),
    )

    def test_right(self):
        self.assertEqual(judge(self.RIGHT.encode()), [])

    def test_each_fault_is_found(self):
        for old, new in self.WRONG:
            self.assertIn(old, self.RIGHT)
            both = self.RIGHT.replace(old, new)
            if old.startswith("<XmlMsg"):
                both = both.replace("</XmlMsg>", "</Message>")
            if old == "InsurerName":
                both = self.RIGHT.replace("InsurerName>", "Insurer>")
            with self.subTest(new):
                self.assertNotEqual(judge(both.encode()), [])


if __name__ == "__main__":
    unittest.main()
