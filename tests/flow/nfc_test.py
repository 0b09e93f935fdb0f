"""Visits through libnfc and its real pn532_uart driver, against a simulated
PN532 on a pseudo-terminal; nfc-list is the judge of the simulation."""

import json
import os
import shutil
import subprocess
import unittest

from stand import SRC, StandCase, program, wait_until

CARD, READER = 51, 50


class Chip:
    """fake-pn532 with a card; as many as a test needs, side by side."""

    def __init__(self, stand, name, *args, card="p03"):
        self.stand = stand
        self.line = stand.path("line-" + name)
        self.counts = stand.path("card-" + name)
        self.chip = stand.path("chip-" + name)
        ready = stand.path("up-" + name)
        self.proc = stand.start(
            program("fake-pn532"), "--card",
            os.path.join(stand.pki, "cards", card), "--link", self.line,
            "--count", self.counts, "--chip", self.chip, "--ready-file",
            ready, *args)
        wait_until("chip ready", lambda: os.path.exists(ready))

    @property
    def transport(self):
        return "nfc:pn532_uart:%s:115200" % self.line

    @staticmethod
    def read(path):
        with open(path, encoding="ascii") as f:
            return json.load(f)

    def card(self):
        return self.read(self.counts)

    def seen(self):
        return self.read(self.chip)

    def check(self, *args, **more):
        return self.stand.check("--reader", self.transport, *args, **more)


class Nfc(StandCase):
    readers = 0

    def setUp(self):
        self.stand.terminal()

    def clean(self, chip):
        """What libnfc sent was right, and the card has no power."""
        seen = chip.seen()
        self.assertEqual((seen["bad_frames"], seen["disorder"]), (0, 0), seen)
        self.assertFalse(seen["field"])
        self.assertEqual(chip.card()["forbidden"], 0)

    def test_visit(self):
        chip = Chip(self.stand, "visit")
        for n in (1, 2):
            code, visit, said = chip.check()
            self.assertEqual(code, 0, said)
            self.assertEqual(chip.card()["verify"]["0018"], n)
            self.clean(chip)
        self.assertEqual(visit["identity"]["attributes"]["name"],
                         "資格　一郎")

    @unittest.skipUnless(shutil.which("nfc-list"), "libnfc-bin is missing")
    def test_judge(self):
        chip = Chip(self.stand, "judge")
        env = dict(self.stand.env, LIBNFC_DEFAULT_DEVICE="pn532_uart:" +
                   chip.line)

        def judge(*argv):
            return subprocess.run(argv, env=env, check=True, timeout=20,
                                  capture_output=True, text=True).stdout

        said = judge("nfc-list", "-t", "8")
        self.assertIn("1 ISO14443B passive target(s) found", said)
        self.assertIn("Protocol Info: b3  81  a1", said)
        self.assertIn("pn532_uart:" + chip.line, judge("nfc-scan-device"))
        self.clean(chip)
        code, _, said = chip.check()
        self.assertEqual(code, 0, said)


if __name__ == "__main__":
    unittest.main()
