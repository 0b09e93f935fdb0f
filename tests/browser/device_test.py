"""/kiosk with a reader at whose device the PIN is entered."""

import os
import sys
import unittest

from browser import BrowserCase, plays
from stand import READER, SRC, program, wait_until

sys.path.insert(0, os.path.join(SRC, "tests", "lib"))
from pin_device import PinDevice  # noqa: E402


@plays("device_scenes.mjs")
class Device(BrowserCase):
    @classmethod
    def make(cls):
        far, near = (cls.stand.path(n) for n in ("far.sock", "near.sock"))
        cls.stand.start(program("shikaku-reader"), "--listen", far,
                        READER % "A")
        wait_until("reader socket", lambda: os.path.exists(far))
        cls.stand.device = PinDevice(near, far)
        cls.addClassCleanup(cls.stand.device.close)
        cls.stand.add_client("bedside", "kiosk", "--reader", "link:" + near)


if __name__ == "__main__":
    unittest.main()
