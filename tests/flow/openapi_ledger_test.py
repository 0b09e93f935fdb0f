"""What the terminal answered, whose it is and taking it over, by the API
alone: every operation of openapi.yaml that openapi_visits_test does not walk,
with success, and what people must not be able to do by it."""

import datetime
import inspect
import json
import os
import re
import secrets
import sqlite3
import time
import unittest
import urllib.parse

from agent import AgentStand
from stand import wait_until
from walk import API, STAFF, UnixClient, Walk

WHY = {"staff": STAFF, "reason": "見比べて確認"}
# The eleven of the manual's list (DEN-11), as the fake terminal has them.
APRIL = {"category": "home", "axis": "consent", "from": "2024-04-01",
         "to": "2024-04-17", "staff": STAFF}
JOB_ENDS = ("done", "failed", "cancelled")


def walks(*covers):
    """A test in which these operations must have been answered as described."""
    def around(function):
        def test(self):
            self.stand.answered.clear()
            function(self)
            self.assertLessEqual(set(covers), self.stand.answered)
        test.covers = covers
        test.__name__ = function.__name__
        test.__doc__ = function.__doc__
        return test
    return around


class LedgerStand(AgentStand):
    """No readers; every answer is held to openapi.yaml."""

    def __init__(self):
        self.answered = set()
        self.answers = []
        super().__init__(0, {
            "api": {"socket": "api.sock"}, "face": {"folder": "face"},
            "orca": {"folder": "orca"}, "terminal": {
                "bulk_poll": "1", "retry_pause": "1"},
            "log": {"level": "debug"}})
        os.mkdir(self.path("orca"))

    def add_client(self, name, role, *more):
        client = super().add_client(name, role, *more)
        self.clients[name] = UnixClient(self, name, client.token)
        return self.clients[name]

    def log(self):
        with open(self.path("agent.log"), encoding="utf-8") as f:
            return f.read()


STAND = None
AGENT = None


def setUpModule():
    """One stand for all: an agent, a terminal, and what they make of it."""
    global STAND, AGENT
    STAND = LedgerStand()
    unittest.addModuleCleanup(STAND.close)
    STAND.terminal("--face", STAND.path("face"), "--processing", "0",
                   "--any-day")
    AGENT = STAND.agent()


def tearDownModule():
    status = STAND.stop(AGENT)
    if status != 0:
        raise AssertionError("the agent ended with %d:\n%s" % (
            status, STAND.log()[-4000:]))


class Ledger(Walk):
    made = {}

    @classmethod
    def setUpClass(cls):
        cls.stand = STAND
        cls.desk = STAND.clients["desk"]
        cls.medical = STAND.clients["medical"]

    @classmethod
    def tearDownClass(cls):
        pass

    def get(self, path, status=200, client=None, **query):
        if query:
            path += "?" + urllib.parse.urlencode(query)
        who = client or self.desk
        return who.must(status, who.get(path))

    def post(self, path, body, status=200, client=None, **more):
        who = client or self.desk
        return who.must(status, who.post(path, body, **more))

    def ended(self, job):
        def probe():
            now = self.get("/jobs/" + job)
            return now if now["state"] in JOB_ENDS else None
        return wait_until("the job's end", probe, 30)

    @classmethod
    def once(cls, name, make):
        """Made by the first test that needs it."""
        if name not in cls.made:
            cls.made[name] = make()
        return cls.made[name]

    def april(self):
        """The findings of the list of April 2024, by name."""
        def make():
            job = self.ended(self.post("/jobs", APRIL, 201)["id"])
            self.assertEqual(job["state"], "done", job)
            rows = self.get("/findings", job=job["id"])["findings"]
            return job, {row["name"]: row for row in rows}
        return self.once("_april", make)

    def today_list(self):
        """Home visits of the last month: consents that stand today."""
        def make():
            job = self.ended(self.post("/jobs", {
                "category": "home", "staff": STAFF}, 201)["id"])
            rows = self.get("/findings", job=job["id"])["findings"]
            return {row["name"]: row for row in rows}
        return self.once("_today", make)

    def imported(self, name="資格　八夫"):
        """A finding of April, taken over: its import's id."""
        def make():
            _, rows = self.april()
            batch = self.post("/imports", {
                "findings": [rows[name]["id"]], "staff": STAFF}, 201)
            row, = batch["rows"]
            self.assertEqual(row["outcome"], "imported", batch)
            return row["id"]
        return self.once("_imported_" + name, make)

    def audited(self, subject):
        """(action, client, staff) of the rows about something."""
        db = sqlite3.connect(self.stand.path("shikaku.db"), timeout=20)
        self.addCleanup(db.close)
        return [tuple(row) for row in db.execute(
            "SELECT action, client, staff FROM audit WHERE subject = ? "
            "ORDER BY seq", (subject,))]

    def no(self, status, code, answer, detail=None):
        self.refused(answer, status, code)
        if detail is not None:
            self.assertEqual(answer.json.get("detail"), detail)


