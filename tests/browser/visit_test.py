"""/visit: a phone on a home visit."""

import unittest

from browser import BrowserCase, plays
from stand import READER, free_port

LINK = free_port()


@plays("visit_scenes.mjs")
class Visit(BrowserCase):
    settings = {"devices": {"listen": "127.0.0.1:%d" % LINK}}

    @classmethod
    def make(cls):
        cls.stand.link = LINK
        cls.stand.add_client("tablet", "kiosk", "--home", "--reader",
                             READER % "A")
        cls.stand.add_client("far", "kiosk", "--home", "--reader",
                             "device:nurse")


if __name__ == "__main__":
    unittest.main()
