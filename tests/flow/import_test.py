"""Answers into the patients' records by the command line: what waits, what
is compared, asked and imported, undone and given to the right patient, and
what the audit says.  Answers are put into the store as the agent keeps them."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

from stand import program

CODE = "9910000001"
P01, P02, P13, P14 = "0000000001", "0000000002", "13", "14"
PATIENTS = """カルテ番号,氏名,カナ氏名,性別,生年月日,保険者番号,記号,番号,枝番
0000000001,こすもす　和子,ｺｽﾓｽ ｶｽﾞｺ,女,S27.7.7,,,,
0000000002,ききょう　髙子,ｷｷｮｳ ﾀｶｺ,女,S26.4.1,172010,321,654,
13,資格　一郎,ｼｶｸ ｲﾁﾛｳ,男,S35.6.2,133033,葛う10,1,01
14,扶助　七郎,ﾌｼﾞﾖ ｼﾁﾛｳ,男,S45.7.25,,,,
15,扶助　九郎,ﾌｼﾞﾖ ｸﾛｳ,男,S45.7.25,,,,
"""


def element(name, value):
    if isinstance(value, list):
        return "".join(element(name, v) for v in value)
    if isinstance(value, dict):
        value = "".join(element(k, v) for k, v in value.items())
    return "<%s>%s</%s>" % (name, value, name)


def record(name, kana, birth, sex, insurer, number, **more):
    return {"InsuredCardClassification": "01",
            "InsurerNumber": insurer.rjust(8),
            "InsuredIdentificationNumber": number, "Name": name,
            "NameKana": kana, "Sex1": sex, "Birthdate": birth,
            "InsurerName": "見本", **more}


def unit(records, number="", validity="1"):
    return {"ProcessingResultStatus": "1", "QualificationValidity": validity,
            "ResultOfQualificationConfirmation": records,
            "ReferenceNumber": number}


COSMOS = record(
    "こすもす　和子", "ｺｽﾓｽ ｶｽﾞｺ", "19520707", "2", "172010", "456",
    InsuredCardSymbol="123", InsuredBranchNumber="01",
    InsuredCardValidDate="20240801",
    LimitApplicationCertificateRelatedConsFlg="1",
    LimitApplicationCertificateRelatedInfo={
        "LimitApplicationCertificateClassification": "01",
        "LimitApplicationCertificateClassificationFlag": "B04",
        "LimitApplicationCertificateValidStartDate": "20240801"})
KIKYO = record("ききょう　●子", "", "19510401", "2", "172010",
               "654", InsuredCardSymbol="321",
               InsuredCardValidDate="20230401")
ICHIRO = record("資格　一郎", "ｼｶｸ ｲﾁﾛｳ", "19600602", "1", "139980",
                "1639960291x001", InsuredCardSymbol="葛う10",
                InsuredBranchNumber="01", InsuredCardValidDate="20210801")
TWIN = dict(record("扶助　●郎", "", "19700725", "1", "12161009",
                   "9931521", QualificationDate="20240401"),
            InsuredCardClassification="A1")
HARD = record("資格　一郎", "ｼｶｸ ｲﾁﾛｳ", "19600602", "1", "54136015",
              "1234567")


def xml(units, number):
    header = {"ProcessExecutionTime": "20241201103015",
              "CharacterCodeIdentifier": "0", "SegmentOfResult": "1",
              "MedicalInstitutionCode": CODE,
              "QualificationConfirmationDate": "20241201",
              "ReceptionNumber": "2024120110301500%d_1" % number,
              "NumberOfProcessingResult": str(len(units))}
    return ('<?xml version="1.0" encoding="UTF-8" standalone="no"?>' +
            element("XmlMsg", {"MessageHeader": header, "MessageBody": {
                "BulkConfirmUnit": units}})).encode()


class ImportCase(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="import_test.")
        self.addCleanup(shutil.rmtree, self.dir)
        for name in ("req", "res"):
            os.mkdir(os.path.join(self.dir, name))
        self.conf = self.write("shikaku.conf", (
            "[institution]\ncode = %s\n[terminal]\nreq = req\nres = res\n" %
            CODE).encode())
        self.taken = 0
        self.ok("patients", "import", self.write("patients.csv",
                                                 PATIENTS.encode()))

    def write(self, name, raw):
        path = os.path.join(self.dir, name)
        with open(path, "wb") as f:
            f.write(raw)
        return path

    def store(self):
        return sqlite3.connect(os.path.join(self.dir, "shikaku.db"))

    def take_in(self, *units):
        """The findings' ids, in the order of the answer."""
        self.taken += 1
        raw = xml(list(units), self.taken)
        digest = hashlib.sha256(raw).hexdigest()
        with self.store() as db:
            db.execute("INSERT INTO result (digest, file, received_at, raw) "
                       "VALUES (?, ?, ?, ?)", (
                           digest, "OQSmuhvq02res_20241201000%d.xml" %
                           self.taken, 1733016615000, raw))
        self.run_raw("imports", "list", "--waiting", "new")
        with self.store() as db:
            return [row[0] for row in db.execute(
                "SELECT id FROM finding WHERE digest = ? ORDER BY unit",
                (digest,))]

    def run_raw(self, *args, stdin=""):
        env = dict(os.environ, SHIKAKU_CONF=self.conf, LANG="ja_JP.UTF-8",
                   LC_ALL="C.UTF-8")
        return subprocess.run([program("shikaku"), *args], env=env,
                              input=stdin.encode(), capture_output=True,
                              check=False)

    def ok(self, *args, code=0, stdin=""):
        done = self.run_raw(*args, stdin=stdin)
        self.assertEqual(done.returncode, code,
                         (done.stdout + done.stderr).decode())
        return done.stdout.decode()

    def json(self, *args, code=0, stdin=""):
        return json.loads(self.ok(*args, "--json", code=code, stdin=stdin))

    def history(self, chart, kind="insurance"):
        shown = self.json("patients", "show", chart, "--show")
        return [(c["fields"].get("insurer_number", ""), c["valid_from"],
                 c["valid_until"]) for c in shown["coverages"]
                if c["kind"] == kind]

    def imported(self, *args):
        out = self.json("imports", "apply", *args, "--yes", "--staff",
                        "窓口")
        self.assertEqual([r["outcome"] for r in out["rows"]],
                         ["imported"] * len(out["rows"]))
        return [r["id"] for r in out["rows"]]


