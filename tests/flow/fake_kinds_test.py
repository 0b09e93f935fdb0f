"""The fake terminal's kinds that are not confirmed, ended consents, errors
of single units, and people by the thousand."""

import csv
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as etree
import zipfile

from by_hand import BEFORE, Case, content, DAY, element, elements, fetch, \
    header, insurance, LIMIT, listing, message, name, P02, P03, P05, P09, \
    P10, PROGRAM, read, registration, siquc, SRC, text, until, \
    viewing

LIB = os.path.join(SRC, "tests", "lib")
sys.path.insert(0, LIB)
import terminal_layout

P07 = ("39470000", "", "1000007", ""), "19401011"
P08_4 = ("06140248", "10", "1639960291x084", "01"), "19640805"
P17 = ("31130842", "10", "005", "01"), "19900105"
REASON = "PharmacistsInfoConsExpirationReason"


def person(who, born, *more):
    return element("QualificationConfirmSearchInfo", insurance(*who) +
                   elements((("Birthdate", born),) + more))


def again(identifier, asked, care="2"):
    return message(header(identifier, DAY), person(
        *asked, ("MedicalTreatmentFlag", care), ("ArbitraryIdentifier", "7")))


def revoke(identifier, asked, *kinds):
    return message(header(identifier), person(*asked) + "".join(
        element("ViewingConsentInfo", element("ViewingConsentType", kind))
        for kind in kinds))


def url(identifier, care="2", form="1", change="0"):
    return message(header(identifier), element("AccessUrlInfo", elements((
        ("UrlAcquisitionType", care), ("UrlFileForm", form),
        ("UrlChange", change)))))


def settings(identifier, visiting="1", online="1", form="2", when="2"):
    return message(header(identifier), element(
        "EnvironmentSettingInfo", elements((
            ("VisitingUse", visiting), ("OnlineUse", online),
            ("PrescriptionIssueForm", form), ("ConsentTiming", when)))))


def device(identifier, terminal):
    return message(header(identifier), element(
        "ActivationCodeInfo", element("TerminalName", terminal)))


def visits(identifier, first, last=DAY):
    return listing(identifier, ("ConsentDateFrom", first),
                   ("ConsentDateTo", last), ("MedicalTreatmentFlag", "2"))


class Asking(Case):
    """Requests with a serial of their own."""

    def setUp(self):
        self.serial = 0

    def file(self, stem):
        self.serial += 1
        return name(self.serial, stem + "req")

    def ask(self, fake, stem, raw, **more):
        return fake.ask(self.file(stem), raw, **more)

    def tree(self, fake, stem, raw):
        return read(self.ask(fake, stem, raw))

    def list(self, fake, stem, raw):
        """The four files of one list."""
        accepted = self.tree(fake, stem + "01", raw)
        got = self.tree(fake, stem + "02", fetch(
            text(accepted, "ReceptionNumber")))
        while text(got, "SegmentOfResult") == "2":
            got = self.tree(fake, stem + "02", fetch(
                text(accepted, "ReceptionNumber")))
        return got


class Again(Asking):
    def test_with_the_consent_that_stands(self):
        fake = self.fake("--unconfirmed")
        tree = self.tree(fake, "OQSsihvq01", again("a", P03))
        self.assertEqual(text(tree, "QualificationValidity"), "1")
        self.assertEqual(text(tree, "PharmacistsInfoConsFlg"), "1")
        self.assertIsNone(text(tree, REASON))
        tree = self.tree(fake, "OQSsionq01", again("b", P05, "3"))
        self.assertEqual(text(tree, "PharmacistsInfoConsFlg"), "1")
        self.clean(fake)

    def test_without_one(self):
        fake = self.fake("--unconfirmed")
        for asked in (P02, P09):        # none; two people
            tree = self.tree(fake, "OQSsihvq01", again(
                "n" + asked[0][2], asked))
            self.assertEqual(text(tree, "ProcessingResultCode"),
                             "FAKE-CONSENT")
            self.assertIsNone(tree.find(".//ResultList"))
        self.clean(fake)

    def test_ended_says_why(self):
        fake = self.fake("--unconfirmed")
        for asked, why in ((P07, "2"), (P08_4, "3")):
            tree = self.tree(fake, "OQSsihvq01", again(
                "e" + why, asked))
            self.assertEqual(text(tree, "PharmacistsInfoConsFlg"), "2")
            self.assertEqual(text(tree, REASON), why)
        self.clean(fake)

    def test_only_when_asked_for(self):
        fake = self.fake("--temp-seconds", "0.1", "--expect-violations")
        for kind in terminal_layout.UNCONFIRMED:
            fake.drop(name(1, kind.stem + "req"), again("x", P03))
        until(lambda: len(fake.rows()) == 6 or None, "six left behind")
        self.assertEqual({row["rule"] for row in fake.rows()},
                         {"left-behind"})


