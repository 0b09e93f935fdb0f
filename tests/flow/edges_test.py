"""The edge cases of the manuals' own people, end to end: a list is fetched
from the fake terminal, compared, imported, and handed over as CSV, FHIR and
XML for 日レセ; what came out is what went in."""

import csv
import io
import json
import os
import re
import unittest
import xml.etree.ElementTree as ET
from collections import namedtuple

from jobs import JobStand
from stand import SRC

# birth and from_: as CSV has them; digits: whether the insurer number's check
# digit is right; kinds: the coverages that the import leaves.
Row = namedtuple("Row", "what chart name birth born sex insurer symbol number "
                 "branch from_ end digits kinds")
ROWS = (
    Row("昭和64年1月1日; 生保 in the insurance fields", "4", "生保　患者",
        "S64. 1. 1", "1989-01-01", "male", "12130000", "", "1300011", "",
        "20240101", "", False, {"aid", "insurance"}),
    Row("令和元年, blank sex, symbol in kanji", "23", "資格　十六郎",
        "H 3.12. 1", "1991-12-01", "unknown", "139993", "世人10", "016", "01",
        "20191108", "", False, {"insurance"}),
    Row("8 digits, open end", "00003", "資格　三", "H 2. 1. 5", "1990-01-05",
        "male", "31130842", "10", "005", "01", "20200401", "99999999", True,
        {"insurance"}),
    Row("6 digits, x in the number", "13", "資格　一郎", "S35. 6. 2",
        "1960-06-02", "male", "139980", "葛う10", "1639960291x001", "01",
        "20210801", "", True, {"insurance"}),
    Row("insurance and 扶助", "00021", "扶助　三葉", "S49.12. 1", "1974-12-01",
        "male", "06140248", "10", "1619931528x009", "01", "20120401", "",
        True, {"insurance", "aid"}),
    Row("no symbol, no branch, zeros alone; a share without consent", "8",
        "後期高齢　武夫", "S25. 5.15", "1950-05-15", "male", "39130000", "",
        "00000000", "", "20250515", "", True, {"insurance"}),
    Row("髙 in the ledger, ● in the answer", "0000000002", "ききょう　●子",
        "S26. 4. 1", "1951-04-01", "female", "172010", "321", "654", "01",
        "20210401", "", False, {"insurance", "elderly"}),
)
PATIENTS = os.path.join(SRC, "tests", "data", "patients.csv")
WITHHELD = "同意がないため表示しません"
AID = ("12161009", "9931521")


def day(text):
    return "%s/%s/%s" % (text[:4], text[4:6], text[6:])


class EdgesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = s = JobStand(conf={"orca": {"folder": "orca"}})
        cls.addClassCleanup(s.close)
        os.mkdir(s.path("orca"))
        got = s.run("patients", "import", PATIENTS, check=True)
        cls.said = got.stdout + got.stderr
        s.terminal("--processing", "0")
        cls.job = s.job("request", "insurance", "--chart",
                        ",".join(row.chart for row in ROWS))["id"]
        s.job("fetch", cls.job, "--timeout", "20")
        s.stop_all()
        cls.findings = dict(s.rows("SELECT chart_number, id FROM finding "
                                   "WHERE job = ?", cls.job))
        cls.compared, cls.imported = {}, {}
        for row in ROWS:
            finding = cls.findings[row.chart]
            cls.compared[row.chart] = cls.json(
                "imports", "compare", finding, "--show")
            cls.imported[row.chart] = cls.json(
                "imports", "apply", finding, "--yes", "--staff", "窓口")
        cls.out = csv.DictReader(io.StringIO(s.run(
            "export", "csv", "findings", "--job", cls.job, "--plain",
            check=True).stdout.lstrip("\ufeff")))
        cls.out = {row["カルテ番号"]: row for row in cls.out}
        cls.json("export", "orca", "--job", cls.job, "--yes")

    @classmethod
    def json(cls, *args):
        return json.loads(cls.stand.run(*args, "--json", check=True).stdout)

    def test_compared(self):
        """Numbers and persons are the ledger's; ● alone differs."""
        for row in ROWS:
            with self.subTest(row.what):
                states = {f["field"]: (f["state"], f["right"]) for f in
                          self.compared[row.chart]["insurance"]["fields"]}
                self.assertEqual(len(states), 18)
                self.assertEqual(states["birthdate"],
                                 ("same", row.born.replace("-", "")))
                self.assertEqual(states["name"], (
                    "differs" if "●" in row.name else "same", row.name))
                self.assertEqual(states["sex"][0], "same")
                if row.chart != "4":    # its answer has no insurance
                    self.assertEqual(states["insurer_number"],
                                     ("same", row.insurer))
                    self.assertEqual(states["insured_identification_number"],
                                     ("same", row.number))

    def test_imported(self):
        for row in ROWS:
            with self.subTest(row.what):
                self.assertEqual(self.imported[row.chart]["rows"][0]["outcome"],
                                 "imported")
                shown = self.json("patients", "show", row.chart, "--show")
                of = {c["kind"]: c for c in shown["coverages"]}
                self.assertEqual(set(of), row.kinds)
                main = of["aid" if row.chart == "4" else "insurance"]
                self.assertEqual((main["valid_from"], main["valid_until"]),
                                 (row.from_, None))
                for name, want in (
                        ("insurer_number", row.insurer),
                        ("insured_card_symbol", row.symbol),
                        ("insured_identification_number", row.number),
                        ("insured_branch_number", row.branch)):
                    self.assertEqual(main["fields"].get(name, ""), want, name)
                # What the clinic knows better than a ● stays.
                self.assertNotIn("●", shown["name"])
        twin = {c["kind"]: c["fields"] for c in self.json(
            "patients", "show", "00021", "--show")["coverages"]}["aid"]
        self.assertEqual((twin["insurer_number"],
                          twin["insured_identification_number"]), AID)

    def test_csv(self):
        self.assertEqual(len(self.out), len(ROWS))
        for row in ROWS:
            with self.subTest(row.what):
                got = self.out[row.chart]
                self.assertEqual(
                    (got["氏名"], got["生年月日"], got["保険者番号"], got["記号"],
                     got["番号"], got["枝番"], got["有効開始年月日"],
                     got["有効終了年月日"], got["取込"]),
                    (row.name, row.birth, row.insurer, row.symbol, row.number,
                     row.branch, day(row.from_), "", "済"))
        self.assertEqual(self.out["23"]["性別"], "未設定")
        self.assertEqual(self.out["8"]["一部負担金割合"], WITHHELD)

    def test_fhir(self):
        for row in ROWS:
            with self.subTest(row.what):
                bundle = json.loads(self.stand.run("export", "fhir", row.chart,
                                                   check=True).stdout)
                of = {}
                for entry in bundle["entry"]:
                    of.setdefault(entry["resource"]["resourceType"], []).append(
                        entry["resource"])
                patient, = of["Patient"]
                self.assertEqual((patient["birthDate"], patient["gender"]),
                                 (row.born, row.sex))
                now = [c for c in of["Coverage"] if c["contained"][0][
                    "identifier"][0]["value"] == row.insurer]
                starts = {c.get("period", {}).get("start") for c in now}
                self.assertIn("%s-%s-%s" % (row.from_[:4], row.from_[4:6],
                                            row.from_[6:]), starts)
                self.assertTrue(all("end" not in c.get("period", {})
                                    for c in now))
                ids = [i["value"] for c in now for i in c.get("identifier", ())]
                if row.chart != "4":
                    self.assertIn(":".join((row.insurer.rjust(8, "0"), row.symbol,
                                            row.number, row.branch)), ids)
                self.assertEqual("12161009" in json.dumps(bundle),
                                 row.chart == "00021")

    def test_orca(self):
        trees = {}
        for name in os.listdir(self.stand.path("orca")):
            root = ET.parse(self.stand.path("orca", name)).getroot()
            records = root.findall(".//ResultOfQualificationConfirmation")
            trees[records[0].findtext("InsuredIdentificationNumber")] = records
        self.assertEqual(len(trees), len(ROWS))
        for row in ROWS:
            with self.subTest(row.what):
                first = trees[row.number][0]
                self.assertEqual(
                    [first.findtext(n, "").strip() for n in (
                        "InsurerNumber", "InsuredCardSymbol",
                        "InsuredBranchNumber", "Name", "Birthdate",
                        "InsuredCardValidDate", "InsuredCardExpirationDate")],
                    [row.insurer, row.symbol, row.branch, row.name,
                     row.born.replace("-", ""), row.from_, row.end])
                self.assertEqual(len(first.findtext("InsurerNumber")), 8)
        self.assertEqual([r.findtext("InsuredIdentificationNumber")
                          for r in trees["1619931528x009"]],
                         ["1619931528x009", AID[1]])
        self.assertIsNone(trees["00000000"][0].find(
            "InsuredPartialContributionRatio"))
        self.assertEqual(trees["016"][0].findtext("Sex1"), "3")

    def test_bad_check_digits_warn(self):
        with open(PATIENTS, encoding="utf-8-sig") as f:
            lines = {row["chart_number"]: n for n, row in
                     enumerate(csv.DictReader(f), 2)}
        for row in ROWS:
            with self.subTest(row.what):
                told = re.search(r"\b%d\b[^\n]*check digit" % lines[row.chart],
                                 self.said) is not None
                self.assertEqual(told, not row.digits, self.said)


if __name__ == "__main__":
    unittest.main()