class ListTest(ImportCase):
    def test_new_ones_without_insurance_wait(self):
        ids = self.take_in(unit([COSMOS]), unit([KIKYO]), unit([ICHIRO]),
                           unit([TWIN]), unit([ICHIRO], validity="2"))
        out = self.json("imports", "list", "--waiting", "new")
        self.assertEqual({(r["finding"], r["chart_number"], r["kind"])
                          for r in out["rows"]},
                         {(ids[0], P01, "保険"), (ids[1], "", "保険"),
                          (ids[3], "", "生保")})
        # Names only where they are asked for.
        self.assertNotIn("こすもす", json.dumps(out, ensure_ascii=False))
        shown = self.ok("imports", "list", "--waiting", "new", "--show")
        self.assertIn("こすもす　和子  172010 123 456", shown)

    def test_changed_ones_or_none(self):
        """COS-34: two texts, two exit codes."""
        self.assertIn("更新対象の資格はありませんでした。",
                      self.ok("imports", "list", "--waiting", "changed",
                              code=14))
        ids = self.take_in(unit([ICHIRO]))
        said = self.ok("imports", "list", "--waiting", "changed")
        self.assertIn("資格情報を取得しました。", said)
        self.assertIn(ids[0], said)
        self.imported(ids[0])
        self.json("imports", "list", "--waiting", "changed", code=14)

    def test_stamps_survive(self):
        """COS-36: every command is a program of its own."""
        none = self.json("imports", "list")["last"]
        self.assertEqual(none, {"asked": None, "imported": None})
        self.imported(*self.take_in(unit([COSMOS])))
        with self.store() as db:
            db.execute("INSERT INTO request (file, identifier, kind, state, "
                       "created_at) VALUES ('r', 'i', 'k', 'written', "
                       "1733034645000)")
        last = self.json("imports", "list")["last"]
        self.assertEqual(last["asked"], "2024-12-01T15:30:45.000+09:00")
        self.assertIsNotNone(last["imported"])
        self.assertEqual(self.json("imports", "list")["last"], last)

    def test_review_flag(self):
        """COS-20: to review until a person confirms."""
        import_id, = self.imported(*self.take_in(unit([COSMOS])))
        waiting = self.json("imports", "list", "--waiting", "review")
        self.assertEqual([i["id"] for i in waiting["imports"]], [import_id])
        self.json("imports", "review", import_id, "--staff", "窓口")
        waiting = self.json("imports", "list", "--waiting", "review")
        self.assertEqual(waiting["imports"], [])
        done = self.json("imports", "show", import_id)
        self.assertEqual(done["reviewed_by"], "窓口")
        self.assertFalse(done["report"]["review"])


