"""What is handed over, judged by others: the XML for 日レセ by expat, CSV by
Python's csv module, FHIR by two published validators, the printed page by
Chromium.  Answers are put into the store as the terminal would give them."""

import csv
import hashlib
import http.client
import io
import json
import os
import pwd
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

from stand import SRC, program, wait_until

CODE = "9910000001"
USER = "cli:" + pwd.getpwuid(os.getuid()).pw_name
JOB = "11111111-2222-4333-8444-555555555555"
NODE = shutil.which("node")
CHROMIUM = shutil.which("chromium")
MODULES = os.path.join(SRC, "host", "web", "node_modules")
NS = re.compile(r"OQSsiquc01res_face_%s[0-9a-f]{20}_[0-9]{14}\.xml" % CODE)

PATIENTS = """カルテ番号,氏名,カナ氏名,性別,生年月日,保険者番号,記号,番号,枝番,照会番号,郵便番号,住所
13,資格　一郎,ｼｶｸ ｲﾁﾛｳ,男,S35.6.2,139980,葛う10,1639960291x001,01,00010,100-0014,東京都千代田区永田町1-99-99
00021,扶助　三葉,ﾌｼﾞﾖ ﾐﾂﾊﾞ,男,S49.12.1,06140248,10,1619931528x009,01,10005,,
16,資格　太郎,シカク　タロウ,男,19800101,12345678,1234,12345678,02,1234567890000001,,
0000000001,こすもす　和子,ｺｽﾓｽ ｶｽﾞｺ,女,19520707,172010,123,456,01,,,
"""


def element(name, value):
    if isinstance(value, list):
        return "".join(element(name, v) for v in value)
    if isinstance(value, dict):
        value = "".join(element(k, v) for k, v in value.items())
    else:
        value = value.replace("&", "&amp;").replace("<", "&lt;")
    return "<%s>%s</%s>" % (name, value, name)


def consent(family, flag, time="20240828093000", until="20241130235959"):
    out = {family + "ConsFlg": flag}
    if flag == "1":
        out[family + "ConsTime"] = time
        if family.endswith("Info"):
            out[family + "AvailableTime"] = until
    return out


def record(name, birth, insurer, number, sex="1", **more):
    return {"InsuredCardClassification": "01", "InsurerNumber":
            insurer.rjust(8), "InsuredIdentificationNumber": number,
            "Name": name, "Sex1": sex, "Birthdate": birth,
            "InsurerName": "見本", **more}


def unit(records, number, validity="1"):
    return {"ProcessingResultStatus": "1", "QualificationValidity": validity,
            "ResultOfQualificationConfirmation": records,
            "ReferenceNumber": number}


P03 = record(
    "資格　一郎", "19600602", "139980", "1639960291x001",
    InsuredCardSymbol="葛う10", InsuredBranchNumber="01",
    PersonalFamilyClassification="1", NameKana="ｼｶｸ ｲﾁﾛｳ",
    InsuredCardValidDate="20240801", PostNumber="100-0014",
    Address="東京都千代田区永田町1-99-99",
    LimitApplicationCertificateRelatedInfo={
        "LimitApplicationCertificateClassification": "01",
        "LimitApplicationCertificateClassificationFlag": "B04",
        "LimitApplicationCertificateValidStartDate": "20240801"},
    **consent("LimitApplicationCertificateRelated", "1"),
    **consent("SpecificDiseasesCertificateRelated", "0"),
    **consent("PharmacistsInfo", "1"), **consent("DiagnosisInfo", "1",
                                                 until="20241031235959"),
    **consent("OperationInfo", "2"))
P10 = record(
    "扶助　三葉", "19741201", "06140248", "1619931528x009",
    InsuredCardSymbol="10", InsuredBranchNumber="01",
    InsuredCardValidDate="20120401", SpecificDiseasesCertificateList={
        "SpecificDiseasesCertificateInfo": [
            {"SpecificDiseasesDiseaseCategory": "2",
             "SpecificDiseasesSelfPay": "10000"}]})
