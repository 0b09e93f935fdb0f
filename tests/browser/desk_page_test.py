"""/desk: what the staff sees and decides."""

import unittest

from browser import BrowserCase, plays
from stand import READER, free_port

LINK = free_port()


@plays("desk_scenes.mjs")
class Desk(BrowserCase):
    settings = {"terminal": {"alarm_errors": "2"},
                "devices": {"listen": "127.0.0.1:%d" % LINK}}

    @classmethod
    def make(cls):
        cls.stand.link = LINK
        cls.stand.add_client("tablet", "kiosk", "--home", "--reader",
                             READER % "A")


if __name__ == "__main__":
    unittest.main()
