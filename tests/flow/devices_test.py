"""Devices that dial the real agent: enrolment, the list, the readers they
bring, and everybody who is not let in.  tests/lib/link_peer.py is the device;
what it serves as a reader is a card in words."""

import json
import os
import shutil
import socket
import sqlite3
import ssl
import struct
import subprocess
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
                       enrol, frame, openssl, result, text_parts)
from stand import free_port, wait_until


class Devices(AgentStand):
    """An agent without readers of its own, where devices dial."""

    def __init__(self):
        self.link = free_port()
        super().__init__(0, {"devices": {
            "listen": "127.0.0.1:%d" % self.link}, "log": {
                "level": "debug"}})
        self.proc = self.agent()
        self.texts = []

    def invite(self, name):
        got = json.loads(self.run("devices", "invite", name, "--json",
                                  check=True).stdout)
        self.texts.append(got["text"])
        return got

    def finish(self):
        """It ends in order, and its log holds no code."""
        status = self.stop(self.proc)
        with open(self.path("agent.log"), encoding="utf-8") as f:
            log = f.read()
        if status != 0:
            raise AssertionError("the agent ended with %d:\n%s" % (
                status, log[-4000:]))
        for text in self.texts:
            for part in (text, text.replace("-", "")[:10]):
                if part in log:
                    raise AssertionError("a code is in the log")

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
        self.over = peer.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def wait(self, seconds):
        event = CARD if self.card else NO_CARD
        if self.told == event and not self.card:
            return result("CANCELLED" if self.peer.pause(seconds) else
                          "TIMEOUT")
        self.told = event
        return result("OK") + struct.pack(">B", event)

    def answer(self, kind, payload):
        self.asked.append(kind)
        if kind == WAIT:
            return self.wait(struct.unpack(">I", payload)[0] / 1000)
        if kind == BEGIN:
            return result("NO_CARD")
        if kind == END:
            return result("OK")
        return result("SEQUENCE")

    def run(self):
        try:
            self.peer.serve(self.answer, lambda: self.stop)
        except (Closed, OSError, ValueError):
            pass
        self.over.set()

    def end(self):
        """The line is cut: shut down, because a thread reads there."""
        try:
            self.peer.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.thread.join(10)
        self.peer.close()


STAND = None


