"""The fake terminal, driven by requests made by hand."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile

import stand
from by_hand import AFTER, BEFORE, Case, CODE, content, DAY, element, Fake, \
    fetch, HEAD, header, insurance, LIMIT, listing, message, name, NOON, P02, \
    P03, P03_OLD, P05, P06, P09, P09_9, P10, P12, P18, PATIENTS, PEOPLE, \
    PROGRAM, read, registration, result, siimm, siquc, text, until, viewing

# Broken requests: each one is named, returned, and nothing else happens

GOOD = siquc("ID").decode()


def swap(old, new):
    def make(identifier):
        assert old in GOOD
        return GOOD.replace("ID<", identifier + "<").replace(
            old, new, 1).encode()
    return make


def fixed(raw):
    return lambda identifier: raw


def moved(first, second):
    """Two neighbours in the wrong order."""
    return swap(first + second, second + first)


BIRTH = "<Birthdate>19600602</Birthdate>"
BRANCH = "<InsuredBranchNumber>01</InsuredBranchNumber>"
FLAG = element("LimitApplicationCertificateRelatedConsFlg", "0")
INSURER = "<InsurerNumber>  139980</InsurerNumber>"
NUMBER = "<InsuredIdentificationNumber>1639960291x001<"
DAY_ELEMENT = element("QualificationConfirmationDate", DAY)
CODE_ELEMENT = element("MedicalInstitutionCode", CODE)
DECLARED = HEAD.strip() % "UTF-8"

# row, request, element, rule
BAD = (
    ("empty file", fixed(b""), "", "empty-file"),
    ("cut off", swap("</XmlMsg>", ""), "", "not-well-formed"),
    ("not xml", fixed((DECLARED + "hello").encode()), "", "not-well-formed"),
    ("byte order mark", swap("<?xml", "\ufeff<?xml"), "", "bom"),
    ("no declaration", swap(DECLARED, ""), "", "declaration"),
    ("declared euc-jp", swap('"UTF-8"', '"EUC-JP"'), "", "declaration"),
    ("no standalone", swap(' standalone="no"', ""), "", "declaration"),
    ("utf-8 declared, cp932 inside", lambda i: siquc(
        i, encoding="Shift_JIS").replace(b"Shift_JIS", b"UTF-8"),
     "", "encoding"),
    ("shift_jis declared, utf-8 inside", lambda i: siquc(i).replace(
        b"UTF-8", b"Shift_JIS"), "", "encoding"),
    ("half a character", lambda i: siquc(i, encoding="Shift_JIS").replace(
        "う".encode("cp932"), b"\x82"), "", "encoding"),
    ("taka of the nec row", lambda i: siquc(
        i, encoding="Shift_JIS").replace("う".encode("cp932"), b"\xee\xe0"),
     "", "not-canonical"),
    ("not in cp932", swap("葛う10", "𠮷10"), "InsuredCardSymbol", "charset"),
    ("numeric reference", swap("葛う10", "&#33883;う10"), "",
     "numeric-reference"),
    ("doctype", swap("<XmlMsg>", "<!DOCTYPE XmlMsg><XmlMsg>"), "", "doctype"),
    ("comment", swap(BIRTH, "<!-- x -->" + BIRTH),
     "QualificationConfirmSearchInfo", "comment"),
    ("instruction", swap(BIRTH, "<?x y?>" + BIRTH),
     "QualificationConfirmSearchInfo", "instruction"),
    ("cdata", swap("葛う10", "<![CDATA[葛う10]]>"), "InsuredCardSymbol",
     "cdata"),
    ("attribute", swap("<Birthdate>", '<Birthdate a="1">'), "Birthdate",
     "attribute"),
    ("namespace", swap("<XmlMsg>", '<XmlMsg xmlns="urn:x">'), "XmlMsg",
     "attribute"),
    ("other root", lambda i: siquc(i).replace(b"XmlMsg", b"Message"),
     "Message", "root"),
    ("unknown element", swap(BIRTH, "<Name>x</Name>" + BIRTH), "Name",
     "unknown-element"),
    ("unknown in header", swap(CODE_ELEMENT, CODE_ELEMENT + "<X>1</X>"), "X",
     "unknown-element"),
    ("header order", moved(DAY_ELEMENT, CODE_ELEMENT),
     "QualificationConfirmationDate", "order"),
    ("body order", moved(BRANCH, BIRTH), "InsuredBranchNumber", "order"),
    ("repeated", swap(BIRTH, BIRTH + BIRTH), "Birthdate", "repeated"),
    ("two people", swap("</MessageBody>", element(
        "QualificationConfirmSearchInfo", "") + "</MessageBody>"),
     "QualificationConfirmSearchInfo", "repeated"),
    ("text in group", swap(BIRTH, "x" + BIRTH),
     "QualificationConfirmSearchInfo", "text-in-group"),
    ("element in leaf", swap("19600602", "<Y>1960</Y>"), "Birthdate",
     "element-in-leaf"),
    ("no day", swap(DAY_ELEMENT, ""), "QualificationConfirmationDate",
     "missing"),
    ("no identifier", lambda i: siquc("").replace(
        b"<ArbitraryFileIdentifier></ArbitraryFileIdentifier>", b""),
     "ArbitraryFileIdentifier", "missing"),
    ("no flag", swap(FLAG, ""), "LimitApplicationCertificateRelatedConsFlg",
     "missing"),
    ("no birth date", swap(BIRTH, ""), "Birthdate", "missing"),
    ("no group", swap("QualificationConfirmSearchInfo>", "MessageBody>"),
     "", "not-well-formed"),
    ("empty number", swap(NUMBER, "<InsuredIdentificationNumber><"),
     "InsuredIdentificationNumber", "empty"),
    ("short code", swap(CODE, CODE[1:]), "MedicalInstitutionCode", "length"),
    ("letters in code", swap(CODE, "A" + CODE[1:]), "MedicalInstitutionCode",
     "format"),
    ("another institution", swap(CODE, "1319999998"),
     "MedicalInstitutionCode", "institution"),
    ("insurer not padded", swap("  139980", "139980"), "InsurerNumber",
     "length"),
    ("insurer padded with zeros", swap("  139980", "00139980"),
     "InsurerNumber", "zero-padded"),
    ("insurer padded right", swap("  139980", "139980  "), "InsurerNumber",
     "format"),
    ("wide digits in insurer", swap("  139980", "  １３9980"),
     "InsurerNumber", "format"),
    ("long symbol", swap("葛う10", "葛" * 21), "InsuredCardSymbol", "length"),
    ("blank symbol", swap("葛う10", "　"), "InsuredCardSymbol", "format"),
    ("line feed in number", swap("1639960291x001", "1639\n60291x001"),
     "InsuredIdentificationNumber", "format"),
    ("one-digit branch", swap(BRANCH, element("InsuredBranchNumber", "1")),
     "InsuredBranchNumber", "length"),
    ("branch 00", swap(BRANCH, element("InsuredBranchNumber", "00")),
     "InsuredBranchNumber", "format"),
    ("branch of letters", swap(BRANCH, element("InsuredBranchNumber", "a1")),
     "InsuredBranchNumber", "format"),
    ("31 June", swap("19600602", "19600631"), "Birthdate", "date"),
    ("29 February of no leap year", swap(DAY + "<", "20260229<"),
     "QualificationConfirmationDate", "date"),
    ("asked for a day of 1870", lambda i: siquc(i, day="18700101"),
     "QualificationConfirmationDate", "day"),
    ("asked for yesterday", lambda i: siquc(i, day=BEFORE),
     "QualificationConfirmationDate", "day"),
    ("asked for tomorrow", lambda i: siquc(i, day=AFTER),
     "QualificationConfirmationDate", "day"),
    ("born tomorrow", swap("19600602", AFTER), "Birthdate", "future"),
    ("date with hyphens", swap("19600602", "1960-6-2"), "Birthdate",
     "format"),
    ("japanese date", swap("19600602", "3350602"), "Birthdate", "length"),
    ("flag 2", swap(FLAG, FLAG.replace(">0<", ">2<")),
     "LimitApplicationCertificateRelatedConsFlg", "code"),
    ("identifier of 51", lambda i: siquc("x" * 51),
     "ArbitraryFileIdentifier", "length"),
    ("wide identifier", lambda i: siquc("ＡＢ"), "ArbitraryFileIdentifier",
     "format"),
    ("blank in identifier", lambda i: siquc("a b"),
     "ArbitraryFileIdentifier", "format"),
    ("branch of an elderly person", lambda i: siquc(
        i, (("39470000", "", "1000007", "01"), "19401011")),
     "InsuredBranchNumber", "elderly"),
    ("symbol of an elderly person", lambda i: siquc(
        i, (("39470000", "1", "1000007", ""), "19401011")),
     "InsuredCardSymbol", "elderly"),
)

# One of a list.
PERSON = element("QualificationConfirmSearchInfo",
                 insurance(*P03[0]) + element("Birthdate", P03[1]))

# stem, request, element, rule: other kinds
BAD_KINDS = (
    ("OQSsiimm01req", siimm("K1", "9" * 51), "ReferenceNumber", "length"),
    ("OQSsiimm01req", siimm("K2", ""), "ReferenceNumber", "empty"),
    ("OQSsiimm01req", message(header("K3", DAY), registration("1", P03)),
     "QualificationConfirmationDate", "unknown-element"),
    ("OQSmutic01req", listing("K4", ("MedicalTreatmentMonth", "202613")),
     "MedicalTreatmentMonth", "date"),
    ("OQSmuhvq01req", listing(
        "K5", ("ConsentDateFrom", "20240417"), ("ConsentDateTo", "20240401"),
        ("MedicalTreatmentFlag", "2")), "ConsentDateTo", "range"),
    ("OQSmuhvq01req", listing(
        "K6", ("ConsentDateFrom", "20240401"), ("ConsentDateTo", "20240417"),
        ("MedicalTreatmentFlag", "3")), "MedicalTreatmentFlag", "code"),
    ("OQSmuhvq01req", listing("K7", ("MedicalTreatmentFlag", "2")),
     "ConsentDateFrom", "missing"),
    ("OQSmuhvq01req", listing("K8", ("ConsentDateFrom", "20240401"),
                              ("MedicalTreatmentFlag", "2")),
     "ConsentDateTo", "missing"),
    ("OQSmuonq01req", listing(
        "K9", ("ConsentDateFrom", "20240401"), ("ConsentDateTo", "20240417"),
        ("ExaminationDateFrom", "20240401"),
        ("ExaminationDateTo", "20240417"), ("MedicalTreatmentFlag", "3")),
     "QualificationConfirmSearchInfo", "one-axis"),
    ("OQSmuquc02req", fetch(""), "ReceptionNumber", "empty"),
    ("OQSmuquc02req", message(header("K10"), element("ReceptionNumber", "1")),
     "ArbitraryFileIdentifier", "unknown-element"),
)

# file name, rule: a good request under a name that is not
BAD_NAMES = (
    "OQSsiquc01req_2026112000.xml", "OQSsiquc01req_202611200001234.xml",
    "OQSsiquc01req_202613200001.xml", "OQSsiquc01req_20261120-001.xml",
    "OQSsiquc01req_.xml", "OQSsiquc01req_２0261120００01.xml",
)

# the same, with a day in the name that is not the terminal's
BAD_DAYS = (
    "OQSsiquc01req_197001010001.xml", "OQSsiquc01req_20261119A0001.xml",
    "OQSsiquc01req_202611210001.xml", "oqsSIQUC01req_209901010001.XML",
)

# title -> file, request, element, rule
ROWS = {
    **{title: (name(n), make("bad-%d" % n), broken, rule)
       for n, (title, make, broken, rule) in enumerate(BAD, 1)},
    **{"%s %s %s" % (stem, broken, rule): (name(n, stem), raw, broken, rule)
       for n, (stem, raw, broken, rule) in enumerate(BAD_KINDS, 100)},
    **{"name " + file: (file, siquc("name-%d" % n), "", "name")
       for n, file in enumerate(BAD_NAMES)},
    **{"day of " + file: (file, siquc("name-day-%d" % n), "", "day")
       for n, file in enumerate(BAD_DAYS)},
    "bulk for tomorrow": (
        name(200, "OQSmuquc01req"), message(header("muquc-day", AFTER),
                                            PERSON),
        "QualificationConfirmationDate", "future"),
    "bulk born tomorrow": (
        name(201, "OQSmuquc01req"), message(
            header("muquc-birth", DAY), PERSON.replace("19600602", AFTER)),
        "Birthdate", "future"),
    "viewing on another day": (
        "TKKsiquc01req_02261119090013.xml", viewing(
            "view-day", P03, ("FileCategory", "2")), "", "day"),
}


class BadRequests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.fake = Fake("--expect-violations", "--err-encoding", "cp932",
                        "--bulk-max", 2)
        cls.addClassCleanup(cls.fake.stop)
        for file, raw, *_ in ROWS.values():
            cls.fake.drop(file, raw)

    def refused(self, file, raw, broken, rule):
        self.fake.drop(file, raw)
        self.returned(file, raw, broken, rule)

    def returned(self, file, raw, broken, rule):
        fake = self.fake
        err = fake.at("res", file[:-4] + ".err")
        until(lambda: content(err) or fake.died(), file)
        rows = [row for row in fake.rows() if row["file"] == file]
        self.assertEqual(rows, [{"file": file, "element": broken,
                                 "rule": rule}])
        self.assertEqual(content(fake.at("res", file)), raw)
        self.assertIn(rule, content(err).decode("cp932"))
        self.assertFalse(os.path.exists(
            fake.at("res", file.replace("req_", "res_"))))

    def test_name_reused(self):
        file = name(9001)
        self.fake.ask(file, siquc("reused-name-1"))
        os.unlink(self.fake.at("res", result(9001)))
        self.refused(file, siquc("reused-name-2"), "", "name-reused")

    def test_identifier_reused(self):
        self.fake.ask(name(9003), siquc("once-only"))
        self.refused(name(9004), siquc("once-only"),
                     "ArbitraryFileIdentifier", "identifier-reused")

    def test_too_many_in_bulk(self):
        self.refused(name(9005, "OQSmuquc01req"),
                     message(header("many", DAY), PERSON * 3),
                     "QualificationConfirmSearchInfo", "too-many")

    def test_viewing_name_and_category(self):
        raw = viewing("view-1", P03, ("StartDate", "202601"),
                      ("EndDate", "202604"), ("FileCategory", "4"),
                      ("MedicalTreatmentFlag", "1"))
        self.refused("YZKsiquc01req_02261120090013.xml", raw,
                     "FileCategory", "name")

    def test_months_of_health_checkups(self):
        raw = viewing("view-2", P03, ("StartDate", "202601"),
                      ("FileCategory", "2"))
        self.refused("TKKsiquc01req_02261120090013.xml", raw, "StartDate",
                     "unknown-element")

    def test_report_says_no_value(self):
        raw = siquc("secret-identifier").replace(b"19600602", b"19600631")
        self.refused(name(9006), raw, "Birthdate", "date")
        said = content(self.fake.at("report")).decode()
        for value in ("19600631", "secret-identifier", "1639960291x001"):
            self.assertNotIn(value, said)


def add_bad_rows(rows):
    def add(title, row):
        def test(self):
            self.returned(*row)
        setattr(BadRequests, "test_" + title.replace(" ", "_"), test)
    for title, row in rows.items():
        add(title, row)


add_bad_rows(ROWS)


# What a person's data answer

# chart number in patients.csv -> QualificationValidity (OQSCD006)
VALIDITIES = {
    "0000000001": "1", "0000000002": "1", "13": "1", "6": "2", "14": "1",
    "15": "1", "16": "1", "31": "1", "32": "4", "33": "1", "34": "1",
    "35": "1", "41": "1", "42": "1", "43": "5", "44": "5", "00021": "1",
    "23": "1", "24": "3", "4": "6", "8": "1", "52": "1", "00003": "1",
    "53": "3",
}
NOT_INSURED = {"51"}    # a new patient: nothing to ask with yet


class Patients(Case):
    @classmethod
    def setUpClass(cls):
        with open(PATIENTS, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        cls.everybody = rows
        cls.rows = [r for r in rows if r["chart_number"] not in NOT_INSURED]

    def test_register_and_list_agree(self):
        fake = self.fake()
        self.assertEqual(len(self.rows), len(VALIDITIES))
        seen = {}
        for serial, row in enumerate(self.rows, 1):
            fake.drop(name(serial), siquc("csv-%d" % serial, (
                (row["insurer_number"], row["insured_card_symbol"],
                 row["insured_identification_number"],
                 row["insured_branch_number"]), row["birthdate"])))
        for serial, row in enumerate(self.rows, 1):
            tree = read(fake.whole(result(serial)))
            seen[row["chart_number"]] = text(tree, "QualificationValidity")
            if seen[row["chart_number"]] in "136":
                self.assertEqual(text(tree, "ReferenceNumber") or "",
                                 row["reference_number"])
                self.assertEqual(text(tree, "Birthdate"), row["birthdate"])
        self.assertEqual(seen, VALIDITIES)
        self.clean(fake)

    def test_file_form(self):
        raw = content(PATIENTS)
        self.assertTrue(raw.startswith(b"\xef\xbb\xbfchart_number,name,"))
        self.assertEqual(raw.count(b"\n"), raw.count(b"\r\n"))

    def test_names_are_the_registers(self):
        with open(PEOPLE, encoding="utf-8") as file:
            known = {(p["Name"], p["NameKana"], p["Birthdate"])
                     for p in json.load(file)["people"]}
        self.assertEqual({(r["name"], r["kana"], r["birthdate"])
                          for r in self.everybody}, known)


class Single(Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = Fake()
        cls.addClassCleanup(cls.shared.stop)
        cls.serial = 0

    def ask(self, person, **more):
        Single.serial += 1
        return self.shared.tree(name(Single.serial), siquc(
            "single-%d" % Single.serial, person, **more))

    def ask_on(self, day, person):
        fake = self.fake("--now", day + NOON)
        tree = fake.tree(name(1, day=day), siquc("on-" + day, person,
                                                 day=day))
        self.clean(fake)
        return tree

    def classes(self, tree):
        return [e.text for e in tree.iter("InsuredCardClassification")]

    def test_result(self):
        self.shared.drop(name(7001), siquc("result", flag="1"))
        raw = self.shared.whole(result(7001))
        self.assertTrue(raw.startswith((HEAD % "UTF-8").encode()))
        tree = read(raw)
        for tag, want in (
                ("QualificationConfirmationDate", DAY),
                ("MedicalInstitutionCode", CODE),
                ("ArbitraryFileIdentifier", "result"),
                ("ReferenceClassification", "2"), ("SegmentOfResult", "1"),
                ("CharacterCodeIdentifier", "0"),
                ("ProcessingResultStatus", "1"),
                ("QualificationValidity", "1"), ("Sex1", "1"),
                ("Name", "資格　一郎"), ("NameKana", "ｼｶｸ ｲﾁﾛｳ"),
                ("InsuredCardSymbol", "葛う10"),
                ("LimitApplicationCertificateClassificationFlag", "A03")):
            self.assertEqual(text(tree, tag), want, tag)
        for group in ("QualificationConfirmSearchInfo", "ResultList/*"):
            found = tree.find("MessageBody/%s/InsurerNumber" % group)
            self.assertEqual(found.text, "  139980")
        self.assertFalse(os.path.exists(self.shared.at("req", name(7001))))
        self.lint(raw)

    def lint(self, raw):
        if shutil.which("xmllint"):
            subprocess.run(["xmllint", "--noout", "-"], input=raw, check=True)

    def test_limit_only_when_asked(self):
        tree = self.ask(P03, flag="0")
        self.assertEqual(
            text(tree, "LimitApplicationCertificateRelatedConsFlg"), "0")
        self.assertIsNone(
            tree.find(".//LimitApplicationCertificateRelatedInfo"))
        self.assertIsNone(
            tree.find(".//LimitApplicationCertificateRelatedConsTime"))

    def test_elderly_certificate_of_its_period(self):
        person = ("172010", "123", "456", "01"), "19520707"
        for day, start in (("20240731", "20230801"),
                           ("20240801", "20240801")):
            tree = self.ask_on(day, person)
            self.assertEqual(text(tree, "InsuredCardValidDate"), start)
            self.assertEqual(text(tree, "ElderlyRecipientValidStartDate"),
                             start)

    def test_insurance_and_public_aid(self):
        tree = self.ask(P10, flag="1")
        self.assertEqual(self.classes(tree), ["01", "A1"])
        self.assertEqual([e.text for e in tree.iter(
            "DesignatedMedicalInstitutionFlag")], ["0", "1"])
        self.assertEqual(text(tree, "MedicalTicketExpirationDate"),
                         "20261130")
        self.assertEqual(text(tree, "SpecificDiseasesDiseaseCategory"), "2")

    def test_disease_only_with_consent(self):
        self.assertIsNone(self.ask(P03).find(
            ".//SpecificDiseasesCertificateRelatedConsFlg"))

    def test_remark_with_success(self):
        tree = self.ask(P06)
        self.assertEqual(text(tree, "ProcessingResultStatus"), "1")
        self.assertIn("３か月", text(tree, "ProcessingResultMessage"))

    def test_new_coverage(self):
        tree = self.ask(P12)
        self.assertEqual(text(tree, "QualificationValidity"), "3")
        found = tree.find("MessageBody/ResultList/*/InsurerNumber")
        self.assertEqual(found.text, "39470000")

    def test_old_coverage_on_its_day(self):
        self.assertEqual(text(self.ask_on("20210731", P03_OLD),
                              "QualificationValidity"), "1")
        self.assertEqual(text(self.ask_on("20210801", P03_OLD),
                              "QualificationValidity"), "3")

    def test_twins(self):
        both = self.ask(P09)
        self.assertEqual(text(both, "QualificationValidity"), "5")
        self.assertEqual(self.classes(both), [])
        one = self.ask(P09_9)
        self.assertEqual(text(one, "QualificationValidity"), "1")
        self.assertEqual(text(one, "Name"), "扶助　九郎")

    def test_width_and_zeros_do_not_matter(self):
        tree = self.ask((("139980", "葛う１０", "0１639960291ｘ001", "01"),
                         "19600602"))
        self.assertEqual(text(tree, "QualificationValidity"), "1")

    def test_wide_space_in_symbol(self):
        tree = self.ask((("139980", "葛う　10", "1639960291x001", "01"),
                         "19600602"))
        self.assertEqual(text(tree, "QualificationValidity"), "1")

    def test_each_key_matters(self):
        for wrong in (
                (("139981", "葛う10", "1639960291x001", "01"), "19600602"),
                (("139980", "葛う11", "1639960291x001", "01"), "19600602"),
                (("139980", "", "1639960291x001", "01"), "19600602"),
                (("139980", "葛う10", "1639960291x002", "01"), "19600602"),
                (("139980", "葛う10", "1639960291x001", "02"), "19600602"),
                (("139980", "葛う10", "1639960291x001", "01"), "19600603")):
            tree = self.ask(wrong)
            self.assertEqual(text(tree, "QualificationValidity"), "4")
            self.assertEqual(self.classes(tree), [])

    def test_unclear_letter(self):
        self.assertEqual(text(self.ask(P02), "Name"), "ききょう　●子")

    def test_reference_number_survives_the_insurer(self):
        self.assertEqual(text(self.ask(P18), "ReferenceNumber"),
                         "A1_1510110016")

    def test_request_in_shift_jis(self):
        tree = self.ask(P03, encoding="Shift_JIS")
        self.assertEqual(text(tree, "QualificationValidity"), "1")

    def test_empty_optional_element(self):
        raw = siquc("empty-branch").decode().replace(
            BRANCH, "<InsuredBranchNumber/>")
        tree = self.shared.tree(name(7002), raw.encode())
        self.assertEqual(text(tree, "QualificationValidity"), "1")

    def test_born_today(self):
        tree = self.ask((P03[0], DAY))
        self.assertEqual(text(tree, "QualificationValidity"), "4")

    def test_name_of_13_places(self):
        file = "OQSsiquc01req_%sB0001.xml" % DAY
        self.shared.tree(file, siquc("13-places"))

    def test_name_in_other_case(self):
        file = "oqsSIQUC01req_202611207003.XML"
        self.shared.drop(file, siquc("other-case"))
        self.shared.whole("oqsSIQUC01res_202611207003.xml")

    def test_nothing_was_wrong(self):
        self.assertEqual(self.shared.rows(), [])


class Numbers(Case):
    def test_register_then_ask(self):
        fake = self.fake()
        before = fake.tree(name(1), siquc("a"))
        self.assertIsNone(text(before, "ReferenceNumber"))
        tree = fake.tree(name(2, "OQSsiimm01req"), siimm("b", "00010"))
        self.assertEqual(text(tree, "ProcessingResultStatus"), "1")
        self.assertEqual(text(tree, "ReferenceNumber"), "00010")
        after = fake.tree(name(3), siquc("c"))
        self.assertEqual(text(after, "ReferenceNumber"), "00010")
        for serial, number, person, word in (
                (4, "00010", P05, "TAKEN"), (5, "7", P09, "SEVERAL"),
                (6, "8", P12, "NONE")):
            tree = fake.tree(name(serial, "OQSsiimm01req"),
                             siimm("d%d" % serial, number, person))
            self.assertEqual(text(tree, "SegmentOfResult"), "1")
            self.assertEqual(text(tree, "ProcessingResultStatus"), "2")
            self.assertEqual(text(tree, "ProcessingResultCode"),
                             "FAKE-" + word)
        self.clean(fake)


# The day asked for and the day in the name are the terminal's

class Days(Case):
    def rules(self, now, day, born=P03[1]):
        """What is wrong with a request of a day at a time."""
        fake = self.fake("--now", now, "--expect-violations")
        fake.drop(name(1, day=day), siquc("day", (P03[0], born)))
        err = fake.at("res", name(1, day=day)[:-4] + ".err")
        answer = fake.at("res", result(1).replace(DAY, day))
        until(lambda: content(answer) or content(err), "an answer")
        return [(row["element"], row["rule"]) for row in fake.rows()]

    def test_just_after_midnight_yesterday_will_do(self):
        self.assertEqual(self.rules(AFTER + "000500", DAY), [])

    def test_later_it_will_not(self):
        self.assertEqual(self.rules(AFTER + "001001", AFTER),
                         [("QualificationConfirmationDate", "day")])
        self.assertEqual(self.rules(AFTER + "001001", DAY), [("", "day")])

    def test_just_before_midnight_tomorrow_will_do(self):
        self.assertEqual(self.rules(BEFORE + "235500", DAY), [])
        self.assertEqual(self.rules(BEFORE + "235500", DAY, DAY), [])

    def test_earlier_it_will_not(self):
        self.assertEqual(self.rules(BEFORE + "234930", BEFORE),
                         [("QualificationConfirmationDate", "day")])
        self.assertEqual(self.rules(BEFORE + "234930", DAY), [("", "day")])

    def test_never_two_days(self):
        self.assertEqual(self.rules("20261122000100", DAY), [("", "day")])
        self.assertEqual(self.rules("20261118235900", DAY), [("", "day")])

    def test_the_clock_is_japans(self):
        """Without --now: at any hour it is another day in one of these."""
        for zone in ("UTC+12", "UTC-14"):
            day = time.strftime("%Y%m%d", time.gmtime(time.time() + 9 * 3600))
            top = tempfile.mkdtemp(prefix="fake-terminal-")
            self.addCleanup(shutil.rmtree, top)
            with open(os.path.join(top, name(1, day=day)), "wb") as out:
                out.write(siquc("now", day=day))
            done = subprocess.run(
                [sys.executable, "-B", PROGRAM, "--req", top, "--res", top,
                 "--foreign", "res_", "--once", "1", "--max-seconds",
                 str(LIMIT)], env=dict(os.environ, TZ=zone),
                timeout=2 * LIMIT, stderr=subprocess.PIPE)
            self.assertEqual((done.returncode, done.stderr), (0, b""))


# The form of the answers

class Form(Case):
    def answer(self, *options, person=P02, flag="1"):
        fake = self.fake("--now", "20261120090000", *options)
        raw = fake.ask(name(1), siquc("form", person, flag=flag))
        self.clean(fake)
        return raw

    def test_cp932_and_the_ladder_taka(self):
        raw = self.answer("--encoding", "cp932", "--keep-glyphs")
        self.assertTrue(raw.startswith((HEAD % "Shift_JIS").encode()))
        self.assertIn(b"\xfb\xfc\x8eq</Name>", raw)
        tree = read(raw)
        self.assertEqual(text(tree, "Name"), "ききょう　髙子")
        self.assertEqual(text(tree, "CharacterCodeIdentifier"), "1")

    def test_the_nec_row(self):
        raw = self.answer("--encoding", "cp932", "--keep-glyphs",
                          "--nec-rows")
        self.assertIn(b"\xee\xe0\x8eq</Name>", raw)
        self.assertEqual(text(read(raw), "Name"), "ききょう　髙子")

    def test_request_in_shift_jis_holds_fbfc(self):
        fake = self.fake()
        raw = siquc("taka", (("172010", "髙1", "654", ""), "19510401"),
                    encoding="Shift_JIS")
        self.assertIn(b"\xfb\xfc1<", raw)
        tree = fake.tree(name(1), raw)
        self.assertEqual(tree.find(".//InsuredCardSymbol").text, "髙1")
        self.clean(fake)

    def test_utf8_with_and_without_mark(self):
        self.assertTrue(self.answer("--bom").startswith(b"\xef\xbb\xbf<?"))
        self.assertIn("髙子</Name>".encode(), self.answer("--keep-glyphs"))

    def test_breaks(self):
        for style, has, lacks in (("none", b"?><XmlMsg><", b"\n"),
                                  ("lf", b"?>\n<XmlMsg>\n  <", b"\r"),
                                  ("crlf", b"?>\r\n<XmlMsg>\r\n\t<", b" <M")):
            raw = self.answer("--indent", style)
            self.assertIn(has, raw)
            self.assertNotIn(lacks, raw)

    def order(self, raw):
        return [e.tag for e in read(raw).iter()]

    def test_shuffle(self):
        plain = self.answer(person=P10)
        once = self.answer("--shuffle", 7, person=P10)
        again = self.answer("--shuffle", 7, person=P10)
        other = self.answer("--shuffle", 8, person=P10)
        self.assertEqual(self.order(once), self.order(again))
        self.assertNotEqual(self.order(plain), self.order(once))
        self.assertNotEqual(self.order(once), self.order(other))
        self.assertEqual(sorted(self.order(plain)),
                         sorted(self.order(once)))
        self.assertEqual([e.tag for e in read(once)],
                         ["MessageHeader", "MessageBody"])
        self.assertLess(self.order(plain).index("ProcessExecutionTime"),
                        self.order(plain).index("SegmentOfResult"))

    def test_empty_elements(self):
        for option, there in (("--drop-empty", False), ("--keep-empty",
                                                        True)):
            tree = read(self.answer(option))
            for tag in ("Sex2", "ErrorCode", "PublicExpenseResultList"):
                self.assertEqual(tree.find(".//" + tag) is not None, there)

    def test_no_record_when_not_valid(self):
        lost = ("06140248", "10", "1639960291x003", "01"), "19900120"
        full, bare = self.fake(), self.fake("--bare-invalid")
        for serial, person in enumerate((P12, lost)):
            for fake, there in ((full, True), (bare, False)):
                tree = fake.tree(name(serial), siquc("n%d" % serial, person))
                self.assertEqual(tree.find(".//ResultList") is not None,
                                 there)


# Trouble

class Trouble(Case):
    def test_restart_takes_nothing(self):
        fake = self.fake("--now", "20261120035959", "--restart-at", "0:1000",
                         prepare=lambda f: f.drop(name(1), siquc("r1")))
        tree = read(fake.whole(result(1)))
        self.assertGreaterEqual(text(tree, "ProcessExecutionTime"),
                                "20261120040000")
        self.clean(fake)

    def test_restart_finishes_what_was_begun_once(self):
        fake = self.fake("--delay", 300, "--half-write", 100,
                         "--restart-at", "250:700",
                         prepare=lambda f: f.drop(name(1), siquc("r2")))
        fake.whole(result(1))
        made = os.stat(fake.at("res", result(1))).st_mtime
        # Not before 950 ms; the kernel stamps files with its last tick.
        self.assertGreater(made, fake.started + 0.9)
        os.unlink(fake.at("res", result(1)))
        fake.ask(name(2), siquc("r3"))
        self.assertEqual(os.listdir(fake.at("res")), [result(2)])
        self.clean(fake)

    def test_outage(self):
        fake = self.fake("--outage", "0..600000")
        tree = fake.tree(name(1), siquc("o1"))
        self.assertEqual(text(tree, "SegmentOfResult"), "9")
        self.assertEqual(text(tree, "ErrorCode"), "FAKE-OUTAGE")
        self.assertIsNone(tree.find(".//QualificationValidity"))
        self.clean(fake)

    def test_before_an_outage(self):
        fake = self.fake("--outage", "600000..700000")
        tree = fake.tree(name(1), siquc("o2"))
        self.assertEqual(text(tree, "SegmentOfResult"), "1")

    def test_duplicate_comes_once_more(self):
        fake = self.fake("--duplicate")
        first = fake.ask(name(1), siquc("d1"))
        path = fake.at("res", result(1))
        os.unlink(path)
        self.assertEqual(fake.whole(result(1)), first)
        os.unlink(path)
        fake.ask(name(2), siquc("d2"))
        self.assertFalse(os.path.exists(path))
        self.clean(fake)

    def test_half_written_is_seen(self):
        fake = self.fake("--half-write", 250)
        fake.drop(name(1), siquc("h1", P10))
        sizes = set()

        def look():
            raw = content(fake.at("res", result(1)))
            if raw is None:
                return None
            sizes.add(len(raw))
            return raw if raw.rstrip().endswith(b"</XmlMsg>") else None
        raw = until(look, "the whole result")
        read(raw)
        self.assertGreaterEqual(len(sizes), 2, sizes)
        self.clean(fake)

    def test_err_by_name(self):
        for encoding in ("utf-8", "cp932"):
            fake = self.fake("--err", "0002=髙い壁=1", "--err-encoding",
                             encoding, "--err-gap", 50)
            fake.ask(name(1), siquc("e1"))
            raw = siquc("e2")
            fake.drop(name(2), raw)
            err = until(lambda f=fake: content(
                f.at("res", name(2)[:-4] + ".err")) or None, ".err")
            self.assertEqual(err.decode(encoding), "髙い壁=1")
            self.assertEqual(content(fake.at("res", name(2))), raw)
            self.clean(fake)

    def test_status_error(self):
        fake = self.fake("--status-error", "0001=一時的な障害")
        tree = fake.tree(name(1), siquc("s1"))
        self.assertEqual(text(tree, "SegmentOfResult"), "1")
        self.assertEqual(text(tree, "ProcessingResultStatus"), "2")
        self.assertEqual(text(tree, "ProcessingResultMessage"),
                         "一時的な障害")
        self.assertIsNone(tree.find(".//QualificationValidity"))
        self.clean(fake)

    def test_no_answer(self):
        fake = self.fake("--no-answer", "0001")
        fake.drop(name(1), siquc("n1"))
        fake.ask(name(2), siquc("n2"))
        self.assertEqual(os.listdir(fake.at("req")), [])
        self.assertEqual(os.listdir(fake.at("res")), [result(2)])
        self.clean(fake)

    def test_wrong_identifier_and_institution(self):
        fake = self.fake("--wrong-identifier", "--wrong-institution")
        tree = fake.tree(name(1), siquc("w1"))
        self.assertNotEqual(text(tree, "ArbitraryFileIdentifier"), "w1")
        self.assertNotEqual(text(tree, "MedicalInstitutionCode"), CODE)
        self.clean(fake)


class Folders(Case):
    def test_foreign_and_temporary_files_stay(self):
        fake = self.fake("--foreign", ".*")
        others = (".1.tmp", "OQSsiquc01req_202611200009.tmp", "readme.txt",
                  ".OQSsiquc01req_202611200009.xml",
                  "OQSsihvq01req_202611200009.xml",
                  "OQSsiquc01res_202611200009.xml",
                  "xOQSsiquc01req_202611200009.xml",
                  "EPSsiquc01req_202611200009.xml")
        for other in others:
            with open(fake.at("req", other), "wb") as out:
                out.write(siquc("foreign"))
        os.mkdir(fake.at("req", name(8)))
        fake.ask(name(1), siquc("f1"))
        self.assertEqual(sorted(os.listdir(fake.at("req"))),
                         sorted(others + (name(8),)))
        self.clean(fake)

    # Names that are no request, and what else may lie in a folder.
    STRANGERS = (".left", "left.TMP", ".OQSsiquc01req_202611200009.xml",
                 "OQSsiquc01req_202611200009.xml.new", "notes.txt",
                 "OQSsiquc01req_202611200009.tmp", "no-ending",
                 "OQSsiquc01req_202611200009.txt",
                 "OQSsihvq01req_202611200009.xml",
                 "OQSsiquc01res_202611200009.xml")

    def leave(self, fake, *names):
        for left in names:
            with open(fake.at("req", left), "wb") as out:
                out.write(b"x")

    def left(self, fake):
        self.assertEqual({row["rule"] for row in fake.rows()},
                         {"left-behind"})
        return sorted(row["file"] for row in fake.rows())

    def test_anything_left_behind(self):
        fake = self.fake("--temp-seconds", "0.2")
        self.leave(fake, *self.STRANGERS)
        os.mkdir(fake.at("req", name(8)))
        os.symlink("nowhere", fake.at("req", name(9)))
        all_of_them = self.STRANGERS + (name(8), name(9))
        until(lambda: len(fake.rows()) >= len(all_of_them) or None,
              "violations")
        fake.ask(name(1), siquc("t1"))
        self.assertEqual(self.left(fake), sorted(all_of_them))
        self.assertEqual(fake.stop()[0], 1)

    def test_foreign_names_are_given(self):
        fake = self.fake("--temp-seconds", "0.2", "--foreign", "^DELFILE",
                         "--foreign", r"\.log$")
        self.leave(fake, "delfile1", "ecard.log", "ecard.log.1")
        until(lambda: fake.rows() or None, "a violation")
        fake.ask(name(1), siquc("t2"))
        self.assertEqual(self.left(fake), ["ecard.log.1"])

    def test_a_temporary_file_in_time(self):
        fake = self.fake("--temp-seconds", "5")
        self.leave(fake, ".new")
        fake.ask(name(1), siquc("t3"))
        os.unlink(fake.at("req", ".new"))
        self.clean(fake)

    def test_any_age(self):
        fake = self.fake("--temp-seconds", "0")
        self.leave(fake, ".old")
        fake.ask(name(1), siquc("t4"))
        self.clean(fake)

    def test_left_shortly_before_the_end(self):
        """It is waited until it is old enough to tell."""
        fake = self.fake("--temp-seconds", "0.5")
        fake.ask(name(1), siquc("t5"))
        self.leave(fake, ".late")
        self.assertEqual(fake.stop()[0], 1)

    def test_gone_before_it_was_old(self):
        fake = self.fake("--temp-seconds", "60")
        self.leave(fake, ".late")
        fake.process.terminate()
        time.sleep(0.3)
        self.assertIsNone(fake.process.poll())
        os.unlink(fake.at("req", ".late"))
        self.assertEqual(fake.process.wait(LIMIT), 0)

    def write_halves(self, fake, raw):
        """A request written under its final name, its end held back until
        the terminal has read the first half."""
        path = fake.at("req", name(1))
        with open(path, "wb", 0) as out:
            out.write(raw[:len(raw) // 2])
            # Answered after the half was there: it was looked at.
            fake.ask(name(2), siquc("sentinel"))
            self.assertTrue(os.path.exists(path))
            out.write(raw[len(raw) // 2:])

    def test_waits_for_the_rest(self):
        fake = self.fake("--settle", 60000)
        self.write_halves(fake, siquc("half"))
        fake.whole(result(1))
        self.clean(fake)

    def test_may_insist_on_rename(self):
        fake = self.fake("--settle", 60000, "--require-rename",
                         "--expect-violations")
        self.write_halves(fake, siquc("half"))
        fake.whole(result(1))
        self.assertEqual([r["rule"] for r in fake.rows()],
                         ["changed-in-place"])

    def test_result_of_that_name_is_there(self):
        fake = self.fake("--expect-violations")
        with open(fake.at("res", result(1)), "wb") as out:
            out.write(b"old")
        fake.drop(name(1), siquc("p1"))
        until(lambda: content(fake.at("res", name(1)[:-4] + ".err")), ".err")
        self.assertEqual(fake.rows()[0]["rule"], "result-present")
        self.assertEqual(content(fake.at("res", result(1))), b"old")


class Face(Case):
    def test_push(self):
        fake = self.fake("--face-push", "P03", "--face-push", "P10@50",
                         "--once", 2, "--encoding", "cp932")
        self.assertEqual(fake.process.wait(LIMIT), 0)
        files = os.listdir(fake.at("face"))
        self.assertEqual(len(files), 2)
        people = set()
        for file in files:
            self.assertRegex(file, "^OQSsiquc01res_face_" + CODE +
                             "[0-9A-F]{20}_[0-9]{14}\\.xml$")
            tree = read(content(fake.at("face", file)))
            people.add(text(tree, "Name"))
            self.assertEqual(text(tree, "ReferenceClassification"), "1")
            self.assertEqual(len(text(tree, "ArbitraryFileIdentifier")), 16)
            self.assertIsNone(tree.find(".//QualificationConfirmSearchInfo"))
            self.assertEqual(text(tree, "OperationInfoConsFlg"), "1")
            self.assertGreater(text(tree, "OperationInfoAvailableTime"),
                               text(tree, "OperationInfoConsTime"))
        self.assertEqual(people, {"資格　一郎", "扶助　三葉"})

    def test_duplicate_under_another_name(self):
        fake = self.fake("--face-push", "P05", "--duplicate")

        def look():
            raws = [content(fake.at("face", file))
                    for file in os.listdir(fake.at("face"))]
            whole = [r for r in raws if r.rstrip().endswith(b"</XmlMsg>")]
            return whole if len(whole) == 2 else None
        first, second = until(look, "two files")
        self.assertEqual(first, second)

    def test_card_reading_is_a_consent(self):
        fake = self.fake("--face-push", "P06")
        until(lambda: os.listdir(fake.at("face")) or None, "face")
        tree = fake.tree("TKKsiquc01req_02261120090015.xml", viewing(
            "v", P06, ("FileCategory", "2"), ("MedicalTreatmentFlag", "1")))
        self.assertEqual(text(tree, "ResultCode"), "1")


# Lists and viewing

class Lists(Case):
    def steps(self, fake, stem, raw, **more):
        """The four files, with the one that says wait."""
        accepted = fake.tree(name(1, stem + "01req"), raw)
        self.assertEqual(text(accepted, "SegmentOfResult"), "1")
        number = text(accepted, "ReceptionNumber")
        self.assertRegex(number, "^[0-9]{17}_[0-9]{4}$")
        wait = fake.tree(name(2, stem + "02req"), fetch(number))
        self.assertEqual(text(wait, "SegmentOfResult"), "2")
        self.assertIsNone(wait.find(".//BulkConfirmUnit"))
        return fake.ask(name(3, stem + "02req"), fetch(number), **more)

    def run_steps(self, stem, raw):
        fake = self.fake()
        tree = read(self.steps(fake, stem, raw))
        self.clean(fake)
        self.assertEqual(text(tree, "SegmentOfResult"), "1")
        self.assertEqual(text(tree, "ArbitraryFileIdentifier"), "list")
        return tree

    def many(self, *people):
        return message(header("list", DAY), "".join(
            element("QualificationConfirmSearchInfo", insurance(*who) +
                    element("Birthdate", birth) +
                    element("LimitApplicationCertificateRelatedInfo",
                            element("LimitApplicationCertificate"
                                    "Classification", "01") +
                            element("LimitApplicationCertificate"
                                    "ClassificationFlag", "A03")))
            for who, birth in people))

    def test_confirm_many(self):
        tree = self.run_steps("OQSmuquc", self.many(P03, P05, P09, P10))
        units = tree.findall("MessageBody/BulkConfirmUnit")
        self.assertEqual([text(u, "QualificationValidity") for u in units],
                         ["1", "1", "5", "1"])
        self.assertEqual([text(u, "LimitApplicationCertificateChanged")
                          for u in units], ["0", "1", None, "1"])
        self.assertEqual(units[3].find("ReferenceNumber").text, "10005")
        self.assertEqual(text(tree, "NumberOfProcessingResult"), "4")
        self.assertIsNone(tree.find(
            ".//ResultOfQualificationConfirmation/"
            "LimitApplicationCertificateRelatedInfo"))

    def test_archive(self):
        fake = self.fake("--zip", "--processing", 1)
        accepted = fake.tree(name(1, "OQSmuquc01req"), self.many(P03))
        number = text(accepted, "ReceptionNumber")
        fake.ask(name(2, "OQSmuquc02req"), fetch(number))
        fake.drop(name(3, "OQSmuquc02req"), fetch(number))
        archive = fake.at("res", result(3, "OQSmuquc02res")[:-4] + ".zip")

        def look():
            try:
                return zipfile.ZipFile(io.BytesIO(content(archive) or b""))
            except zipfile.BadZipFile:
                return None
        found = until(look, ".zip")
        self.assertEqual(found.namelist(), [result(3, "OQSmuquc02res")])
        self.assertEqual(text(read(found.read(found.namelist()[0])),
                              "QualificationValidity"), "1")

    def test_register_many(self):
        tree = self.run_steps("OQSmuimm", message(header("list"), "".join((
            registration("11", P03), registration("11", P05)))))
        self.assertEqual([e.text for e in tree.iter(
            "ProcessingResultStatus")], ["1", "2"])
        self.assertEqual([text(tree, "NumberOf" + n) for n in (
            "NormalProcessing", "Error")], ["1", "1"])

    def test_public_aid(self):
        tree = self.run_steps("OQSmutic", listing(
            "list", ("MedicalTreatmentMonth", "202402")))
        self.assertEqual(sorted(e.text for e in tree.iter("Name")),
                         ["扶助　一郎", "扶助　三葉", "扶助　四郎"])
        self.assertEqual({e.text for e in tree.iter(
            "MedicalTicketExpirationDate")}, {"20240229"})

    def test_home_visits(self):
        tree = self.run_steps("OQSmuhvq", listing(
            "list", ("ConsentDateFrom", "20240401"),
            ("ConsentDateTo", "20240417"), ("MedicalTreatmentFlag", "2")))
        units = tree.findall("MessageBody/BulkConfirmUnit")
        # 11 people, as the list of the dental manual has.
        self.assertEqual(len(units), 11)
        self.assertEqual({text(u, "PharmacistsInfoConsFlg") for u in units},
                         {"2"})

    def test_records_and_numbers_are_parallel(self):
        tree = self.run_steps("OQSmuhvq", listing(
            "list", ("ConsentDateFrom", "20240828"),
            ("ConsentDateTo", "20240828"), ("MedicalTreatmentFlag", "2")))
        unit = tree.find("MessageBody/BulkConfirmUnit")
        self.assertEqual(
            len(unit.findall("ResultOfQualificationConfirmation")), 2)
        self.assertEqual([e.text for e in unit.findall("ReferenceNumber")],
                         ["10005", "10005"])
        self.assertEqual(text(unit, "PharmacistsInfoAvailableTime"),
                         "20241130235959")

    def test_online_by_visit(self):
        tree = self.run_steps("OQSmuonq", listing(
            "list", ("ExaminationDateFrom", "20240415"),
            ("ExaminationDateTo", "20240415"), ("MedicalTreatmentFlag", "3")))
        self.assertEqual([e.text for e in tree.iter("Name")], ["資格　五郎"])

    def test_unknown_number(self):
        fake = self.fake()
        tree = fake.tree(name(1, "OQSmuquc02req"), fetch("none"))
        self.assertEqual(text(tree, "SegmentOfResult"), "9")
        accepted = fake.tree(name(2, "OQSmutic01req"), listing(
            "m", ("MedicalTreatmentMonth", "202402")))
        tree = fake.tree(name(3, "OQSmuhvq02req"), fetch(
            text(accepted, "ReceptionNumber")))
        self.assertEqual(text(tree, "SegmentOfResult"), "9")
        self.clean(fake)


class Viewing(Case):
    MONTHS = (("StartDate", "202601"), ("EndDate", "202604"))

    def drugs(self, fake, category, person, care, **more):
        return fake.ask(
            "YZKsiquc01req_0%s26112009%s0013.xml" % (category, care * 2),
            viewing("drugs-%s-%s" % (category, care), person, *self.MONTHS,
                    ("FileCategory", category),
                    ("MedicalTreatmentFlag", care)), **more)

    def test_drugs(self):
        fake = self.fake()
        plain = read(self.drugs(fake, "2", P03, "2"))
        self.assertEqual(text(plain, "ResultCode"), "1")
        self.assertEqual(text(plain, "KanaName"), "ｼｶｸ ｲﾁﾛｳ")
        self.assertIsNone(plain.find(".//MeTrInf"))
        both = read(self.drugs(fake, "4", P03, "2"))
        self.assertIsNotNone(both.find(".//MeTrInf"))
        pdf = self.drugs(fake, "1", P03, "2", end=b"%%EOF", extension=".pdf")
        self.assertTrue(pdf.startswith(b"%PDF-"))
        self.clean(fake)

    def test_no_consent(self):
        fake = self.fake()
        for category, person, care in (("2", P03, "1"), ("4", P05, "3"),
                                       ("2", P06, "2"), ("1", P09, "2")):
            tree = read(self.drugs(fake, category, person, care))
            self.assertNotEqual(text(tree, "ResultCode"), "1")
            self.assertTrue(text(tree, "MessageContents"))
        self.clean(fake)

    def test_checkups(self):
        fake = self.fake()
        tree = fake.tree("TKKsiquc01req_022611200900130.xml", viewing(
            "tkk", P03, ("FileCategory", "2"), ("MedicalTreatmentFlag", "2")))
        self.assertEqual(text(tree, "ResultCode"), "1")
        self.assertIsNotNone(tree.find(".//HealthCheckupResultAndQuestion"
                                       "Info/ItemCode"))
        self.clean(fake)


class Exit(Case):
    def test_violation(self):
        fake = self.fake()
        fake.drop(name(1), b"")
        until(lambda: fake.rows() or None, "violation")
        status, said = fake.stop()
        self.assertEqual(status, 1)
        self.assertIn("empty-file", said)

    def test_expected_and_absent(self):
        fake = self.fake("--expect-violations")
        fake.ask(name(1), siquc("x"))
        self.assertEqual(fake.stop()[0], 1)

    def test_expected_and_there(self):
        fake = self.fake("--expect-violations")
        fake.drop(name(1), b"")
        until(lambda: fake.rows() or None, "violation")
        self.assertEqual(fake.stop()[0], 0)

    def test_once(self):
        fake = self.fake("--once", 1)
        fake.drop(name(1), siquc("once"))
        self.assertEqual(fake.process.wait(LIMIT), 0)
        read(content(fake.at("res", result(1))))

    def test_too_late(self):
        fake = self.fake("--once", 1, "--max-seconds", "0.2")
        self.assertEqual(fake.process.wait(LIMIT), 3)

    def test_usage(self):
        folder = tempfile.gettempdir()
        need = ["--req", folder, "--res", folder]
        for wrong in ([], ["--req", "/nonexistent", "--res", folder],
                      need + ["--institution", "131"],
                      need + ["--encoding", "euc-jp"],
                      need + ["--bom", "--encoding", "cp932"],
                      need + ["--nec-rows"], need + ["--outage", "7"],
                      need + ["--err", "("], need + ["--face-push", "P03"],
                      need + ["--face", folder, "--face-push", "P99"],
                      need + ["--foreign", "("],
                      need + ["--onc", "1"]):
            done = subprocess.run([sys.executable, "-B", PROGRAM] + wrong,
                                  stderr=subprocess.PIPE, timeout=LIMIT)
            self.assertEqual(done.returncode, 2, wrong)


# The stand of the other tests asks the judge

@unittest.skipUnless(os.path.exists(stand.program("shikaku")),
                     "the programs are not built")
class Stands(unittest.TestCase):
    def stand(self):
        made = stand.Stand(readers=0)
        self.addCleanup(made.close)
        return made

    def test_a_violation_fails_the_test(self):
        there = self.stand()
        term = there.terminal()
        with open(there.path("req", ".left"), "wb"):
            pass
        with self.assertRaisesRegex(AssertionError, "left-behind"):
            there.stop(term)
        self.assertEqual(there.violations(), "")

    def test_every_process_is_ended_first(self):
        there = self.stand()
        first, second = there.terminal(), there.terminal()
        with open(there.path("req", ".left"), "wb"):
            pass
        with self.assertRaises(AssertionError):
            there.stop_all()
        self.assertIsNotNone(first.poll())
        self.assertIsNotNone(second.poll())

    def test_unless_it_is_expected(self):
        there = self.stand()
        term = there.terminal("--expect-violations")
        with open(there.path("req", ".left"), "wb"):
            pass
        self.assertEqual(there.stop(term), 0)

    def test_a_changed_request(self):
        there = self.stand()
        term = there.terminal("--settle", "60000")
        day = time.strftime("%Y%m%d", time.gmtime(time.time() + 9 * 3600))
        raw = siquc("in-place", day=day)
        with open(there.path("req", name(1, day=day)), "wb", 0) as out:
            out.write(raw[:99])
            time.sleep(0.5)
            out.write(raw[99:])
        until(lambda: content(there.path("res", result(1).replace(DAY, day))),
              "the answer")
        with self.assertRaisesRegex(AssertionError, "changed-in-place"):
            there.stop(term)


if __name__ == "__main__":
    unittest.main()
