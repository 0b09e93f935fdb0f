"""pcscd, readers and other programs come and go."""

import os
import signal
import subprocess
import threading
import unittest

from stand import StandCase, wait_until

VALID, READER, CARD, SETUP = 0, 50, 51, 78

# A program that is not ours takes the reader for itself alone.
HOLDER = r"""
import ctypes, sys
lib = ctypes.CDLL("libpcsclite.so.1")
ctx, card, proto = ctypes.c_long(), ctypes.c_long(), ctypes.c_ulong()
assert lib.SCardEstablishContext(2, None, None, ctypes.byref(ctx)) == 0
names = ctypes.create_string_buffer(4096)
size = ctypes.c_ulong(4096)
assert lib.SCardListReaders(ctx, None, names, ctypes.byref(size)) == 0
name = names.raw.split(b"\0")[0]
assert lib.SCardConnect(ctx, name, 1, 3, ctypes.byref(card),
                        ctypes.byref(proto)) == 0
print("held", flush=True)
sys.stdin.read()
"""


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

    def during(self, act, at=6, card_args=("--delay", "150")):
        """Does something while the visit is at its n-th command."""
        self.stand.card("p03", *card_args)
        got = []
        visit = threading.Thread(target=lambda: got.append(self.stand.check()))
        visit.start()
        wait_until("command %d" % at, lambda: os.path.exists(
            self.stand.path("count-A.json")) and
            self.stand.count()["apdus"] >= at)
        act()
        visit.join()
        self.assertLessEqual(self.stand.count()["verify"].get("0018", 0), 1)
        return got[0]

    def test_stopped_during_a_visit(self):
        code, visit, said = self.during(lambda: self.stand.pcscd("halt"))
        self.assertIn(code, (READER, CARD), said)
        self.assertIsNone(visit["request"])
        self.stand.stop(self.stand.procs[-1])
        self.stand.pcscd("restart")
        self.good()

    def test_reader_process_killed_during_a_visit(self):
        def kill():
            parents = [p.pid for p in self.stand.procs]
            out = subprocess.run(["pgrep", "-f", "shikaku-reader --fd 3 "
                                  "pcsc:Shikaku"], capture_output=True,
                                 text=True, check=False).stdout.split()
            mine = [int(pid) for pid in out if self.stand.dir in os.readlink(
                "/proc/%s/cwd" % pid) and int(pid) not in parents]
            self.assertEqual(len(mine), 1)
            os.kill(mine[0], signal.SIGKILL)
        code, visit, said = self.during(kill)
        self.assertEqual(code, READER, said)
        self.assertIsNone(visit["request"])
        self.stand.stop(self.stand.procs[-1])
        self.good()

    def test_card_process_killed_during_a_visit(self):
        code, _, said = self.during(lambda: self.stand.procs[-1].kill())
        self.assertEqual(code, CARD, said)
        self.stand.stop(self.stand.procs[-1])
        self.good()

    def test_other_program_holds_the_card(self):
        self.stand.card("p03")
        holder = self.stand.start("/usr/bin/python3", "-c", HOLDER,
                                  stdin=subprocess.PIPE,
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