def setUpModule():
    """One agent for all: nobody's misbehaviour may matter to the others."""
    global STAND
    STAND = Devices()
    unittest.addModuleCleanup(STAND.close)
    unittest.addModuleCleanup(STAND.finish)
    STAND.mine = STAND.enrolled("tablet")


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = STAND
        cls.port = STAND.link
        cls.mine = STAND.mine

    def peer(self, identity=None, **how):
        peer = Peer(self.port, identity, **how)
        self.addCleanup(peer.close)
        return peer

    def said(self, purpose, identity=None, **how):
        """What HELLO is answered with."""
        with Peer(self.port, identity) as peer:
            return peer.hello(purpose, **how)

    def unaffected(self):
        """Somebody who may come in still can."""
        with Peer(self.port, self.mine) as peer:
            self.assertEqual(peer.hello(DELIVER), "OK")
            self.assertEqual(peer.name, "tablet")

    def json(self, *argv, want=0):
        got = self.stand.run(*argv, "--json")
        self.assertEqual((got.returncode, len(got.stdout.splitlines())),
                         (want, 1), got)
        return json.loads(got.stdout)

    def kiosk(self, name, device):
        """A kiosk with this device's reader, looked after by now."""
        self.stand.add_client(name, "kiosk", "--reader", "device:" + device)
        wait_until("slot", lambda: self.stand.reader(name))
        return name

    def await_state(self, name, state):
        return wait_until("%s %s" % (name, state), lambda: (
            lambda r: r if r["state"] == state else None)(
                self.stand.reader(name)))

    def await_end(self, peer):
        wait_until("the end", peer.ended, 30)


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

    def test_replayed(self):
        code = text_parts(self.stand.invite("once")["text"])[0]
        me = Identity(self.stand.path("once"))
        other = Identity(self.stand.path("not-once"))
        peer = self.peer()
        self.assertEqual(peer.hello(ENROLLING), "OK")
        self.assertEqual(peer.enrol(code, me.request())[0], "OK")
        self.assertTrue(peer.ended())
        self.stand.invite("open")
        for who in (me, other):
            again = self.peer()
            again.hello(ENROLLING)
            self.assertEqual(again.enrol(code, who.request())[0], "CODE")
        self.unaffected()

    def test_expired(self):
        code = text_parts(self.stand.invite("late")["text"])[0]
        with sqlite3.connect(self.stand.path("shikaku.db")) as db:
            db.execute("UPDATE invitation SET expires_at = ?",
                       (int(time.time() * 1000) - 1,))
        # Nobody is invited: nobody may try a code.
        self.assertEqual(self.peer().hello(ENROLLING), "LINK_REVOKED")
        self.stand.invite("open")
        peer = self.peer()
        peer.hello(ENROLLING)
        self.assertEqual(peer.enrol(code, Identity(self.stand.path(
            "late")).request())[0], "CODE")
        self.assertIsNone(self.stand.device("late"))
        self.unaffected()

    def test_requests_that_are_none(self):
        code = text_parts(self.stand.invite("bad")["text"])[0]
        other = Identity(self.stand.path("p384"), "P-384")
        good = Identity(self.stand.path("good")).request()
        for request, want in (
                (b"", "CERT_FORM"), (b"0" * 500, "CERT_FORM"),
                (good[:-1], "CERT_FORM"), (good + b"x", "CERT_FORM"),
                (good[:-9] + b"x" + good[-8:], "CERT_FORM"),
                (other.request(), "CERT_FORM"),
                # A key that is in the list does not come in twice.
                (self.mine.request(), "LINK_REVOKED")):
            with self.subTest(request=request[:20]):
                peer = self.peer()
                peer.hello(ENROLLING)
                self.assertEqual(peer.enrol(code, request)[0], want)
        self.assertEqual(self.stand.device("bad")["state"], "invited")
        peer = self.peer()
        peer.hello(ENROLLING)
        self.assertEqual(peer.enrol(code, good)[0], "OK")

    def test_keys_are_the_agents_own(self):
        keys = self.stand.path("devices")
        self.assertEqual(os.stat(keys).st_mode & 0o7777, 0o700)
        names = set(os.listdir(keys))
        self.assertEqual(names, {
            "ca.crt", "ca.key", "server.crt", "server.key", "seal.crt",
            "seal.key", "ticket.key"})
        for name in names:
            self.assertEqual(os.stat(os.path.join(keys, name)).st_mode &
                             0o7777, 0o600, name)
        # Judged by others: the device's certificate, for its one use.
        openssl("verify", "-CAfile", self.mine.ca, "-purpose", "sslclient",
                self.mine.cert)
        for purpose in ("sslserver", "smimesign"):
            with self.assertRaises(subprocess.CalledProcessError):
                openssl("verify", "-CAfile", self.mine.ca, "-purpose",
                        purpose, self.mine.cert)


