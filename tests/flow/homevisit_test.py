"""Home visits without a network: tickets beforehand, a visit in PIN or visual
mode with no agent in reach, and its record at the desk afterwards, once."""

import base64
import json
import os
import subprocess
import unittest

from agent import NUMBER_B
from homevisit import STAFF, HomeStand


class HomeCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = HomeStand()
        cls.addClassCleanup(cls.stand.close)
        cls.folder = cls.stand.enrol("tablet-1")

    def tearDown(self):
        self.stand.stop_all_cards()

    def visits(self):
        rows = self.stand.clients["desk"].get("/visits").json["visits"]
        return {v["id"]: v for v in rows if v["mode"] == "home"}

    def queue(self, folder=None):
        return self.stand.must(folder or self.folder, "queue")


class Visits(HomeCase):
    def test_pin(self):
        """Offline from consent to record; the agent then names no patient."""
        stand = self.stand
        got = stand.must(self.folder, "tickets", "--count", "3")
        self.assertGreaterEqual(got["usable"], 3)
        stand.card("p03")
        stand.kill_agent()
        made = stand.visit(self.folder)
        self.assertEqual(made.returncode, 0, made.stderr)
        visit = json.loads(made.stdout)
        self.assertTrue(visit["attributes"])
        self.assertEqual(stand.count()["verify"]["0018"], 1)
        self.assertEqual(len(self.queue()["waiting"]), 1)
        self.assertNotEqual(stand.device(self.folder, "deliver").returncode,
                            0)
        self.assertEqual(len(self.queue()["waiting"]), 1)
        stand.start_agent()
        self.assertEqual(stand.must(self.folder, "deliver"),
                         {"filed": 1, "known": 0, "refused": 0})
        self.assertEqual(self.queue(), {"waiting": [], "refused": []})
        row = self.visits()[visit["visit"]]
        self.assertEqual((row["state"], row["method"], row["purpose"]),
                         ("unmatched", "pin", "home_visit"))
        full = stand.clients["desk"].get("/visits/" + visit["visit"]).json
        self.assertEqual(full["staff"], STAFF)
        self.assertEqual(full["identity"]["attributes"]["name"],
                         "資格　一郎")
        self.assertIn("holder knows the PIN", full["identity"]["proven"])
        self.assertTrue(full["consent"]["drug"])

    def test_visual(self):
        stand = self.stand
        stand.must(self.folder, "tickets", "--count", "1")
        stand.card("p03")
        made = stand.visit(self.folder, "--visual", "illness", "--compared",
                           stdin=NUMBER_B["p03"] + "\n")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertEqual(stand.count()["verify"].get("0018", 0), 0)
        self.assertEqual(stand.must(self.folder, "deliver")["filed"], 1)
        visit = json.loads(made.stdout)["visit"]
        full = stand.clients["desk"].get("/visits/" + visit).json
        self.assertEqual((full["method"], full["reason"]),
                         ("visual", "illness"))
        self.assertEqual(full["identity"]["proven"], [
            "genuine card present", "card face signed by its issuer",
            "person resembles the photograph"])

    def test_the_desk_names_the_patient(self):
        stand = self.stand
        stand.must(self.folder, "tickets", "--count", "1")
        stand.card("p03")
        visit = json.loads(stand.visit(self.folder).stdout)["visit"]
        stand.must(self.folder, "deliver")
        desk = stand.clients["desk"]
        name = {"chart_number": "00002", "staff": "受付"}
        charts = stand.ask_store("SELECT chart_number, name FROM patient")
        mine = next(c for c, n in charts if n.replace(" ", "　") ==
                    "資格　一郎")
        other = next(c for c, n in charts if "髙子" in n)
        name["chart_number"] = other
        self.assertEqual(desk.post("/visits/%s/patient" % visit, name).code,
                         "CONTRADICTS")
        name["chart_number"] = mine
        got = desk.post("/visits/%s/patient" % visit, name)
        self.assertEqual(got.status, 200, got.body)

    def test_nothing_readable_lies_on_the_device(self):
        """Neither PIN nor anything of the person in any file of it."""
        stand = self.stand
        stand.must(self.folder, "tickets", "--count", "1")
        stand.card("p03")
        self.assertEqual(stand.visit(self.folder).returncode, 0)
        for place, _, names in os.walk(self.folder):
            self.assertEqual(os.stat(place).st_mode & 0o077 if
                             "trust" not in place else 0, 0, place)
            for name in names:
                with open(os.path.join(place, name), "rb") as f:
                    data = f.read()
                for what in ("資格", "永田町", "19600602", STAFF, "1234"):
                    for form in (what.encode(), base64.b64encode(
                            what.encode()).strip(b"=")):
                        if name.endswith((".cer", ".cardca")):
                            continue
                        if len(form) > 6:
                            self.assertNotIn(form, data, name)
        stand.must(self.folder, "deliver")

    def test_openssl_opens_it_too(self):
        """An independent judge of the seal: decrypted and verified by the
        openssl command with the agent's key."""
        stand = self.stand
        stand.must(self.folder, "tickets", "--count", "1")
        stand.card("p03")
        visit = json.loads(stand.visit(self.folder).stdout)["visit"]
        name = self.queue()["waiting"][-1]
        message, record = stand.path("message.der"), stand.path("record")
        subprocess.run(["openssl", "cms", "-decrypt", "-inform", "DER", "-in",
                        os.path.join(self.folder, "queue", name), "-inkey",
                        stand.path("devices", "seal.key"), "-recip",
                        stand.path("devices", "seal.crt"), "-out", message],
                       check=True, capture_output=True)
        subprocess.run(["openssl", "cms", "-verify", "-inform", "DER", "-in",
                        message, "-CAfile", stand.path("devices", "ca.crt"),
                        "-purpose", "any", "-out", record], check=True,
                       capture_output=True)
        with open(record, encoding="utf-8") as f:
            got = json.load(f)
        self.assertEqual(sorted(got), ["id", "proof", "statement", "ticket",
                                       "version"])
        self.assertEqual(got["id"], visit)
        said = json.loads(base64.b64decode(got["statement"]))
        self.assertEqual(said["attributes"]["name"], "資格　一郎")
        self.assertNotIn("serial", json.dumps(said))
        stand.must(self.folder, "deliver")


