"""A card that dials us by the protocol of vpcd: the fake card, Debian's vicc
as somebody else's card side, and lines that break or are slow."""

import json
import os
import socket
import subprocess
import unittest

from stand import SRC, Stand, free_port, listening, program, wait_until

VICC = ("/usr/bin/python3", "-B", os.path.join(SRC, "tests", "lib", "vicc.py"))
VALID, READER, CARD, SETUP = 0, 50, 51, 78


class VpcdCase(unittest.TestCase):
    readers = 0
    settings = None

    @classmethod
    def setUpClass(cls):
        cls.stand = Stand(cls.readers, cls.settings)
        cls.addClassCleanup(cls.stand.close)

    def setUp(self):
        self.port = free_port()
        self.reader = "vpcd:%d" % self.port
        self.stand.terminal()

    def tearDown(self):
        self.stand.stop_all()
        self.assertEqual(self.stand.violations(forget=True), "")

    def card(self, name="p03", *args):
        """Dials until somebody listens; not waited for."""
        count = self.stand.path("count-A.json")
        if os.path.exists(count):
            os.unlink(count)
        return self.stand.start(
            program("fake-card"), "--card", os.path.join(
                self.stand.pki, "cards", name), "--port", str(self.port),
            "--count", count, *args)

    def check(self, *args, reader=None, **more):
        return self.stand.check("--reader", reader or self.reader, *args,
                                **more)

    def check_with(self, *card_side, first=lambda: None):
        """A visit whose card side can only dial somebody who listens."""
        visit = self.stand.start(
            program("shikaku"), "check", "--config",
            self.stand.path("shikaku.conf"), "--reader", self.reader,
            "--consent", "all", "--pin-stdin", "--json",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        wait_until("somebody listens", lambda: "127.0.0.1:%d" % self.port in
                   listening())
        first()
        side = self.stand.start(*card_side, stderr=subprocess.DEVNULL)
        out, said = visit.communicate("1234\n", timeout=60)
        self.stand.procs.remove(visit)
        return visit.returncode, json.loads(out), said, side


class FakeCard(VpcdCase):
    def test_visit(self):
        card = self.card()
        code, visit, said = self.check()
        self.assertEqual(code, VALID, said)
        self.assertEqual(visit["identity"]["attributes"]["name"],
                         "資格　一郎")
        self.assertEqual(visit["identity"]["proof"]["outcome"], "verified")
        self.assertLessEqual(visit["apdus"], 16)
        count = self.stand.count()
        self.assertEqual(count["verify"].get("0018"), 1)
        self.assertEqual(count["forbidden"], 0)
        self.assertIsNone(card.poll())
        # The same card comes again, with its PIN to be entered again.
        code, _, said = self.check()
        self.assertEqual(code, VALID, said)
        self.assertEqual(self.stand.count()["power_ons"],
                         count["power_ons"] + 1)

    def test_slow_signature(self):
        """The phone app's own 500 ms would be too short."""
        self.card("p03", "sign_delay_ms=1500")
        code, visit, said = self.check()
        self.assertEqual(code, VALID, said)
        # It goes to the card together with VERIFY.
        self.assertGreaterEqual(visit["timings_ms"]["verify"] +
                                visit["timings_ms"]["sign"], 1500)

    def test_line_that_drops(self):
        for fault, code in (("pull_at=7", "NO_CARD"),
                            ("pull_lost_at=7", "NO_CARD"),
                            ("pull_half_at=7", "TORN")):
            with self.subTest(fault):
                card = self.card("p03", fault)
                status, visit, said = self.check()
                self.assertEqual(status, CARD, said)
                self.assertEqual(visit["error"]["code"], code)
                self.assertIsNone(visit["request"])
                self.stand.stop(card)

    def test_doctor_wants_no_pcscd(self):
        self.stand.env["PCSCLITE_CSOCK_NAME"] = "/nonexistent"
        self.addCleanup(self.stand.env.pop, "PCSCLITE_CSOCK_NAME")
        found = {}
        for reader in (self.reader, "pcsc:x"):
            got = self.stand.run("doctor", "--json", "--reader", reader)
            found[reader] = {c["check"]: c for c in json.loads(
                got.stdout)["checks"]}
        self.assertEqual(found[self.reader]["service"]["verdict"],
                         "skipped")
        self.assertEqual(found[self.reader]["match"]["verdict"], "ok")
        self.assertEqual(found[self.reader]["card"]["code"], "NO_CARD")
        self.assertEqual(found["pcsc:x"]["service"]["code"], "NO_SERVICE")

    def test_nobody_and_wrong_addresses(self):
        for reader, status, code in (
                ("vpcd:", SETUP, "CONF"),
                ("vpcd:0", SETUP, "CONF"),
                ("vpcd:localhost:%d" % self.port, SETUP, "CONF"),
                ("vpcd:0.0.0.0:%d" % self.port, SETUP, "CONF")):
            with self.subTest(reader):
                got, visit, said = self.check(reader=reader)
                self.assertEqual(got, status, said)
                self.assertEqual(visit["error"]["code"], code)
        with socket.create_server(("127.0.0.1", self.port)):
            got, visit, said = self.check()
            self.assertEqual(got, READER, said)
            self.assertEqual(visit["error"]["code"], "READER_BUSY")
            self.assertIn("127.0.0.1:%d" % self.port, said)


class Hostile(VpcdCase):
    def served(self, said):
        """A client that is closed: was it because of what it said?"""
        with socket.create_connection(("127.0.0.1", self.port), 10) as line:
            line.settimeout(10)
            if said is not None:
                line.sendall(said)
            heard = b""
            try:
                while more := line.recv(16):
                    heard += more
                    if said is None and heard == b"\0\1\4":
                        line.sendall(b"\xff\xff\x3b")
            except ConnectionResetError:
                pass
            return heard

    def test_others_before_the_card(self):
        heard = []

        def others():
            heard.append(self.served(b"\0\2\x90\0"))     # unasked
            heard.append(self.served(None))                # 65535 announced
            heard.append(self.served(b""))                 # silent

        code, visit, said, _ = self.check_with(
            program("fake-card"), "--card", os.path.join(
                self.stand.pki, "cards", "p03"), "--port", str(self.port),
            first=others)
        self.assertEqual(code, VALID, said)
        self.assertEqual(visit["identity"]["attributes"]["name"],
                         "資格　一郎")
        # None of them was sent more than the question for its ATR.
        self.assertEqual(heard[1:], [b"\0\1\4"] * 2)
        self.assertIn(heard[0], (b"", b"\0\1\4"))


class Extended(VpcdCase):
    settings = {"reader": {"extended": "yes"}}

    def test_only_where_it_is_declared(self):
        apdus = []
        for options in ("", "ext,"):
            card = self.card("p03", "extended=1")
            code, visit, said = self.check(reader="vpcd:%s%d" % (
                options, self.port))
            self.assertEqual(code, VALID, said)
            apdus.append(visit["apdus"])
            self.stand.stop(card)
        # One read instead of seven of 256 bytes each.
        self.assertEqual(apdus[1], apdus[0] - 6)


class Vicc(VpcdCase):
    """Debian's own card side, which was not written for us."""
    readers = 1

    @classmethod
    def setUpClass(cls):
        got = subprocess.run([*VICC, "--version"], capture_output=True,
                             text=True, check=False)
        if got.returncode != 0:
            raise unittest.SkipTest("vicc does not start: " + got.stderr)
        super().setUpClass()

    def vicc(self, *args):
        return self.check_with(*VICC, "--hostname", "127.0.0.1", "--port",
                               str(self.port), *args)

    def test_another_card(self):
        code, visit, said, vicc = self.vicc("--type", "iso7816")
        self.assertEqual(code, CARD, said)
        self.assertEqual(visit["error"]["code"], "NOT_JPKI")
        self.assertEqual(visit["tries_left"], None)
        # It ends with the line.
        vicc.wait(timeout=10)

    def test_relayed_card(self):
        """Our card in a PC/SC reader, which vicc lends over the network."""
        self.stand.card("p03")
        code, visit, said, vicc = self.vicc("--type", "relay", "--reader",
                                            "0")
        self.assertEqual(code, VALID, said)
        self.assertEqual(visit["identity"]["proof"]["outcome"], "verified")
        self.assertEqual(self.stand.count()["verify"].get("0018"), 1)
        self.assertEqual(self.stand.count()["forbidden"], 0)
        vicc.wait(timeout=10)


if __name__ == "__main__":
    unittest.main()
