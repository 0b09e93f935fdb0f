"""/kiosk when things go wrong around it."""

import unittest

from browser import BrowserCase, plays


@plays("fault_scenes.mjs")
class Fault(BrowserCase):
    settings = {"terminal": {"answer_timeout": "3"}}

    @classmethod
    def make(cls):
        cls.stand.add_client("new", "kiosk")


if __name__ == "__main__":
    unittest.main()