class Jobs(Ledger):
    @walks("categories", "jobs", "jobPersons")
    def test_consented_list(self):
        rows = {row["category"]: row for row in self.get(
            "/jobs/categories")["categories"]}
        self.assertEqual([a["axis"] for a in rows["online"]["axes"]],
                         ["examination", "consent"])
        self.assertEqual(rows["aid"]["axes"][0]["axis"], "month")
        self.assertTrue(rows["insurance"]["charts"])
        job, found = self.april()
        self.assertEqual((job["from"], job["to"], job["axis"], job["label"][
            "ja"]), ("2024-04-01", "2024-04-17", "consent", "訪問診療"))
        self.assertEqual(len(found), 11)
        self.assertEqual(job["findings"]["total"], 11)
        self.assertTrue(job["reception_number"])
        self.assertEqual(len(job["parts"]), job["parts_total"])
        self.assertIn(job["id"], [j["id"] for j in self.get("/jobs")["jobs"]])
        self.assertEqual(self.get("/jobs", category="aid")["total"], 0)
        got = self.get("/jobs/%s/persons" % job["id"], limit=4)
        self.assertEqual((got["total"], len(got["persons"])), (11, 4))
        self.assertEqual(len(self.get("/jobs/%s/persons" % job["id"],
                                      offset=8)["persons"]), 3)

    def test_same_key_is_one_job(self):
        before = self.get("/jobs")["total"]
        key = secrets.token_hex(16)
        ask = {"category": "aid", "month": "2024-04", "staff": STAFF}
        first = self.post("/jobs", ask, 201, key=key)
        self.assertEqual(self.post("/jobs", ask, 201, key=key)["id"],
                         first["id"])
        self.assertEqual(self.get("/jobs")["total"], before + 1)
        self.assertEqual((first["month"], first["from"]), ("2024-04", None))
        self.no(422, "KEY_REUSED", self.desk.post("/documents", {
            "chart_number": "13", "kind": "drug", "staff": STAFF}, key=key))

    def test_registration_has_no_status(self):
        job = self.ended(self.post("/jobs", {
            "category": "registration", "charts": ["33"], "staff": STAFF},
            201)["id"])
        row, = self.get("/findings", job=job["id"])["findings"]
        self.assertIsNone(row["status"])
        self.assertIsNone(self.get("/findings/" + row["id"])["row"][
            "status"])

    def test_refused(self):
        home = {"category": "home", "staff": STAFF}
        for code, change in (
                ("RANGE", {"from": "2024-04-02", "to": "2024-04-01"}),
                ("RANGE", {"from": "2999-01-01", "to": "2999-01-02"}),
                ("RANGE", {"axis": "month", "from": "2024-04-01",
                           "to": "2024-04-01"}),
                ("RANGE", {"axis": "examination", "from": "2024-04-01",
                           "to": "2024-04-02"}),
                ("RANGE", {"month": "2024-04"}),
                ("BAD_REQUEST", {"from": "2024-02-30", "to": "2024-04-01"}),
                ("BAD_REQUEST", {"month": "2024-13"}),
                ("BAD_REQUEST", {"month": "2024-04", "from": "2024-04-01"}),
                ("BAD_REQUEST", {"month": "2024-04", "axis": "consent"}),
                ("BAD_REQUEST", {"charts": []}),
                ("BAD_REQUEST", {"charts": ["資格"]}),
                ("BAD_REQUEST", {"charts": ["1"] * 2001}),
                ("ROW", {"charts": ["13"]}),
                ("ROW", {"category": "insurance"}),
                ("ROW", {"category": "drug"}),
                ("BAD_REQUEST", {"form": "xml"}),
                ("BAD_REQUEST", {"treatments": False}),
                ("BAD_REQUEST", {"month_to": "2024-04"}),
                ("BAD_REQUEST", {"category": "photo"})):
            with self.subTest(code=code, **change):
                got = self.desk.post("/jobs", {**home, **change})
                self.assertEqual(got.code, code, got.body)
        job, _ = self.april()
        for word in ("cancellation", "retry"):
            self.no(409, "NOT_NOW", self.desk.post("/jobs/%s/%s" % (
                job["id"], word), {"staff": STAFF}))

    @walks("jobStart", "job", "jobRetry", "jobCancel")
    def test_problems_are_asked_again(self):
        job = self.post("/jobs", {"category": "insurance", "charts": [
            "13", "0", "no-such-chart"], "staff": STAFF}, 201)
        where = "/jobs/" + job["id"]
        ended = self.ended(job["id"])
        self.assertEqual(ended["persons"]["skipped"], 2, ended)
        rows = self.get(where + "/persons", state="problem")
        self.assertEqual(rows["total"], 2)
        self.assertTrue(all(row["code"] for row in rows["persons"]))
        again = self.post(where + "/retry", {"staff": STAFF})
        self.assertEqual(again["id"], job["id"])
        self.assertEqual(self.audited("job:" + job["id"])[-1],
                         ("job_retry", "desk", STAFF))
        other = self.post("/jobs", dict(APRIL, category="nursing"), 201)
        # By the code of a clinic: said, and asked all the same (COS-04).
        self.assertIn("訪問看護", other["warning"]["ja"])
        got = self.desk.post("/jobs/%s/cancellation" % other["id"],
                             {"staff": STAFF})
        self.assertIn(got.json["state"], ("cancelling", "cancelled"))

    def check(self, chart, **query):
        """The row of this chart number; that none hides is counted."""
        got = self.get("/checks", **query)
        self.assertEqual(got["total"], len(got["checks"]))
        rows = [r for r in got["checks"] if r["chart_number"] == chart]
        self.assertLessEqual(len(rows), 1)
        return rows[0] if rows else None

    @walks("addToday")
    def test_who_is_added_is_checked(self):
        """DEN-03: by himself; chart number 0 never."""
        added = self.post("/checks", {"charts": ["14", "0"],
                                      "staff": STAFF}, 201)
        self.assertEqual((added["category"], added["date"]), ("check", None))
        self.assertNotIn("warning", added)
        self.ended(added["id"])
        row = self.check("14")
        self.assertEqual((row["job"], row["state"]),
                         (added["id"], "answered"))
        row = self.check("0")
        self.assertEqual((row["state"], row["code"]),
                         ("skipped", "CHART_ZERO"))
        self.no(400, "BAD_REQUEST", self.desk.post(
            "/checks", {"staff": STAFF}))

    @walks("checks")
    def test_patients_of_a_day(self):
        """DEN-03 to DEN-09, DEN-26: one row a patient, the newest asking."""
        self.assertIsNone(self.check("24"))
        first = self.post("/jobs", {"category": "check", "charts": [
            "24", "0", "00", "51"], "staff": STAFF}, 201)
        self.assertIn(self.check("24")["state"], ("waiting", "answered"))
        self.ended(first["id"])
        row = self.check("24")
        self.assertEqual((row["job"], row["state"], row["status"]["word"],
                          row["status"]["code"]),
                         (first["id"], "answered", "lost_new", "3"))
        self.assertTrue(row["status"]["advice"]["ja"])
        self.assertEqual((row["link"], row["import_state"]), ("asked", "new"))
        self.assertEqual(self.get("/findings/" + row["finding"])["row"][
            "chart_number"], "24")
        for chart in ("0", "00"):
            row = self.check(chart)
            self.assertEqual((row["state"], row["status"], row["code"],
                              row["finding"]),
                             ("skipped", None, "CHART_ZERO", None))
            self.assertTrue(row["message"])
        row = self.check("51")
        self.assertEqual((row["state"], row["status"]["word"],
                          row["code"]), ("skipped", "error", "NO_INSURANCE"))
        self.assertTrue(row["status"]["advice"]["ja"])
        # Once more, and for another day (COS-31).
        again = self.post("/jobs", {"category": "insurance", "charts": [
            "24", "24"], "staff": STAFF}, 201)
        self.ended(again["id"])
        row = self.check("24")
        self.assertEqual((row["job"], row["category"], row["person"],
                          row["state"]),
                         (again["id"], "insurance", 1, "answered"))
        today = self.get("/checks")["date"]
        before = str(datetime.date.fromisoformat(today) -
                     datetime.timedelta(1))
        self.assertIsNone(self.check("24", date=before))
        other = self.post("/jobs", {"category": "insurance", "charts": [
            "24"], "staff": STAFF, "date": before}, 201)
        self.assertEqual(self.check("24", date=before)["job"], other["id"])
        self.assertEqual(self.check("24")["job"], again["id"])
        self.ended(other["id"])
        # What is given up hides no answer.
        last = self.post("/jobs", {"category": "check", "charts": ["24"],
                                   "staff": STAFF}, 201)
        self.desk.post("/jobs/%s/cancellation" % last["id"],
                       {"staff": STAFF})
        ended = self.ended(last["id"])
        self.assertEqual(self.check("24")["job"], again["id"] if ended[
            "persons"]["cancelled"] else last["id"])
        self.assertEqual(len(self.get("/checks", limit=1, offset=1)[
            "checks"]), 1)
        for query in ("date=2026-02-30", "date=20261120", "day=1"):
            self.no(400, "BAD_REQUEST", self.desk.get("/checks?" + query))


