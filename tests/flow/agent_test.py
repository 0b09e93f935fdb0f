"""The agent end to end: real pcscd, fake card, fake terminal, HTTP."""

import os
import unittest

from agent import AgentStand, NUMBER_B
from stand import INSTITUTION, READER, SRC, StandCase, wait_until


class AgentCase(StandCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = AgentStand(cls.readers, cls.settings)
        cls.addClassCleanup(cls.stand.close)


class Pin(AgentCase):
    def test_whole_visit(self):
        s = self.stand
        s.card()
        s.terminal()
        s.agent()
        kiosk = s.ready()
        shown = kiosk.whole(kiosk.visit())
        self.assertEqual(shown["status"]["word"], "valid")
        self.assertEqual(shown["patient"]["name"], "資格　一郎")
        self.assertEqual(s.count()["verify"]["0018"], 1)


class NextPerson(AgentCase):
    def test_a_slow_terminal_holds_nobody(self):
        """The kiosk turns to the next person while the terminal thinks; what
        it left ends by itself and is never shown there."""
        s = self.stand
        s.card()
        s.agent()
        kiosk = s.ready()
        first = kiosk.visit()
        self.assertEqual(kiosk.post("/visits", {"mode": "pin"}).code,
                         "READER_BUSY")
        kiosk.enter(first)
        kiosk.agree(first)
        kiosk.until(first, "requested")
        s.ready()
        second = kiosk.visit()
        kiosk.until(second, "pin")
        s.terminal()
        desk = s.clients["desk"]
        wait_until("the first one's end", lambda: desk.read(first)["state"]
                   == "done")
        seen = kiosk.read(first)
        self.assertEqual((seen["patient"], seen["result"]), (None, None))
        self.assertEqual(desk.read(first)["status"]["word"], "valid")
        kiosk.whole(second)


class Face(AgentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stand.face_key("kiosk-a")

    def start(self, card="p03", **ask):
        s = self.stand
        s.card(card)
        s.terminal()
        s.agent()
        kiosk = s.ready()
        return kiosk, kiosk.visit(mode="face", **ask)

    def test_genuine_card_and_evidence(self):
        kiosk, visit = self.start()
        kiosk.face(visit, NUMBER_B["p03"])
        kiosk.agree(visit)
        shown = kiosk.until(visit, "closing")
        self.assertEqual(shown["status"]["word"], "valid")
        self.assertEqual(shown["patient"]["name"], "資格　一郎")
        identity = self.stand.clients["desk"].read(visit)["identity"]
        self.assertEqual(identity["surface"]["verdict"], "genuine")
        self.assertEqual(identity["comparison"]["by"], "kiosk engine")
        self.assertIn("holder knows the PIN", identity["not_proven"])
        self.assertIn("genuine card present", identity["proven"])
        kiosk.do(visit, "closing")
        count = self.stand.count()
        self.assertEqual(count["verify"].get("0018", 0), 0)
        self.assertEqual(count["verify"]["surface.0012"], 1)
        self.assertEqual(count["verify"]["0015"], 1)
        self.assertEqual(count["forbidden"], 0)
        self.assertEqual(count["sign"], 1)


class Visual(AgentCase):
    def test_passcode_number_attestation(self):
        s = self.stand
        code = s.passcode()
        s.card()
        s.terminal()
        s.agent()
        kiosk = s.ready()
        ask = {"passcode": code, "reason": "disability", "staff": "受付01"}
        # The button is there only after a restart of this kiosk.
        got = kiosk.post("/visits", dict(ask, mode="visual"))
        self.assertEqual((got.status, got.code), (503, "NO_PASSCODE"))
        self.assertFalse(kiosk.get("/client").json["staff_button"])
        self.assertTrue(kiosk.post("/client/start").json["staff_button"])
        visit = kiosk.visit(mode="visual", **ask)
        kiosk.until(visit, "number_b")
        kiosk.do(visit, "number-b", {"number": NUMBER_B["p03"]})
        kiosk.until(visit, "attestation")
        self.assertEqual(kiosk.get("/visits/%s/photo" % visit).status, 200)
        kiosk.do(visit, "attestation", {"same_person": True})
        kiosk.agree(visit)
        shown = kiosk.until(visit, "closing")
        self.assertEqual(shown["status"]["word"], "valid")
        desk = s.clients["desk"].read(visit)
        self.assertEqual((desk["reason"], desk["staff"]), (
            "disability", "受付01"))
        self.assertEqual(desk["identity"]["comparison"]["by"], "staff")
        kiosk.do(visit, "closing")


class Home(AgentCase):
    def test_unlocked_device(self):
        s = self.stand
        code = s.passcode()
        tablet = s.add_client("tablet-1", "kiosk", "--home", "--reader",
                              READER % "A")
        s.card()
        s.terminal()
        s.agent()
        s.ready("tablet-1")
        got = tablet.post("/visits", {"mode": "home"})
        self.assertEqual(got.code, "NOT_UNLOCKED")
        unlocked = tablet.must(200, tablet.post("/client/unlock", {
            "passcode": code, "purpose": "home_visit", "staff": "看護01"}))
        self.assertEqual(unlocked["purpose"], "home_visit")
        shown = tablet.whole(tablet.visit(mode="home"))
        self.assertEqual(shown["purpose"], "home_visit")
        self.assertEqual(shown["status"]["word"], "valid")
        self.assertFalse(tablet.must(200, tablet.post(
            "/client/lock"))["unlocked"])
        self.assertEqual(tablet.post("/visits", {"mode": "home"}).code,
                         "NOT_UNLOCKED")


class Official(AgentCase):
    """An official face reader does it all: its file is bound to the visit
    that was armed for this patient, never just to the next one."""
    settings = {"face": {"folder": "face"}}

    def push(self, person):
        s = self.stand
        proc = s.start("/usr/bin/python3", "-B", os.path.join(
            SRC, "tests", "lib", "fake_terminal.py"), "--req", s.path("req"),
            "--res", s.path("res"), "--face", s.path("face"),
            "--institution", INSTITUTION, "--face-push", person, "--once",
            "1", "--max-seconds", "20")
        proc.wait(20)
        s.procs.remove(proc)

    def arm(self, chart):
        s = self.stand
        s.agent()
        s.ready()
        desk = s.clients["desk"]
        return desk, desk.visit(mode="face", official=True, at="kiosk-a",
                                chart_number=chart)

    def test_bound_to_its_patient(self):
        desk, visit = self.arm("13")
        self.push("P03")
        shown = desk.until(visit, "closing")
        self.assertEqual(shown["patient"]["chart_number"], "13")
        self.assertEqual(shown["status"]["word"], "valid")
        self.assertEqual(shown["identity"]["comparison"]["by"],
                         "official face reader")
        self.assertNotEqual(shown["consent"]["confirmed_at"], None)
        desk.do(visit, "closing")
        self.assertEqual(desk.get("/results").json["total"], 0)

    def test_another_patients_file_goes_to_the_desk(self):
        desk, visit = self.arm("13")
        self.push("P05")
        row = wait_until("the result at the desk", lambda: desk.get(
            "/results").json["results"])[0]
        self.assertEqual(desk.read(visit)["wants"], "face_file")
        self.assertEqual([c["name"] for c in row["candidates"]],
                         ["資格　五郎"])
        chart = row["candidates"][0]["chart_number"]
        path = "/results/%s/patient" % row["result"]
        wrong = desk.post(path, {"chart_number": "13", "staff": "受付01"})
        self.assertEqual((wrong.status, wrong.code), (409, "CONTRADICTS"))
        bound = desk.must(201, desk.post(path, {
            "chart_number": chart, "staff": "受付01"}))
        self.assertEqual(bound["patient"]["name"], "資格　五郎")
        self.assertEqual(bound["state"], "done")
        self.assertEqual(desk.get("/results").json["total"], 0)
        desk.do(visit, "cancellation")


if __name__ == "__main__":
    unittest.main()