class Hostile(Case):
    """Each is refused, and the others are not touched."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.stand.enrolled("other")
        cls.gone = cls.stand.enrolled("gone")
        cls.stand.run("devices", "revoke", "gone", check=True)

    def tearDown(self):
        self.unaffected()

    def own_ca(self, name, like):
        """An identity of a CA of its own, which calls itself as ours."""
        me = Identity(self.stand.path(name))
        ca = Identity(self.stand.path(name + "-ca"))
        subject = openssl("x509", "-in", like.ca, "-noout", "-subject",
                          "-nameopt", "RFC2253").decode().strip()
        subject = "/" + subject.partition("=")[2].strip()
        openssl("req", "-x509", "-new", "-key", ca.key, "-subj", subject,
                "-out", ca.ca, "-days", "30")
        with open(ca.path("ext"), "w", encoding="ascii") as f:
            f.write("keyUsage=critical,digitalSignature\n"
                    "extendedKeyUsage=clientAuth\n")
        openssl("x509", "-req", "-inform", "DER", "-CA", ca.ca, "-CAkey",
                ca.key, "-CAcreateserial", "-days", "30", "-extfile",
                ca.path("ext"), "-out", me.cert, data=me.request())
        shutil.copy(like.ca, me.ca)
        return me

    def closed(self, **how):
        """No HELLO is heard from it."""
        with self.assertRaises((Closed, OSError)):
            with Peer(self.port, **how) as peer:
                peer.hello(DELIVER)

    def test_certificate_of_another_ca(self):
        self.closed(identity=self.own_ca("forged", self.mine))

    def test_device_that_plays_the_ca(self):
        """A device's certificate vouches for nobody."""
        me = Identity(self.stand.path("child"))
        openssl("x509", "-req", "-inform", "DER", "-CA", self.mine.cert,
                "-CAkey", self.mine.key, "-CAcreateserial", "-days", "30",
                "-out", me.cert, data=me.request())
        with open(me.cert, "a", encoding="ascii") as f, \
                open(self.mine.cert, encoding="ascii") as parent:
            f.write(parent.read())
        shutil.copy(self.mine.ca, me.ca)
        self.closed(identity=me)

    def test_older_tls_and_other_protocols(self):
        for how in ({"version": ssl.TLSVersion.TLSv1_2}, {"alpn": None},
                    {"alpn": "http/1.1"}, {"alpn": "shikaku-link/2"}):
            with self.subTest(**{k: str(v) for k, v in how.items()}):
                self.closed(identity=self.mine, **how)

    def test_who_is_not_in_the_list(self):
        for purpose in (READER, DELIVER):
            self.assertEqual(self.said(purpose), "LINK_REVOKED")
            self.assertEqual(self.said(purpose, self.gone), "LINK_REVOKED")

    def test_other_versions(self):
        self.assertEqual(self.said(DELIVER, self.mine, version=2),
                         "LINK_VERSION")
        self.assertEqual(self.said(9, self.mine), "LAYOUT")
        self.assertEqual(self.said(DELIVER, self.mine, software=b"a" * 65),
                         "LAYOUT")

    def test_frames_that_are_none(self):
        for data in (b"\xff" * 64, b"\0\0\0\0", b"\0\0\0\2A\0",
                     struct.pack(">IBH", 1 << 31, 0x41, 1),
                     struct.pack(">IBH", (1 << 20) + 1, 0x41, 1),
                     b"GET / HTTP/1.1\r\n\r\n"):
            with self.subTest(data=data[:20]):
                peer = self.peer(self.mine)
                peer.send(data)
                self.assertTrue(peer.ended())
        peer = self.peer(self.mine)
        self.assertEqual(peer.hello(DELIVER), "OK")
        peer.send(frame(TICKETS, 2, b"\0\1")[:-1])
        self.unaffected()
        peer.send(b"\1" + frame(0x55, 3))
        self.assertEqual(link_peer.take_result(peer.hear()[2])[0], "OK")
        self.assertEqual(link_peer.take_result(peer.hear()[2])[0], "LAYOUT")
        self.assertTrue(peer.ended())

    def test_noise_instead_of_tls(self):
        for data in (b"\x16\x03\x01\xff\xff", b"\0" * 100,
                     b"GET / HTTP/1.1\r\n\r\n", b""):
            with self.subTest(data=data[:20]):
                with socket.create_connection(("127.0.0.1", self.port),
                                              30) as s:
                    try:
                        s.sendall(data)
                        s.shutdown(socket.SHUT_WR)
                        while s.recv(4096):
                            pass
                    except OSError:
                        pass

    def test_slow_drip(self):
        """As many as an address may have, and one too many; all of them
        begin a handshake and go on with it for ever."""
        drips = [socket.create_connection(("127.0.0.1", self.port), 30,
                                          ("127.0.0.9", 0))
                 for _ in range(9)]
        for s in drips:
            self.addCleanup(s.close)
        head = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
        cut = 0
        for c in head:
            cut = 0
            for s in drips:
                try:
                    s.sendall(bytes([c]))
                    s.setblocking(False)
                    cut += s.recv(1) == b""
                except BlockingIOError:
                    pass
                except OSError:
                    cut += 1
                finally:
                    s.setblocking(True)
            self.unaffected()
        self.assertEqual(cut, 1)

    def test_two_readers_of_one_device(self):
        first = self.peer(self.other)
        self.assertEqual(first.hello(READER), "OK")
        reader = Empty(first)
        for _ in range(3):
            self.assertEqual(self.said(READER, self.other), "READER_BUSY")
        self.assertEqual(self.said(DELIVER, self.other), "OK")
        wait_until("connected", lambda: self.stand.device("other")[
            "state"] == "connected")
        reader.end()

    def test_reader_that_talks_out_of_turn(self):
        """Whatever it says unasked: its own kiosk has no reader then."""
        name = self.kiosk("mad", "other")
        self.await_state(name, "absent")
        peer = self.peer(self.other)
        self.assertEqual(peer.hello(READER), "OK")
        peer.send(frame(WAIT | REPLY, 7, result("OK") + b"\1") * 50)
        self.await_end(peer)
        self.await_state(name, "absent")
        self.stand.run("clients", "revoke", name, check=True)


