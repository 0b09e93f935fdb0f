"""pcscd, readers and other programs come and go."""

import os
import signal
import subprocess
import threading
import unittest

from stand import StandCase, wait_until

VALID, READER, CARD, SETUP = 0, 50, 51, 78
FOREIGN = os.path.join(os.path.dirname(__file__), "foreign.py")
FREED_S = 15		# in which a card left behind has to be without power

# What the card has seen when something happens: each of these commands is
# executed then, and not yet answered.
MOMENTS = {
    "certificate": lambda seen: seen["apdus"] >= 6,
    "PIN": lambda seen: seen["verify"].get("0018", 0) > 0,
    "signature": lambda seen: seen["sign"] > 0,
    "text PIN": lambda seen: seen["verify"].get("0011", 0) > 0,
}


class Service(StandCase):
    readers = 2

    def good(self, name="p03"):
        card = self.stand.card(name)
        code, visit, said = self.stand.check()
        self.stand.stop(card)
        self.assertEqual(code, VALID, said)
        return visit

    def setUp(self):
        self.stand.terminal()

    def test_stopped_between_visits(self):
        self.good()
        self.stand.pcscd("halt")
        code, visit, said = self.stand.check()
        self.assertEqual((code, visit["error"]["code"]),
                         (READER, "NO_SERVICE"), said)
        self.assertIn("pcscd", said)
        self.stand.pcscd("restart")
        self.good()

    def test_restarted_between_visits(self):
        self.stand.card("p05")
        code, _, said = self.stand.check()
        self.assertEqual(code, VALID, said)
        self.stand.pcscd("restart")
        code, _, said = self.stand.check()
        self.assertEqual(code, VALID, said)

    def during(self, act, moment, *card_args):
        """Does something in a visit; returns what it ended with."""
        self.stand.card("p03", *(card_args or ("--delay", "150")))
        got = []
        visit = threading.Thread(target=lambda: got.append(self.stand.check()))
        visit.start()
        try:
            wait_until(moment, lambda: MOMENTS[moment](self.stand.count()))
            act()
        finally:
            visit.join()
        seen = self.stand.count()
        for pin in ("0018", "0011"):
            self.assertLessEqual(seen["verify"].get(pin, 0), 1)
        self.assertLessEqual(seen["sign"], 1)
        self.assertIsNone(got[0][1]["request"])
        return got[0]

    def take_away(self):
        for card in list(self.stand.cards):
            self.stand.stop(card)

    def nobody_else_can_sign(self):
        """A PIN that was verified before the visit broke off opens the card
        to every program, until its power is cut."""
        got = subprocess.run(
            ["/usr/bin/python3", "-B", FOREIGN, "sign", "Reader A 00",
             str(FREED_S)], env=self.stand.env, capture_output=True,
            text=True, timeout=60, check=False)
        answers = got.stdout.splitlines()
        self.assertEqual(answers[-1:], ["6982"], got.stdout + got.stderr)
        self.assertNotIn("9000", answers, "it could, for a while")

    def test_stopped_during_a_visit(self):
        for moment in MOMENTS:
            with self.subTest(moment=moment):
                code, _, said = self.during(
                    lambda: self.stand.pcscd("halt"), moment)
                self.stand.pcscd("restart")
                self.assertIn(code, (READER, CARD), said)
                self.nobody_else_can_sign()
            self.take_away()
        self.good()

    def child(self, parent, name):
        """By its parent: nothing else of it can be read without being root,
        since it is not dumpable."""
        out = subprocess.run(["pgrep", "-P", str(parent), "-x", name],
                             capture_output=True, text=True,
                             check=False).stdout.split()
        self.assertEqual(len(out), 1, name)
        return int(out[0])

    def kill_reader(self):
        os.kill(self.child(self.child(os.getpid(), "shikaku"),
                           "shikaku-reader"), signal.SIGKILL)

    def test_reader_process_killed_during_a_visit(self):
        for moment in MOMENTS:
            with self.subTest(moment=moment):
                code, _, said = self.during(self.kill_reader, moment)
                self.assertEqual(code, READER, said)
                self.nobody_else_can_sign()
            self.take_away()
        self.good()

    def test_reader_process_that_hangs(self):
        """The card signs for longer than the agent waits."""
        code, visit, said = self.during(
            lambda: None, "PIN", "sign_delay_ms=25000")
        self.assertEqual((code, visit["error"]["code"]),
                         (READER, "READER_HUNG"), said)
        self.nobody_else_can_sign()
        self.take_away()
        self.good()

    def test_card_process_killed_during_a_visit(self):
        for moment in MOMENTS:
            with self.subTest(moment=moment):
                code, _, said = self.during(
                    lambda: self.stand.procs[-1].kill(), moment)
                self.assertEqual(code, CARD, said)
            self.take_away()
        self.good()

    def test_other_program_holds_the_card(self):
        self.stand.card("p03")
        holder = self.stand.start("/usr/bin/python3", "-B", FOREIGN, "hold",
                                  "Reader A 00", stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        self.assertEqual(holder.stdout.readline(), "held\n")
        code, visit, said = self.stand.check()
        self.assertEqual((code, visit["error"]["code"]),
                         (READER, "READER_BUSY"), said)
        self.assertEqual(self.stand.count()["verify"].get("0018", 0), 0)
        holder.stdin.close()
        holder.stdout.close()
        holder.wait()
        code, _, said = self.stand.check()
        self.assertEqual(code, VALID, said)

    def test_two_readers_one_pattern(self):
        self.stand.card("p03", reader="A")
        self.stand.card("p05", reader="B")
        code, visit, said = self.stand.check("--reader", "Shikaku")
        self.assertEqual((code, visit["error"]["code"]),
                         (SETUP, "READER_AMBIGUOUS"), said)
        self.assertIn("Reader A", said)
        self.assertIn("Reader B", said)
        self.assertEqual(self.stand.count("A")["apdus"], 0)
        self.assertEqual(self.stand.count("B")["apdus"], 0)

    def test_two_readers_each_its_own_card(self):
        self.stand.card("p03", reader="A")
        self.stand.card("p05", reader="B")
        for reader, name in (("A", "資格　一郎"), ("B", "資格　五郎")):
            code, visit, said = self.stand.check(
                "--reader", "Shikaku?Test?Reader?%s*00" % reader)
            self.assertEqual(code, VALID, said)
            self.assertEqual(visit["identity"]["attributes"]["name"], name)

    def test_no_such_reader(self):
        code, visit, said = self.stand.check("--reader", "ACR9999")
        self.assertEqual((code, visit["error"]["code"]),
                         (READER, "NO_READER"), said)


if __name__ == "__main__":
    unittest.main()
