"""The PIN is entered at the reader's own device: by the command line, and by
a visit of the agent.  No digit comes to our side."""

import signal
import subprocess
import unittest

from agent import AgentStand
from device import attach
from stand import Stand, program, wait_until

VALID, PIN_BLOCKED, CANCELLED = 0, 31, 40


class DeviceCase(unittest.TestCase):
    """One device for all tests; the card is placed by each."""

    @classmethod
    def attach(cls):
        cls.device, name = attach(cls.stand)
        cls.addClassCleanup(cls.device.close)
        return name

    def setUp(self):
        self.device.asked.clear()
        self.cards = []

    def tearDown(self):
        for card in self.cards:
            self.stand.stop(card)
        self.assertEqual(self.device.near_digits, 0)
        self.assertTrue(self.device.person.empty())

    def place(self, name="p03", *args):
        self.cards.append(self.stand.card(name, *args))

    def tries(self):
        return [tries for _, _, tries, _ in self.device.asked]

    def verifies(self):
        seen = self.stand.count()["verify"]
        return seen.get("0018", 0), seen.get("0011", 0)


class CommandLine(DeviceCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = Stand(1)
        cls.addClassCleanup(cls.stand.close)
        cls.stand.write_conf({"reader": {"name": cls.attach()}})
        cls.stand.terminal()

    def check(self, *entries, card="p03"):
        self.place(card)
        for entry in entries:
            self.device.person.put(entry)
        # What stands on our own standard input is nobody's PIN.
        return self.stand.check(pin="9999")

    def test_right(self):
        code, visit, said = self.check("1234")
        self.assertEqual(code, VALID, said)
        self.assertIn("at the reader's device", said)
        self.assertEqual(visit["identity"]["attributes"]["name"], "資格　一郎")
        self.assertEqual(self.verifies(), (1, 1))
        self.assertEqual(self.device.asked[0][:3], (1, 4, 3))
        self.assertLessEqual(self.device.asked[0][3], 60000)

    def test_wrong_and_of_another_shape_then_right(self):
        code, _, said = self.check("0000", "123", "1234")
        self.assertEqual(code, VALID, said)
        self.assertEqual(self.tries(), [3, 2, 2])
        self.assertEqual(self.verifies(), (2, 1))

    def test_wrong_until_blocked(self):
        code, visit, _ = self.check("0000", "0000", "0000")
        self.assertEqual((code, visit["tries_left"]), (PIN_BLOCKED, 0))
        self.assertEqual(self.tries(), [3, 2, 1])
        self.assertEqual(self.verifies(), (3, 0))

    def test_last_try_is_the_devices_to_ask(self):
        code, _, said = self.check("1234", card="onetry")
        self.assertEqual(code, VALID, said)
        self.assertEqual(self.tries(), [1])

    def test_declined(self):
        code, visit, _ = self.check(None)
        self.assertEqual((code, visit["state"]), (CANCELLED, "cancelled"))
        self.assertEqual(self.verifies(), (0, 0))

    def test_interrupted(self):
        self.place()
        proc = self.stand.start(
            program("shikaku"), "check", "--config",
            self.stand.path("shikaku.conf"), "--consent", "all",
            "--pin-stdin", stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cancels = self.device.cancels
        wait_until("the device asks", self.device.asking.is_set)
        proc.send_signal(signal.SIGINT)
        self.assertEqual(proc.wait(10), CANCELLED)
        self.stand.procs.remove(proc)
        self.assertEqual(self.device.cancels, cancels + 1)
        self.assertEqual(self.verifies(), (0, 0))


class Agent(DeviceCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = AgentStand(1)
        cls.addClassCleanup(cls.stand.close)
        cls.kiosk = cls.stand.add_client("tablet", "kiosk", "--reader",
                                         cls.attach())
        cls.stand.agent()
        cls.stand.terminal()

    def at_device(self):
        self.place()
        visit = self.kiosk.visit()
        v = self.kiosk.until(visit, "pin_at_device")
        self.assertEqual(v["tries_left"], 3)
        self.assertIsNotNone(v["deadline"])
        wait_until("the device asks", self.device.asking.is_set)
        return visit

    def test_whole_visit(self):
        visit = self.at_device()
        for which in ("pin", "text_pin"):
            got = self.kiosk.do(visit, "pin", {
                "pin": "1234", "which": which, "tries_left": 3}, status=409)
            self.assertEqual(got["code"], "NOT_NOW")
        self.device.person.put("1234")
        self.kiosk.agree(visit)
        self.kiosk.until(visit, "closing")
        self.kiosk.do(visit, "closing")
        self.kiosk.until(visit, "done")
        self.assertEqual(self.verifies(), (1, 1))

    def test_cancelled_by_the_client(self):
        visit = self.at_device()
        cancels = self.device.cancels
        self.kiosk.do(visit, "cancellation")
        v = self.kiosk.until(visit, "cancelled")
        self.assertEqual(v["error"]["code"], "CANCELLED")
        wait_until("the device is told", lambda: self.device.cancels ==
                   cancels + 1)
        self.assertEqual(self.verifies(), (0, 0))


if __name__ == "__main__":
    unittest.main()
