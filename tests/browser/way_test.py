"""/kiosk without the PIN: by face, and by sight."""

import unittest

from browser import BrowserCase, plays


@plays("way_scenes.mjs")
class Way(BrowserCase):
    @classmethod
    def make(cls):
        cls.stand.face_key("kiosk-a")


if __name__ == "__main__":
    unittest.main()
