"""What a device does with tickets and records when its agent, which is not
ours here, answers what it likes: nothing is let go of unless the agent has
said, well formed, that it has it or will never take it."""

import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

from stand import SRC, program

sys.path.insert(0, os.path.join(SRC, "tests", "lib"))

import link_near as link                                    # noqa: E402
from link_agent import DELIVER, Agent, der                     # noqa: E402

NAME = "20261120090000123-00000000-0000-4000-8000-000000000001.rec"


class Liar(Agent):
    """Answers requests of purpose deliver by the list `says`, one after the
    other: (result, body), or None to close the line, or raw bytes."""

    def __init__(self, folder):
        self.says = []
        self.got = []
        super().__init__(folder)

    def greet(self, near):
        super().greet(near)
        if self.hellos and self.hellos[-1][0] == DELIVER and \
                self.hello == "OK":
            try:
                self.deliver(near)
            finally:
                near.close()

    def deliver(self, near):
        while self.says:
            kind, seq, payload = near.frame()
            self.got.append((kind, payload))
            said = self.says.pop(0)
            if said is None:
                return
            if isinstance(said, bytes):
                near.send(said)
            else:
                self.answer(near, kind, seq, said[0], said[1])


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="shikaku-")
        cls.addClassCleanup(shutil.rmtree, cls.dir)
        cls.env = dict(os.environ, LC_ALL="C.UTF-8")
        cls.agent = Liar(os.path.join(cls.dir, "agent"))
        cls.addClassCleanup(cls.agent.close)
        cls.folder = os.path.join(cls.dir, "device")
        got = cls.device("enrol", cls.agent.address, cls.agent.text())
        if got.returncode != 0:
            raise AssertionError(got.stderr)
        cls.device("queue")         # makes its folders

    @classmethod
    def device(cls, word, *args):
        return subprocess.run([program("shikaku-reader"), word, *args,
                               "--folder", cls.folder], env=cls.env,
                              text=True, capture_output=True, timeout=60,
                              check=False)

    def put(self, data=b"sealed", name=NAME):
        path = os.path.join(self.folder, "queue", name)
        with open(path, "wb") as f:
            f.write(data)
        os.chmod(path, 0o600)

    def tearDown(self):
        for part in ("queue", "refused", "tickets"):
            folder = os.path.join(self.folder, part)
            for name in os.listdir(folder) if os.path.isdir(folder) else ():
                os.unlink(os.path.join(folder, name))

    def deliver(self, *says):
        self.agent.says = list(says)
        self.agent.got = []
        return self.device("deliver")

    def queue(self):
        return json.loads(self.device("queue", "--json").stdout)

    # -- what lets a record go ---------------------------------------------
    def test_taken(self):
        for verdict in (b"\1", b"\2"):
            self.put()
            got = self.deliver(("OK", verdict))
            self.assertEqual(got.returncode, 0, got.stderr)
            self.assertEqual(self.queue(), {"waiting": [], "refused": []})
            (kind, payload), = self.agent.got
            self.assertEqual((kind, payload), (
                link.RECORD, struct.pack(">I", 6) + b"sealed"))

    def test_refused_for_good(self):
        for why in ("TICKET_USED", "TICKET_EXPIRED", "TICKET_FOREIGN",
                    "TICKET_ALTERED", "RECORD_ALTERED", "TOOBIG",
                    "CERT_TEST"):
            with self.subTest(why=why):
                self.put()
                got = self.deliver((why, b""))
                self.assertEqual(got.returncode, 0, got.stderr)
                self.assertEqual(self.queue(), {"waiting": [], "refused": [
                    {"name": NAME, "why": why}]})
                self.tearDown()

    # -- what does not -----------------------------------------------------
    def test_anything_else_keeps_it(self):
        answers = {
            "the line ends": None,
            "not now": ("NOT_NOW", b""), "busy": ("STORE_BUSY", b""),
            "revoked": ("LINK_REVOKED", b""), "an error of ours":
            ("NOMEM", b""), "no verdict": ("OK", b""),
            "verdict 0": ("OK", b"\0"), "verdict 3": ("OK", b"\3"),
            "two verdicts": ("OK", b"\1\1"),
            "garbage": b"GET / HTTP/1.1\r\n\r\n",
            "a length of nothing": b"\0\0\0\0",
            "a huge length": b"\xff\xff\xff\xff",
            "half a frame": b"\0\0\0\x20\xc3",
            "another request's reply": link.frame(
                link.TICKETS | link.REPLY, 2, b"\2OK\0\0\1"),
            "another sequence": link.frame(
                link.RECORD | link.REPLY, 9, b"\2OK\0\0\1"),
            "an unknown result": link.frame(
                link.RECORD | link.REPLY, 2, b"\4GOOD\0\0\1"),
        }
        for name, answer in answers.items():
            with self.subTest(name=name):
                self.put()
                got = self.deliver(answer)
                self.assertNotEqual(got.returncode, 0)
                self.assertEqual(self.queue(),
                                 {"waiting": [NAME], "refused": []})

    def test_one_that_cannot_go_holds_up_no_other(self):
        names = ["2026112009000012%d-x.rec" % i for i in range(4)]
        for name in names:
            self.put(name=name)
        got = self.deliver(("OK", b"\1"), ("STORE_BUSY", b""),
                           ("NOMEM", b""), ("OK", b"\1"))
        self.assertNotEqual(got.returncode, 0)
        self.assertEqual(len(self.agent.got), 4)
        self.assertEqual(self.queue()["waiting"], names[1:3])

    def test_the_rest_waits_when_the_line_breaks(self):
        names = ["2026112009000012%d-x.rec" % i for i in range(3)]
        for answer in (None, ("LINK_REVOKED", b""), ("OK", b"\3")):
            with self.subTest(answer=answer):
                for name in names:
                    self.put(name=name)
                got = self.deliver(("OK", b"\1"), answer)
                self.assertNotEqual(got.returncode, 0)
                self.assertEqual(len(self.agent.got), 2)
                self.assertEqual(self.queue()["waiting"], names[1:])

    # -- tickets -----------------------------------------------------------
    def test_tickets_that_are_none(self):
        with open(os.path.join(self.agent.ca.folder, "agent.pem"), "rb") as f:
            cert = der(f.read())
        head = struct.pack(">H", len(cert)) + cert + b"k" * 32
        bodies = {
            "nothing": b"", "half a certificate": head[:100],
            "a certificate that is none": b"\0\4abcd" + b"k" * 32 + b"\0\0",
            "fewer than it says": head + b"\0\2" + b"SKT1" + b"x" * 138,
            "more than it may": head + struct.pack(">H", 201),
            "not signed": head + b"\0\1" + b"SKT1" + b"x" * 138,
        }
        for name, body in bodies.items():
            with self.subTest(name=name):
                self.agent.says = [("OK", body)]
                got = self.device("tickets")
                self.assertNotEqual(got.returncode, 0)
                got = json.loads(self.device("tickets", "--count", "0",
                                             "--json").stdout)
                self.assertEqual(got["usable"], 0)


if __name__ == "__main__":
    unittest.main()