class ApplyTest(ImportCase):
    def test_it_asks_first(self):
        """COS-17: no leaves everything as it was."""
        ids = self.take_in(unit([COSMOS]))
        with self.store() as db:
            before = list(db.iterdump())
        for answer in ("n\n", "\n", "", "いいえ\n"):
            done = self.run_raw("imports", "apply", ids[0], stdin=answer)
            self.assertEqual(done.returncode, 40)
        with self.store() as db:
            self.assertEqual(list(db.iterdump()), before)
        said = self.ok("imports", "apply", ids[0], "--show", stdin="y\n")
        for line in ("○医療保険証", "以下の履歴を作成しました。",
                     "期間：令和6年8月1日～", "保険者番号：172010", "記号：123",
                     "番号：456", "枝番：01", "○高額上限額履歴"):
            self.assertIn(line + "\n", said)
        self.assertEqual(self.history(P01), [("172010", "2024-08-01".replace(
            "-", ""), None)])
        self.assertEqual(len(self.history(P01, "limit")), 1)

    def test_renewal_on_a_day(self):
        ids = self.take_in(unit([ICHIRO], "00010"))
        self.imported(ids[0])   # its old row has no start: it closes
        self.assertEqual(self.history(P13), [("139980", "20210801", None),
                                             ("133033", None, "20210731")])
        self.assertEqual(self.json("imports", "apply", ids[0], "--yes",
                                   code=14)["rows"][0]["outcome"],
                         "unchanged")
        shown = self.json("patients", "show", P13, "--show")
        self.assertEqual(shown["reference_number"], "00010")

    def test_switch_date(self):
        ids = self.take_in(unit([ICHIRO]))
        self.imported(ids[0], "--action", "renew", "--switch-on", "20240301")
        self.assertEqual(self.history(P13), [("139980", "20240301", None),
                                             ("133033", None, "20240229")])
        later = self.take_in(unit([dict(
            ICHIRO, InsurerNumber="  138016",
            InsuredCardValidDate="20240201")]))
        self.json("imports", "apply", later[0], "--action", "renew",
                  "--yes", code=70)
        self.assertEqual(len(self.history(P13)), 2)

    def test_overwrite_ticked_fields(self):
        ids = self.take_in(unit([COSMOS]))
        self.imported(ids[0])
        again = self.take_in(unit([dict(
            COSMOS, InsuredBranchNumber="02", InsuredName="こすもす　太郎",
            InsuredCardExpirationDate="20250731")]))
        compared = self.json("imports", "compare", again[0], "--show")
        states = {f["field"]: f["state"]
                  for f in compared["insurance"]["fields"]}
        self.assertEqual(len(states), 18)
        self.assertEqual({k for k, v in states.items() if v != "same"},
                         {"insured_branch_number", "insured_name",
                          "valid_until"})
        self.json("imports", "apply", again[0], "--action", "overwrite",
                  "--fields", "valid_until,name", "--yes", code=70)
        self.imported(again[0], "--action", "overwrite", "--fields",
                      "valid_until,insured_branch_number")
        row, = self.json("patients", "show", P01, "--show")["coverages"][:1]
        self.assertEqual(row["valid_until"], "20250731")
        self.assertEqual(row["fields"]["insured_branch_number"], "02")
        self.assertNotIn("insured_name", row["fields"])

    def test_gap_and_twins_wait_for_a_person(self):
        """COS-15, COS-16: never linked by themselves, remembered after."""
        ids = self.take_in(unit([KIKYO]), unit([TWIN]))
        for finding in ids:
            self.json("imports", "apply", finding, "--yes", code=20)
        # The name says nothing sure: whose it is needs a reason.
        done = self.json("imports", "apply", ids[0], "--patient", P02,
                         "--yes", code=70)
        self.assertEqual(done["error"]["code"], "BAD_REQUEST")
        self.imported(ids[0], "--patient", P02, "--reason", "本人に確認")
        again = self.take_in(unit([dict(KIKYO, InsurerName="石川県")]))
        with self.store() as db:
            self.assertEqual(db.execute(
                "SELECT chart_number, link FROM finding WHERE id = ?",
                again).fetchone(), (P02, "chosen"))

    def test_choosing_shows_what_differs_and_asks(self):
        """COS-16: both are shown, a person answers, the audit has both."""
        finding, = self.take_in(unit([KIKYO]))
        done = self.run_raw("imports", "choose", finding, P02, "--reason",
                            "本人に確認", "--show", stdin="n\n")
        self.assertEqual(done.returncode, 40)
        self.assertIn("≠ name\tききょう　髙子\tききょう　●子\n",
                      done.stdout.decode())
        self.assertEqual(self.json("audit")["audit"], [])
        self.json("imports", "choose", finding, P02, "--yes", code=70)
        self.json("imports", "choose", finding, P13, "--yes", "--reason",
                  "誤り", code=20)     # born on another day
        out = self.json("imports", "choose", finding, P02, "--yes",
                        "--reason", "本人に確認", "--staff", "窓口")
        self.assertEqual(out["chart_number"], P02)
        self.assertEqual(len(out["comparison"]["insurance"]["fields"]), 18)
        self.assertEqual(
            [(a["action"], a["subject"], a["staff"], a["reason"])
             for a in self.json("audit")["audit"]],
            [("choose", "finding:" + finding, "窓口", "本人に確認"),
             ("choice", "patient:" + P02, "窓口", "本人に確認")])
        self.json("imports", "unchoose", finding, code=64)
        self.json("imports", "unchoose", finding, "--reason", "別人")
        again, = self.take_in(unit([dict(KIKYO, InsurerName="石川県")]))
        with self.store() as db:
            self.assertEqual(db.execute(
                "SELECT chart_number, link FROM finding WHERE id = ?",
                (again,)).fetchone(), (None, "possible"))

    def test_other_public_expense_is_by_hand(self):
        """COS-02, COS-03, DEN-30: 12 alone, the others are named."""
        ids = self.take_in(unit([dict(TWIN, Name="扶助　七郎",
                                      NameKana="ﾌｼﾞﾖ ｼﾁﾛｳ")]),
                           unit([ICHIRO, HARD]))
        # Of twins a person says which; the names agree, no reason is needed.
        self.json("imports", "apply", ids[0], "--yes", code=20)
        self.imported(ids[0], "--patient", P14)
        self.assertEqual(self.history(P14, "aid"),
                         [("12161009", "20240401", None)])
        out = self.json("imports", "apply", ids[1], "--yes")
        self.assertIn("54", out["rows"][0]["manual"][0]["ja"])
        self.assertEqual(self.history(P13, "aid"), [])
        with self.store() as db:    # nothing of it is lost
            data, = db.execute("SELECT data FROM finding WHERE id = ?",
                               (ids[1],)).fetchone()
        self.assertIn("54136015", data)

    def test_no_names_in_what_is_logged(self):
        ids = self.take_in(unit([ICHIRO]), unit([KIKYO]))
        done = self.run_raw("imports", "apply", *ids, "--yes", "--json")
        self.assertEqual(done.returncode, 0)
        for name in ("資格　一郎", "ききょう", "1639960291x001"):
            self.assertNotIn(name, (done.stdout + done.stderr).decode())