P10_AID = dict(record("扶助　三葉", "19741201", "12161009", "9931521",
                      PublicExpenseResultList={"MedicalTicketInfo": {
                          "TicketType": "01", "IssueNumber": "0000000001",
                          "MedicalTreatmentMonth": "202411"}}),
               InsuredCardClassification="A1")
P16 = record("資格　太郎", "19800101", "12345678", "12345678",
             InsuredCardSymbol="1234", InsuredBranchNumber="02",
             PersonalFamilyClassification="1",
             InsuredPartialContributionRatio="010",
             InsuredCardValidDate="20230401",
             InsuredCardExpirationDate="20270331")
HOSTILE = record("=HYPERLINK(\"http://x\")", "19900101", "06140248", "+5",
                 InsuredCardSymbol="@1")
P02 = record("ききょう　●子", "19510401", "172010", "654", sex="2",
             InsuredCardSymbol="321", NameKana="ｷｷｮｳ ﾀｶｺ")

UNITS = [unit([P03], "00010"), unit([P10, P10_AID], ["10005", "10006"]),
         unit([P16], "1234567890000001"), unit([HOSTILE], "5"),
         unit([P02], ""),
         {"ProcessingResultStatus": "2", "ProcessingResultCode": "E-2",
          "ProcessingResultMessage": "複数該当"}]

# What the file for a patient says, by its way: independent of our writer.
EXPECTED = {
    "00010": {
        "MessageHeader/MedicalInstitutionCode": CODE,
        "MessageHeader/ReferenceClassification": "1",
        "MessageHeader/SegmentOfResult": "1",
        "MessageBody/QualificationValidity": "1",
        "R/Name": "資格　一郎", "R/InsurerNumber": "  139980",
        "R/InsuredCardSymbol": "葛う10", "R/InsuredBranchNumber": "01",
        "R/LimitApplicationCertificateRelatedInfo/"
        "LimitApplicationCertificateClassificationFlag": "B04",
        "R/PharmacistsInfoConsFlg": "1",
        "R/PharmacistsInfoAvailableTime": "20241130235959",
        "R/OperationInfoConsFlg": "2", "R/ReferenceNumber": "00010"},
    "10005": {
        "R/InsuredIdentificationNumber": "1619931528x009",
        "R/SpecificDiseasesCertificateList/SpecificDiseasesCertificateInfo/"
        "SpecificDiseasesSelfPay": "10000",
        "R/ReferenceNumber": "10005"},
    "5": {"R/Name": "=HYPERLINK(\"http://x\")", "R/InsuredCardSymbol": "@1"},
}


def xml(units):
    header = {"ProcessExecutionTime": "20240829103551",
              "CharacterCodeIdentifier": "0", "SegmentOfResult": "1",
              "MedicalInstitutionCode": CODE,
              "ReceptionNumber": "20240829103551503_9598",
              "NumberOfProcessingResult": str(len(units))}
    return ('<?xml version="1.0" encoding="UTF-8" standalone="no"?>' +
            element("XmlMsg", {"MessageHeader": header, "MessageBody": {
                "BulkConfirmUnit": units}})).encode()