class Broken(Asking):
    ROWS = (
        ("OQSsihvq01", again("r1", P03, "3"), "MedicalTreatmentFlag", "code"),
        ("OQSsionq01", again("r2", P03, "2"), "MedicalTreatmentFlag", "code"),
        ("OQSsihvq01", siquc("r3"),
         "LimitApplicationCertificateRelatedConsFlg", "unknown-element"),
        ("OQSsionq01", message(header("r14"), person(*P03)),
         "QualificationConfirmationDate", "missing"),
        ("OQSsihvd01", revoke("r4", P03), "ViewingConsentInfo", "missing"),
        ("OQSsihvd01", revoke("r5", P03, "ALL"), "ViewingConsentType",
         "code"),
        ("OQSsiurl01", url("r6", "1"), "UrlAcquisitionType", "code"),
        ("OQSsiurl01", url("r7", form="3"), "UrlFileForm", "code"),
        ("OQSsiinq01", settings("r8"), "EnvironmentSettingInfo",
         "unknown-element"),
        ("OQSsiupd01", settings("r9", form="4"), "PrescriptionIssueForm",
         "code"),
        ("OQSmuhvq01", visits("r10", DAY, "20261121"), "ConsentDateTo",
         "future"),
        ("OQSmuonq01", listing(
            "r11", ("ConsentDateFrom", "20261122"),
            ("ConsentDateTo", "20261122"), ("MedicalTreatmentFlag", "3")),
         "ConsentDateFrom", "future"),
        ("OQSmuquc01", message(header("r12", DAY), person(
            *P03, ("ArbitraryIdentifier", "1_1")) + person(
                *P05, ("ArbitraryIdentifier", "1_1"))),
         "ArbitraryIdentifier", "mark-reused"),
        ("OQSmuquc01", message(header("r13", DAY), person(
            *P03, ("ArbitraryIdentifier", "x" * 51))),
         "ArbitraryIdentifier", "length"),
    )

    def test_each_is_named(self):
        fake = self.fake("--unconfirmed", "--expect-violations")
        for stem, raw, broken, rule in self.ROWS:
            file = self.file(stem)
            fake.drop(file, raw)
            until(lambda f=file: content(fake.at("res", f[:-4] + ".err")),
                  file)
            row = fake.rows()[-1]
            self.assertEqual((row["element"], row["rule"]),
                             (broken, rule), row)

    def test_of_viewing(self):
        fake = self.fake("--expect-violations")
        month = ("StartDate", "202610"), ("EndDate", "202611")
        later = ("StartDate", "202610"), ("EndDate", "202612")
        for number, (who, months, broken, rule) in enumerate((
                (P03[0], later, "EndDate", "future"),
                (("39470000", "1", "1000007", ""), month,
                 "InsuranceCardSymbol", "elderly"),
                (("39470000", "", "1000007", "01"), month, "BranchNumber",
                 "elderly"))):
            file = "YZKsiquc01req_02261120120%d.xml" % (100 + number)
            fake.drop(file, viewing("v%d" % number, (who, ""), *months,
                                    ("FileCategory", "2"),
                                    ("MedicalTreatmentFlag", "1")))
            until(lambda f=file: content(fake.at("res", f[:-4] + ".err")),
                  file)
            row = fake.rows()[-1]
            self.assertEqual((row["element"], row["rule"]), (broken, rule))


