"""Readers that do not do as they should, recorded from an agent that runs,
without what is personal, and played again."""

import glob
import os
import re
import signal
import subprocess
import unittest

from agent import NUMBER_B, AgentStand
from stand import PIN, free_port, program, wait_until

# Exit codes of host/cli/exit.h.
VALID, CARD, DATA, SETUP, USAGE = 0, 51, 70, 78, 64
WINDOW = 6      # bytes of a card's file that must not be found again


def lives(recording):
    """A process of the reader's begins with its line."""
    with open(recording, encoding="ascii") as f:
        return re.split(r"(?m)^(?=# shikaku-reader )", f.read())[1:]


def payload(recording):
    """The bytes of commands and answers, as hex without blanks, by line."""
    with open(recording, encoding="ascii") as f:
        return [re.sub(r"~\d+|[^0-9A-F]", "", line.split("\t")[0])
                for line in f if line[0] in "<>"]


class RecordCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = AgentStand(conf={
            "reader": {"extended": "yes"},
            "alias": {"home": "device:home-1"}})
        cls.addClassCleanup(cls.stand.close)
        cls.port = free_port()
        cls.stand.env["PORT_X"] = str(cls.port)
        cls.stand.add_client("kiosk-x", "kiosk", "--reader",
                             "vpcd:ext,%d" % cls.port)
        cls.stand.face_key("kiosk-a")
        for name, reader in (("kiosk-d", "device:home-1"),
                             ("kiosk-e", "alias:home")):
            cls.stand.add_client(name, "kiosk", "--reader", reader)

    def setUp(self):
        self.stand.terminal()
        self.stand.agent()

    def tearDown(self):
        self.stand.stop_all()
        self.assertEqual(self.stand.violations(forget=True), "")

    # -- parts -----------------------------------------------------------
    def record(self, name, *args):
        """The command, once it said that the agent took it up."""
        out = self.stand.path("%s-%s.rec" % (name, self.id()))
        proc = self.stand.start(
            program("shikaku"), "readers", "record", name, "--config",
            self.stand.path("shikaku.conf"), "--out", out, "--minutes", "5",
            *args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return proc, out

    def begun(self, *procs):
        for proc in procs:
            self.assertIn("recording the reader", proc.stderr.readline())
            self.assertIn("it has begun", proc.stderr.readline())

    def finish(self, proc):
        proc.send_signal(signal.SIGINT)
        out, said = proc.communicate(timeout=20)
        self.stand.procs.remove(proc)
        self.assertEqual(proc.returncode, VALID, said)
        return out

    def dialling_card(self, *args):
        return self.stand.start(
            program("fake-card"), "--card", os.path.join(
                self.stand.pki, "cards", "p03"), "--port", str(self.port),
            *args)

    def ended(self, kiosk, visit, code):
        v = wait_until("the visit ends", lambda: next((
            v for v in [kiosk.read(visit)] if v["state"] in (
                "refused", "cancelled")), None))
        self.assertEqual(v["error"]["code"], code)

    def check(self, reader):
        code, visit, said = self.stand.check("--reader", reader)
        return code, (visit["error"] or {}).get("code"), visit, said

    def write(self, name, text):
        path = self.stand.path(name)
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        return path

    # -- tests -----------------------------------------------------------
    def test_broken_readers(self):
        s = self.stand
        kiosk, other = s.ready(), s.ready("kiosk-x")
        rec_a, out_a = self.record("kiosk-a")
        rec_x, out_x = self.record("kiosk-x", "--json")
        self.begun(rec_a, rec_x)

        # A reader that loses its card at the 7th command.
        card = s.card("p03", "pull_at=7")
        visit = kiosk.visit()
        self.ended(kiosk, visit, "NO_CARD")
        s.stop(card)
        # One that says of itself that it takes extended commands.
        card = self.dialling_card("extended=1", "sw_at=4=6700")
        visit = other.visit()
        self.ended(other, visit, "SW")
        s.stop(card)
        # One that stops at the signature, after the PIN.
        card = self.dialling_card("extended=1", "sw_at=9=6f00")
        visit = other.visit()
        other.enter(visit)
        self.ended(other, visit, "CARD_MUTE")
        s.stop(card)
        # A face, with number B and photograph, and a whole visit with PIN.
        s.card("p03")
        visit = kiosk.visit(mode="face")
        kiosk.face(visit, NUMBER_B["p03"])
        kiosk.agree(visit)
        kiosk.until(visit, "closing")
        kiosk.do(visit, "closing")
        kiosk.until(visit, "done")
        kiosk.whole(kiosk.visit())
        self.finish(rec_a)
        self.assertIn('"client":"kiosk-x"', self.finish(rec_x))
        self.assertEqual(glob.glob(s.path("shikaku.db.record*")), [])
        self.assertEqual(os.stat(out_a).st_mode & 0o777, 0o600)
        for out in (out_a, out_x):
            self.hold_nothing(out)
        s.stop_all()

        # Each again: without the reader, and where data are needed over a
        # card of the tests.
        code, why, _, said = self.check("replay:" + self.write(
            "a1", lives(out_a)[0]))
        self.assertEqual((code, why), (CARD, "NO_CARD"), said)
        first, second = [text for text in lives(out_x) if "\nbegin" in text]
        code, why, _, said = self.check("replay:" + self.write("x1", first))
        self.assertEqual((code, why), (DATA, "SW"), said)
        self.dialling_card("extended=1")
        code, why, visit, said = self.check("overlay:%s:vpcd:ext,%d" % (
            self.write("x2", second), self.port))
        self.assertEqual((code, why), (CARD, "CARD_MUTE"), said)
        self.assertEqual(visit["tries_left"], 3)

    def hold_nothing(self, recording):
        """Of the person, the card and the PIN; a test of the test first."""
        lines = payload(recording)
        whole = "\n".join(lines)
        self.assertRegex(whole, "00A4040C0AD392F00026010000000[1-9]")
        self.assertRegex(whole, "3082063C")
        with open(recording, "rb") as f:
            text = f.read()
        for word in ("資格", "一郎", "永田町"):
            for form in ("utf-8", "cp932", "utf-16-be"):
                self.assertNotIn(word.encode(form), text)
                self.assertNotIn(word.encode(form).hex().upper(), whole)
        for digits in (PIN, NUMBER_B["p03"], "19600602", "0123"):
            self.assertNotIn(digits.encode().hex().upper(), whole)
        names = self.names(lines)
        files = glob.glob(os.path.join(self.stand.pki, "cards", "p03",
                                       "*.bin"))
        self.assertGreater(len(files), 20)
        for path in files:
            with open(path, "rb") as f:
                data = f.read().hex().upper()
            for at in range(0, len(data) - 2 * WINDOW + 1, 2):
                window = data[at:at + 2 * WINDOW]
                if len(set(re.findall("..", window))) > 2:
                    self.assertNotIn(window, names, path)

    @staticmethod
    def names(lines):
        """All but what SELECT names: there the AIDs are ours."""
        return "\n".join(line for line in lines
                         if not line.startswith("00A404"))

    def test_refusals(self):
        s = self.stand
        there = self.write("there", "mine\n")
        for args, status, code in (
                (("kiosk-a",), USAGE, "USAGE"),
                (("kiosk-a", "--out", s.path("o"), "--minutes", "0"), USAGE,
                 "USAGE"),
                (("kiosk-a", "--out", s.path("o"), "--minutes", "121"),
                 USAGE, "USAGE"),
                (("kiosk-a", "--out", there), SETUP, "NEW_FILE"),
                (("kiosk-a", "--out", s.path("no", "o")), SETUP, "NEW_FILE"),
                (("kiosk-d", "--out", s.path("o")), USAGE, "USAGE"),
                (("kiosk-e", "--out", s.path("o")), USAGE, "USAGE"),
                (("nobody", "--out", s.path("o")), SETUP, "NO_CLIENT"),
                (("desk", "--out", s.path("o")), USAGE, "USAGE")):
            with self.subTest(args):
                got = subprocess.run(
                    [program("shikaku"), "readers", "record", *args,
                     "--config", s.path("shikaku.conf"), "--json"],
                    env=s.env, text=True, capture_output=True, timeout=20,
                    check=False)
                self.assertEqual(got.returncode, status, got.stderr)
                self.assertIn('"code":"%s"' % code, got.stdout)
                self.assertFalse(os.path.exists(s.path("o")))
        with open(there, encoding="ascii") as f:
            self.assertEqual(f.read(), "mine\n")

    def test_without_an_agent(self):
        self.stand.stop_all()
        proc, out = self.record("kiosk-a")
        self.assertIn("recording the reader", proc.stderr.readline())
        proc.send_signal(signal.SIGINT)
        _, said = proc.communicate(timeout=20)
        self.stand.procs.remove(proc)
        self.assertEqual(proc.returncode, SETUP)
        self.assertIn("nothing was recorded", said)
        self.assertFalse(os.path.exists(out))


if __name__ == "__main__":
    unittest.main()
