"""Devices that dial the real agent: enrolment, the list, the readers they
bring, and everybody who is not let in.  tests/lib/link_peer.py is the device;
what it serves as a reader is a card in words."""

import json
import os
import socket
import ssl
import struct
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))

# pylint: disable=wrong-import-position
import link_peer
from agent import AgentStand
from link_peer import (BEGIN, CARD, DELIVER, END, ENROLLING, Closed, Identity,
                       NO_CARD, Peer, READER, RECORD, REPLY, TICKETS, WAIT,
                       enrol, frame, openssl, result, short, text_parts)
from stand import free_port, wait_until


class Devices(AgentStand):
    """An agent without readers of its own, where devices dial."""

    def __init__(self):
        self.link = free_port()
        super().__init__(0, {"devices": {
            "listen": "127.0.0.1:%d" % self.link}})
        self.agent()

    def invite(self, name):
        return json.loads(self.run("devices", "invite", name, "--json",
                                   check=True).stdout)

    def enrolled(self, name):
        return enrol(self.link, self.invite(name)["text"],
                     self.path("device-" + name))

    def device(self, name):
        rows = self.clients["desk"].get("/devices").json["devices"]
        return next((d for d in rows if d["name"] == name), None)

    def reader(self, client):
        rows = self.clients["desk"].get("/readers").json["readers"]
        return next((r for r in rows if r["client"] == client), None)


class Empty:
    """A reader, with a card or without, that answers what the link asks."""

    def __init__(self, peer, card=False):
        self.card = card
        self.asked = []
        self.told = None
        self.peer = peer
        self.stop = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def answer(self, kind, _):
        self.asked.append(kind)
        if kind == WAIT:
            event = CARD if self.card else NO_CARD
            if self.told == event and not self.card:
                time.sleep(0.05)
                return result("TIMEOUT")
            self.told = event
            return result("OK") + struct.pack(">B", event)
        if kind == BEGIN:
            return result("NO_CARD")
        if kind == END:
            return result("OK")
        return result("SEQUENCE")

    def run(self):
        try:
            self.peer.serve(self.answer, lambda: self.stop)
        except (Closed, OSError):
            pass

    def end(self):
        self.peer.close()
        self.thread.join(10)


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = Devices()
        cls.addClassCleanup(cls.stand.close)
        cls.port = cls.stand.link
        cls.mine = cls.stand.enrolled("tablet")

    def peer(self, identity=None, **how):
        peer = Peer(self.port, identity, **how)
        self.addCleanup(peer.close)
        return peer

    def unaffected(self):
        """Somebody who may come in still can."""
        with Peer(self.port, self.mine) as peer:
            self.assertEqual(peer.hello(DELIVER), "OK")
            self.assertEqual(peer.name, "tablet")


class Enrolment(Case):
    def test_text_and_qr(self):
        got = self.stand.invite("second")
        self.assertRegex(got["text"], "^([0-9A-HJKMNP-TV-Z]{5}-){4}"
                         "[0-9A-HJKMNP-TV-Z]{6}$")
        self.assertEqual(got["url"], "shikaku-device:127.0.0.1:%d/%s" % (
            self.port, got["text"]))
        self.assertEqual(self.stand.device("second")["state"], "invited")
        me = enrol(self.port, got["text"], self.stand.path("second"))
        self.assertEqual(me.name, "second")
        self.assertEqual(self.stand.device("second")["state"], "away")

    def test_hello_knows_the_device_and_the_time(self):
        peer = self.peer(self.mine)
        self.assertEqual(peer.hello(DELIVER), "OK")
        self.assertEqual(peer.name, "tablet")
        self.assertLess(abs(peer.time / 1000 - time.time()), 60)

    def test_tickets_and_what_is_no_record(self):
        peer = self.peer(self.mine)
        peer.hello(DELIVER)
        said, body = peer.ask(TICKETS, b"\0\3")
        self.assertEqual(said, "OK")
        cert, = struct.unpack(">H", body[:2])
        self.assertEqual(len(body), 2 + cert + 32 + 2 + 3 * 142)
        self.assertEqual(body[2 + cert + 32:][:6], b"\0\3SKT1")
        self.assertEqual(peer.ask(RECORD, b"\0\0\0\1x"),
                         ("RECORD_ALTERED", b""))


class Readers(Case):
    def test_a_kiosk_uses_it(self):
        self.stand.add_client("home-1", "kiosk", "--reader", "device:tablet")
        wait_until("slot", lambda: (self.stand.reader("home-1") or {}).get(
            "state") == "absent")
        self.assertEqual(self.stand.reader("home-1")["error"]["code"],
                         "DEVICE_AWAY")
        peer = self.peer(self.mine)
        self.assertEqual(peer.hello(READER), "OK")
        reader = Empty(peer)
        wait_until("ready", lambda: self.stand.reader("home-1")["state"] ==
                   "ready")
        self.assertEqual(self.stand.device("tablet")["state"], "connected")
        reader.end()
        wait_until("absent", lambda: self.stand.reader("home-1")["state"] ==
                   "absent")


if __name__ == "__main__":
    unittest.main()