class ExportCase(unittest.TestCase):
    units = UNITS
    encoding = "utf-8"

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="export_test.")
        self.addCleanup(shutil.rmtree, self.dir)
        self.orca = self.folder("orca")
        self.reports = self.folder("reports")
        self.conf = self.write("shikaku.conf", (
            "[institution]\ncode = %s\n[terminal]\nreq = %s\nres = %s\n"
            "[orca]\nfolder = %s\nencoding = %s\n[report]\nfolder = %s\n" % (
                CODE, self.folder("req"), self.folder("res"), self.orca,
                self.encoding, self.reports)).encode())
        self.good("patients", "import", self.write(
            "patients.csv", PATIENTS.encode()))
        self.take_in(self.units)

    def folder(self, name):
        path = os.path.join(self.dir, name)
        os.makedirs(path, exist_ok=True)
        return path

    def write(self, name, raw):
        path = os.path.join(self.dir, name)
        with open(path, "wb") as f:
            f.write(raw)
        return path

    def store(self):
        return sqlite3.connect(os.path.join(self.dir, "shikaku.db"))

    def take_in(self, units):
        """An answer as the agent keeps it; its findings are of one job."""
        raw = xml(units)
        name = "OQSmuhvq02res_202408290001.xml"
        with self.store() as db:
            db.execute("INSERT INTO result (digest, file, received_at, raw) "
                       "VALUES (?, ?, ?, ?)", (
                           hashlib.sha256(raw).hexdigest(), name,
                           1724895351000, raw))
        self.good("export", "csv", "findings")
        with self.store() as db:
            db.execute("UPDATE finding SET job = ?", (JOB,))

    def run_raw(self, *args):
        env = dict(os.environ, SHIKAKU_CONF=self.conf, LANG="C.UTF-8")
        return subprocess.run([program("shikaku"), *args], env=env,
                              capture_output=True, check=False,
                              stdin=subprocess.DEVNULL)

    def good(self, *args):
        done = self.run_raw(*args)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout

    def json(self, *args, code=0):
        done = self.run_raw(*args, "--json")
        self.assertEqual(done.returncode, code,
                         (done.stdout + done.stderr).decode())
        return json.loads(done.stdout)

    def read(self, name):
        with open(os.path.join(self.dir, name), "rb") as f:
            return f.read()

    def start_agent(self):
        """On a free port, which it writes down when it is ready."""
        self.write("shikaku.conf", self.read("shikaku.conf") +
                   b"[api]\nport = -1\n")
        ready = os.path.join(self.dir, "ready")
        with open(os.path.join(self.dir, "log"), "wb") as log:
            agent = subprocess.Popen(
                [program("shikakud"), "--config", self.conf, "--ready-file",
                 ready], stderr=log)
        self.addCleanup(agent.wait)
        self.addCleanup(agent.terminate)
        wait_until("agent ready", lambda: os.path.exists(ready) or
                   agent.poll() is not None)
        return int(self.read("ready"))

    def imported(self, finding):
        return self.json("imports", "apply", finding, "--yes", "--staff",
                         "窓口", "--show")

    def findings(self):
        with self.store() as db:
            return [row[0] for row in db.execute(
                "SELECT id FROM finding ORDER BY unit")]