class Consents(Asking):
    def units(self, tree):
        """name -> unit; a later consent of a person wins."""
        return {text(unit, "Name"): unit
                for unit in tree.findall("MessageBody/BulkConfirmUnit")}

    def test_ended_by_time_and_by_people(self):
        fake = self.fake("--processing", 0)
        units = self.units(self.list(fake, "OQSmuhvq", visits(
            "l", "20240401")))
        for who, flag, why in (("資格　三夫", "2", "0"),
                               ("資格　七夫", "2", "2"),
                               ("資格　訪四子", "2", "3"),
                               ("資格　一郎", "1", None),
                               ("カネコ　吾郎", "1", None)):
            self.assertEqual(text(units[who], "PharmacistsInfoConsFlg"),
                             flag, who)
            self.assertEqual(text(units[who], REASON), why, who)
        ended = units["資格　七夫"]
        self.assertEqual(text(ended, "PharmacistsInfoAvailableTime"),
                         "20261118000000")
        self.assertIsNone(text(
            units["カネコ　吾郎"], "OperationInfoAvailableTime"))
        self.clean(fake)

    def test_patient_takes_it_back(self):
        fake = self.fake("--processing", 0, "--revoke", "P10:2@0")
        tree = self.list(fake, "OQSmuhvq", visits("t", "20261118"))
        unit = self.units(tree)["扶助　三葉"]
        for family in terminal_layout.FAMILIES.values():
            self.assertEqual(text(unit, family + "ConsFlg"), "2", family)
        self.assertEqual(text(unit, REASON), "2")
        # With the consent goes what it let be seen.
        for group in ("LimitApplicationCertificateRelatedInfo",
                      "SpecificDiseasesCertificateList"):
            self.assertIsNone(unit.find(".//" + group))
        drugs = viewing("after", P10, ("StartDate", "202610"),
                        ("EndDate", "202611"), ("FileCategory", "2"),
                        ("MedicalTreatmentFlag", "2"))
        tree = fake.tree("YZKsiquc01req_022611201200021.xml", drugs)
        self.assertEqual(text(tree, "ResultCode"), "9")
        self.clean(fake)

    def test_we_take_some_of_it_back(self):
        fake = self.fake("--unconfirmed", "--processing", 0)
        tree = self.tree(fake, "OQSsihvd01", revoke("d", P03, "YZK", "SHJ"))
        self.assertEqual(text(tree, "ProcessingResultStatus"), "1")
        unit = self.units(self.list(fake, "OQSmuhvq", visits(
            "d2", BEFORE)))["資格　一郎"]
        for family, flag in (("PharmacistsInfo", "2"),
                             ("OperationInfo", "2"), ("DiagnosisInfo", "1"),
                             ("SpecificHealthCheckupsInfo", "1")):
            self.assertEqual(text(unit, family + "ConsFlg"), flag, family)
        self.assertEqual(text(unit, REASON), "1")
        tree = self.tree(fake, "OQSsihvd01", revoke("d3", P03, "YZK"))
        self.assertEqual(text(tree, "ProcessingResultStatus"), "2")
        self.clean(fake)

    def test_shared_charts(self):
        fake = self.fake("--processing", 0)
        units = self.units(self.list(fake, "OQSmuhvq", visits(
            "s", "20261118")))
        for who, said in (("扶助　三葉", "111111"), ("資格　一郎", "001100"),
                          ):
            self.assertEqual("".join(
                text(units[who], family + "ConsFlg")
                for family in terminal_layout.SHARING.values()), said)
        self.assertIsNone(text(self.units(self.list(
            fake, "OQSmuhvq", visits("s2", "20261115", "20261115")))[
                "カネコ　吾郎"], "AllergyInfoConsFlg"))
        self.clean(fake)

    def test_a_group_no_layout_has(self):
        fake = self.fake()
        tree = fake.tree(name(90), siquc("p17", P17))
        self.assertEqual(text(tree, "LinkIdentifier"), "01")
        self.clean(fake)


