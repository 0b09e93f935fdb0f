"""A reader of a stand behind a device at which the PIN is entered."""

import os
import sys

from stand import READER, SRC, program, wait_until

sys.path.insert(0, os.path.join(SRC, "tests", "lib"))
from pin_device import PinDevice  # noqa: E402


def attach(stand, reader="A"):
    """The device, and the reader's name; whoever calls it closes it."""
    far, near = stand.path("far.sock"), stand.path("near.sock")
    stand.start(program("shikaku-reader"), "--listen", far, READER % reader)
    wait_until("reader socket", lambda: os.path.exists(far))
    return PinDevice(near, far), "link:" + near