class OrcaTest(ExportCase):
    def parsed(self):
        """Every file, by the reference number of its first record."""
        out = {}
        for name in os.listdir(self.orca):
            self.assertRegex(name, NS)
            path = os.path.join(self.orca, name)
            self.assertEqual(os.stat(path).st_mode & 0o7007, 0)
            root = ElementTree.parse(path).getroot()
            records = root.findall(
                "MessageBody/ResultList/ResultOfQualificationConfirmation")
            out[records[0].findtext("ReferenceNumber", "")] = (root, records)
        return out

    def check_forms(self):
        files = self.parsed()
        self.assertEqual(len(files), 5)
        for number, want in EXPECTED.items():
            root, records = files[number]
            self.assertEqual(root.tag, "XmlMsg")
            self.assertEqual([c.tag for c in root],
                             ["MessageHeader", "MessageBody"])
            for path, value in want.items():
                where = records[0] if path.startswith("R/") else root
                self.assertEqual(where.findtext(path.removeprefix("R/")),
                                 value, path)
        # Insurance and assistance of one patient are one file.
        root, records = files["10005"]
        self.assertEqual(len(records), 2)
        self.assertEqual(records[1].findtext("ReferenceNumber"), "10006")
        self.assertEqual(records[1].findtext(
            "PublicExpenseResultList/MedicalTicketInfo/IssueNumber"),
                         "0000000001")
        names = [root.findtext("MessageHeader/ArbitraryFileIdentifier")
                 for root, _ in files.values()]
        self.assertEqual(len(set(names)), 5)

    def test_bulk(self):
        done = self.run_raw("export", "orca", "--job", JOB)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(os.listdir(self.orca), [])
        out = self.json("export", "orca", "--job", JOB, "--yes",
                        "--staff", "窓口")
        self.assertEqual(len(out["files"]), 5)
        self.assertEqual([r["code"] for r in out["left_out"]],
                         ["NO_COVERAGE"])
        self.check_forms()
        # Taken by 日レセ, or not: never a second time by itself.
        for name in os.listdir(self.orca)[:2]:
            os.unlink(os.path.join(self.orca, name))
        out = self.json("export", "orca", "--job", JOB, "--yes")
        self.assertEqual((len(out["files"]), len(out["before"])), (0, 5))
        self.assertEqual(len(os.listdir(self.orca)), 3)
        with self.store() as db:
            self.assertEqual(db.execute(
                "SELECT COUNT(*), MIN(client), MAX(staff) FROM audit "
                "WHERE action = 'hand_over'").fetchone(),
                             (5, USER, "窓口"))

    def refused(self, finding):
        return self.json("export", "orca", finding,
                         code=70)["error"]["code"]

    def test_single(self):
        one = self.findings()[0]
        out = self.json("export", "orca", one)
        self.assertEqual(out["files"][0]["finding"], one)
        self.assertEqual(os.listdir(self.orca), [out["files"][0]["file"]])
        self.assertEqual(self.refused(one), "HANDED_OVER")
        os.unlink(os.path.join(self.orca, out["files"][0]["file"]))
        self.json("export", "orca", one, "--again")
        self.assertEqual(len(os.listdir(self.orca)), 1)
        last = self.findings()[-1]
        self.assertEqual(self.refused(last), "NO_COVERAGE")
        self.assertEqual(self.refused(JOB), "NO_SUCH")

    def test_words(self):
        env = dict(os.environ, SHIKAKU_CONF=self.conf, LANG="ja_JP.UTF-8",
                   LC_ALL="ja_JP.UTF-8")
        for answer, made in (("N\n", 0), ("Y\n", 5)):
            done = subprocess.run(
                [program("shikaku"), "export", "orca", "--job", JOB],
                env=env, input=answer.encode(), capture_output=True,
                check=False)
            said = done.stdout.decode()
            self.assertIn("同意済資格情報を日レセに登録するためのXMLを一括作成"
                          "します。宜しいですか?", said)
            self.assertEqual("日レセ登録用同意済資格確認結果ファイルを作成しま"
                             "した。日レセのオン資格からご確認下さい。" in said,
                             made > 0)
            self.assertEqual(len(os.listdir(self.orca)), made)


class LeftTest(ExportCase):
    def test_agent_goes_on(self):
        """What a killed program left half done is the agent's to end."""
        stage = ".shikaku-part-1.tmp"
        self.write(os.path.join("orca", stage), b"<XmlMsg/>")
        with self.store() as db:
            db.execute("INSERT INTO export VALUES (?, 'orca', 1, 'a.xml', ?, "
                       "'staged', 1, '', '')", (self.findings()[0], stage))
        self.start_agent()
        wait_until("the file", lambda: os.listdir(self.orca) == ["a.xml"])


class OrcaShiftJisTest(OrcaTest):
    """The same in CP932, which expat reads by its declaration."""
    encoding = "shift_jis"

    def parsed(self):
        for name in os.listdir(self.orca):
            path = os.path.join(self.orca, name)
            with open(path, "rb") as f:
                raw = f.read()
            self.assertIn(b'encoding="Shift_JIS"', raw)
            # ElementTree has no multi-byte encodings: decoded by Python.
            text = raw.decode("cp932").replace("Shift_JIS", "UTF-8", 1)
            with open(path, "wb") as f:
                f.write(text.encode())
        return super().parsed()


class KilledTest(ExportCase):
    """kill -9 wherever it meets it, 日レセ taking files away meanwhile."""
    COUNT = 600
    units = [unit([record("資格　%d" % n, "19700101", "06140248", str(n))],
                  str(n)) for n in range(COUNT)]

    def take(self, taken):
        for name in os.listdir(self.orca):
            if not name.startswith("."):
                path = os.path.join(self.orca, name)
                # Whole as soon as it can be seen.
                taken.append(ElementTree.parse(path).getroot().findtext(
                    "MessageBody/ResultList/"
                    "ResultOfQualificationConfirmation/ReferenceNumber"))
                os.unlink(path)
        return len(taken)

    def test_killed(self):
        taken, ends = [], []
        env = dict(os.environ, SHIKAKU_CONF=self.conf)
        while not ends or ends[-1] != 0:
            self.assertLess(len(ends), self.COUNT)
            had = len(taken)
            child = subprocess.Popen(
                [program("shikaku"), "export", "orca", "--job", JOB,
                 "--yes"], env=env, stdout=subprocess.DEVNULL)
            wait_until("another file", lambda: self.take(taken) > had or
                       child.poll() is not None)
            child.send_signal(signal.SIGKILL)
            ends.append(child.wait())
            self.take(taken)
        self.assertEqual(set(ends), {-signal.SIGKILL, 0})
        self.assertEqual(sorted(taken, key=int),
                         [str(n) for n in range(self.COUNT)])
        self.assertEqual([n for n in os.listdir(self.orca)
                          if n.endswith(".xml")], [])