class Findings(Ledger):
    @walks("findings", "finding")
    def test_conditions(self):
        job, found = self.april()
        eight = found["資格　八夫"]
        of_job = {"job": job["id"]}
        for want, query in (
                (11, {}), (11, {"from": "2024-01-01"}),
                (0, {"to": "2024-01-01"}),
                (1, {"name": "八夫"}), (1, {"name": "資格 八夫"}),
                (1, {"kana": "ハチオ"}), (0, {"name": "八夫", "kana": "イチ"}),
                (1, {"birthdate": "1969-01-04"}),
                (2, {"birthdate": "1970-07-25"}),
                (2, {"insurer_number": "12161009"}),
                (0, {"source": "face"}), (11, {"source": "list"}),
                (11, {"validity": "1"}), (0, {"validity": "2"}),
                (0, {"outcome": "error"}), (11, {"outcome": "accepted"}),
                (1, {"chart_number": "33"})):
            with self.subTest(**query):
                got = self.get("/findings", **of_job, **query)
                self.assertEqual((got["total"], len(got["findings"])),
                                 (want, want))
        page = self.get("/findings", limit=2, offset=9, **of_job)
        self.assertEqual((page["total"], page["offset"],
                          len(page["findings"])), (11, 9, 2))
        whole = self.get("/findings/" + eight["id"])
        self.assertEqual(whole["row"]["id"], eight["id"])
        record, = whole["records"]
        values = {f["name"]: f for g in record["groups"]
                  for f in g["fields"]}
        self.assertEqual(values["Birthdate"]["text"]["ja"], "昭和44年1月4日")
        self.assertEqual(values["PersonalFamilyClassification"]["text"][
            "ja"], "本人")
        # Nothing of the data is without its place among the fields.
        said = {k for k, v in whole["data"]["records"][0].items()
                if isinstance(v, str)}
        self.assertLessEqual(said, set(values))
        drug = next(c for c in eight["consents"] if c["item"] == "drug")
        self.assertEqual((drug["flag"], drug["ends_at"][:10]),
                         ("2", "2024-07-31"))

    @walks("findingPatient", "findingUnlink")
    def test_a_person_decides(self):
        _, found = self.april()
        one = found["資格　一色"]
        where = "/findings/" + one["id"]
        self.no(409, "CONTRADICTS", self.desk.post(
            where + "/patient", dict(WHY, chart_number="13")))
        self.no(404, "NO_PATIENT", self.desk.post(
            where + "/patient", dict(WHY, chart_number="999")))
        got = self.post(where + "/unlinking", WHY)["row"]
        self.assertEqual((got["patient"], got["chart_number"]), (None, None))
        open_ = self.get(where)
        self.assertEqual([p["chart_number"] for p in open_["candidates"]],
                         ["34"])
        key = secrets.token_hex(16)
        for _ in range(2):
            got = self.post(where + "/patient", dict(WHY, chart_number="34"),
                            key=key)["row"]
        self.assertEqual((got["link"], got["patient"]["chart_number"]),
                         ("chosen", "34"))
        rows = self.audited("finding:" + one["id"])
        self.assertEqual({row[1:] for row in rows}, {("desk", STAFF)})
        self.assertGreaterEqual(len(rows), 2)

    @walks("findingSetAside", "findingReturn")
    def test_set_aside(self):
        _, found = self.april()
        where = "/findings/" + found["資格　三夫"]["id"]
        self.no(409, "NOT_NOW", self.desk.post(where + "/return", WHY))
        self.assertEqual(self.post(where + "/set-aside", WHY)["row"]["state"],
                         "set_aside")
        self.no(409, "NOT_NOW", self.desk.post(where + "/set-aside", WHY))
        self.assertEqual(self.get("/findings", state="set_aside")["total"], 1)
        self.assertEqual(self.post(where + "/return", WHY)["row"]["state"],
                         "new")
        self.assertEqual([row[0] for row in self.audited(
            where.replace("/findings/", "finding:"))], [
                "set_aside", "return"])

    @walks("comparison")
    def test_comparison(self):
        _, found = self.april()
        where = "/findings/%s/comparison" % found["資格　二十二郎"]["id"]
        got = self.get(where)
        fields = got["insurance"]["fields"]
        self.assertEqual([f["field"] for f in fields], API.doc["components"][
            "schemas"]["ComparedField"]["enum"])
        self.assertEqual(fields[3]["right_text"]["ja"], "昭和24年2月22日")
        for f in fields[:4]:
            self.assertEqual((f["state"], f["may_overwrite"]), (
                "same", False), f)
        self.assertEqual(got["reference"]["state"], "none")
        other = self.get(where, chart_number="13")
        self.assertEqual(other["insurance"]["fields"][3]["state"], "differs")
        self.no(404, "NO_PATIENT", self.desk.get(
            where + "?chart_number=no-such"))

    def test_ten_thousand_and_one(self):
        """OQS-06: more are refused with the advice, unless it is one job."""
        job, found = self.april()
        like = found["資格　訪四子"]["id"]
        db = sqlite3.connect(self.stand.path("shikaku.db"), timeout=20)
        self.addCleanup(db.close)
        db.execute("PRAGMA synchronous = OFF")
        columns = [row[1] for row in db.execute("PRAGMA table_info(finding)")]
        have, = db.execute("SELECT COUNT(*) FROM finding").fetchone()
        digest = "e" * 64
        with db:
            result = {row[1]: None for row in db.execute(
                "PRAGMA table_info(result)")}
            db.execute("INSERT INTO result (digest, file, received_at, raw, "
                       "findings) VALUES (?, 'x', 0, x'00', 1)", (digest,))
            self.assertIn("findings", result)
            db.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                "FROM n WHERE i < ?) INSERT INTO finding (%s) SELECT %s FROM "
                "finding, n WHERE id = ?" % (", ".join(columns), ", ".join({
                    "id": "printf('%08x-0000-4000-8000-000000000000', i)",
                    "digest": "'%s'" % digest, "unit": "i"}.get(c, c)
                    for c in columns)), (10000 - have, like))
        self.addCleanup(self.forget, digest)
        got = self.get("/findings", limit=1)
        self.assertEqual(got["total"], 10000)
        self.assertEqual(len(self.get("/findings", limit=250, offset=9900)[
            "findings"]), 100)
        with db:
            db.execute(
                "INSERT INTO finding (%s) SELECT %s FROM finding WHERE id = ?"
                % (", ".join(columns), ", ".join({
                    "id": "'ffffffff-0000-4000-8000-000000000000'",
                    "digest": "'%s'" % digest, "unit": "99999"}.get(c, c)
                    for c in columns)), (like,))
        got = self.desk.get("/findings?limit=1")
        self.no(409, "TOO_MANY_FOUND", got)
        self.assertIn("絞り込んで", got.json["next"]["ja"])
        self.no(409, "TOO_MANY_FOUND", self.desk.get(
            "/exports/findings.csv?limit=1"))
        self.assertEqual(self.get("/findings", birthdate="1949-02-22")[
            "total"], 1)
        self.assertGreater(self.get("/findings", job=job["id"], limit=1)[
            "total"], 9000)

    def forget(self, digest):
        db = sqlite3.connect(self.stand.path("shikaku.db"), timeout=20)
        with db:
            db.execute("DELETE FROM finding WHERE digest = ?", (digest,))
            db.execute("DELETE FROM result WHERE digest = ?", (digest,))
        db.close()