class Setting(Asking):
    def test_asked_changed_and_obeyed(self):
        fake = self.fake("--unconfirmed")
        tree = self.tree(fake, "OQSsiinq01", message(header("s1"), ""))
        self.assertEqual([e.text for e in tree.find(
            "MessageBody/EnvironmentSettingInfo")], ["1", "1", "2", "2"])
        self.tree(fake, "OQSsiupd01", settings("s2", visiting="0"))
        tree = self.tree(fake, "OQSsiinq01", message(header("s3"), ""))
        self.assertEqual(text(tree, "VisitingUse"), "0")
        tree = self.tree(fake, "OQSsiurl01", url("s4"))
        self.assertEqual(text(tree, "ProcessingResultCode"), "FAKE-OFF")
        pdf = self.ask(fake, "OQSsiurl01", url("s5", "3"), end=b"%%EOF",
                       extension=".pdf")
        self.assertIn(b"/3/0)", pdf)
        self.tree(fake, "OQSsiupd01", settings("s6"))
        pdf = self.ask(fake, "OQSsiurl01", message(header("s7"), ""),
                       end=b"%%EOF", extension=".pdf")
        self.assertIn(b"/2/0)", pdf)
        self.clean(fake)

    def test_address_as_a_picture(self):
        fake = self.fake("--unconfirmed")
        raw = self.ask(fake, "OQSsiurl01", url("u1", form="2", change="1"),
                       end=b"IEND\xaeB`\x82", extension=".png")
        with tempfile.NamedTemporaryFile(suffix=".png") as file:
            file.write(raw)
            file.flush()
            said = subprocess.run(["file", "--brief", file.name], text=True,
                                  stdout=subprocess.PIPE, check=True).stdout \
                if os.path.exists("/usr/bin/file") else "PNG image data, 32 x"
        self.assertIn("PNG image data, 32 x", said)
        self.clean(fake)

    def test_stems_that_are_given(self):
        fake = self.fake(
            "--unconfirmed", "--stem", "OQS-IF-049=OQSsipcd01", "--stem",
            "activation-list=OQSsiacl01", "--stem", "OQS-IF-053=OQSsiaci01",
            "--stem", "OQS-IF-055=OQSsiacd01")
        tree = self.tree(fake, "OQSsipcd01", message(header("k1"), ""))
        self.assertRegex(text(tree, "VisualPasscode"), "^[0-9]{4}$")
        for identifier, stem, status in (
                ("k2", "OQSsiaci01", "1"), ("k3", "OQSsiaci01", "2"),
                ("k4", "OQSsiacd01", "1"), ("k5", "OQSsiacd01", "2")):
            tree = self.tree(fake, stem, device(identifier, "mobile-1"))
            self.assertEqual(text(tree, "ProcessingResultStatus"), status)
        tree = self.tree(fake, "OQSsiacl01", message(header("k6"), ""))
        self.assertIsNone(tree.find(".//ActivationCode"))
        self.clean(fake)

    def test_stems_that_are_wrong(self):
        folder = tempfile.gettempdir()
        for wrong in (["--stem", "OQS-IF-049=OQSsipcd01"],
                      ["--unconfirmed", "--stem", "049=OQSsipcd01"],
                      ["--unconfirmed", "--stem", "OQS-IF-045=OQSsipcd01"],
                      ["--unconfirmed", "--stem", "OQS-IF-049=../x"],
                      ["--revoke", "P03:7"], ["--revoke", "P99"]):
            done = subprocess.run(
                [sys.executable, "-B", PROGRAM, "--req", folder, "--res",
                 folder] + wrong, stderr=subprocess.PIPE, timeout=LIMIT)
            self.assertEqual(done.returncode, 2, wrong)


