"""/kiosk: the patient alone with the PIN."""

import unittest

from browser import BrowserCase, plays


@plays("kiosk_scenes.mjs")
class Kiosk(BrowserCase):
    readers = 2


if __name__ == "__main__":
    unittest.main()