class CsvTest(ExportCase):
    HEAD = ["照会番号", "氏名(カナ名)", "性別", "生年月日", "資格有効性", "手術",
            "診療", "薬剤", "特健", "限度", "特疾", "同意年月日", "同意有効期限"]

    def rows(self, raw, encoding="utf-8-sig"):
        text = raw.decode(encoding)
        self.assertTrue(text.endswith("\r\n"))
        self.assertNotRegex(text, r"[^\r]\n")
        return list(csv.reader(io.StringIO(text, newline="")))

    def test_findings(self):
        raw = self.good("export", "csv", "findings", "--job", JOB)
        self.assertTrue(raw.startswith(b"\xef\xbb\xbf"))
        rows = self.rows(raw)
        with self.store() as db:
            self.assertEqual(db.execute(
                "SELECT client, subject, data FROM audit WHERE action = "
                "'export_csv' ORDER BY seq DESC").fetchone(), (
                    USER, "export:findings.csv",
                    '{"rows":%d}' % (len(rows) - 1)))
        self.assertEqual(rows[0][:13], self.HEAD)
        self.assertEqual(len({len(r) for r in rows}), 1)
        at = {name: i for i, name in enumerate(rows[0])}
        of = {r[at["氏名"]]: r for r in rows[1:]}
        self.assertEqual(of["資格　一郎"][:13], [
            '="00010"', "資格　一郎(ｼｶｸ ｲﾁﾛｳ)", "男", "S35. 6. 2", "有効",
            "期限切れ", "●", "●", "", "●", "", "2024/08/28", "2024/10/31"])
        self.assertEqual(of["資格　太郎"][0], '="1234567890000001"')
        self.assertEqual(of["資格　太郎"][at["一部負担金割合"]], "1割")
        self.assertEqual(of["資格　一郎"][at["カルテ番号"]], "13")
        self.assertEqual(of["資格　一郎"][at["保険者番号"]], "139980")
        self.assertEqual(of["扶助　三葉"][at["保険者番号"]], '="06140248"')
        self.assertEqual(of["資格　一郎"][at["適用区分"]],
                         "B04（７０歳以上 一般）")
        hostile = of["'=HYPERLINK(\"http://x\")"]
        self.assertEqual(hostile[at["番号"]], "'+5")
        self.assertEqual(hostile[at["記号"]], "'@1")
        self.assertEqual(of[""][at["処理結果コード"]], "E-2")
        # What is not consented to, or not delivered, is not said to be none.
        self.assertFalse([c for r in rows for c in r if c.startswith("無")])
        # No cell that a spreadsheet program would run.
        for cell in (c for r in rows for c in r):
            self.assertFalse(re.match(r'[+\-@\t\r]|=(?!"[^"]*"$)', cell),
                             cell)
        plain = self.rows(self.good("export", "csv", "findings", "--job",
                                    JOB, "--plain"))
        self.assertIn("=HYPERLINK(\"http://x\")", [r[at["氏名"]]
                                                    for r in plain])
        self.assertIn("00010", [r[0] for r in plain])

    def test_days(self):
        for args, rows in ((("--from", "20240829", "--to", "20240829"), 6),
                           (("--from", "20240830"), 0),
                           (("--to", "20240828"), 0), (("--to",
                                                         "20240829"), 6)):
            raw = self.good("export", "csv", "findings", *args)
            self.assertEqual(len(self.rows(raw)), rows + 1, args)

    def test_errors(self):
        """What a job could not ask for, to be worked through by the desk."""
        job = self.json("jobs", "request", "insurance", "--chart",
                        "13,0,99", "--staff", "窓口")
        rows = self.rows(self.good("export", "csv", "errors", "--job",
                                   job["id"]))
        self.assertEqual(rows[0], ["番号", "分割", "カルテ番号", "状態", "コード",
                                   "メッセージ"])
        self.assertEqual([r[2:5] for r in rows[1:]], [
            ["0", "照会しなかった", "CHART_ZERO"],
            ["99", "照会しなかった", "NO_PATIENT"]])
        done = self.run_raw("export", "csv", "errors", "--job", JOB)
        self.assertEqual(done.returncode, 70)

    def test_shift_jis(self):
        raw = self.good("export", "csv", "findings", "--encoding",
                        "shift_jis")
        self.assertIn("ききょう　●子(ｷｷｮｳ ﾀｶｺ)",
                      [r[1] for r in self.rows(raw, "cp932")])
        self.take_in([unit([record("𠮷野　é", "19700101", "06140248", "9")],
                           "9")])
        path = os.path.join(self.dir, "out.csv")
        out = self.json("export", "csv", "findings", "--encoding",
                        "shift_jis", "--out", path, code=70)
        self.assertEqual(out["error"]["code"], "MISFIT")
        self.assertFalse(os.path.exists(path))
        head = self.rows(self.good("export", "csv", "findings"))
        for m in out["misfits"]:
            cell = head[m["row"] - 1][m["column"] - 1]
            self.assertEqual(cell[m["at"] - 1], m["character"])
        self.assertEqual({m["character"] for m in out["misfits"]},
                         {"𠮷", "é"})

    def test_patients_come_back(self):
        first = self.good("export", "csv", "patients")
        self.assertIn(b'"=""0000000001"""', first)
        cp932 = self.good("export", "csv", "patients", "--encoding",
                          "shift_jis")
        for raw in (first, cp932):
            for name in os.listdir(self.dir):
                if name.startswith("shikaku.db"):
                    os.unlink(os.path.join(self.dir, name))
            out = self.json("patients", "import", self.write("again.csv",
                                                             raw))
            self.assertEqual((out["added"], out["refused"]), (4, 0))
            self.assertEqual(self.good("export", "csv", "patients"), first)

    def test_new_files_only(self):
        path = self.write("there.csv", b"mine")
        done = self.run_raw("export", "csv", "patients", "--out", path)
        self.assertNotEqual(done.returncode, 0)
        with open(path, "rb") as f:
            self.assertEqual(f.read(), b"mine")
        out = self.json("export", "csv", "patients", "--out", path + ".new")
        self.assertEqual(out["rows"], 4)
        self.assertEqual(os.stat(path + ".new").st_mode & 0o777, 0o600)
        for args in (("nothing",), ("findings", "--encoding", "utf-16"),
                     ("errors",), ("findings", "--from", "20240832")):
            self.assertEqual(self.run_raw("export", "csv",
                                          *args).returncode, 64)