class UndoTest(ImportCase):
    def test_wrong_patient(self):
        """DEN-22: undone, and applied to the right one from the store."""
        ids = self.take_in(unit([TWIN]))
        wrong, = self.imported(ids[0], "--patient", "15", "--reason",
                               "九郎と思った")
        self.assertEqual(len(self.history("15", "aid")), 1)
        self.json("imports", "undo", wrong, "--yes", code=64)
        done = self.run_raw("imports", "undo", wrong, "--reason", "七郎",
                            stdin="n\n")
        self.assertEqual(done.returncode, 40)
        self.json("imports", "undo", wrong, "--yes", "--reason", "七郎",
                  "--staff", "窓口")
        self.assertEqual(self.history("15", "aid"), [])
        self.imported(ids[0], "--patient", P14, "--reason", "本人に確認")
        self.assertEqual(len(self.history(P14, "aid")), 1)
        said = [r["action"] for r in self.json("audit", "--patient",
                                               "15")["audit"]]
        self.assertEqual(said[:3], ["import_undo", "import", "choice"])

    def test_what_stands_on_it_stays(self):
        ids = self.take_in(unit([ICHIRO]))
        first, = self.imported(ids[0])
        more = self.take_in(unit([dict(
            ICHIRO, InsurerNumber="  138016",
            InsuredCardValidDate="20220401")]))
        second, = self.imported(more[0])
        before = self.history(P13)
        self.json("imports", "undo", first, "--yes", "--reason", "誤り",
                  code=70)
        self.assertEqual(self.history(P13), before)
        self.json("imports", "undo", second, "--yes", "--reason", "誤り")
        self.json("imports", "undo", first, "--yes", "--reason", "誤り")
        self.assertEqual(self.history(P13), [("133033", None, None)])