class Imports(Ledger):
    @walks("importApply", "imports", "import", "importReport", "importPrint",
           "importReview", "importUndo", "waiting", "patient")
    def test_import_and_back(self):
        _, found = self.april()
        eight = found["資格　八夫"]
        waits = self.get("/imports/waiting")
        self.assertIn(eight["id"], [w["finding"] for w in waits["waiting"]])
        self.assertEqual(self.get("/imports/waiting", limit=2)["looked_at"],
                         2)
        before = self.get("/patient", chart_number="32")
        import_ = self.imported()
        where = "/imports/" + import_
        got = self.get(where)
        self.assertEqual((got["state"], got["action"], got["staff"]), (
            "open", "renew", STAFF))
        after = self.get("/patient", chart_number="32")
        self.assertEqual(after["insured_identification_number"],
                         "1639960291x088")
        new, old = after["coverages"][:2]
        self.assertEqual((new["valid_from"], old["valid_until"]),
                         ("2015-04-01", "2015-03-31"))
        self.assertEqual(self.get("/findings/" + eight["id"])["row"]["state"],
                         "imported")
        text = self.desk.get(where + "/report").body.decode("utf-8-sig")
        self.assertIn("■オンライン資格確認_資格取込結果", text)
        self.assertIn("以下の履歴を作成しました。", text)
        self.assertRegex(got["report_name"],
                         r"^オンライン資格確認_資格情報取込結果_\d{14}\.txt$")
        page = self.desk.get(where + "/report.html").body.decode()
        self.assertIn("資格　八夫", page)
        self.assertNotIn("<script", page)
        self.assertGreaterEqual(self.get("/imports", to_review="yes")[
            "total"], 1)
        self.assertEqual(self.post(where + "/review", {"staff": STAFF})[
            "state"], "reviewed")
        undone = self.post(where + "/undoing", WHY)
        self.assertEqual((undone["state"], undone["undone_why"]),
                         ("undone", WHY["reason"]))
        self.no(409, "NOT_NOW", self.desk.post(where + "/undoing", WHY))
        now = self.get("/patient", chart_number="32")
        self.assertEqual([c["id"] for c in now["coverages"]],
                         [c["id"] for c in before["coverages"]])
        listed = self.get("/imports", finding=eight["id"])
        self.assertEqual(listed["total"], 1)
        self.assertIsNotNone(listed["last_imported_at"])
        self.assertIn(("undo", "desk", STAFF), [
            (row[0].replace("import_", ""), *row[1:])
            for row in self.audited("import:" + import_)])
        # What was taken back can be taken over again.
        again = self.post("/imports", {"findings": [eight["id"]],
                                       "staff": STAFF}, 201)
        self.assertEqual(again["counts"]["imported"], 1)

    def test_same_key_is_answered_as_before(self):
        """What was imported, what changed nothing and what was refused."""
        import_ = self.imported("資格　三夫")
        _, found = self.april()
        done = found["資格　三夫"]["id"]
        for ids, counts in (
                ([done], (0, 1, 0)), ([done, found["資格　二十二郎"]["id"],
                                       "0" * 8 + done[8:]], (1, 1, 1))):
            key = secrets.token_hex(16)
            ask = {"findings": ids, "staff": STAFF}
            first = self.post("/imports", ask, 201, key=key)
            self.assertEqual(tuple(first["counts"][k] for k in (
                "imported", "unchanged", "refused")), counts, first)
            again = self.post("/imports", ask, 201, key=key)
            self.assertEqual(again, first)
        self.post("/imports/%s/undoing" % first["rows"][1]["id"], WHY)
        self.assertEqual(self.get("/imports/" + import_)["state"], "open")

    def test_limits_are_shown(self):
        """COS-33: of who is insured already; with what and how long."""
        job = self.ended(self.post("/jobs", {
            "category": "check", "charts": ["13"], "limit_consent": True,
            "staff": STAFF}, 201)["id"])
        one, = self.get("/findings", job=job["id"])["findings"]
        where = "/findings/%s/comparison" % one["id"]
        row, = self.post("/imports", {"findings": [one["id"]],
                                      "staff": STAFF}, 201)["rows"]
        self.assertEqual((row["outcome"], row["display"]), ("imported", []))
        text, = self.get(where)["display"]
        self.assertIn("限度額適用認定証 A03（", text["ja"])
        self.assertIn("令和3年8月1日～", text["ja"])
        self.assertIn("limit certificate A03, valid 20210801 - ", text["en"])
        self.post("/imports/%s/undoing" % row["id"], WHY)

    @walks("audit")
    def test_audit(self):
        """For the administrator alone, and for nobody to change."""
        import_ = self.imported("資格　三夫")
        admin = self.client("admin")
        rows = self.get("/audit", client=admin, subject="import:" + import_)
        self.assertGreaterEqual(rows["total"], 1)
        self.assertEqual({(r["client"], r["staff"]) for r in rows["audit"]},
                         {("desk", STAFF)})
        whole = self.get("/audit", client=admin, limit=2)
        self.assertEqual(len(whole["audit"]), 2)
        self.assertGreater(whole["audit"][0]["seq"], whole["audit"][1]["seq"])
        self.assertEqual(self.get("/audit", client=admin, to="2024-01-01")[
            "total"], 0)
        for role in ("desk", "medical", "monitor"):
            self.no(403, "NOT_ALLOWED", self.client(role).get("/audit"))
        self.no(405, "BAD_REQUEST", admin.post("/audit", {}))
        text = json.dumps(self.get("/audit", client=admin, limit=500),
                          ensure_ascii=False)
        for row in self.april()[1].values():
            self.assertNotIn(row["name"], text)

    def test_same_key_and_twice(self):
        _, found = self.april()
        ask = {"findings": [found["資格　七夫"]["id"]], "staff": STAFF}
        key = secrets.token_hex(16)
        first = self.post("/imports", ask, 201, key=key)
        again = self.post("/imports", ask, 201, key=key)
        self.assertEqual((again["batch"], len(again["rows"])),
                         (first["batch"], 1))
        self.assertEqual(self.post("/imports", ask, 201)["counts"], {
            "imported": 0, "unchanged": 1, "refused": 0})
        self.assertEqual(self.get("/imports", batch=first["batch"])["total"],
                         1)

    def test_several_at_once(self):
        _, found = self.april()
        ids = [found[name]["id"] for name in ("資格　一夫", "扶助　四郎")]
        got = self.post("/imports", {"findings": ids + [
            "00000000-0000-4000-8000-000000000000"], "staff": STAFF}, 201)
        self.assertEqual([row["outcome"] for row in got["rows"]][2],
                         "refused")
        self.assertEqual(got["rows"][2]["error"]["code"], "NO_SUCH")
        self.assertEqual(got["counts"]["refused"], 1)

    def test_refused(self):
        _, found = self.april()
        one = found["資格　二十二郎"]["id"]
        good = {"findings": [one], "staff": STAFF}
        for status, code, change in (
                (409, "IDENTITY", {"action": "overwrite", "fields": ["name"]}),
                (400, "BAD_REQUEST", {"chart_number": "13"}),
                (409, "CONTRADICTS", {"chart_number": "13",
                                      "reason": "取り違え"}),
                (409, "IN_LEDGER", {"action": "new_patient",
                                    "chart_number": "33"}),
                (404, "NO_PATIENT", {"chart_number": "999"}),
                (409, "CHART_ZERO", {"action": "new_patient",
                                     "chart_number": "0"}),
                (400, "BAD_REQUEST", {"action": "new_patient"}),
                (400, "BAD_REQUEST", {"action": "overwrite"}),
                (400, "BAD_REQUEST", {"action": "renew",
                                      "fields": ["address"]}),
                (400, "BAD_REQUEST", {"action": "confirm",
                                      "switch_on": "2024-04-01"}),
                (400, "BAD_REQUEST", {"action": "renew",
                                      "switch_on": "2023-02-29"}),
                (400, "BAD_REQUEST", {"findings": []}),
                (400, "BAD_REQUEST", {"findings": [one] * 101}),
                (400, "BAD_REQUEST", {"findings": [one.upper()]}),
                (400, "BAD_REQUEST", {"findings": [one, one],
                                      "chart_number": "33"}),
                (400, "BAD_REQUEST", {"fields": ["sex", "no"]})):
            with self.subTest(code=code, **change):
                self.no(status, code, self.desk.post("/imports", {
                    **good, **change}))
        self.assertEqual(self.get("/imports", finding=one)["total"], 0)

    @walks("patientPut", "patientConfirm", "patientUnlink")
    def test_patient_by_hand(self):
        new = {"chart_number": "801", "name": "資格　十六郎",
               "kana": "ｼｶｸ ｼﾞｭｳﾛｸﾛｳ", "birthdate": "1991-12-01",
               "insurer_number": "139993", "staff": STAFF}
        key = secrets.token_hex(16)
        got = self.post("/patient", new, 201, key=key)
        self.assertEqual(got["warnings"][0]["field"], "insurer_number")
        self.assertIsNone(got["sex"])
        self.post("/patient", new, 201, key=key)
        got = self.post("/patient", {
            "chart_number": "801", "sex": "male", "post_number": "157-0066",
            "staff": STAFF}, 200)
        self.assertEqual((got["name"], got["sex"], got["post_number"]), (
            "資格　十六郎", "male", "157-0066"))
        got = self.post("/patient/confirmation", {"chart_number": "801",
                                                  "staff": STAFF})
        self.assertRegex(got["confirmed_on"], r"^\d{4}-\d\d-\d\d$")
        for status, code, change in (
                (409, "CHART_ZERO", {"chart_number": "0"}),
                (409, "CHART_ZERO", {"chart_number": "000"}),
                (409, "ROW", {"chart_number": "802"}),
                (400, "BAD_REQUEST", {"post_number": "15-70066"}),
                (400, "BAD_REQUEST", {"insured_branch_number": "1"}),
                (400, "BAD_REQUEST", {"birthdate": "2023-02-29"}),
                (400, "BAD_REQUEST", {"reference_number": "1"})):
            with self.subTest(code=code, **change):
                self.no(status, code, self.desk.post("/patient", {
                    "chart_number": "801", "staff": STAFF, **change}))
        # 00021 of the register has a number, and it was another's.
        got = self.post("/patient/unlinking", dict(
            WHY, chart_number="00021"))
        self.assertIsNone(got["reference_number"])
        self.no(404, "NO_SUCH", self.desk.post("/patient/unlinking", dict(
            WHY, chart_number="00021")))
        self.assertIn(("desk", STAFF), [
            row[1:] for row in self.audited("patient:00021")])

    def test_a_new_patient_finds_what_waits(self):
        """A finding of a name that nobody here has, until somebody has."""
        was = self.get("/patient", chart_number="35")
        self.post("/patient", {"chart_number": "35", "name": "別　人",
                               "kana": "ﾍﾞﾂ ﾋﾄ", "staff": STAFF})
        job = self.ended(self.post("/jobs", {
            "category": "home", "staff": STAFF}, 201)["id"])
        where = "/findings?job=%s&name=%s" % (
            job["id"], urllib.parse.quote("訪四子"))
        row, = self.get(where)["findings"]
        self.assertEqual((row["link"], row["patient"]), ("none", None))
        self.post("/patient", {"chart_number": "35", "name": was["name"],
                               "kana": was["kana"], "staff": STAFF})
        row, = self.get(where)["findings"]
        self.assertEqual((row["link"], row["chart_number"]), ("certain", "35"))