def broken(path, *value):
    """A way to break a resource: sets a place, or takes it away."""
    def change(o):
        *way, last = path
        for step in way:
            o = o[step]
        if value:
            o[last] = value[0]
        else:
            del o[last]
    return change


# Each must fail; the others' faults are what makes the good ones good.
FAULTS = {
    "Patient": [
        broken(["birthDate"], "19600602"), broken(["gender"], "男"),
        broken(["name"], {"text": "x"}), broken(["nome"], []),
        broken(["identifier", 0, "value"], 13),
        broken(["name", 0, "extension", 0, "url"]),
        broken(["id"], "a b"), broken(["active"], "yes"),
    ],
    "Coverage": [
        broken(["status"]), broken(["status"], "aktiv"),
        broken(["beneficiary"]), broken(["payor"]),
        broken(["period", "start"], "2024/08/01"),
        broken(["identifier", 0, "value"], ""),
        broken(["extension", 0, "url"]), broken(["dependent"], 1),
        broken(["contained", 0, "nmae"], "x"),
        broken(["relationship"], "1"),
    ],
    "Consent": [
        broken(["status"], "given"), broken(["scope"]),
        broken(["category"]), broken(["provision", "type"], "maybe"),
        broken(["dateTime"], "20240828093000"),
        broken(["provision", "provision", 0, "period", "end"], "soon"),
    ],
}


