"""The official terminal late, off, restarting, refusing, or answering
wrongly: nothing is lost, nothing is asked twice."""

import copy
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

from stand import SRC, Stand, StandCase, program, wait_until

VALID, CANCELLED, TERMINAL, REFUSED, DATA, SETUP = 0, 40, 60, 61, 70, 78


class Terminal(StandCase):
    settings = {"terminal": {"answer_timeout": "3"}}

    def setUp(self):
        # What an earlier test's terminal answered late is not this one's.
        self.clear("req")
        self.clear("res")
        self.stand.card("p03")

    def rows(self, sql, *args):
        db = sqlite3.connect(self.stand.path("shikaku.db"))
        try:
            return db.execute(sql, args).fetchall()
        finally:
            db.close()

    def state(self, visit):
        return self.rows("SELECT state, outcome FROM visit WHERE id=?",
                         visit["visit"])[0]

    def files(self, folder):
        return sorted(os.listdir(self.stand.path(folder)))

    def clear(self, folder):
        for name in self.files(folder):
            os.unlink(self.stand.path(folder, name))

    def test_both_encodings(self):
        for encoding in ("utf-8", "cp932"):
            with self.subTest(encoding=encoding):
                term = self.stand.terminal("--encoding", encoding)
                code, visit, said = self.stand.check()
                self.assertEqual(code, VALID, said)
                self.assertEqual(visit["result"]["coverage"][0]["Name"],
                                 "資格　一郎")
                self.stand.stop(term)

    def test_half_written_and_shuffled(self):
        self.stand.terminal("--half-write", "400", "--shuffle", "7")
        code, _, said = self.stand.check()
        self.assertEqual(code, VALID, said)

    def test_off_withdraws_the_request(self):
        code, visit, said = self.stand.check()
        self.assertEqual((code, visit["error"]["code"]),
                         (TERMINAL, "NOT_TAKEN"), said)
        self.assertEqual(self.files("req"), [])
        self.assertEqual(self.state(visit), ("refused", "NOT_TAKEN"))

    def test_late_answer_is_taken_in_later_and_never_asked_again(self):
        self.stand.terminal("--delay", "5000")
        code, visit, said = self.stand.check()
        self.assertEqual((code, visit["error"]["code"]),
                         (TERMINAL, "NO_ANSWER"), said)
        self.assertEqual(self.state(visit)[0], "unanswered")
        wait_until("the late answer", lambda: self.files("res"))

        def taken():
            got = self.stand.run("requests", "--json", check=True)
            return json.loads(got.stdout)["visits_answered"]
        self.assertEqual(wait_until("it is taken in", taken), 1)
        self.assertEqual(self.state(visit), ("answered", "1"))
        got = self.stand.run("requests", "show", visit["request"]["file"])
        self.assertEqual(got.returncode, VALID, got.stderr)
        self.assertIn("資格　一郎", got.stdout)
        self.assertEqual(self.files("res"), [])
        self.assertEqual(len(self.rows(
            "SELECT file FROM request WHERE visit=?", visit["visit"])), 1)

    def test_returned_request(self):
        self.stand.terminal("--err", "OQSsiquc01=項目 InsurerNumber")
        code, visit, said = self.stand.check()
        self.assertEqual((code, visit["error"]["code"]), (REFUSED, "REFUSED"),
                         said)
        self.assertIn("InsurerNumber", visit["error"]["detail"])
        self.assertEqual(self.state(visit)[0], "refused")

    def test_error_of_the_centre(self):
        self.stand.terminal("--status-error", ".*=OQS1=結果を取得できません")
        code, visit, said = self.stand.check()
        self.assertEqual(code, REFUSED, said)
        self.assertEqual(visit["result"]["outcome"], "refused")
        self.assertNotEqual(visit["result"]["reason"]["ja"], "")

    def test_restart_in_the_middle(self):
        self.stand.terminal("--restart-at", "0:1500")
        code, _, said = self.stand.check()
        self.assertEqual(code, VALID, said)

    def test_answer_to_somebody_else(self):
        for wrong in ("--wrong-identifier", "--wrong-institution"):
            with self.subTest(wrong=wrong):
                term = self.stand.terminal(wrong)
                code, visit, said = self.stand.check()
                self.assertEqual((code, visit["error"]["code"]),
                                 (TERMINAL, "NO_ANSWER"), said)
                self.assertIsNone(visit["result"])
                self.assertEqual(len(self.files("res")), 1, "left there")
                self.clear("res")
                self.stand.stop(term)

    def test_foreign_files_stay(self):
        foreign = ("OQSsiquc01res_209901010001.xml", "notes.txt", "DELFILE1",
                   "OQSsiquc01res_face_x_20260401090003.xml")
        for name in foreign:
            with open(self.stand.path("res", name), "wb") as f:
                f.write(b"<XmlMsg/>")
        self.stand.terminal("--duplicate")
        code, _, said = self.stand.check()
        self.assertEqual(code, VALID, said)
        self.stand.run("requests", check=True)
        self.assertEqual([n for n in self.files("res") if n in foreign],
                         sorted(foreign))
        self.clear("res")

    def test_hostile_answer_is_left_and_the_agent_lives(self):
        for what, reason, content in (
                ("DTD", "XML_DTD", b'<!DOCTYPE x><XmlMsg/>'),
                ("entity", "XML_DTD", b'<!DOCTYPE x [<!ENTITY a "b">]><XmlMsg>'
                                      b'&a;</XmlMsg>'),
                ("deep", "XML_DEEP", b"<a>" * 100000 + b"</a>" * 100000),
                ("big", "XML_BIG",
                 b"<XmlMsg>" + b" " * (5 << 20) + b"</XmlMsg>"),
                ("wide", "XML_BIG", b"<XmlMsg>" + b"xxxxx<b/>" * 400000 +
                 b"</XmlMsg>")):
            with self.subTest(what=what):
                proc = subprocess.Popen(
                    [program("shikaku"), "check", "--config",
                     self.stand.path("shikaku.conf"), "--consent", "none",
                     "--pin-stdin", "--json"], env=self.stand.env,
                    cwd=self.stand.dir, stdin=subprocess.PIPE, text=True,
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                proc.stdin.write("1234\n")
                proc.stdin.close()
                proc.stdin = None
                name = wait_until("the request", lambda: [
                    n for n in self.files("req") if n.endswith(".xml")])[0]
                os.unlink(self.stand.path("req", name))
                answer = name.replace("req_", "res_")
                with open(self.stand.path("res", answer), "wb") as f:
                    f.write(content)
                out, said = proc.communicate(timeout=30)
                visit = json.loads(out)
                self.assertEqual(proc.returncode, REFUSED, said)
                self.assertEqual(visit["result"]["outcome"], "refused")
                self.assertEqual(visit["result"]["reason"]["code"], reason)
                self.assertIsNone(visit["patient"] and
                                  visit["result"].get("validity"))
                self.assertEqual(self.files("res"), [answer])
                self.stand.run("requests", check=True)
                self.assertEqual(self.files("res"), [answer], "still there")
                self.clear("res")

    def start_check(self):
        proc = self.stand.start(
            program("shikaku"), "check", "--config",
            self.stand.path("shikaku.conf"), "--consent", "none",
            "--pin-stdin", stdin=subprocess.PIPE, text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        proc.stdin.write("1234\n")
        proc.stdin.close()
        wait_until("the request is taken", lambda: self.rows(
            "SELECT 1 FROM request WHERE state='written'") and
            not self.files("req"))
        return proc

    def test_killed_while_it_waits_loses_nothing(self):
        self.stand.terminal("--delay", "1500")
        proc = self.start_check()
        proc.kill()
        self.stand.procs.remove(proc)
        proc.wait()
        wait_until("the answer", lambda: self.files("res"))
        got = wait_until("it is taken in", lambda: json.loads(self.stand.run(
            "requests", "--json", check=True).stdout)["taken_in"])
        self.assertEqual(got, 1)
        self.assertEqual(self.rows("SELECT count(*) FROM request WHERE state="
                                   "'written'"), [(0,)])
        self.assertEqual(self.files("res"), [])

    def test_nobody_came_back(self):
        """A visit whose program was killed, a patient nobody named: after
        an hour, or a day, nothing of the person stays."""
        self.stand.terminal()
        _, visit, _ = self.stand.check("--patient", "6")
        db = sqlite3.connect(self.stand.path("shikaku.db"))
        with db:
            for id_, state, age in (("a", "confirmed", 2), ("b", "card", 2),
                                    ("c", "unmatched", 25),
                                    ("d", "confirmed", 0.5),
                                    ("e", "unmatched", 23)):
                then = int((time.time() - age * 3600) * 1000)
                db.execute("INSERT INTO visit (id, mode, state, started_at, "
                           "updated_at, identity, consent) VALUES "
                           "(?, 'pin', ?, ?, ?, '{}', '{}')",
                           (id_, state, then, then))
        db.close()
        self.stand.run("requests", check=True)
        self.assertEqual(self.rows(
            "SELECT id, state, identity FROM visit WHERE length(id) = 1 "
            "ORDER BY id"), [("a", "expired", None), ("b", "expired", None),
                             ("c", "expired", None),
                             ("d", "confirmed", "{}"),
                             ("e", "unmatched", "{}")])

    def test_interrupted_while_it_waits(self):
        self.stand.terminal("--delay", "1500")
        proc = self.start_check()
        proc.send_signal(signal.SIGINT)
        self.stand.procs.remove(proc)
        self.assertEqual(proc.wait(timeout=10), TERMINAL)
        wait_until("the answer", lambda: self.files("res"))
        wait_until("it is taken in", lambda: json.loads(self.stand.run(
            "requests", "--json", check=True).stdout)["taken_in"])


class Off(StandCase):
    """資格確認方法 is not 通信で資格確認 (COS-07)."""
    settings = {"terminal": {"ask": "no"}}

    def test_nothing_is_asked(self):
        self.stand.terminal()
        self.stand.card("p03")
        code, visit, said = self.stand.check()
        self.assertEqual((code, visit["error"]["code"]), (SETUP, "ASK_OFF"),
                         said)
        self.assertIn("disabled by setting", said)
        self.assertIsNone(visit["request"])


class OtherPerson(unittest.TestCase):
    """A wrong branch number in our register is the twin's coverage."""

    def stand_with(self, **twin):
        with open(os.path.join(SRC, "tests", "lib", "terminal_people.json"),
                  encoding="utf-8") as f:
            people = json.load(f)
        p03 = [p for p in people["people"] if p["id"] == "P03"][0]
        other = copy.deepcopy(p03)
        other.update(twin, id="TWIN")
        for coverage in other["coverages"]:
            coverage["InsuredBranchNumber"] = "02"
        people["people"].append(other)
        folder = tempfile.mkdtemp(prefix="shikaku-twin-")
        self.addCleanup(shutil.rmtree, folder)
        with open(os.path.join(folder, "people.json"), "w",
                  encoding="utf-8") as f:
            json.dump(people, f)
        with open(os.path.join(SRC, "tests", "data", "patients.csv"),
                  encoding="utf-8") as f:
            rows = f.read().replace("1639960291x001,01,", "1639960291x001,02,")
        with open(os.path.join(folder, "patients.csv"), "w",
                  encoding="utf-8") as f:
            f.write(rows)
        stand = Stand(1, csv=os.path.join(folder, "patients.csv"))
        self.addCleanup(stand.close)
        stand.terminal("--people", os.path.join(folder, "people.json"))
        stand.card("p03")
        return stand

    def refused(self, **twin):
        stand = self.stand_with(**twin)
        code, visit, said = stand.check()
        self.assertEqual((code, visit["error"]["code"]), (20, "OTHER_PERSON"),
                         said)
        self.assertIsNone(visit["result"], "nobody else's data is shown")
        self.assertIsNone(visit["reference_number"])
        db = sqlite3.connect(stand.path("shikaku.db"))
        kinds = [row[0] for row in db.execute("SELECT kind FROM request")]
        stored = db.execute("SELECT count(*) FROM result").fetchone()
        db.close()
        self.assertEqual(kinds, ["OQSsiquc01"], "nothing was registered")
        self.assertEqual(stored, (1,), "the answer is not lost")

    def test_of_the_other_sex(self):
        self.refused(Name="資格　二子", NameKana="ｼｶｸ ﾂｷﾞｺ", Sex1="2")

    def test_of_the_same_sex(self):
        self.refused(Name="資格　二郎", NameKana="ｼｶｸ ｼﾞﾛｳ")

    def test_uncertain_is_shown_and_not_registered(self):
        stand = self.stand_with(Name="資格　●郎", NameKana="ｼｶｸ ｲﾁﾛｳ")
        code, visit, said = stand.check()
        self.assertEqual(code, VALID, said)
        self.assertIsNone(visit["reference_number"])


class Returns(unittest.TestCase):
    def test_reference_number_is_registered_once(self):
        stand = Stand(1)
        self.addCleanup(stand.close)
        stand.terminal()
        stand.card("p03")
        _, visit, said = stand.check()
        self.assertEqual(visit["reference_number"], "registered", said)
        code, visit, said = stand.check()
        self.assertEqual(code, VALID, said)
        self.assertIsNone(visit["reference_number"])
        self.assertEqual(visit["result"]["coverage"][0]["ReferenceNumber"],
                         visit["patient"])
        self.assertEqual(stand.violations(), "")


if __name__ == "__main__":
    unittest.main()