class Documents(Ledger):
    def delivered(self, kind):
        def probe():
            got = self.get("/documents", chart_number="13")
            state = next(s for s in got["standings"] if s["kind"] == kind)
            return got if state["state"] == "delivered" else None
        return wait_until("a document", probe)

    @walks("consents", "documents", "documentAsk", "document",
           "documentView")
    def test_for_the_medical_role_alone(self):
        ask = {"chart_number": "13", "kind": "drug", "staff": STAFF}
        got = self.get("/documents", chart_number="13")
        self.assertEqual({s["state"] for s in got["standings"]},
                         {"none_asked"})
        self.no(409, "NO_CONSENT", self.desk.post("/documents", ask))
        self.no(400, "BAD_REQUEST", self.desk.post("/documents", dict(
            ask, kind="checkup", **{"from": "2024-04"})))
        self.today_list()
        rows = self.get("/consents", chart_number="13", ended="no")
        self.assertLessEqual({"checkup", "drug", "diagnosis", "operation"},
                             {g["item"] for g in rows["consents"]})
        self.assertTrue(all(g["care"] == "home" and g["valid"]
                            for g in rows["consents"]))
        self.assertGreater(self.get("/consents", ended="yes")["total"], 0)
        # The share may hang: what is asked is a job's, not this thread's.
        key = secrets.token_hex(16)
        asked = self.post("/documents", dict(ask, form="xml"), 201, key=key)
        self.assertEqual(asked["state"], "asked")
        self.assertEqual(self.get("/jobs/" + asked["job"])["category"],
                         "drug")
        listed = self.delivered("drug")
        self.assertEqual(self.post("/documents", dict(ask, form="xml"), 201,
                                   key=key), asked)
        document, = listed["documents"]
        self.assertEqual((document["form"], document["kind"]),
                         ("xml", "drug"))
        where = "/documents/" + document["id"]
        named = "?staff=" + urllib.parse.quote(STAFF)
        for role in ("desk", "admin", "monitor"):
            for path in (where, where + "/view"):
                self.no(403, "NOT_ALLOWED", self.client(role).get(
                    path + named))
        self.no(400, "BAD_REQUEST", self.medical.get(where))
        self.assertEqual(self.audited("document:" + document["id"])[1:], [])
        xml = self.medical.get(where + named)
        self.assertEqual(xml.headers["Content-Type"], "application/xml")
        self.assertEqual(len(xml.body), document["bytes"])
        view = self.get(where + "/view" + named, client=self.medical)
        self.assertEqual(view["kind"], "drug")
        self.assertTrue(view["months"])
        self.assertEqual([row[1:] for row in self.audited(
            "document:" + document["id"])][-2:], [("medical", STAFF)] * 2)
        # XML is not asked for again within its hours.
        self.assertEqual(self.post("/documents", dict(ask, form="xml"), 201),
                         {"state": "delivered", "document": document["id"],
                          "job": None, "text": next(s for s in listed["standings"]
                                       if s["kind"] == "drug")["text"]})
        # Of many at once: each by his own consent.
        job = self.post("/jobs", {"category": "checkup", "form": "pdf",
                                  "charts": ["13", "24"], "staff": STAFF},
                        201)
        self.delivered("checkup")
        self.ended(job["id"])
        one, two = self.get("/jobs/%s/persons" % job["id"])["persons"]
        self.assertEqual((one["state"], one["finding"], two["code"]),
                         ("answered", None, "NO_CONSENT"))
        self.assertIn(one["document"], [d["id"] for d in self.get(
            "/documents", chart_number="13")["documents"]])
        pdf = next(d for d in self.get("/documents", client=self.medical)[
            "documents"] if d["form"] == "pdf")
        got = self.medical.get("/documents/%s%s" % (pdf["id"], named))
        self.assertTrue(got.body.startswith(b"%PDF"))
        self.no(409, "LAYOUT", self.medical.get("/documents/%s/view%s" % (
            pdf["id"], named)))


