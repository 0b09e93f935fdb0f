"""Every operation of openapi.yaml with success, and visits in everything they
may want and in every end, as each role sees them."""

import inspect
import json
import os
import re
import secrets
import sqlite3
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))

# pylint: disable=wrong-import-position
from link_peer import enrol
from agent import CONSENT, NUMBER_B
from homevisit import slip_text
from stand import PIN, wait_until
from walk import API, ROLES, STAFF, Walk

# Of the card's person and of the patient with chart number 13, P03.
PERSONAL = ("一郎", "ｲﾁﾛｳ", "19600602", "1960-06-02", "1639960291x001",
            "千代田区")
NAMED = {"chart_number": "no-such-chart", "staff": STAFF}


def walks(*covers, wants=()):
    """A test in which these operations must have been answered as described,
    and a visit was looked at by everybody in these wants."""
    def around(function):
        def test(self):
            self.stand.answered.clear()
            self.looked = set()
            function(self)
            self.assertLessEqual(set(covers), self.stand.answered)
            self.assertEqual(set(wants), self.looked)
            self.look_for_secrets()
        test.covers, test.wants = covers, wants
        return test
    return around


class Success(Walk):
    secrets = ()

    def setUp(self):
        self.card = None
        self.secrets = [NUMBER_B["p03"]] + [
            c.token for c in self.stand.clients.values()]

    def tearDown(self):
        if self.card is not None:
            self.stand.stop(self.card)

    def put(self, name="p03"):
        self.card = self.stand.card(name)

    def look(self, visit, want):
        """Who sees the visit, and what of it."""
        v = self.kiosk.until(visit, want)
        if v["wants"] is not None:
            self.looked.add(v["wants"])
        text = json.dumps(v, ensure_ascii=False)
        if v["wants"] != "closing":
            for word in PERSONAL:
                self.assertNotIn(word, text)
            self.assertEqual((v["patient"], v["result"]), (None, None))
        for name in ("identity", "staff", "reason"):
            self.assertIsNone(v[name])
        self.others(visit)
        return v

    def others(self, visit):
        for name in ("desk", "medical", "admin"):
            self.assertEqual(self.client(name).read(visit)["id"], visit)
        self.refused(self.client("monitor").get("/visits/" + visit), 403,
                     "NOT_ALLOWED")
        self.refused(self.client("kiosk-b").get("/visits/" + visit), 404,
                     "NO_SUCH")

    def look_for_secrets(self):
        """In no answer but the one that is there to show it, event or log."""
        pin = re.compile(r'"%s"|\b(?<![-.:])%s\b(?![-.:])' % (PIN, PIN))
        log = self.stand.log()
        shown = ("token", "passcodeIssue", "enrol", "deviceInvite")
        said = [body.decode("utf-8", "replace")
                for op, body in self.stand.answers if op not in shown]
        with sqlite3.connect(self.stand.path("shikaku.db")) as db:
            said += [row[0] for row in db.execute("SELECT data FROM event")]
        self.stand.answers.clear()
        for text in said + [log]:
            for secret in self.secrets:
                self.assertNotIn(secret, text)
            self.assertIsNone(pin.search(text), pin.search(text))
        for word in PERSONAL:
            self.assertNotIn(word, log)

    def ended(self, visit, state, name="kiosk-a"):
        """At its end a kiosk sees how it ended, and nothing of anybody."""
        v = wait_until(state, lambda: (
            lambda v: v if v["state"] == state else None)(
                self.client(name).read(visit)))
        for member in ("identity", "patient", "result", "staff", "reason",
                       "nonce", "wants", "deadline", "tries_left"):
            self.assertIsNone(v[member], member)
        self.assertFalse(any(v["consent"][item] for item in (
            "limit", "disease", "checkup", "drug", "diagnosis", "operation")))
        self.assertEqual(v["error"] and v["error"]["detail"], v["error"] and
                         "")
        return v

    def whole(self, visit, kiosk=None):
        """From the PIN on, one look at each want."""
        kiosk = kiosk or self.kiosk
        for want, word, body in (
                ("consent", "consent", CONSENT),
                ("confirmation", "confirmation", {"confirmed": True}),
                ("closing", "closing", None)):
            v = self.look(visit, want)
            kiosk.do(visit, word, body)
        self.assertEqual(v["status"]["word"], "valid")
        self.assertEqual(v["patient"]["chart_number"], "13")
        self.ended(visit, "done")

    def verified(self):
        """What was verified how often since the card was put in."""
        return {file: n for file, n in self.stand.count()["verify"].items()
                if n}

    # -- one visit of each kind ------------------------------------------
    @walks("start", "visitCreate", "visit", "visits", "pin", "consent",
           "confirm", "close", "requests", wants=(
               "card", "pin", "text_pin", "consent", "confirmation",
               "closing"))
    def test_pin(self):
        self.kiosk.must(200, self.kiosk.post("/client/start"))
        key = secrets.token_hex(8)
        got = [self.kiosk.must(201, self.kiosk.post(
            "/visits", {"mode": "pin"}, key=key))["id"] for _ in range(2)]
        self.assertEqual(got[0], got[1])
        visit = got[0]
        self.look(visit, "card")
        self.refused(self.kiosk.post("/visits", {"mode": "pin"}), 409,
                     "READER_BUSY")
        self.put()
        v = self.look(visit, "pin")
        self.refused(self.kiosk.post("/visits/%s/pin" % visit, {
            "pin": PIN, "tries_left": v["tries_left"] - 1}), 409, "NOT_NOW")
        self.assertEqual(self.verified(), {})
        entry = {"pin": PIN, "tries_left": v["tries_left"]}
        self.kiosk.do(visit, "pin", entry, key=key + "-pin")
        v = self.look(visit, "text_pin")
        self.kiosk.do(visit, "pin", entry, key=key + "-pin")
        self.assertEqual(self.verified(), {"0018": 1})
        # An entry for the one PIN never reaches the other.
        self.refused(self.kiosk.post("/visits/%s/pin" % visit, entry), 409,
                     "NOT_NOW")
        self.assertEqual(self.verified(), {"0018": 1})
        self.kiosk.do(visit, "pin", {"pin": PIN, "which": "text_pin",
                                     "tries_left": v["tries_left"]})
        self.whole(visit)
        self.assertEqual(self.verified(), {"0018": 1, "0011": 1})
        rows = self.client("desk").get("/visits").json
        self.assertEqual(rows["visits"][0]["id"], visit)
        asked = self.client("desk").get("/requests?limit=1").json
        self.assertEqual(asked["requests"][0]["visit"], visit)

    @walks("visitCreate", "cancel", wants=("pin_at_device", "consent"))
    def test_pin_at_the_device(self):
        self.kiosk = self.client("bedside")
        self.put()
        visit = self.kiosk.visit()
        v = self.look(visit, "pin_at_device")
        self.assertEqual(v["tries_left"], 3)
        self.refused(self.kiosk.post("/visits/%s/pin" % visit, {
            "pin": PIN, "tries_left": 3}), 409, "NOT_NOW")
        for _ in range(2):      # the attributes' too
            self.stand.device.person.put(PIN)
        self.look(visit, "consent")
        self.kiosk.do(visit, "cancellation")
        self.ended(visit, "cancelled", "bedside")
        self.assertEqual(self.verified(), {"0018": 1, "0011": 1})

    @walks("cancel", wants=("card",))
    def test_cancelled(self):
        visit = self.kiosk.visit()
        self.look(visit, "card")
        self.kiosk.do(visit, "cancellation")
        self.ended(visit, "cancelled")
        self.others(visit)
        self.refused(self.kiosk.post("/visits/%s/cancellation" % visit), 409,
                     "NOT_NOW")

    @walks("cancel", wants=("confirmation",))
    def test_cancelled_by_the_desk(self):
        self.put()
        visit = self.client("desk").visit(at="kiosk-a", chart_number="13")
        for which in ("pin", "text_pin"):
            v = self.kiosk.until(visit, which)
            self.kiosk.do(visit, "pin", {"pin": PIN, "which": which,
                                         "tries_left": v["tries_left"]})
            self.kiosk.until(visit, "text_pin", "consent")
        self.kiosk.do(visit, "consent", CONSENT)
        self.look(visit, "confirmation")
        self.client("desk").do(visit, "cancellation")
        self.ended(visit, "cancelled")

    @walks("visitCreate")
    def test_refused(self):
        self.put("expired")
        visit = self.kiosk.visit()
        v = self.ended(visit, "refused")
        self.assertEqual(v["error"]["code"], "CERT_EXPIRED")
        self.others(visit)

    @walks("numberB", "photo", "evidence", wants=(
        "number_b", "evidence", "consent", "confirmation", "closing"))
    def test_face(self):
        self.put()
        visit = self.kiosk.visit(mode="face")
        self.look(visit, "number_b")
        self.refused(self.kiosk.get("/visits/%s/photo" % visit), 409,
                     "NOT_NOW")
        self.kiosk.do(visit, "number-b", {"number": NUMBER_B["p03"]})
        self.look(visit, "evidence")
        photo = self.kiosk.get("/visits/%s/photo" % visit)
        self.assertTrue(photo.body.startswith(b"\x89PNG\r\n"))
        self.kiosk.do(visit, "evidence", self.kiosk.evidence(visit))
        self.refused(self.kiosk.get("/visits/%s/photo" % visit), 409,
                     "NOT_NOW")
        self.whole(visit)

    @walks("attest", "start", "passcodeIssue", wants=(
        "number_b", "attestation", "consent", "confirmation", "closing"))
    def test_visual(self):
        code = self.issue()
        self.kiosk.must(200, self.kiosk.post("/client/start"))
        self.put()
        visit = self.kiosk.visit(mode="visual", passcode=code, staff=STAFF,
                                 reason="illness")
        self.look(visit, "number_b")
        self.kiosk.do(visit, "number-b", {"number": NUMBER_B["p03"]})
        self.look(visit, "attestation")
        self.assertEqual(self.kiosk.get("/visits/%s/photo" % visit).status,
                         200)
        self.kiosk.do(visit, "attestation", {"same_person": True})
        self.whole(visit)

    @walks("unlock", "lock", "passcodeIssue")
    def test_home(self):
        tablet = self.client("tablet")
        entry = {"passcode": self.issue(), "purpose": "outpatient",
                 "staff": STAFF}
        for _ in range(2):
            got = tablet.must(200, tablet.post("/client/unlock", entry,
                                               key="unlock-of-today"))
            self.assertEqual((got["unlocked"], got["purpose"]), (
                True, "outpatient"))
        visit = tablet.visit(mode="home")
        self.assertEqual(tablet.read(visit)["purpose"], "outpatient")
        tablet.do(visit, "cancellation")
        self.ended(visit, "cancelled", "tablet")
        got = tablet.must(200, tablet.post("/client/lock"))
        self.assertEqual((got["unlocked"], got["purpose"]), (False, None))

    @walks("visitPatient", wants=("patient",))
    def test_named_by_the_desk(self):
        self.put("no-text")
        desk = self.client("desk")
        visit = self.kiosk.visit()
        v = self.kiosk.until(visit, "pin")
        self.kiosk.do(visit, "pin", {"pin": PIN,
                                     "tries_left": v["tries_left"]})
        self.kiosk.agree(visit)
        self.look(visit, "patient")
        wait_until("it is the desk's", lambda: desk.post(
            "/visits/%s/patient" % visit, NAMED).code == "NO_PATIENT")
        desk.do(visit, "patient", {"chart_number": "13", "staff": STAFF})
        desk.until(visit, "closing")
        self.assertEqual(desk.read(visit)["staff"], STAFF)
        desk.do(visit, "closing")
        self.ended(visit, "done")

    @walks("results", "result", "resultPatient", "patients",
           wants=("face_file", "closing"))
    def test_official_reader(self):
        desk = self.client("desk")
        visit = self.kiosk.visit(mode="face", official=True,
                                 chart_number="13")
        self.look(visit, "face_file")
        self.push("P03")
        self.look(visit, "closing")
        self.kiosk.do(visit, "closing")
        self.ended(visit, "done")
        # Nobody waits for the next one.
        self.push("P05")
        row, = wait_until("a result", lambda: desk.get(
            "/results").json["results"])
        self.assertEqual(row["why"]["code"], "NOT_ARMED")
        result = desk.get("/results/" + row["result"]).json
        self.assertEqual(len(result["records"]), 1)
        meant, = desk.get("/patients?birthdate=1990-01-01").json["patients"]
        self.assertEqual(row["candidates"], [meant])
        where = "/results/%s/patient" % row["result"]
        self.refused(desk.post(where, {"chart_number": "13",
                                       "staff": STAFF}), 409, "CONTRADICTS")
        entry = {"chart_number": meant["chart_number"], "staff": STAFF}
        bound = [desk.must(201, desk.post(where, entry, key="bind-it-once"))
                 for _ in range(2)]
        self.assertEqual(bound[0], bound[1])
        self.assertEqual(bound[0]["state"], "done")
        self.assertEqual(desk.get("/results").json["total"], 0)

    def push(self, person):
        """The official face reader's file, by a terminal of its own."""
        terminal = self.stand.terminal(
            "--req", self.folder("none-req"), "--res", self.folder(
                "none-res"), "--face", self.stand.path("face"),
            "--face-push", person, "--once", "1")
        self.assertEqual(terminal.wait(20), 0)

    def folder(self, name):
        os.makedirs(self.stand.path(name), exist_ok=True)
        return self.stand.path(name)

    # -- clients, passcodes, service ---------------------------------------
    def issue(self):
        got = self.client("admin").must(201, self.client("admin").post(
            "/passcodes", {"length": 12, "days": 1}))
        self.secrets.append(got["passcode"])
        return got["passcode"]

    @walks("passcodes", "passcodeIssue", "passcodeRevoke")
    def test_passcodes(self):
        admin = self.client("admin")
        entry = {"length": 6, "days": 366}
        row = admin.must(201, admin.post("/passcodes", entry,
                                         key="issue-it-once"))["row"]
        self.refused(admin.post("/passcodes", entry, key="issue-it-once"),
                     409, "NOT_NOW")
        for name in ("admin", "desk"):
            rows = self.client(name).get("/passcodes").json["passcodes"]
            self.assertEqual(rows[0], row)
        where = "/passcodes/%s/revocation" % row["id"]
        for key in ("revoke-1", "revoke-1", "revoke-2"):
            got = admin.must(200, admin.post(where, key=key))
            self.assertEqual(got["state"], "revoked")

    @walks("clients", "enrol", "token", "client")
    def test_clients(self):
        admin, desk = self.client("admin"), self.client("desk")
        roles = [c["role"] for c in admin.get("/clients").json["clients"]]
        self.assertEqual(set(roles), set(ROLES))
        seen = desk.get("/clients").json["clients"]
        self.assertEqual({c["role"] for c in seen}, {"kiosk"})
        self.refused(desk.post("/clients/kiosk-b/enrolment"), 403,
                     "NOT_ALLOWED")
        desk.must(201, desk.post("/clients/tablet/enrolment"))
        code = admin.must(201, admin.post("/clients/kiosk-b/enrolment",
                                          key="enrol-it-once"))["code"]
        self.refused(admin.post("/clients/kiosk-b/enrolment",
                                key="enrol-it-once"), 409, "NOT_NOW")
        got = self.stand.nobody.must(201, self.stand.nobody.post(
            "/tokens", {"code": code.lower().replace("-", "")}))
        self.assertEqual(got["client"]["name"], "kiosk-b")
        self.secrets += [got["token"], code]
        self.refused(self.stand.nobody.post("/tokens", {"code": code}), 403,
                     "CODE")
        before = self.client("kiosk-b")
        self.refused(before.get("/client"), 401, "NO_TOKEN")
        before.token = got["token"]
        self.assertEqual(before.get("/client").json, got["client"])

    @walks("fallback")
    def test_what_was_shown_instead(self):
        """DIS-04: by the slip's code and by hand; the last one counts."""
        desk, kiosk = self.client("desk"), self.client("kiosk-a")
        text = self.stand.run(
            "slip", "--consent", "limit", "--staff", STAFF, "--fallback",
            "statement", check=True, stdin="資格　一郎\n19600602\n男\n"
            "東京都\n").stdout
        self.assertIn("被保険者資格申立書", text)
        self.assertEqual(self.stand.run(
            "slip", "--consent", "limit", "--staff", STAFF, "--fallback",
            "card").returncode, 64)
        visit = desk.must(201, desk.post("/slips", {"text": slip_text(
            "資格　一郎", "東京都", STAFF, 19600602, way=4)}))["id"]
        got = desk.read(visit)["fallback"]
        self.assertEqual((got["way"], got["label"]["ja"], got["staff"]),
                         ("statement", "被保険者資格申立書", STAFF))
        for way, label in (("portal", "マイナポータルの資格情報画面"),
                           ("notice", "資格情報のお知らせ"),
                           ("certificate", "資格確認書")):
            got = desk.must(200, desk.post(
                "/visits/%s/fallback" % visit, {"way": way, "staff": "山田"}))
            self.assertEqual((got["fallback"]["way"],
                              got["fallback"]["label"]["ja"],
                              got["fallback"]["staff"]),
                             (way, label, "山田"))
        self.refused(desk.post("/visits/%s/fallback" % visit, {
            "way": "card", "staff": STAFF}), 400, "BAD_REQUEST")
        self.refused(kiosk.post("/visits/%s/fallback" % visit, {
            "way": "portal", "staff": STAFF}), 403, "NOT_ALLOWED")

    @walks("refusedRecords", "slip")
    def test_what_comes_from_outside(self):
        desk = self.client("desk")
        self.assertEqual(desk.must(200, desk.get("/records/refused")),
                         {"total": 0, "refused": []})
        text = slip_text("資格　一郎", "東京都", STAFF, 19600602)
        visit = desk.must(201, desk.post("/slips", {"text": text}))
        self.assertEqual(visit["status"]["word"], desk.read(visit["id"])[
            "status"]["word"])
        self.refused(desk.post("/slips", {"text": text[:-1]}), 409, "SLIP")

    @walks("devices", "deviceInvite", "deviceRename", "deviceRevoke")
    def test_devices(self):
        admin, desk = self.client("admin"), self.client("desk")
        self.assertEqual(desk.get("/devices").json,
                         {"total": 0, "address": "127.0.0.1:%d" %
                          self.stand.link, "devices": []})
        got = desk.must(201, desk.post("/devices", {"name": "home-a"},
                                       key="invite-it-once"))
        self.refused(desk.post("/devices", {"name": "home-a"},
                               key="invite-it-once"), 409, "NOT_NOW")
        row, = admin.get("/devices").json["devices"]
        self.assertEqual((row["name"], row["state"], row["expires_at"]),
                         ("home-a", "invited", got["expires_at"]))
        self.secrets.append(got["text"])
        enrol(self.stand.link, got["text"], self.stand.path("home-a"))
        self.refused(admin.post("/devices", {"name": "home-a"}), 409, "ROW")
        self.refused(admin.post("/devices", {"name": "-a"}), 400)
        for key in ("rename-1", "rename-1"):
            row = desk.must(200, desk.post("/devices/home-a/name", {
                "name": "home-b"}, key=key))
            self.assertEqual((row["name"], row["state"]), ("home-b", "away"))
        desk.must(201, desk.post("/devices", {"name": "home-c"}))
        self.refused(admin.post("/devices/home-a/revocation"), 404,
                     "NO_DEVICE")
        for name in ("home-b", "home-b", "home-c"):
            row = desk.must(200, desk.post("/devices/%s/revocation" % name))
            self.assertEqual((row["name"], row["state"]), (name, "revoked"))
        self.refused(admin.post("/devices/home-b/name", {"name": "home-a"}),
                     404, "NO_DEVICE")
        rows = admin.get("/devices").json["devices"]
        self.assertEqual([r["name"] for r in rows], ["home-b"])

    @walks("health", "client", "readers", "metrics", "events")
    def test_service(self):
        self.assertEqual(set(self.stand.nobody.get("/health").json),
                         {"status"})
        for role in ROLES:
            client = self.client(role)
            self.assertEqual(set(client.get("/health").json), set(
                API.doc["components"]["schemas"]["Health"]["properties"]))
            self.assertEqual(client.get("/client").json["role"], role)
            self.assertEqual(client.get("/events").status, 200)
        readers = [r["client"] for r in self.client("desk").get(
            "/readers").json["readers"]]
        self.assertIn("tablet", readers)
        own = self.kiosk.get("/readers").json["readers"]
        self.assertEqual([r["client"] for r in own], ["kiosk-a"])
        text = self.client("monitor").get("/metrics").body.decode()
        for line in text.splitlines():
            self.assertRegex(line, r'^(# TYPE shikaku_\w+ (counter|gauge)|'
                             r'shikaku_\w+(\{\w+="[\w-]+"(,\w+="[\w-]+")*\})?'
                             r' \d+)$')
        self.assertIn('shikaku_requests_total{status="4xx"}', text)

    @walks("cancel", wants=("card",))
    def test_events(self):
        valid = API.validator(API.schema(
            {"$ref": "#/components/schemas/Event"}))
        streams = {name: self.client(name).events()
                   for name in ("kiosk-a", "kiosk-b", "desk", "monitor")}
        for stream in streams.values():
            self.addCleanup(stream.close)
        visit = self.kiosk.visit()
        self.look(visit, "card")
        self.kiosk.do(visit, "cancellation")
        self.ended(visit, "cancelled")
        for name in ("kiosk-a", "desk", "monitor"):
            seen = streams[name].until(lambda e: e[2].get("state") ==
                                       "cancelled")
            for _, kind, data in seen:
                valid.validate(data)
                self.assertIn(kind, ("visit", "reader", "alarm"))
            self.assertIn((visit, "card"), [(d.get("visit"), d.get("wants"))
                                            for _, _, d in seen])
        streams["kiosk-b"].close()
        rest = list(streams["kiosk-b"].queue.queue)
        self.assertEqual(rest, [None])

    @walks("visit", "visits")
    def test_every_state_of_the_store(self):
        """What a record may hold is as described, for everybody."""
        # A visit that ended may not have let go of the reader yet.
        visit = wait_until("a free reader", lambda: (self.kiosk.post(
            "/visits", {"mode": "pin"}).json or {}).get("id"))
        self.kiosk.do(visit, "cancellation")
        self.ended(visit, "cancelled")
        # Until its session is gone it is told from there, not the store.
        desk = self.client("desk")
        wait_until("the end of the sessions", lambda: desk.must(
            200, desk.get("/health"))["live_visits"] == 0)
        schemas = API.doc["components"]["schemas"]
        states = schemas["Visit"]["properties"]["state"]["enum"]
        outcomes = [None] + list("123456") + ["NO_MATCH", "REFUSED",
                                              "TIMEOUT", "OTHER_PERSON"]
        words = set()
        db = sqlite3.connect(self.stand.path("shikaku.db"), timeout=20)
        self.addCleanup(db.close)
        db.execute("PRAGMA synchronous = OFF")
        for state in states:
            for outcome in outcomes:
                with self.subTest(state=state, outcome=outcome), db:
                    db.execute("UPDATE visit SET state = ?, outcome = ?, "
                               "chart_number = '13' WHERE id = ?",
                               (state, outcome, visit))
                v = self.kiosk.read(visit)
                self.assertEqual((v["state"], v["patient"]), (state, None))
                self.assertEqual(self.client("desk").read(visit)["patient"][
                    "chart_number"], "13")
                words.add(v["status"]["word"])
        self.client("desk").must(200, self.client("desk").get("/visits"))
        with db:
            db.execute("UPDATE visit SET state = 'cancelled', outcome = "
                       "'CANCELLED' WHERE id = ?", (visit,))
        self.assertEqual(words, set(schemas["Status"]["properties"]["word"][
            "enum"]))


class Whole(unittest.TestCase):
    """Nothing of the description is left out above."""

    def test_every_operation_is_walked(self):
        # The others are walked by openapi_ledger_test.
        ids = {op.id for op in API.operations if op.tag in (
            "visit", "desk", "service", "admin")}
        walked = set()
        for _, method in inspect.getmembers(Success, inspect.isfunction):
            walked |= set(getattr(method, "covers", ()))
        self.assertEqual(walked, ids)

    def test_every_want_is_walked(self):
        wants = set(API.doc["components"]["schemas"]["Wants"]["enum"])
        walked = set()
        for _, method in inspect.getmembers(Success, inspect.isfunction):
            walked |= set(getattr(method, "wants", ()))
        self.assertEqual(walked, wants - {None})


if __name__ == "__main__":
    unittest.main()
