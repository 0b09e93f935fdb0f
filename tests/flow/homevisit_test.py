"""Home visits without a network: tickets beforehand, a visit in PIN or visual
mode with no agent in reach, and its record at the desk afterwards, once."""

import base64
import json
import os
import subprocess
import unittest

from agent import NUMBER_B
from homevisit import STAFF, HomeStand, slip_text
from stand import BIN, PIN, READER
from tty_test import Screen


STAND = []


def setUpModule():
    """One stand for all; each class has a device of its own."""
    STAND.append(HomeStand())
    unittest.addModuleCleanup(STAND[0].close)


class HomeCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = STAND[0]
        cls.folder = cls.stand.enrol("of-" + cls.__name__.lower())

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
        self.assertEqual(row["filed"]["device"],
                         "of-visits")
        full = stand.clients["desk"].get("/visits/" + visit["visit"]).json
        self.assertEqual(full["staff"], STAFF)
        self.assertEqual(full["identity"]["attributes"]["name"],
                         "資格　一郎")
        self.assertEqual(full["identity"]["proven"], [])
        self.assertIn("holder knows the PIN",
                      full["identity"]["judged_by_device"])
        self.assertTrue(full["consent"]["drug"])

    def test_visual(self):
        stand = self.stand
        stand.must(self.folder, "tickets", "--count", "1")
        stand.card("p03")
        made = stand.visit(self.folder, "--visual", "illness", "--compared",
                           stdin=NUMBER_B["p03"] + "\n")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertEqual(stand.count()["verify"].get("0018", 0), 0)
        for args, said in ((["illness"], "--compared is missing"),
                           (["foo", "--compared"], "illness or machine")):
            got = stand.visit(self.folder, "--visual", *args)
            self.assertEqual(got.returncode, 64, got.stderr)
            self.assertIn(said, got.stderr)
        self.assertEqual(stand.must(self.folder, "deliver")["filed"], 1)
        visit = json.loads(made.stdout)["visit"]
        full = stand.clients["desk"].get("/visits/" + visit).json
        self.assertEqual((full["method"], full["reason"]),
                         ("visual", "illness"))
        self.assertEqual(full["identity"]["proven"], [])
        self.assertEqual(full["identity"]["judged_by_device"], [
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
        stand.terminal()
        got = desk.post("/visits/%s/patient" % visit, name)
        self.assertEqual(got.status, 200, got.body)
        desk.until(visit, "closing")
        desk.do(visit, "closing")
        done = desk.until(visit, "done")
        self.assertEqual((done["outcome"], done["patient"]["chart_number"]),
                         ("1", mine))

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


class AtTheTerminal(HomeCase):
    """A person and a member of the staff at the device itself."""

    def screen(self, *args):
        screen = Screen(self.stand, READER % "A", argv=(
            "shikaku-reader", "visit", "--folder", self.folder, "--test",
            *args))
        self.addCleanup(screen.leave)
        return screen

    def consent(self, screen, answers):
        for yes in answers:
            screen.expect(r"Consent to: [^?]*\? \[y/N\] ")
            screen.type("y\n" if yes else "\n")
        return screen.expect(r"Register this consent\? \[y/N\] ")

    def test_staff_consent_pin(self):
        stand = self.stand
        stand.must(self.folder, "tickets", "--count", "1")
        stand.card("p03")
        screen = self.screen()
        screen.expect("Member of the staff: ")
        screen.type("\x08x\n")     # no text: asked again
        screen.expect("Member of the staff: ")
        screen.type(STAFF + "\n")
        self.consent(screen, [False] * 6)
        screen.type("\n")           # no: from the beginning
        said = self.consent(screen, [True, False, False, True, False, False])
        self.assertIn("drug information: yes", said)
        screen.type("y\n")
        screen.expect("PIN tries left: 3")
        screen.expect(r"PIN \(4 digits\): ")
        screen.type("12\n")
        screen.expect(r"PIN \(4 digits\): ")
        screen.type("9999\n")
        said = screen.expect("PIN tries left: 2")
        self.assertIn("does not match", said)
        screen.expect(r"PIN \(4 digits\): ")
        screen.type(PIN + "\n")
        code, said = screen.end()
        self.assertEqual(code, 0, said)
        self.assertIn("shikaku-reader deliver --folder " + self.folder, said)
        self.assertNotIn(PIN, said)
        self.assertEqual(stand.count()["verify"]["0018"], 2)
        self.assertEqual(stand.must(self.folder, "deliver")["filed"], 1)
        consent, staff = stand.ask_store(
            "SELECT consent, staff FROM visit ORDER BY started_at DESC")[0]
        self.assertEqual(staff, STAFF)
        self.assertEqual([k for k, v in json.loads(consent).items()
                          if v is True], ["limit", "drug"])

    def test_giving_up_leaves_nothing(self):
        stand = self.stand
        before = stand.must(self.folder, "tickets", "--count", "1")["usable"]
        stand.card("p03")
        screen = self.screen("--staff", STAFF, "--consent", "all")
        screen.expect(r"PIN \(4 digits\): ")
        screen.type("\x03")
        code, said = screen.end()
        self.assertEqual(code, 1, said)
        self.assertEqual(self.queue()["waiting"], [])
        self.assertEqual(stand.count()["verify"].get("0018", 0), 0)
        self.assertEqual(stand.must(self.folder, "tickets", "--count", "0")
                         ["usable"], before)


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
        self.assertIn("records that stay here: 1", got.stderr)
        self.assertIn("records that stay here: 1",
                      stand.device(folder, "queue").stderr)
        self.assertEqual(len(self.queue(folder)["waiting"]), 1,
                         "not thrown away")


class Slips(HomeCase):
    def code(self, *args, program="shikaku-reader"):
        """A slip's page, and the text of its code as a scanner would type."""
        lines = "資格　一郎\n昭和35年6月2日\n男\n東京都千代田区永田町1-99-99\n"
        if program == "shikaku":
            got = self.stand.run("slip", "--consent", "drug", "--staff",
                                 STAFF, *args, stdin=lines)
        else:
            got = subprocess.run(
                [os.path.join(BIN, program), "slip", "--consent", "all",
                 "--staff", STAFF, *args], input=lines, text=True,
                env=self.stand.env, capture_output=True, check=False)
        self.assertEqual(got.returncode, 0, got.stderr)
        return got.stdout

    def test_the_page_by_both_programs(self):
        for name in ("shikaku", "shikaku-reader"):
            page = self.code(program=name)
            for what in ("資格　一郎", "1960-06-02", "永田町", STAFF, "<svg"):
                self.assertIn(what, page)

    def test_a_wrong_line_is_named(self):
        good = ["資格　一郎", "19600602", "1", "東京都千代田区", STAFF]
        for n, wrong in ((1, ""), (2, "tomorrow"), (3, "x"), (3, "F"),
                         (4, ""), (5, "")):
            lines = good[:n - 1] + [wrong] + good[n:]
            got = self.stand.run("slip", "--consent", "drug",
                                 stdin="\n".join(lines) + "\n")
            self.assertEqual((got.returncode, got.stdout), (70, ""))
            self.assertIn("line %d: " % n, got.stderr)

    def test_filed_once_and_nothing_is_proven(self):
        desk = self.stand.clients["desk"]
        text = slip_text("資格　一郎", "東京都千代田区", STAFF, 19600602)
        first = desk.post("/slips", {"text": " " + text})
        self.assertEqual(first.status, 201, first.body)
        visit = first.json
        self.assertEqual((visit["mode"], visit["method"], visit["state"]),
                         ("slip", "slip", "unmatched"))
        self.assertEqual(visit["identity"]["proven"], [])
        self.assertIsNone(visit["filed"]["device"])
        self.assertEqual(visit["identity"]["attributes"]["name"],
                         "資格　一郎")
        self.assertTrue(visit["consent"]["drug"])
        again = desk.post("/slips", {"text": text.lower()})
        self.assertEqual((again.status, again.json["id"]),
                         (200, visit["id"]))
        rows = self.stand.ask_store(
            "SELECT COUNT(*) FROM visit WHERE mode = 'slip' AND id = ?",
            visit["id"])
        self.assertEqual(rows[0][0], 1)

    def test_misread_or_changed(self):
        desk = self.stand.clients["desk"]
        text = slip_text("扶助 七郎", "北海道", STAFF, 19700725)
        self.assertEqual(desk.post("/slips", {"text": text[:-8]}).code,
                         "SLIP")
        self.assertEqual(desk.post("/slips", {"text": "4901234567894"}).code,
                         "SLIP")
        self.assertEqual(desk.post("/slips", {"text": text}).status, 201)
        other = slip_text("扶助 九郎", "北海道", STAFF, 19700725,
                          ident=text)
        self.assertEqual(desk.post("/slips", {"text": other}).code, "SLIP")


if __name__ == "__main__":
    unittest.main()
