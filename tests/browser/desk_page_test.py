"""/desk: what the staff sees and decides."""

import unittest

from browser import BrowserCase, plays
from stand import READER


@plays("desk_scenes.mjs")
class Desk(BrowserCase):
    settings = {"terminal": {"alarm_errors": "2"}}

    @classmethod
    def make(cls):
        cls.stand.add_client("tablet", "kiosk", "--home", "--reader",
                             READER % "A")


if __name__ == "__main__":
    unittest.main()