class Lists(Asking):
    def test_those_who_consented_by_list(self):
        fake = self.fake("--unconfirmed", "--stem", "OQS-IF-029=OQSmuhvk01",
                         "--stem", "OQS-IF-031=OQSmuhvk02")
        tree = self.list(fake, "OQSmuhvk", message(header("h", DAY), person(
            *P03) + person(*P02) + person(*P10)))
        units = tree.findall("MessageBody/BulkConfirmUnit")
        self.assertEqual([text(u, "PharmacistsInfoConsFlg") for u in units],
                         ["1", None, "1"])
        self.assertEqual([text(u, "ProcessingResultStatus") for u in units],
                         ["1", "2", "1"])
        self.assertEqual(len(units[2].findall(
            "ResultOfQualificationConfirmation")), 2)
        self.clean(fake)

    def test_units_that_fail(self):
        """A list of 200: every 50th, and one that is named."""
        fake = self.fake("--invent", 200, "--unit-errors", 50, "--unit-error",
                         "^0007$=番号が違います", "--processing", 3)
        people = list(read_patients(200))
        raw = message(header("u", DAY), "".join(person(
            card(row), row["birthdate"], ("ArbitraryIdentifier",
                                          "%04d" % n))
            for n, row in enumerate(people)))
        tree = self.list(fake, "OQSmuquc", raw)
        self.assertEqual(self.serial, 5)        # asked four times
        bad = [int(text(unit, "ArbitraryIdentifier")) for unit in
               tree.findall("MessageBody/BulkConfirmUnit")
               if text(unit, "ProcessingResultStatus") == "2"]
        self.assertEqual(bad, [7, 49, 99, 149, 199])
        self.assertEqual(text(tree, "NumberOfError"), "5")
        self.clean(fake)

    def test_units_that_fail_to_register(self):
        fake = self.fake("--unit-error", "^11$=番号が違います")
        tree = self.list(fake, "OQSmuimm", message(
            header("m"), registration("11", P03) + registration("12", P05)))
        self.assertEqual([e.text for e in tree.iter(
            "ProcessingResultStatus")], ["2", "1"])
        self.clean(fake)