class Readers(Case):
    def test_a_kiosk_uses_it(self):
        name = self.kiosk("home-1", "tablet")
        self.assertEqual(self.await_state(name, "absent")["error"]["code"],
                         "DEVICE_AWAY")
        for card in (False, True):
            peer = self.peer(self.mine)
            self.assertEqual(peer.hello(READER), "OK")
            reader = Empty(peer, card)
            self.await_state(name, "ready")
            wait_until("card", lambda: self.stand.reader(name)["card"] ==
                       card)
            self.assertEqual(self.stand.device("tablet")["state"],
                             "connected")
            reader.end()
            self.await_state(name, "absent")
        self.assertEqual(self.stand.device("tablet")["state"], "away")
        self.stand.run("clients", "revoke", name, check=True)

    def test_lost_in_the_middle_of_a_visit(self):
        """The visit ends as with a lost reader, and the next one is served
        by the device that has dialled again."""
        me = self.stand.enrolled("traveller")
        name = self.kiosk("home-2", "traveller")
        client = self.stand.clients[name]
        for _ in range(2):
            peer = self.peer(me)
            self.assertEqual(peer.hello(READER), "OK")
            reader = Empty(peer)
            self.await_state(name, "ready")
            visit = client.visit()
            self.await_state(name, "busy")
            asked = len(reader.asked)
            wait_until("a question of the visit", lambda: len(
                reader.asked) > asked)
            reader.end()
            v = wait_until("its end", lambda: (
                lambda v: v if v["state"] in ("cancelled", "refused",
                                              "expired") or v["error"]
                else None)(client.read(visit)))
            self.assertEqual((v["state"], v["error"]["code"]),
                             ("refused", "DEVICE_AWAY"))
            self.await_state(name, "absent")

    def test_renamed_and_revoked(self):
        me = self.stand.enrolled("old-name")
        name = self.kiosk("home-3", "old-name")
        desk = self.stand.clients["desk"]
        peer = self.peer(me)
        self.assertEqual(peer.hello(READER), "OK")
        Empty(peer)
        self.await_state(name, "ready")
        desk.must(200, desk.post("/devices/old-name/name",
                                 {"name": "new-name"}))
        # The kiosk has the new name, and the device dials again.
        self.await_end_of(peer)
        peer = self.peer(me)
        self.assertEqual(peer.hello(READER), "OK")
        self.assertEqual(peer.name, "new-name")
        Empty(peer)
        self.await_state(name, "ready")
        giver = self.peer(me)
        self.assertEqual(giver.hello(DELIVER), "OK")
        desk.must(200, desk.post("/devices/new-name/revocation"))
        self.await_end(giver)
        self.await_end_of(peer)
        self.await_state(name, "absent")
        self.assertEqual(self.said(READER, me), "LINK_REVOKED")
        self.assertEqual(self.stand.device("new-name")["state"], "revoked")
        self.unaffected()

    def test_alias_is_not_left_behind(self):
        self.stand.enrolled("by-alias")
        self.stand.enrolled("by-alias-2")
        try:
            self.stand.write_conf({
                "devices": {"listen": "127.0.0.1:%d" % self.port},
                "alias": {"bed": "device:by-alias"}})
            got = self.stand.run("devices", "rename", "by-alias", "moved",
                                 "--json")
            error = json.loads(got.stdout)["error"]
            self.assertEqual(error["code"], "CONF")
            self.assertIn("[alias] bed is device:by-alias;", got.stdout)
            self.assertIsNone(self.stand.device("moved"))
            self.stand.run("devices", "rename", "by-alias-2", "moved-2",
                           check=True)
        finally:
            self.stand.write_conf({"devices": {"listen": "127.0.0.1:%d" %
                                               self.port}})
        self.stand.run("devices", "rename", "by-alias", "moved", check=True)

    def await_end_of(self, peer):
        if not peer.over.wait(30):
            self.fail("it goes on")

    def test_revoked_by_another_program(self):
        me = self.stand.enrolled("lost")
        peer = self.peer(me)
        self.assertEqual(peer.hello(DELIVER), "OK")
        self.stand.run("devices", "revoke", "lost", check=True)
        self.assertTrue(peer.ended())
        self.unaffected()