class PatientTest(ImportCase):
    def test_link_and_unlink(self):
        """DEN-21: with a reason, and the audit keeps what it was."""
        self.json("patients", "link", P13, "00010", "--staff", "窓口")
        self.json("patients", "link", P13, "00011", code=20)
        self.json("patients", "link", P01, "00010", code=20)
        self.json("patients", "unlink", P13, "--yes", code=64)
        self.json("patients", "unlink", P13, "--yes", "--reason",
                  "別人に登録した", "--staff", "窓口")
        row = self.json("audit", "--patient", P13)["audit"][0]
        self.assertEqual((row["action"], row["staff"], row["reason"],
                          row["data"]),
                         ("unlink", "窓口", "別人に登録した",
                          {"reference_number": "00010"}))
        self.assertFalse(self.json("patients", "show", P13)["linked"])
        self.json("patients", "link", P01, "00010")

    def test_answers_of_before_are_looked_at_again(self):
        """A patient who is registered after the answer came."""
        goro, jiro = (record(name, "", birth, "1", "139980", "7",
                             InsuredCardValidDate="20240401")
                      for name, birth in (("カネコ　吾郎", "19890101"),
                                          ("資格　十二郎", "19480328")))
        self.take_in(unit([goro]), unit([jiro]))
        self.json("patients", "save", "30", "--new", stdin=json.dumps(
            {"name": "カネコ 吾郎", "birthdate": "S64.1.1", "sex": "男"}))
        self.ok("patients", "import", self.write("more.csv", (
            "chart_number,name,sex,birthdate\n"
            "31,資格 十二郎,1,昭和23年3月28日\n").encode()))
        out = self.json("imports", "list", "--waiting", "new")
        self.assertEqual({r["chart_number"] for r in out["rows"]},
                         {"30", "31"})

    def test_save(self):
        values = {"name": "カネコ　吾郎", "birthdate": "S64.1.1",
                  "sex": "男", "insurer_number": "12345678",
                  "address": "東京都港区新橋2-91-999"}
        out = self.json("patients", "save", "30", "--new",
                        stdin=json.dumps(values))
        self.assertEqual([w["field"] for w in out["warnings"]],
                         ["insurer_number"])
        shown = self.json("patients", "show", "30", "--show")
        self.assertEqual(shown["birthdate"], "19890101")
        self.json("patients", "save", "30", "--new",
                  stdin=json.dumps(values), code=70)
        self.json("patients", "save", "0", "--new",
                  stdin=json.dumps(values), code=70)
        self.json("patients", "save", "30", stdin="[]", code=70)
        self.assertNotIn("カネコ", self.ok("patients", "show", "30"))


if __name__ == "__main__":
    unittest.main()
