"""/kiosk with a reader at whose device the PIN is entered."""

import unittest

from browser import BrowserCase, plays
from device import attach


@plays("device_scenes.mjs")
class Device(BrowserCase):
    @classmethod
    def make(cls):
        cls.stand.device, name = attach(cls.stand)
        cls.addClassCleanup(cls.stand.device.close)
        cls.stand.add_client("bedside", "kiosk", "--reader", name)


if __name__ == "__main__":
    unittest.main()