class HandOver(Ledger):
    @walks("exportOrca")
    def test_orca(self):
        _, found = self.april()
        one, two = (found[name]["id"] for name in ("資格　八夫",
                                                   "資格　三夫"))
        got = self.post("/exports/orca", {"findings": [one],
                                          "staff": STAFF}, 201)
        self.assertEqual(os.listdir(self.stand.path("orca")), got["files"])
        self.no(409, "HANDED_OVER", self.desk.post("/exports/orca", {
            "findings": [one], "staff": STAFF}))
        key = secrets.token_hex(16)
        got = self.post("/exports/orca", {"findings": [one, two],
                                          "staff": STAFF}, 201, key=key)
        self.assertEqual((got["total"], len(got["files"]), got["refused"][0][
            "why"]["code"]), (2, 1, "HANDED_OVER"))
        self.assertEqual(self.post("/exports/orca", {
            "findings": [one, two], "staff": STAFF}, 201, key=key), got)
        self.assertEqual(len(os.listdir(self.stand.path("orca"))), 2)
        # A piece at a time, of what was named as well.
        many = [row["id"] for row in self.april()[1].values()] * 3
        got = self.post("/exports/orca", {"findings": many, "staff": STAFF},
                        201)
        self.assertEqual(got["next"], 20)
        got = self.post("/exports/orca", {"findings": many, "offset": 20,
                                          "staff": STAFF}, 201)
        self.assertIsNone(got["next"])
        job, _ = self.april()
        got = self.post("/exports/orca", {"job": job["id"], "offset": 9,
                                          "staff": STAFF}, 201)
        self.assertEqual((got["total"], got["next"]), (2, None))
        self.no(404, "NO_SUCH", self.desk.post("/exports/orca", {
            "job": one, "staff": STAFF}))
        for change in ({}, {"findings": [one], "job": one}):
            self.no(400, "BAD_REQUEST", self.desk.post("/exports/orca", dict(
                change, staff=STAFF)))

    @walks("exportCsv")
    def test_csv(self):
        job, found = self.april()
        path = "/exports/findings.csv?job=%s&" % job["id"]
        whole = self.desk.get(path + "limit=500").body
        self.assertTrue(whole.startswith(b"\xef\xbb\xbf"))
        # As the command writes it, and in the audit.
        self.assertEqual(self.stand.run(
            "export", "csv", "findings", "--job", job["id"]).stdout,
            whole.decode().replace("\r\n", "\n"))
        self.assertEqual([row[0] for row in self.audited(
            "export:findings.csv")][-2:], ["export_csv"] * 2)
        lines = whole.decode("utf-8-sig").split("\r\n")
        self.assertEqual((len(lines), lines[-1]), (13, ""))
        self.assertIn('"=""06140248"""', lines[1])
        pieces = b"".join(self.desk.get(path + "limit=4&offset=%d" % at).body
                          for at in (0, 4, 8))
        self.assertEqual(pieces, whole)
        got = self.desk.get(path + "encoding=shift_jis")
        self.assertEqual(got.headers["Content-Type"],
                         "text/csv; charset=shift_jis")
        self.assertIn("資格　八夫", got.body.decode("cp932"))
        db = sqlite3.connect(self.stand.path("shikaku.db"), timeout=20)
        self.addCleanup(db.close)
        one = found["扶助　七郎"]
        with db:
            db.execute("UPDATE finding SET name = '𠮷野' WHERE id = ?",
                       (one["id"],))
        got = self.desk.get(path + "encoding=shift_jis")
        self.no(409, "MISFIT", got)
        # Row and column of the whole file, whatever the piece.
        row = [i for i, text in enumerate(self.desk.get(
            path + "limit=500").body.decode("utf-8-sig").split("\r\n"), 1)
               if "𠮷野" in text]
        misfits = got.json["misfits"]
        self.assertEqual({(m["row"], m["character"]) for m in misfits},
                         {(row[0], "𠮷")})
        got = self.desk.get("%sencoding=shift_jis&limit=1&offset=%d" % (
            path, row[0] - 2))
        self.no(409, "MISFIT", got)
        self.assertEqual(got.json["misfits"], misfits)
        with db:
            db.execute("UPDATE finding SET name = ? WHERE id = ?",
                       (one["name"], one["id"]))

    @walks("fhirMetadata", "fhirPatients", "fhirPatient", "fhirBundle",
           "fhirCoverage", "fhirConsent")
    def test_fhir(self):
        self.april()
        self.assertEqual(self.get("/fhir/metadata")["resourceType"],
                         "CapabilityStatement")
        bundle = self.get("/fhir/Bundle", identifier="33")
        self.assertEqual(self.audited("patient:33")[-1][:2],
                         ("export_fhir", "desk"))
        kinds = {}
        for entry in bundle["entry"]:
            resource = entry["resource"]
            kinds.setdefault(resource["resourceType"], []).append(resource)
            got = self.desk.get("/fhir/%s/%s" % (
                resource["resourceType"], resource["id"]))
            self.assertEqual(got.headers["Content-Type"],
                             "application/fhir+json")
            self.assertEqual(got.json["id"], resource["id"])
            self.assertEqual(self.audited("fhir:%s/%s" % (
                resource["resourceType"], resource["id"])),
                [("export_fhir", "desk", "")])
        self.assertEqual(set(kinds), {"Patient", "Coverage", "Consent"})
        person, = kinds["Patient"]
        system = person["identifier"][0]["system"]
        for identifier, n in (("33", 1), (system + "|33", 1), ("|33", 1),
                              ("urn:other|33", 0), ("no-such", 0)):
            got = self.get("/fhir/Patient", identifier=identifier)
            self.assertEqual((got["type"], got["total"]), ("searchset", n))
        # An id of one kind is none of another.
        for kind, id_ in (("Coverage", person["id"]), ("Consent", person[
                "id"]), ("Patient", kinds["Coverage"][0]["id"])):
            got = self.desk.get("/fhir/%s/%s" % (kind, id_))
            self.assertEqual((got.status, got.code), (404, "NO_SUCH"))
            self.assertEqual(got.json["resourceType"], "OperationOutcome")
        got = self.client("monitor").get("/fhir/metadata")
        self.assertEqual((got.status, got.code), (403, "NOT_ALLOWED"))
        self.assertEqual(got.headers["Content-Type"],
                         "application/fhir+json")


