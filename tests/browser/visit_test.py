"""/visit: a phone on a home visit."""

import unittest

from browser import BrowserCase, plays
from stand import READER


@plays("visit_scenes.mjs")
class Visit(BrowserCase):
    @classmethod
    def make(cls):
        cls.stand.add_client("tablet", "kiosk", "--home", "--reader",
                             READER % "A")


if __name__ == "__main__":
    unittest.main()
