"""Visits through libnfc and its real pn532_uart driver, against a simulated
PN532 on a pseudo-terminal; nfc-list is the judge of the simulation."""

import concurrent.futures
import json
import os
import shutil
import signal
import subprocess
import unittest

from agent import AgentStand
from stand import PIN, StandCase, program, wait_until

DONE, READER, CARD, CANCELLED = 0, 50, 51, 40
VERIFY, SIGN = 13, 15           # exchanges of a visit with card p03

# What is wrong with the answer to which exchange; exit code and error of the
# visit it happens in.  The visit after it works, but where the chip is dead.
SLOW = (
    ("dead@%d" % VERIFY, READER, "READER_HUNG"),
    ("silent@%d" % VERIFY, CARD, "CARD_MUTE"),
    ("half@%d" % VERIFY, CARD, "CARD_MUTE"),
    ("no-ack@%d" % VERIFY, CARD, "CARD_MUTE"),
    ("late@%d=6000" % VERIFY, CARD, "CARD_MUTE"),
    ("late@%d=5300" % VERIFY, CARD, "CARD_MUTE"),
)
QUICK = (
    ("status@1=01", CARD, "TORN"),
    ("status@%d=01" % VERIFY, CARD, "TORN"),
    ("status@%d=02" % SIGN, CARD, "TORN"),
    ("status@%d=29" % VERIFY, CARD, "NO_CARD"),
    ("status@%d=27" % VERIFY, READER, "READER_FAULT"),
    ("status@%d=14" % VERIFY, READER, "READER_FAULT"),
    ("status@%d=3f" % VERIFY, READER, "READER_FAULT"),
    # libnfc calls abort()
    ("status@%d=80" % VERIFY, READER, "READER_FAULT"),
    ("status@%d=ff" % SIGN, READER, "READER_FAULT"),
    ("empty@%d" % VERIFY, CARD, "TORN"),
    ("error@%d" % VERIFY, READER, "READER_FAULT"),
    ("sum@%d" % VERIFY, READER, "READER_FAULT"),
    ("sum@4", READER, "READER_FAULT"),
    ("length@%d" % VERIFY, READER, "READER_FAULT"),
    ("twice@%d" % VERIFY, DONE, None),
    ("chain@4", DONE, None),
    ("chain@%d" % SIGN, DONE, None),
)
PULLS = (
    ("pull_at=1", CARD, "TORN"),
    ("pull_at=%d" % VERIFY, CARD, "TORN"),
    ("pull_lost_at=%d" % VERIFY, CARD, "TORN"),
    ("pull_half_at=%d" % SIGN, CARD, "TORN"),
)


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

    def insert(self):
        self.proc.send_signal(signal.SIGUSR2)
        wait_until("card inserted", lambda: self.card()["present"])

    def check(self, *args, **more):
        return self.stand.check("--reader", self.transport, *args, **more)

    def waiting(self):
        """A visit that looks for a card that is not there."""
        before = self.seen()["selects"]
        visit = self.stand.start(
            program("shikaku"), "check", "--config",
            self.stand.path("shikaku.conf"), "--consent", "all",
            "--pin-stdin", "--reader", self.transport,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        visit.stdin.write(PIN.encode() + b"\n")
        visit.stdin.close()
        wait_until("looks for a card",
                   lambda: self.seen()["selects"] > before + 1)
        return visit


class Nfc(StandCase):
    """The slow faults wait for time: they run beside the others."""
    readers = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stand.terminal()
        cls.visits = []
        for faults, at_once in ((SLOW, len(SLOW)), (QUICK, 2)):
            pool = concurrent.futures.ThreadPoolExecutor(at_once)
            cls.addClassCleanup(pool.shutdown)
            cls.visits += [(row, pool.submit(cls.spoilt, row[0]))
                           for row in faults]

    def tearDown(self):
        self.assertEqual(self.stand.violations(), "")

    @classmethod
    def spoilt(cls, fault):
        """Two visits, the first with a fault."""
        chip = Chip(cls.stand, "fault-" + fault, "--fault", fault)
        first = chip.check()
        counts = chip.card()
        if fault.startswith("dead"):
            return chip, first, counts, None
        return chip, first, counts, chip.check()

    def clean(self, chip):
        """What libnfc sent was right, and the card has no power."""
        seen = chip.seen()
        self.assertEqual((seen["bad_frames"], seen["disorder"]), (0, 0), seen)
        self.assertFalse(seen["field"])
        self.assertEqual(chip.card()["forbidden"], 0)

    def ended(self, got, exit_code, error):
        code, visit, said = got
        self.assertEqual(code, exit_code, said)
        self.assertEqual(visit["error"] and visit["error"]["code"], error,
                         said)
        if error is not None:
            self.assertIsNone(visit["request"])
            self.assertNotEqual(visit["error"]["next"], "")
        self.assertNotIn("TX:", said)

    def test_visit(self):
        chip = Chip(self.stand, "visit")
        for n in (1, 2):
            got = chip.check()
            self.ended(got, DONE, None)
            self.assertEqual(chip.card()["verify"]["0018"], n)
            self.clean(chip)
        self.assertEqual(got[1]["identity"]["attributes"]["name"],
                         "資格　一郎")

    @unittest.skipUnless(shutil.which("nfc-list"), "libnfc-bin is missing")
    def test_judge(self):
        """It sees the same card; and it shows that libnfc's own log would
        print what is sent, had the reader not switched it off."""
        chip = Chip(self.stand, "judge")
        env = dict(self.stand.env, LIBNFC_LOG_LEVEL="3",
                   LIBNFC_DEFAULT_DEVICE="pn532_uart:" + chip.line)

        def judge(*argv):
            return subprocess.run(argv, env=env, check=True, timeout=20,
                                  capture_output=True, text=True)

        said = judge("nfc-list", "-t", "8")
        self.assertIn("1 ISO14443B passive target(s) found", said.stdout)
        self.assertIn("Protocol Info: b3  81  a1", said.stdout)
        self.assertIn("TX:", said.stderr)
        self.assertIn("pn532_uart:" + chip.line,
                      judge("nfc-scan-device").stdout)
        self.clean(chip)
        before = self.stand.env
        self.stand.env = dict(before, LIBNFC_LOG_LEVEL="3")
        try:
            self.ended(chip.check(), DONE, None)
        finally:
            self.stand.env = before

    def test_doctor(self):
        """Neither pcscd nor its readers are asked for."""
        chip = Chip(self.stand, "doctor")
        got = self.stand.run("doctor", "--reader", chip.transport, "--json")
        rows = {r["check"]: r["verdict"]
                for r in json.loads(got.stdout)["checks"]}
        self.assertEqual([rows[name] for name in ("service", "match",
                                                  "card")],
                         ["skipped", "ok", "ok"], got.stdout)
        self.clean(chip)

    def test_pulled(self):
        for i, (setting, exit_code, error) in enumerate(PULLS):
            with self.subTest(setting):
                chip = Chip(self.stand, "pull-%d" % i, setting)
                self.ended(chip.check(), exit_code, error)
                self.assertLessEqual(chip.card()["verify"]["0018"], 1)
                chip.insert()
                self.ended(chip.check(), DONE, None)
                self.clean(chip)

    def test_cancelled_and_held(self):
        chip = Chip(self.stand, "cancel", "--absent")
        first = chip.waiting()
        self.ended(chip.check(), READER, "READER_BUSY")
        first.send_signal(signal.SIGINT)
        self.assertEqual(first.wait(timeout=10), CANCELLED)
        self.clean(chip)
        second = chip.waiting()
        chip.insert()
        self.assertEqual(second.wait(timeout=20), DONE)
        self.clean(chip)

    def test_no_chip(self):
        line = self.stand.path("line-none")
        self.ended(self.stand.check("--reader", "nfc:pn532_uart:" + line),
                   READER, "NO_READER")
        chip = Chip(self.stand, "slow")
        self.ended(self.stand.check(
            "--reader", "nfc:pn532_uart:%s:9600" % chip.line),
            READER, "READER_FAULT")
        got = self.stand.run("card", "--reader", "nfc:pn532_uart")
        self.assertIn("nothing is searched for", got.stderr)

    def test_zz_faults(self):
        for (fault, exit_code, error), visit in self.visits:
            with self.subTest(fault):
                chip, first, counts, second = visit.result(timeout=60)
                self.ended(first, exit_code, error)
                self.assertEqual(counts["verify"]["0018"],
                                 int(counts["apdus"] >= VERIFY))
                if second is None:
                    self.assertIn("take the card off the reader now",
                                  first[2])
                    continue
                self.ended(second, DONE, None)
                self.assertEqual(chip.card()["verify"]["0018"],
                                 counts["verify"]["0018"] + 1)
                self.clean(chip)


class NfcAgent(unittest.TestCase):
    """libnfc's abort() ends a reader's process, and nothing else."""

    def test_abort(self):
        stand = AgentStand(readers=0)
        self.addCleanup(stand.close)
        chip = Chip(stand, "a", "--fault", "status@%d=80" % VERIFY)
        stand.add_client("kiosk-a", "kiosk", "--reader", chip.transport)
        stand.terminal()
        agent = stand.agent()
        kiosk = stand.ready()
        visit = kiosk.visit()
        kiosk.enter(visit)
        shown = wait_until("the visit ends", lambda: self.end(kiosk, visit))
        self.assertEqual(shown["error"]["code"], "READER_FAULT")
        self.assertEqual(chip.card()["verify"]["0018"], 1)
        self.assertIsNone(kiosk.whole(stand.ready().visit())["error"])
        self.assertEqual(chip.card()["verify"]["0018"], 2)
        self.assertIsNone(agent.poll())

    @staticmethod
    def end(kiosk, visit):
        shown = kiosk.read(visit)
        return shown if shown["state"] in ("cancelled", "refused") else None


if __name__ == "__main__":
    unittest.main()
