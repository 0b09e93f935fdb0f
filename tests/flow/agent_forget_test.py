"""What was given up before its confirmation is not on the disk, while the
agent runs: neither in the store's rows nor in its write-ahead log."""

import os
import unittest

from agent import CONSENT, AgentStand
from stand import StandCase, wait_until

# Of card p03: name and address as the card's text application has them.
PERSONAL = ["資格　一郎", "永田町１－９９－９９"]


class Forgotten(StandCase):
    @classmethod
    def setUpClass(cls):
        # A register without the person: what is found came from the card.
        empty = os.path.join(os.path.dirname(__file__), "..", "data",
                             "nobody.csv")
        cls.stand = AgentStand(1, csv=empty)
        cls.addClassCleanup(cls.stand.close)

    def on_disk(self):
        found = []
        for suffix in ("", "-wal"):
            path = self.stand.path("shikaku.db" + suffix)
            if os.path.exists(path):
                with open(path, "rb") as f:
                    data = f.read()
                found += [suffix + " " + p for p in PERSONAL
                          if p.encode() in data]
        return found

    def test_an_unmatched_visit_that_is_given_up(self):
        s = self.stand
        s.card()
        s.terminal()
        s.agent()
        kiosk, desk = s.ready(), s.clients["desk"]
        visit = kiosk.visit()
        kiosk.enter(visit)
        kiosk.agree(visit, CONSENT)
        kiosk.until(visit, "unmatched")
        self.assertNotEqual(self.on_disk(), [])
        # It belongs to the desk now.
        self.assertEqual(kiosk.post("/visits/%s/cancellation" % visit).code,
                         "NOT_NOW")
        desk.do(visit, "cancellation")
        wait_until("nothing on the disk", lambda: self.on_disk() == [])
        self.assertEqual(desk.read(visit)["identity"], None)


if __name__ == "__main__":
    unittest.main()
