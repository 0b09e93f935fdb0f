"""A visit at a patient's home: the real agent, the real shikaku-reader that
dials it over TLS, the PIN at the device's terminal or at the agent; a line
that is cut in the middle, a device that is revoked."""

import json
import os
import socket
import subprocess
import threading
import unittest

from agent import AgentStand, CONSENT, NUMBER_B
from stand import PIN, READER, free_port, program, wait_until
from tty_test import Screen

REVOKED = 77
NAME = "home-1"


class Line:
    """Between the device and the agent: bytes, until it is cut."""

    def __init__(self, to):
        self.to = to
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.open = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.server.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                near.close()
                continue
            self.open += [near, far]
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self.carry, args=(a, b),
                                 daemon=True).start()

    @staticmethod
    def carry(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
        except OSError:
            pass
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        for s in self.open:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()
        self.open.clear()

    def close(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.cut()


class Remote(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        link = free_port()
        cls.stand = AgentStand(1, {"devices": {
            "listen": "127.0.0.1:%d" % link}})
        cls.addClassCleanup(cls.stand.close)
        cls.line = Line(link)
        cls.addClassCleanup(cls.line.close)
        cls.stand.agent()
        cls.stand.terminal()
        cls.folder = cls.stand.path("device")
        cls.invite(NAME, cls.folder)
        cls.home = cls.stand.add_client("home", "kiosk", "--reader",
                                        "device:" + NAME)

    @classmethod
    def invite(cls, name, folder):
        text = json.loads(cls.stand.run("devices", "invite", name, "--json",
                                        check=True).stdout)["text"]
        subprocess.run(
            [program("shikaku-reader"), "enrol", "127.0.0.1:%d" %
             cls.line.port, text, "--folder", folder], check=True,
            stdout=subprocess.DEVNULL, env=cls.stand.env, timeout=60)

    def connect(self, *args, folder=None):
        screen = Screen(self.stand, *args, READER % "A", argv=(
            "shikaku-reader", "connect", "--folder", folder or self.folder))
        self.addCleanup(self.left, screen)
        screen.expect("connected as")
        return screen

    def left(self, screen):
        screen.leave()
        wait_until("away", lambda: self.state("home") == "absent")

    def state(self, client):
        rows = self.stand.clients["desk"].get("/readers").json["readers"]
        return next((r["state"] for r in rows if r["client"] == client),
                    None)

    def card(self, *args):
        card = self.stand.card("p03", *args)
        self.addCleanup(self.stand.stop, card)
        return card

    def verified(self):
        seen = self.stand.count()["verify"]
        return seen.get("0018", 0), seen.get("0011", 0)

    def ready(self):
        wait_until("ready", lambda: self.state("home") == "ready")

    def status(self):
        return subprocess.run(
            [program("shikaku-reader"), "status", "--folder", self.folder],
            env=self.stand.env, text=True, capture_output=True,
            check=True).stdout

    @staticmethod
    def refused(status):
        return [line for line in status.splitlines()
                if line.startswith("refused ")]

    # -- visits -----------------------------------------------------------
    def visit_at_device(self, screen):
        visit = self.home.visit()
        self.home.until(visit, "pin_at_device")
        before = screen.expect(r"cancels\): $")
        self.assertIn("tries left: 3", before)
        screen.type(PIN + "\n")
        return visit

    def finish(self, visit):
        self.home.agree(visit, CONSENT)
        self.home.until(visit, "closing")
        self.home.do(visit, "closing")
        self.home.until(visit, "done")

    def test_pin_at_the_device(self):
        self.card()
        refused = self.refused(self.status())
        screen = self.connect()
        self.ready()
        visit = self.visit_at_device(screen)
        self.finish(visit)
        seen = self.stand.clients["desk"].read(visit)
        self.assertEqual(seen["identity"]["attributes"]["name"],
                         "資格　一郎")
        self.assertEqual(self.verified(), (1, 1))
        self.assertEqual(self.stand.count()["forbidden"], 0)
        self.assertNotIn(PIN, screen.seen)
        status = self.status()
        self.assertIn("name " + NAME, status)
        self.assertIn("state connected", status)
        self.assertEqual(self.refused(status), refused)

    def test_pin_at_the_agent(self):
        self.card()
        self.connect("--agent-pin", "--pin-prompt", "none")
        self.ready()
        visit = self.home.visit()
        self.home.enter(visit)
        self.finish(visit)
        self.assertEqual(self.verified(), (1, 1))

    def test_number_b_at_the_agent(self):
        """The card's face is read and shown to be genuine, from afar."""
        self.card()
        self.connect("--agent-pin", "--pin-prompt", "none")
        self.ready()
        self.stand.face_key("home")
        visit = self.home.visit(mode="face")
        self.home.until(visit, "number_b")
        self.home.do(visit, "number-b", {"number": NUMBER_B["p03"]})
        self.home.until(visit, "evidence")
        photo = self.home.get("/visits/%s/photo" % visit)
        self.assertTrue(photo.body.startswith(b"\x89PNG"), photo.status)
        self.home.do(visit, "cancellation")
        seen = self.stand.count()
        self.assertEqual(seen["verify"].get("surface.0012", 0), 1)
        self.assertEqual(seen["forbidden"], 0)

    def test_pin_at_the_agent_where_the_device_does_not_want_it(self):
        self.card()
        self.connect("--pin-prompt", "none")
        self.ready()
        visit = self.home.visit()
        self.home.enter(visit)
        got = self.home.until(visit, "refused", "cancelled", "expired")
        self.assertEqual(got["error"]["code"], "FORBIDDEN")
        self.assertEqual(self.verified(), (0, 0))

    def test_line_is_cut_while_the_person_is_asked(self):
        self.card()
        screen = self.connect()
        self.ready()
        visit = self.home.visit()
        self.home.until(visit, "pin_at_device")
        screen.expect(r"cancels\): $")
        self.line.cut()
        screen.expect("was cancelled")
        got = self.home.until(visit, "refused", "cancelled", "expired")
        self.assertEqual(got["error"]["code"], "DEVICE_AWAY")
        screen.expect("connected as")
        self.assertEqual(self.verified(), (0, 0))

    def test_line_is_cut_amid_the_login(self):
        held = self.card("sign_delay_ms=25000")
        screen = self.connect()
        self.ready()
        visit = self.visit_at_device(screen)
        wait_until("PIN sent", lambda: self.verified()[0] == 1)
        self.line.cut()
        got = self.home.until(visit, "refused", "cancelled", "expired")
        self.assertEqual(got["error"]["code"], "DEVICE_AWAY")
        self.stand.stop(held)
        screen.expect("connected as")
        # The PIN was sent once and not by anybody again.
        self.assertEqual(self.verified(), (1, 0))
        self.card()
        self.ready()
        self.finish(self.visit_at_device(screen))
        self.assertEqual(self.verified(), (1, 1))

    def test_revoked(self):
        folder = self.stand.path("second")
        self.invite("second", folder)
        screen = self.connect(folder=folder)
        self.stand.run("devices", "revoke", "second", check=True)
        code, said = screen.end()
        self.assertEqual(code, REVOKED, said)
        self.assertIn("not, or no longer, enrolled", said)
        self.assertTrue(os.path.exists(os.path.join(folder, "key.pem")))


if __name__ == "__main__":
    unittest.main()
