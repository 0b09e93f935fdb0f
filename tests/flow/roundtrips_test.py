"""A visit by PIN over a link takes as few round trips as
hw-docs/protocols/link.md shows, frame by frame."""

import os
import sys
import unittest

from stand import READER, SRC, StandCase, program, wait_until

sys.path.insert(0, os.path.join(SRC, "tests", "lib"))
from delay_proxy import DelayProxy, split_at_pin  # noqa: E402

VALID, NO_MATCH, PIN_WRONG = 0, 20, 30
MOST_AFTER_PIN = 5

BEGIN, END = ("BEGIN",), ("END",)
OPEN = ("SCRIPT", "SELECT/APP", "SELECT", "READ")
# A certificate of 1600 bytes: 6 more reads.
REST = ("SCRIPT",) + 6 * ("READ",)
TRIES = ("SCRIPT", "SELECT", "TRIES")
LOGIN = ("SCRIPT", "VERIFY", "SELECT", "SIGN")
TEXT = ("SELECT/APP", "SELECT", "TRIES")
ATTRIBUTES = ("SCRIPT", "VERIFY", "SELECT", "READ")
# While the PIN is awaited the card is looked after; here it is there at once.
BEFORE = [BEGIN, OPEN, REST, TRIES]


class Line:
    """A reader behind a link that is watched."""

    def __init__(self, stand):
        self.far = stand.path("far.sock")
        self.near = stand.path("near.sock")
        if not os.path.exists(self.far):
            stand.start(program("shikaku-reader"), "--listen", self.far,
                        READER % "A")
            wait_until("reader socket", lambda: os.path.exists(self.far))
        self.proxy = DelayProxy("unix:" + self.near, "unix:" + self.far,
                                delay=0)

    def table(self):
        before, after = split_at_pin(self.proxy.seen())
        return [[(r.kind, *r.steps) for r in part] for part in (before, after)]


class RoundTrips(StandCase):
    def watched(self, card="p03", *args, conf=None, pin="1234",
                card_args=("first_6f00=0",)):
        conf = dict(conf or {})
        conf["reader"] = {"name": "link:" + self.stand.path("near.sock"),
                          **conf.get("reader", {})}
        self.stand.write_conf(conf)
        self.stand.card(card, *card_args)
        self.stand.terminal()
        line = Line(self.stand)
        self.addCleanup(line.proxy.close)
        code, visit, said = self.stand.check(*args, pin=pin)
        return code, visit, said, line.table()

    def test_plastic_card(self):
        code, visit, said, (before, after) = self.watched()
        self.assertEqual(code, VALID, said)
        self.assertEqual(visit["identity"]["attributes"]["name"], "資格　一郎")
        self.assertEqual(before, BEFORE)
        self.assertEqual(after, [LOGIN + TEXT, ATTRIBUTES, END])
        self.assertLessEqual(len(after), MOST_AFTER_PIN)
        counted = sum(len(r) - 1 for r in before + after)
        self.assertEqual(counted, self.stand.count()["apdus"])
        self.assertEqual(visit["apdus"] + visit["attributes_apdus"], counted)

    def test_first_command_answered_6f00(self):
        code, _, said, (before, after) = self.watched(card_args=())
        self.assertEqual(code, VALID, said)
        self.assertEqual(before, [BEGIN, OPEN, OPEN, REST, TRIES])
        self.assertEqual(after, [LOGIN + TEXT, ATTRIBUTES, END])

    def test_another_pin_for_the_attributes(self):
        code, _, said, (_, after) = self.watched(
            "split-pins", conf={"pin": {"text_pin": "ask"}},
            pin="1234\n5678")
        self.assertEqual(code, VALID, said)
        self.assertEqual(after, [LOGIN + TEXT, ATTRIBUTES, END])

    def test_attributes_not_wanted(self):
        code, _, _, (_, after) = self.watched(
            conf={"pin": {"text_pin": "never"}})
        self.assertEqual(code, NO_MATCH)
        self.assertEqual(after, [LOGIN, END])

    def test_phone(self):
        """It gives its certificate after the PIN only."""
        code, visit, _, (before, after) = self.watched("phone")
        self.assertEqual(code, NO_MATCH)
        self.assertEqual(visit["identity"]["proof"]["outcome"], "verified")
        self.assertEqual(before, [BEGIN, OPEN, TRIES])
        self.assertEqual(after, [("SCRIPT", "VERIFY", "SELECT", "READ"),
                                 REST, ("SCRIPT", "SELECT", "SIGN"), END])
        self.assertLessEqual(len(after), MOST_AFTER_PIN)

    def test_wrong_pin_ends_the_script(self):
        code, _, _, (_, after) = self.watched(pin="9999")
        self.assertEqual(code, PIN_WRONG)
        self.assertEqual(after, [LOGIN + TEXT, END])
        seen = self.stand.count()
        self.assertEqual((seen["verify"]["0018"], seen["sign"]), (1, 0))

    def test_card_that_gives_its_data_in_another_way(self):
        """61xx: its answer is fetched, and the rest goes together again."""
        code, visit, said, (before, after) = self.watched(
            card_args=("first_6f00=0", "get_response=1"))
        self.assertEqual(code, VALID, said)
        self.assertEqual(self.stand.count()["verify"]["0018"], 1)
        self.assertEqual(visit["identity"]["attributes"]["name"], "資格　一郎")
        self.assertEqual(before, BEFORE)
        self.assertEqual(after, [LOGIN + TEXT, ("XFER", "GET"),
                                 ("SCRIPT",) + TEXT, ATTRIBUTES, END])
        self.assertLessEqual(len(after), MOST_AFTER_PIN)

    def test_short_ids_need_no_select(self):
        code, _, said, (before, after) = self.watched(
            conf={"reader": {"short_ids": "yes"}},
            card_args=("first_6f00=0", "short_ids=1"))
        self.assertEqual(code, VALID, said)
        self.assertEqual(before, [BEGIN, ("SCRIPT", "SELECT/APP", "READ"),
                                  REST, ("SCRIPT", "TRIES")])
        self.assertEqual(after, [
            ("SCRIPT", "VERIFY", "SIGN", "SELECT/APP", "TRIES"),
            ("SCRIPT", "VERIFY", "READ"), END])


if __name__ == "__main__":
    unittest.main()