@unittest.skipUnless(NODE and os.path.isdir(os.path.join(MODULES, "fhir")),
                     "the validators are not there: sh host/build.sh")
class FhirTest(ExportCase):
    def judge(self, resources):
        done = subprocess.run(
            [NODE, os.path.join(SRC, "tests", "lib", "fhir_check.mjs")],
            input=json.dumps(resources).encode(), capture_output=True,
            check=True)
        return json.loads(done.stdout)

    def bundle(self, chart):
        return json.loads(self.good("export", "fhir", chart))

    def test_judged(self):
        self.imported(self.findings()[0])
        given = {chart: self.bundle(chart)
                 for chart in ("13", "00021", "16", "0000000001")}
        one = {e["resource"]["resourceType"]: e["resource"]
               for e in given["13"]["entry"]}
        self.assertEqual(set(one), {"Patient", "Coverage", "Consent"})
        bad = {}
        for kind, faults in FAULTS.items():
            for n, change in enumerate(faults):
                copy = json.loads(json.dumps(one[kind]))
                change(copy)
                bad["%s %d" % (kind, n)] = copy
        said = self.judge({**given, **bad})
        for name in given:
            self.assertEqual(said[name], [], name)
        for name in bad:
            self.assertNotEqual(said[name], [], name)

    def test_server(self):
        """What the agent serves, refusals among it, is judged as well."""
        self.imported(self.findings()[0])
        self.good("clients", "add", "desk", "--role", "desk",
                  "--token-file", os.path.join(self.dir, "token"))
        get = self.reader(self.start_agent(),
                          self.read("token").decode().strip())
        bundle = get("Bundle?identifier=13", 200)
        given = {"metadata": get("metadata", 200), "bundle": bundle,
                 "found": get("Patient?identifier=13", 200),
                 "nobody": get("Patient?identifier=99", 200),
                 "no such": get("Coverage/" + JOB, 404),
                 "malformed": get("Patient?name=x", 400)}
        for entry in bundle["entry"]:
            path = entry["fullUrl"].partition("/fhir/")[2]
            self.assertEqual(get(path, 200), entry["resource"])
            given[path] = entry["resource"]
        self.assertEqual((given["found"]["total"],
                          given["nobody"]["total"]), (1, 0))
        for name, faults in self.judge(given).items():
            self.assertEqual(faults, [], name)

    def reader(self, port, token):
        def get(path, status):
            conn = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            try:
                conn.request("GET", "/api/v1/fhir/" + path,
                             headers={"Authorization": "Bearer " + token})
                got = conn.getresponse()
                body = got.read()
                self.assertEqual(got.status, status, body)
                self.assertEqual(got.headers["Content-Type"],
                                 "application/fhir+json")
                return json.loads(body)
            finally:
                conn.close()
        return get

    def test_mapping(self):
        o = self.bundle("16")
        with self.store() as db:
            self.assertEqual(db.execute(
                "SELECT client FROM audit WHERE action = 'export_fhir' AND "
                "subject = 'patient:16'").fetchone(), (USER,))
        by_url = {e["fullUrl"]: e["resource"] for e in o["entry"]}
        patient, coverage = [
            next(r for r in by_url.values() if r["resourceType"] == kind)
            for kind in ("Patient", "Coverage")]
        self.assertEqual(coverage["identifier"][0]["value"],
                         "12345678:1234:12345678:02")
        self.assertEqual(by_url[coverage["beneficiary"]["reference"]],
                         patient)
        self.assertEqual(patient["identifier"][0], {
            "system": "urn:oid:1.2.392.100495.20.3.51.1" + CODE,
            "value": "16"})
        self.assertEqual(o, {**self.bundle("16"), "timestamp":
                             o["timestamp"]})
        done = self.run_raw("export", "fhir", "99")
        self.assertNotEqual(done.returncode, 0)

    def test_consent(self):
        o = next(e["resource"] for e in self.bundle("13")["entry"]
                 if e["resource"]["resourceType"] == "Consent")
        self.assertEqual(o["provision"]["type"], "deny")
        given = {p["code"][0]["coding"][0]["code"]: p.get("period")
                 for p in o["provision"]["provision"]}
        self.assertEqual(given["drug"], {
            "start": "2024-08-28T09:30:00+09:00",
            "end": "2024-11-30T23:59:59+09:00"})
        self.assertEqual(given["limit"],
                         {"start": "2024-08-28T09:30:00+09:00"})
        self.assertNotIn("disease", given)
        self.assertNotIn("operation", given)