class Figures(Ledger):
    def lost_requests(self):
        """Two without an answer, one that the terminal never took."""
        db = sqlite3.connect(self.stand.path("shikaku.db"), timeout=20)
        self.addCleanup(db.close)
        with db:
            for n, state in enumerate(("unanswered", "unanswered",
                                       "withdrawn")):
                name = "lost-%d" % n
                db.execute(
                    "INSERT INTO request (file, identifier, kind, state, "
                    "created_at) VALUES (?, ?, 'OQSsiquc01', ?, ?)",
                    (name, name, state, int(time.time() * 1000)))

    @walks("figures")
    def test_counts(self):
        before = self.get("/figures")
        job = self.post("/jobs", {"category": "check", "staff": STAFF,
                                  "charts": ["14", "6", "4"]}, 201)
        self.ended(job["id"])
        wait_until("three findings", lambda: self.get(
            "/findings", job=job["id"])["total"] == 3)
        got = self.get("/figures")
        self.assertEqual(sum(got["hours"]) - sum(before["hours"]), 3)
        self.assertEqual(got["days"][-1]["checks"] - before["days"][-1][
            "checks"], 3)
        words = {row["word"]: row["checks"] for row in got["outcomes"]}
        old = {row["word"]: row["checks"] for row in before["outcomes"]}
        self.assertEqual({w for w in words if words[w] > old[w]},
                         {"valid", "lost", "unregistered"})
        self.assertEqual(sum(r["checks"] for r in got["answer_times"]) -
                         sum(r["checks"] for r in before["answer_times"]), 3)
        self.assertEqual((len(got["days"]), len(got["hours"]), len(
            got["consents"])), (30, 24, 124))
        self.lost_requests()
        more = self.get("/figures")
        causes = {row["code"]: row for row in more["causes"]}
        self.assertEqual((causes["NO_ANSWER"]["checks"], causes["NOT_TAKEN"][
            "checks"]), (2, 1))
        self.assertEqual(more["days"][-1]["failed"] - got["days"][-1][
            "failed"], 3)
        self.assertEqual(more["causes"], sorted(
            more["causes"], key=lambda r: (-r["checks"], r["code"])))
        self.today_list()
        self.assertGreater(sum(r["ends"] for r in self.get("/figures")[
            "consents"]), 0)
        for query in ("from=2026-11-02&to=2026-11-01",
                      "from=2026-01-01&to=2026-11-01"):
            self.no(400, "BAD_REQUEST", self.desk.get("/figures?" + query),
                    "from")