class Refusals(HomeCase):
    def test_no_ticket_no_question(self):
        folder = self.stand.enrol("tablet-none")
        got = self.stand.visit(folder)
        self.assertEqual(got.returncode, 78, got.stderr)
        self.assertNotIn("残り回数", got.stderr)

    def test_a_wrong_pin_makes_no_record(self):
        stand = self.stand
        before = stand.must(self.folder, "tickets", "--count", "1")["usable"]
        stand.card("p03")
        got = stand.visit(self.folder, stdin="9999\n")
        self.assertNotEqual(got.returncode, 0)
        self.assertEqual(stand.count()["verify"]["0018"], 1)
        self.assertEqual(self.queue()["waiting"], [])
        self.assertEqual(stand.must(self.folder, "tickets", "--count", "0")
                         ["usable"], before)

    def test_what_is_refused_is_shown_on_both_sides(self):
        """Records that are altered, or another device's: kept apart there,
        with the reason at the desk."""
        stand = self.stand
        other = stand.enrol("tablet-2")
        stand.must(self.folder, "tickets", "--count", "1")
        stand.card("p03")
        self.assertEqual(stand.visit(self.folder).returncode, 0)
        name = self.queue()["waiting"][0]
        with open(os.path.join(self.folder, "queue", name), "rb") as f:
            sealed = f.read()
        self.assertEqual(self.queue(other)["waiting"], [])
        for copy, data in (("1-a.rec", sealed), ("2-b.rec", b"garbage")):
            path = os.path.join(other, "queue", copy)
            with open(path, "wb") as f:
                f.write(data)
            os.chmod(path, 0o600)
        self.assertEqual(stand.must(other, "deliver"),
                         {"filed": 0, "known": 0, "refused": 2})
        self.assertEqual([r["why"] for r in self.queue(other)["refused"]],
                         ["RECORD_ALTERED", "RECORD_ALTERED"])
        rows = stand.clients["desk"].get("/records/refused").json
        self.assertEqual(rows["total"], 2)
        self.assertEqual({(r["device"], r["why"]["code"]) for r in
                          rows["refused"]}, {("tablet-2", "RECORD_ALTERED")})
        said = json.loads(stand.run("visits", "refused", "--json",
                                    check=True).stdout)
        self.assertEqual(len(said["refused"]), 2)
        # Its own device's is taken all the same, and a copy of it is known.
        self.assertEqual(stand.must(self.folder, "deliver")["filed"], 1)
        path = os.path.join(self.folder, "queue", name)
        with open(path, "wb") as f:
            f.write(sealed)
        os.chmod(path, 0o600)
        self.assertEqual(stand.must(self.folder, "deliver"),
                         {"filed": 0, "known": 1, "refused": 0})

    def test_revoked(self):
        stand = self.stand
        folder = stand.enrol("tablet-3")
        stand.must(folder, "tickets", "--count", "1")
        stand.card("p03")
        self.assertEqual(stand.visit(folder).returncode, 0)
        stand.run("devices", "revoke", "tablet-3", check=True)
        got = stand.device(folder, "deliver")
        self.assertEqual(got.returncode, 77, got.stderr)
        self.assertEqual(len(self.queue(folder)["waiting"]), 1,
                         "not thrown away")


if __name__ == "__main__":
    unittest.main()
