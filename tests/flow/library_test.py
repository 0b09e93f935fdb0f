"""The client library against the real agent: the example kiosk, which is
nobody but the library's user, over the unix socket."""

import os
import subprocess
import unittest

from agent import AgentStand, NUMBER_B
from stand import PIN, StandCase, program


class Library(StandCase):
    settings = {"api": {"socket": "agent.sock"}}

    @classmethod
    def setUpClass(cls):
        cls.stand = AgentStand(cls.readers, cls.settings)
        cls.addClassCleanup(cls.stand.close)
        cls.stand.face_key("kiosk-a")
        cls.private("number", NUMBER_B["p03"] + "\n")

    @classmethod
    def private(cls, name, text):
        fd = os.open(cls.stand.path(name), os.O_WRONLY | os.O_CREAT |
                     os.O_TRUNC, 0o600)
        with os.fdopen(fd, "w", encoding="ascii") as f:
            f.write(text)

    def kiosk(self, *options, pin="", card=True):
        s = self.stand
        if card:
            s.card()
        s.terminal()
        s.agent()
        s.ready()
        got = subprocess.run(
            [program("kiosk-example"), "--socket", s.path("agent.sock"),
             "--token-file", s.path("kiosk-a.token"), *options],
            env=s.env, cwd=s.dir, input=pin, text=True, capture_output=True,
            timeout=90, check=False)
        said = got.stdout + got.stderr
        for secret in (NUMBER_B["p03"], s.clients["kiosk-a"].token, "資格"):
            self.assertNotIn(secret, said)
        return got.returncode, said

    def face(self, *options, key="kiosk-a.key"):
        return self.kiosk("--mode", "face", "--key", self.stand.path(key),
                          "--number-b-file", self.stand.path("number"),
                          *options)

    def last(self):
        desk = self.stand.clients["desk"]
        row = desk.must(200, desk.get("/visits"))["visits"][0]
        return desk.read(row["id"])

    def test_face_with_consent(self):
        code, said = self.face("--consent", "all")
        self.assertEqual(code, 0, said)
        self.assertIn("compared with nothing", said)
        self.assertIn("outcome: 1", said)
        visit = self.last()
        self.assertEqual((visit["mode"], visit["state"]), ("face", "done"))
        self.assertEqual(visit["status"]["word"], "valid")
        self.assertTrue(visit["consent"]["operation"])
        count = self.stand.count()
        self.assertEqual(count["verify"]["surface.0012"], 1)
        self.assertEqual(count["verify"].get("0018", 0), 0)
        self.assertEqual(count["forbidden"], 0)

    def test_face_without_consent(self):
        code, said = self.face("--consent", "none")
        self.assertEqual(code, 0, said)
        consent = self.last()["consent"]
        for item in ("limit", "disease", "checkup", "drug", "diagnosis",
                     "operation"):
            self.assertFalse(consent[item], item)

    def test_face_of_an_unknown_key(self):
        other = self.stand.path("other.key")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519",
                        "-out", other], check=True)
        code, said = self.face(key="other.key")
        self.assertEqual(code, 1, said)
        self.assertIn("compared with nothing", said)
        self.assertNotIn("BAD_REQUEST", said)
        self.assertNotIn("outcome", said)
        self.assertIn(self.last()["state"], ("refused", "cancelled"))

    def test_number_of_another_card(self):
        self.private("number", "01010120300000\n")
        self.addCleanup(self.private, "number", NUMBER_B["p03"] + "\n")
        code, said = self.face()
        self.assertEqual(code, 1, said)
        self.assertEqual(self.stand.count()["verify"]["surface.0012"], 1)

    def test_pin(self):
        code, said = self.kiosk("--mode", "pin", "--pin-stdin",
                                "--consent", "all", pin=PIN + "\n")
        self.assertEqual(code, 0, said)
        self.assertIn("outcome: 1", said)
        self.assertEqual(self.stand.count()["verify"]["0018"], 1)

    def test_wrong_pin_is_one_try(self):
        code, said = self.kiosk("--mode", "pin", "--pin-stdin",
                                pin="9999\n9999\n")
        self.assertEqual(code, 1, said)
        self.assertEqual(self.stand.count()["verify"]["0018"], 1)
        self.assertEqual(self.last()["state"], "cancelled")

    def test_no_card(self):
        code, said = self.kiosk("--mode", "pin", "--pin-stdin",
                                pin=PIN + "\n", card=False)
        self.assertEqual(code, 1, said)
        self.assertIn("place the card", said)


if __name__ == "__main__":
    unittest.main()