class Commands(Case):
    def test_list(self):
        self.stand.invite("guest")
        rows = {d["name"]: d for d in self.json("devices", "list")[
            "devices"]}
        self.assertEqual(set(rows["tablet"]), {
            "name", "enrolled_at", "last_seen", "expires_at", "revoked_at"})
        self.assertIsNotNone(rows["guest"]["expires_at"])
        self.assertIsNone(rows["guest"]["enrolled_at"])
        self.assertIsNotNone(rows["tablet"]["enrolled_at"])
        text = self.stand.run("devices", "list", check=True).stdout
        self.assertRegex(text, "(?m)^guest +invited$")

    def test_invitation_in_words(self):
        out = self.stand.run("devices", "invite", "words", check=True).stdout
        self.assertRegex(out, "(?m)^activation text: [0-9A-Z-]{30}$")
        self.assertRegex(out, "(?m)^QR code: shikaku-device:127.0.0.1:")
        text = out.split()[2]
        self.assertRegex(out, r"shikaku-reader enrol \S+ %s --folder" % text)
        again = self.stand.run("devices", "invite", "words", check=True)
        self.assertIn("has ended", again.stdout)
        for argv in (("invite", "tablet"), ("rename", "words", "y")):
            got = self.stand.run("devices", *argv)
            self.assertEqual(got.returncode, 70)
            self.assertIn("revoke it", got.stderr)
        for name in os.listdir(self.stand.dir):
            if name.startswith("shikaku.db"):
                with open(self.stand.path(name), "rb") as f:
                    self.assertNotIn(text[:5].encode() + text[6:11].encode(),
                                     f.read())

    def test_refusals(self):
        for argv, want, code in (
                (("invite", "tablet"), 2, "ROW"),
                (("invite", "Tablet"), 64, "USAGE"),
                (("invite", ""), 64, "USAGE"),
                (("invite", "a" * 33), 64, "USAGE"),
                (("rename", "nobody", "x"), 78, "NO_DEVICE"),
                (("rename", "tablet", "A"), 64, "USAGE"),
                (("revoke", "nobody"), 78, "NO_DEVICE")):
            with self.subTest(argv=argv):
                got = self.stand.run("devices", *argv, "--json")
                said = json.loads(got.stdout)["error"]["code"]
                self.assertEqual(said, code)
                self.assertNotEqual(got.returncode, 0)
        self.unaffected()

    def test_device_is_no_reader_of_the_command_line(self):
        got = self.stand.run("card", "--reader", "device:tablet", "--json")
        said = json.loads(got.stdout)["error"]
        self.assertEqual(said["code"], "CONF")
        self.assertIn("through the agent", said["detail"])

    def test_where_nobody_listens(self):
        self.stand.write_conf({"devices": {"listen": "0.0.0.0:%d" %
                                           self.port}})
        try:
            got = self.stand.run("devices", "invite", "x", "--json")
            self.assertEqual(json.loads(got.stdout)["error"]["code"], "CONF")
            got = self.stand.run("config", "check")
            self.assertEqual(got.returncode, 78)
            self.assertIn("[devices] address", got.stdout + got.stderr)
            self.stand.write_conf({"devices": {"listen": "localhost:1"}})
            got = self.stand.run("config", "check")
            self.assertIn("[devices] listen", got.stdout + got.stderr)
            self.stand.write_conf({})
            got = self.stand.run("devices", "invite", "x", "--json")
            said = json.loads(got.stdout)["error"]
            self.assertEqual(said["code"], "CONF")
            self.assertIn("is empty", said["detail"])
            for key, value in (("listen", "nowhere"), ("listen", "a:0"),
                               ("address", "a"), ("ticket_hours", "0"),
                               ("deliver_days", "91")):
                self.stand.write_conf({"devices": {key: value}})
                got = self.stand.run("devices", "list", "--json")
                self.assertEqual(json.loads(got.stdout)["error"]["code"],
                                 "CONF")
        finally:
            self.stand.write_conf({"devices": {"listen": "127.0.0.1:%d" %
                                               self.port}})


class WrongCodes(Case):
    """The last one: nobody enrols for a minute after it."""

    def test_five_wrong_codes_hold_all_off(self):
        code = text_parts(self.stand.invite("next")["text"])[0]
        request = Identity(self.stand.path("next")).request()
        said = []
        for n in range(7):
            peer = self.peer()
            peer.hello(ENROLLING)
            said.append(peer.enrol("00000%05d" % n, request)[0])
            peer.close()
        # Other tests may have been wrong in this minute too.
        wrong = said.count("CODE")
        self.assertLessEqual(wrong, 5)
        self.assertEqual(said, ["CODE"] * wrong + ["TOO_MANY"] * (7 - wrong))
        peer = self.peer()
        peer.hello(ENROLLING)
        self.assertEqual(peer.enrol(code, request)[0], "TOO_MANY")
        self.unaffected()


if __name__ == "__main__":
    unittest.main()
