"""shikaku doctor names the layer that is broken, and none that only stands on
it.  A layer that cannot be broken here for real is one of a system in a folder
of its own (--root)."""

import json
import os
import shutil
import socket
import struct
import tempfile
import threading
import time
import unittest

from stand import SRC, Stand, StandCase

LAYERS = ["service", "permission", "reader", "driver", "module", "match",
          "card", "trust", "folders", "store", "devices",
          "documents", "clock", "terminal"]
PLIST = """<plist version="1.0"><dict>
<key>ifdVendorID</key><array><string>0x072F</string></array>
<key>ifdProductID</key><array><string>0x2200</string></array>
</dict></plist>"""


class Refusing(threading.Thread):
    """What a client of pcscd sees where polkit refuses it: the connection is
    closed before what was sent is read."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(8)
        self.start()

    def run(self):
        while True:
            try:
                conn = self.listener.accept()[0]
            except OSError:
                return
            # Until the whole first message is there, which comes in two
            # parts: how long it is, what it is; the rest.
            got = b"?"
            while 0 < len(got) < 8 or (len(got) >= 8 and len(got) <
                                       8 + struct.unpack("=I", got[:4])[0]):
                got = conn.recv(256, socket.MSG_PEEK)
            conn.close()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.join(5)


class System:
    """/proc, /sys and /usr of a machine with the readers it is given."""

    def __init__(self, plist=PLIST, modules=""):
        self.dir = tempfile.mkdtemp(prefix="shikaku-")
        self.write("proc/modules", modules)
        if plist:
            self.write("usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/"
                       "Info.plist", plist)
        os.makedirs(self.path("sys/bus/usb/devices"))

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="ascii") as f:
            f.write(text + "\n")

    def plug(self, vid, pid, klass="0b", holder="", firmware="0214"):
        base = "sys/bus/usb/devices/1-2"
        for key, value in (("idVendor", vid), ("idProduct", pid),
                           ("bcdDevice", firmware), ("busnum", "1"),
                           ("devnum", "7"), ("product", "Reader")):
            self.write("%s/%s" % (base, key), value)
        self.write(base + "/power/control", "auto")
        self.write(base + ":1.0/bInterfaceClass", klass)
        if holder:
            os.symlink("../../../bus/usb/drivers/" + holder,
                       self.path(base + ":1.0/driver"))

    def close(self):
        shutil.rmtree(self.dir)


def doctor(stand, *args):
    got = stand.run("doctor", "--json", *args)
    found = json.loads(got.stdout)
    return got.returncode, found, {c["check"]: c for c in found["checks"]}


class Reader(StandCase):
    """With a pcscd, its reader and a card: all is well, then one is not."""

    def first(self, want, code, *args):
        got, found, rows = doctor(self.stand, *args)
        self.assertEqual([c["check"] for c in found["checks"]], LAYERS)
        self.assertEqual(found["first"], want, found)
        self.assertEqual(got, code, found)
        for name in LAYERS[:LAYERS.index(want) if want else None]:
            self.assertNotIn(rows[name]["verdict"], ("broken", "skipped"),
                             rows[name])
        if want:
            self.assertNotEqual(rows[want]["next"], "")
            self.assertNotEqual(rows[want]["next_en"], "")
        return rows

    def setUp(self):
        self.card = self.stand.card()

    def test_nothing_is_broken(self):
        rows = self.first(None, 0)
        self.assertEqual(rows["card"]["verdict"], "ok")
        self.assertEqual(rows["terminal"]["verdict"], "unknown")
        self.assertRegex(rows["folders"]["detail"],
                         r"req \d+ ms, \d+ MB free, res \d+ ms, \d+ MB free")

    def test_no_card(self):
        self.stand.stop(self.card)
        rows = self.first("card", 51)
        self.assertEqual(rows["trust"]["verdict"], "warning")

    def test_another_reader_is_configured(self):
        rows = self.first("match", 50, "--reader", "pcsc:Nobody's Reader")
        self.assertEqual(rows["card"]["verdict"], "skipped")

    def test_no_anchor(self):
        os.rename(self.stand.path("trust"), self.stand.path("trust.away"))
        self.addCleanup(os.rename, self.stand.path("trust.away"),
                        self.stand.path("trust"))
        self.first("trust", 78)

    def test_folder_is_missing(self):
        os.rename(self.stand.path("res"), self.stand.path("res.away"))
        self.addCleanup(os.rename, self.stand.path("res.away"),
                        self.stand.path("res"))
        rows = self.first("folders", 78)
        self.assertIn("/res:", rows["folders"]["detail"])
        self.assertEqual(rows["terminal"]["verdict"], "skipped")

    def test_terminal_ahead_of_the_clock(self):
        name = self.stand.path("res", "OQSsiquc01res_1.xml")
        with open(name, "w", encoding="ascii"):
            pass
        self.addCleanup(os.unlink, name)
        ahead = time.time() + 7200
        os.utime(name, (ahead, ahead))
        rows = self.first("clock", 78)
        self.assertRegex(rows["clock"]["detail"], r"\+7(199|200) s")

    def test_text(self):
        got = self.stand.run("doctor")
        self.assertEqual(got.returncode, 0, got.stdout)
        for name in LAYERS:
            self.assertRegex(got.stdout, r"(?m)^\w+ +%s: " % name)


class Keys(StandCase):
    """The keys for devices."""
    settings = {"devices": {"listen": "127.0.0.1:1"}}

    def test_keys_for_devices(self):
        self.stand.card()
        _, _, rows = doctor(self.stand)
        self.assertEqual(rows["devices"]["verdict"], "ok")
        self.assertIn("made at the first start", rows["devices"]["detail"])
        self.assertFalse(os.path.exists(self.stand.path("devices")))
        self.stand.run("devices", "invite", "tablet", check=True)
        _, _, rows = doctor(self.stand)
        self.assertNotIn("made at", rows["devices"]["detail"])
        os.chmod(self.stand.path("devices", "ca.key"), 0o640)
        code, found, rows = doctor(self.stand)
        self.assertEqual((found["first"], code), ("devices", 78), found)
        self.assertEqual(rows["devices"]["code"], "DEVICE_KEY")
        self.assertIn("ca.key", rows["devices"]["detail"])


class Silent(StandCase):
    """Nobody takes the request."""
    settings = {"terminal": {"answer_timeout": "1"}}

    def test_terminal_is_silent(self):
        self.stand.card()
        self.assertEqual(self.stand.check()[0], 60)
        code, found, rows = doctor(self.stand)
        self.assertEqual((found["first"], code), ("terminal", 60), found)
        self.assertEqual(rows["terminal"]["code"], "NOT_TAKEN")
        self.assertRegex(rows["terminal"]["detail"], "^1 in a row")


class NoReader(unittest.TestCase):
    """Without a reader of pcscd's: whose fault it is."""

    @classmethod
    def setUpClass(cls):
        cls.bare = Stand(0)
        cls.addClassCleanup(cls.bare.close)
        cls.stand = Stand(0)
        cls.addClassCleanup(cls.stand.close)
        cls.stand.readers = 1		# to be stopped
        cls.stand.pcscd("start", "0")

    def on(self, want, code, plist=PLIST, modules="", usb=()):
        system = System(plist, modules)
        self.addCleanup(system.close)
        if usb:
            system.plug(*usb)
        got, found, rows = doctor(self.stand, "--root", system.dir)
        self.rows = rows
        self.assertEqual((found["first"], got), (want, code), found)
        return rows[want]

    def test_no_reader(self):
        self.on("reader", 50)
        self.on("reader", 50, usb=("1d6b", "0002", "09", "hub"))

    def test_no_driver(self):
        row = self.on("driver", 78, plist=None, usb=("072f", "2200"))
        self.assertIn("072f:2200", row["detail"])
        row = self.on("driver", 78, usb=("054c", "06c3", "ff", "port100"))
        self.assertIn("Sony RC-S380/P", row["detail"])
        self.on("driver", 78, usb=("1234", "5678"))
        row = self.on("driver", 78, usb=("04cc", "2533", "ff"))
        self.assertIn("name it by nfc:", row["detail"])
        row = self.on("driver", 78, usb=("072f", "2200", "0b", "", "0205"))
        self.assertIn("firmware is too old", row["detail"])

    def test_kernel_module(self):
        row = self.on("module", 78, usb=("072f", "2200", "0b", "pn533_usb"))
        self.assertEqual(row["detail"], "pn533_usb (072f:2200)")
        row = self.on("module", 78, usb=("072f", "2200"), modules="\n".join(
            ("ext4 745472 1 - Live 0x0", "pn533 32768 1 pn533_usb, Live 0x0")))
        self.assertEqual(row["detail"], "pn533")

    def test_quirks_of_a_folder(self):
        """A reader nobody knew, and a file that is wrong."""
        os.mkdir(self.stand.path("quirks.d"))
        self.addCleanup(self.stand.write_conf, {})
        self.addCleanup(shutil.rmtree, self.stand.path("quirks.d"))
        self.stand.write_conf({"reader": {"quirks": "quirks.d"}})
        with open(self.stand.path("quirks.d", "own.conf"), "w",
                  encoding="ascii") as f:
            f.write("reader 1234:5678\nname Toy\ndriver none\n")
        row = self.on("driver", 78, usb=("1234", "5678"))
        self.assertIn("1234:5678 Toy", row["detail"])
        with open(self.stand.path("quirks.d", "own.conf"), "a",
                  encoding="ascii") as f:
            f.write("colour red\n")
        got = self.stand.run("config", "check")
        self.assertEqual(got.returncode, 78)
        self.assertIn('/quirks.d/own.conf:4: unknown key "colour"',
                      got.stderr)

    def test_not_offered(self):
        """Known, free, and yet pcscd does not offer it."""
        self.on("match", 50, usb=("072f", "2200"),
                modules="pn532 4096 0 - Live 0x0")
        self.assertEqual(self.rows["reader"]["detail"],
                         "072f:2200 ACS ACR122U (USB 1-2, 2.14), may take "
                         "1000 ms to notice a card, USB may put it to sleep")

    def test_no_service(self):
        self.bare.env["PCSCLITE_CSOCK_NAME"] = self.bare.path("nobody")
        code, found, rows = doctor(self.bare)
        self.assertEqual((found["first"], code), ("service", 50), found)
        self.assertIn("is not there", rows["service"]["detail"])
        for name in LAYERS[1:7]:
            self.assertEqual(rows[name]["verdict"], "skipped")
            self.assertEqual(rows[name]["detail"], 'because of "service"')

    def test_no_permission(self):
        path = self.bare.path("refusing")
        refusing = Refusing(path)
        self.addCleanup(refusing.close)
        self.bare.env["PCSCLITE_CSOCK_NAME"] = path
        code, found, rows = doctor(self.bare)
        self.assertEqual((found["first"], code), ("permission", 78), found)
        rule = rows["permission"]["detail"].split("example: ")[1].rstrip(")")
        self.assertTrue(os.path.exists(os.path.join(SRC, rule)), rule)


if __name__ == "__main__":
    unittest.main()
