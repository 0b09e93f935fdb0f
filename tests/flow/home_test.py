"""A visit at a patient's home: the real agent, a real device that dials it
over TLS, and the PIN typed at the device's terminal."""

import json
import subprocess
import unittest

from agent import AgentStand
from stand import PIN, READER, free_port, program, wait_until
from tty_test import Screen


class Home(AgentStand):
    """A tablet whose reader comes over the network.  line: an address
    between the two, or none."""

    def __init__(self, line=None):
        self.link = free_port()
        self.screen = None
        super().__init__(1, {"devices": {
            "listen": "127.0.0.1:%d" % self.link}})
        try:
            self.connect(line)
        except BaseException:
            self.close()
            raise

    def connect(self, line):
        self.agent()
        self.terminal()
        got = json.loads(self.run("devices", "invite", "bedside", "--json",
                                  check=True).stdout)
        address = line(self.link) if line else "127.0.0.1:%d" % self.link
        subprocess.run([program("shikaku-reader"), "enrol", address,
                        got["text"], "--folder", self.path("bedside")],
                       env=self.env, check=True, stdout=subprocess.DEVNULL)
        self.tablet = self.add_client("home", "kiosk", "--reader",
                                      "device:bedside")
        self.screen = Screen(self, READER % "A", argv=(
            "shikaku-reader", "connect", "--folder", self.path("bedside")))
        wait_until("the device's reader", self.is_ready)

    def is_ready(self):
        rows = self.clients["desk"].get("/readers").json["readers"]
        return any(r["client"] == "home" and r["state"] == "ready"
                   for r in rows)

    def close(self):
        if self.screen is not None:
            self.screen.leave()
        super().close()

    def visit_at_device(self, tries=3):
        """Begun, and so far that the device asks for the PIN."""
        visit = self.tablet.visit()
        v = self.tablet.until(visit, "pin_at_device")
        if v["tries_left"] != tries:
            raise AssertionError("%s tries" % v["tries_left"])
        self.screen.expect("tries left: %d" % tries)
        self.screen.expect(r"cancels\): ")
        return visit


class HomeVisit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = Home()
        cls.addClassCleanup(cls.stand.close)

    def setUp(self):
        self.card = self.stand.card("p03")
        self.screen = self.stand.screen
        self.tablet = self.stand.tablet

    def tearDown(self):
        self.stand.stop(self.card)
        self.assertNotIn(PIN, self.screen.seen)

    def verifies(self):
        seen = self.stand.count()["verify"]
        return seen.get("0018", 0), seen.get("0011", 0)

    def test_wrong_then_right(self):
        visit = self.stand.visit_at_device()
        self.screen.type("0000\n")
        self.screen.expect("tries left: 2")
        self.screen.expect(r"cancels\): ")
        self.screen.type(PIN + "\n")
        self.tablet.agree(visit)
        shown = self.tablet.until(visit, "closing")
        self.assertEqual(shown["status"]["word"], "valid")
        self.tablet.do(visit, "closing")
        self.tablet.until(visit, "done")
        self.assertEqual(self.verifies(), (2, 1))

    def test_cancelled_by_the_client(self):
        visit = self.stand.visit_at_device()
        self.tablet.do(visit, "cancellation")
        self.screen.expect("was cancelled")
        v = self.tablet.until(visit, "cancelled")
        self.assertEqual(v["error"]["code"], "CANCELLED")
        self.assertEqual(self.verifies(), (0, 0))

    def test_declined_at_the_device(self):
        visit = self.stand.visit_at_device()
        self.screen.type("\n")
        self.tablet.until(visit, "cancelled")
        self.assertEqual(self.verifies(), (0, 0))


if __name__ == "__main__":
    unittest.main()