class ReportTest(ExportCase):
    units = UNITS + [unit([record("資格　%d" % n, "19700101", "06140248",
                                  str(n))], str(n)) for n in range(40)]
    def test_import(self):
        out = self.imported(self.findings()[0])
        for what in (out["rows"][0]["id"], out["batch"]):
            text = self.good("export", "report", what).decode("utf-8-sig")
            self.assertRegex(text, r"^■オンライン資格確認_資格取込結果\r\n"
                             r"令和\d+年\d+月\d+日\r\nPAGE : 1/1\r\n\r\n"
                             r"利用者番号：13 利用者氏名：資格　一郎\r\n\r\n"
                             r"■変更内容\r\n○医療保険証\r\n")
            self.assertIn("：令和6年8月1日～\r\n保険者番号：139980\r\n"
                          "記号：葛う10\r\n番号：1639960291x001\r\n枝番：01\r\n",
                          text)
        first = out["batch"]
        # The import kept its report by itself.
        kept = os.listdir(self.reports)
        self.assertEqual(kept, [out["report_file"]])
        names = [self.json("export", "report", first, "--save")["file"]
                 for _ in range(3)]
        self.assertEqual(sorted(os.listdir(self.reports)),
                         sorted(names + kept))
        for name in names:
            self.assertRegex(name, r"^オンライン資格確認_資格情報取込結果_"
                             r"\d{14}(_[2-4])?\.txt$")
        done = self.run_raw("export", "report", JOB)
        self.assertNotEqual(done.returncode, 0)

    def test_all(self):
        text = self.good("export", "report", "check", "--job",
                         JOB).decode("utf-8-sig")
        self.assertIn("利用者番号：13 利用者氏名：資格　一郎\r\n"
                      "同意状況：同意済 資格状況：有効\r\n"
                      "有効期間（医療保険証）：令和6年8月1日～", text)
        text = self.good("export", "report", "limit", "--job",
                         JOB).decode("utf-8-sig")
        self.assertEqual(text.count("適用区分："), 1)
        self.assertIn("適用区分：B04（７０歳以上 一般）\r\n"
                      "有効期間：令和6年8月1日～", text)
        self.assertEqual(self.run_raw("export", "report",
                                      "limit").returncode, 64)

    @unittest.skipUnless(CHROMIUM, "chromium is not installed")
    def test_printed(self):
        page, pdf = (os.path.join(self.dir, n) for n in ("a.html", "a.pdf"))
        pages = self.json("export", "report", "check", "--job", JOB,
                          "--html", "--out", page)["pages"]
        self.assertGreater(pages, 3)
        with open(page, encoding="utf-8") as f:
            self.assertIn("PAGE : %d/%d" % (pages, pages), f.read())
        subprocess.run(
            [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu",
             "--user-data-dir=" + self.folder("chromium"),
             "--no-pdf-header-footer", "--print-to-pdf=" + pdf,
             "file://" + page], check=True, capture_output=True, timeout=60)
        with open(pdf, "rb") as f:
            raw = f.read()
        self.assertEqual(len(re.findall(rb"/Type\s*/Page\b(?!s)", raw)),
                         pages)
        box = re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", raw)
        self.assertAlmostEqual(float(box[1]), 595, delta=2)
        self.assertAlmostEqual(float(box[2]), 842, delta=2)


if __name__ == "__main__":
    unittest.main()