def read_patients(count):
    with tempfile.TemporaryDirectory(prefix="shikaku-rows-") as folder:
        path = os.path.join(folder, "p.csv")
        rows("--units", count, "--patients", path)
        with open(path, encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


def card(row):
    return tuple(row[column] for column in (
        "insurer_number", "insured_card_symbol",
        "insured_identification_number", "insured_branch_number"))


def rows(*argv):
    subprocess.run([sys.executable, "-B", os.path.join(LIB, "bulk_rows.py")] +
                   [str(arg) for arg in argv], check=True)


class ChosenDay(Asking):
    P01 = ("172010", "123", "456", "01"), "19520707"

    def started(self, fake, day):
        tree = self.list(fake, "OQSmuquc", message(
            header("c" + day, day), person(*self.P01)))
        return text(tree, "ElderlyRecipientValidStartDate")

    def test_of_a_list(self):
        """The coverage of the day that was chosen."""
        fake = self.fake("--processing", 0)
        self.assertEqual(self.started(fake, "20240731"), "20230801")
        self.assertEqual(self.started(fake, "20240801"), "20240801")
        self.clean(fake)

    def test_of_one_person(self):
        fake = self.fake("--any-day")
        tree = fake.tree(name(1), siquc("c1", self.P01, day="20240731"))
        self.assertEqual(text(tree, "ElderlyRecipientValidStartDate"),
                         "20230801")
        self.clean(fake)

    def test_never_one_to_come(self):
        fake = self.fake("--any-day", "--expect-violations")
        fake.drop(name(1), siquc("c2", self.P01, day="20261122"))
        until(lambda: fake.rows() or None, "a violation")
        self.assertEqual(fake.rows()[0]["rule"], "day")


class Forgotten(Asking):
    def test_what_nobody_takes_goes(self):
        fake = self.fake("--stay", "0.2")
        fake.ask(name(1), siquc("f1"))
        until(lambda: os.listdir(fake.at("res")) == ["DELFILE0001"] or None,
              "nothing but the mark")
        self.assertEqual(os.listdir(fake.at("req")), [])
        self.clean(fake)

    def test_what_was_taken_leaves_no_mark(self):
        fake = self.fake("--stay", "0.3")
        fake.ask(name(1), siquc("f2"))
        os.unlink(fake.at("res", name(1, "OQSsiquc01res")))
        fake.ask(name(2), siquc("f3"))
        until(lambda: "DELFILE0001" in os.listdir(fake.at("res")) or None,
              "the second one's mark")
        self.assertEqual(os.listdir(fake.at("res")), ["DELFILE0001"])
        self.clean(fake)


class Invented(Asking):
    """bulk_rows.py, and the register made of the same people."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="shikaku-rows-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def made(self, file, *argv):
        path = os.path.join(self.folder, file)
        rows(*argv, path)
        return content(path)

    def test_one_command_line_gives_the_same_bytes(self):
        for more in ((), ("--zip",), ("--encoding", "cp932")):
            first, again_ = (self.made("same", "--units", 300, *more)
                             for _ in (1, 2))
            self.assertEqual(first, again_)
        self.assertNotEqual(self.made("a", "--units", 300),
                            self.made("b", "--units", 300, "--seed", 2))

    def test_counts_and_shapes_of_every_kind(self):
        unit = {"OQSmuimm": "BulkRegistrationUnit"}
        for kind in ("OQSmuquc", "OQSmuimm", "OQSmutic", "OQSmuhvq",
                     "OQSmuonq"):
            tree = read(self.made(kind, "--units", 1000, "--kind", kind))
            units = tree.findall("MessageBody/" + unit.get(
                kind, "BulkConfirmUnit"))
            bad = [u for u in units
                   if text(u, "ProcessingResultStatus") == "2"]
            self.assertEqual((len(units), len(bad)), (1000, 20), kind)
            self.assertEqual(text(tree, "NumberOfError"), "20")

    def test_encodings_hold_the_same(self):
        trees = [read(self.made("e", "--units", 200, "--encoding", encoding))
                 for encoding in ("utf-8", "cp932")]
        for tree, code in zip(trees, "01"):
            at = tree.find("MessageHeader/CharacterCodeIdentifier")
            self.assertEqual(at.text, code)
            at.text = ""
        self.assertEqual(*map(etree.tostring, trees))

    def test_archive_holds_its_name(self):
        self.made("OQSmuhvq02res_202611200001.zip", "--units", 50, "--zip")
        with zipfile.ZipFile(os.path.join(
                self.folder, "OQSmuhvq02res_202611200001.zip")) as archive:
            self.assertEqual(archive.namelist(),
                             ["OQSmuhvq02res_202611200001.xml"])
            read(archive.read(archive.namelist()[0]))

    def test_glyphs_twins_aid_and_order(self):
        tree = read(self.made("g", "--units", 2000, "--errors", 0))
        units = tree.findall("MessageBody/BulkConfirmUnit")
        names = [text(unit, "Name") for unit in units]
        self.assertTrue(30 < sum("●" in name_ for name_ in names) < 100)
        two = [len(u.findall("ResultOfQualificationConfirmation")) == 2
               for u in units]
        self.assertTrue(40 < sum(two) < 160)
        self.assertEqual(len(set(names)), 2000)
        cards = {}
        for unit in units:
            at = unit.find("ResultOfQualificationConfirmation")
            cards.setdefault((text(at, "InsuredIdentificationNumber"), text(
                at, "Birthdate")), []).append(text(at, "Name"))
        pairs = [who for who in cards.values() if len(who) == 2]
        self.assertTrue(5 < len(pairs) < 60)
        orders = {tuple(e.tag for e in unit.find(
            "ResultOfQualificationConfirmation")) for unit in units[:20]}
        self.assertGreater(len(orders), 15)

    def test_register_clinic_and_answer_are_one(self):
        """What is asked of the fake with the CSV is what the CSV says."""
        fake = self.fake("--invent", 400, "--processing", 0)
        people = read_patients(400)
        raw = message(header("i", DAY), "".join(person(
            card(row), row["birthdate"]) for row in people))
        units = self.list(fake, "OQSmuquc", raw).findall(
            "MessageBody/BulkConfirmUnit")
        for row, unit in zip(people, units):
            self.assertEqual(text(unit, "QualificationValidity"), "1")
            self.assertEqual(text(unit, "NameKana"), row["kana"])
            self.assertEqual(text(unit, "ReferenceNumber") or "",
                             row["reference_number"])
        listed = self.list(fake, "OQSmuhvq", visits("j", "20261101"))
        self.assertGreater(len(listed.findall(
            "MessageBody/BulkConfirmUnit")), 290)
        self.clean(fake)


if __name__ == "__main__":
    unittest.main()