class Whole(Ledger):
    def test_events(self):
        """Ids and states, for everybody but kiosks; nothing personal."""
        self.stand.add_client("kiosk-z", "kiosk")
        valid = API.validator(API.schema(
            {"$ref": "#/components/schemas/Event"}))
        desk, kiosk = self.desk.events(), self.client("kiosk-z").events()
        self.addCleanup(desk.close)
        job = self.post("/jobs", {"category": "check", "charts": ["14"],
                                  "staff": STAFF}, 201)
        seen = desk.until(lambda e: e[2].get("state") in JOB_ENDS and
                          e[2].get("job") == job["id"])
        _, found = self.april()
        done = self.post("/imports", {"findings": [
            found["扶助　一郎"]["id"]], "staff": STAFF}, 201)
        import_ = done["rows"][0]["id"]
        seen += desk.until(lambda e: e[2].get("import") == import_)
        for _, kind, data in seen:
            valid.validate(data)
            self.assertIn(kind, ("job", "finding", "import"))
        kiosk.close()
        self.assertEqual(list(kiosk.queue.queue), [None])

    def test_log_names_nobody(self):
        _, found = self.april()
        self.desk.get("/findings?name=" + urllib.parse.quote("八夫"))
        self.get("/patient", chart_number="00021")
        log = self.stand.log()
        self.assertIn("GET /api/v1/patient 200", log)
        for row in found.values():
            for text in (row["name"], row["kana"], row["birthdate"],
                         row["insured_identification_number"],
                         urllib.parse.quote(row["name"])):
                if len(text) > 3:
                    self.assertNotIn(text, log)
        self.assertNotIn("00021", log)
        self.assertEqual(re.findall(r"(?:GET|POST) \S*[?=%]\S*", log), [])

    def test_every_operation_is_walked(self):
        walked = set()
        for case in (Jobs, Findings, Imports, Documents, HandOver, Figures):
            for _, method in inspect.getmembers(case, inspect.isfunction):
                walked |= set(getattr(method, "covers", ()))
        self.assertEqual(walked, {
            op.id for op in API.operations if op.tag in (
                "ledger", "job", "document", "export", "fhir", "figures")})




if __name__ == "__main__":
    unittest.main()
