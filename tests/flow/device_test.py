"""shikaku-reader on a device: enrolled with and connected to an agent that is
not ours, which may say what it likes."""

import os
import signal
import socket
import stat
import subprocess
import sys
import unittest

from stand import PIN, READER, SRC, StandCase, program, wait_until

sys.path.insert(0, os.path.join(SRC, "tests", "lib"))

import link_near as link                                    # noqa: E402
from link_agent import Agent, activation, der               # noqa: E402
from tty_test import Screen                                 # noqa: E402

NO_CODE, USAGE, NO_AGENT, REVOKED, SETUP = 1, 64, 69, 77, 78
JPKI = "00a4040c0ad392f000260100000001"
AUTH = "00a4020c020018"
TEXT = "00a4040c0ad3921000310001010408"


class Device(StandCase):
    def setUp(self):
        self.number = getattr(Device, "number", 0) + 1
        Device.number = self.number
        self.agent = Agent(self.stand.path("agent-%d" % self.number))
        self.addCleanup(self.agent.close)
        self.folder = self.stand.path("device-%d" % self.number)

    def run_it(self, *args):
        return subprocess.run([program("shikaku-reader"), *args],
                              env=self.stand.env, text=True,
                              capture_output=True, timeout=60, check=False)

    def enrol(self, *args):
        return self.run_it("enrol", *(args or (
            self.agent.address, self.agent.text())), "--folder", self.folder)

    def enrolled(self):
        got = self.enrol()
        self.assertEqual(got.returncode, 0, got.stderr)

    def connect(self, *args, reader=READER % "A"):
        self.said = self.stand.path("device-%d.log" % self.number)
        with open(self.said, "ab") as log:
            proc = self.stand.start(
                program("shikaku-reader"), "connect", "--folder", self.folder,
                *args, reader, stderr=log, stdin=subprocess.DEVNULL,
                start_new_session=True)
        return proc

    def status(self):
        got = self.run_it("status", "--folder", self.folder)
        self.assertEqual(got.returncode, 0, got.stderr)
        return got.stdout

    def log(self):
        with open(self.said, encoding="utf-8") as f:
            return f.read()

    def placed(self, near):
        """Until the device sees the card."""
        wait_until("card", lambda: near.must(
            link.WAIT, link.wait(2000)).body == b"\x01")

    # -- enrolment --------------------------------------------------------
    def test_enrolled_by_text_or_by_qr(self):
        got = self.enrol(self.agent.address,
                         self.agent.text().lower().replace("1", "l"))
        self.assertEqual(got.returncode, 0, got.stderr)
        self.assertIn(self.agent.name, got.stdout)
        self.assertEqual(stat.S_IMODE(os.stat(self.folder).st_mode), 0o700)
        for name in os.listdir(self.folder):
            mode = os.stat(os.path.join(self.folder, name)).st_mode
            self.assertEqual(stat.S_IMODE(mode), 0o600, name)
        again = self.enrol()
        self.assertEqual(again.returncode, SETUP)
        self.assertIn("enrolled already", again.stderr)
        self.folder += "-qr"
        got = self.enrol("shikaku-device:%s/%s" % (self.agent.address,
                                                   self.agent.text()))
        self.assertEqual(got.returncode, 0, got.stderr)
        self.assertEqual(len(self.agent.enrolments), 2)

    def test_what_an_enrolment_left_is_not_taken_over(self):
        """Its visits would never be delivered, its tickets never be good."""
        for part, name in (("queue", "1-x.rec"), ("tickets", "x.ticket")):
            with self.subTest(part=part):
                os.makedirs(os.path.join(self.folder, part), mode=0o700)
                os.chmod(self.folder, 0o700)
                left = os.path.join(self.folder, part, name)
                with open(left, "wb"):
                    pass
                got = self.enrol()
                self.assertEqual(got.returncode, SETUP)
                self.assertIn("earlier enrolment", got.stderr)
                self.assertIn("/" + part, got.stderr)
                self.assertEqual(self.agent.enrolments, [])
                os.unlink(left)
        got = self.enrol()
        self.assertEqual(got.returncode, 0, got.stderr)

    def test_not_enrolled(self):
        """Whatever is wrong, there is no certificate afterwards."""
        other = Agent(self.stand.path("other-%d" % self.number))
        self.addCleanup(other.close)
        right = self.agent.text()
        cases = {
            "another agent": (NO_CODE, other.address, right),
            "a wrong code": (NO_CODE, self.agent.address, activation(
                "ABCDE12346", self.agent.ca.print())),
            "a wrong print": (NO_CODE, self.agent.address, activation(
                self.agent.code, other.ca.print())),
            "too short": (NO_CODE, self.agent.address, right[:-1]),
            "a letter nobody uses": (NO_CODE, self.agent.address,
                                     "U" + right[1:]),
            "nobody there": (NO_AGENT, "127.0.0.1:1", right),
            "no port": (USAGE, "127.0.0.1", right),
            "no address": (USAGE, "shikaku-device:/" + right),
        }
        for what, (code, *args) in cases.items():
            with self.subTest(what):
                got = self.enrol(*args)
                self.assertEqual(got.returncode, code, got.stderr)
                self.assertFalse(os.path.exists(
                    os.path.join(self.folder, "cert.pem")))
        self.assertEqual(self.agent.enrolments + other.enrolments, [])

    def test_an_agent_of_another_print_is_not_believed(self):
        text = self.agent.text()
        got = self.enrol(self.agent.address,
                         text[:-1] + ("0" if text[-1] != "0" else "4"))
        self.assertEqual(got.returncode, 1, got.stderr)
        self.assertIn("compare the last three groups", got.stderr)
        self.assertEqual(self.agent.enrolments, [])

    def test_certificate_for_another_key_is_not_taken(self):
        cert, _ = self.agent.ca.issue_new("somebody", "clientAuth")
        with open(cert, "rb") as f:
            self.agent.reply_cert = der(f.read())
        got = self.enrol()
        self.assertEqual(got.returncode, 1, got.stderr)
        self.assertIn("not for us", got.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder,
                                                     "cert.pem")))

    def test_loose_rights_are_refused(self):
        self.enrolled()
        for name, mode in (("key.pem", 0o640), ("", 0o750), ("ca.pem", 0o606),
                           ("agent", 0o660)):
            path = os.path.join(self.folder, name)
            before = stat.S_IMODE(os.stat(path).st_mode)
            os.chmod(path, mode)
            got = self.run_it("connect", "--folder", self.folder, READER % "A")
            self.assertEqual(got.returncode, SETUP, got.stderr)
            self.assertIn("chmod", got.stderr)
            os.chmod(path, before)
        got = self.run_it("connect", "--folder", self.folder + "-none", "x:")
        self.assertEqual(got.returncode, SETUP)
        self.assertEqual(self.agent.hellos, [(3, self.agent.hellos[0][1])])

    # -- a hostile agent --------------------------------------------------
    def test_what_the_fence_holds_back(self):
        self.stand.card("p03", "first_6f00=0")
        self.enrolled()
        device = self.connect("--pin-prompt", "none")
        near = self.agent.reader()
        self.placed(near)
        begun = near.must(link.BEGIN)
        self.assertEqual(begun.body[8], 0, "says it can ask")
        self.assertEqual(near.xfer(TEXT), "9000")
        apdus = self.stand.count()["apdus"]
        for command in ("00a4020c020001", "00b0810000", "00b08104ff",
                        "ffca000000", "ff00000006" + AUTH, "00ca000000",
                        "002400000831323334" "35363738", "002c0000",
                        "80fe0000"):
            near.xfer(command, "FORBIDDEN")
        got = near.must(link.SCRIPT, link.script(
            bytes.fromhex(TEXT), bytes.fromhex("00a4020c020001"),
            bytes.fromhex("00a4020c020002")), "FORBIDDEN")
        self.assertEqual(got.answers(), [b"\x90\x00"])
        near.xfer(JPKI)
        near.xfer(AUTH)
        tries = near.xfer("00200080")
        self.assertEqual(tries, "63c3")
        near.xfer("0020008004" "31323334", "FORBIDDEN")
        got = near.must(link.SCRIPT, link.script(
            (bytes.fromhex("0020008004ffffffff"), 0x9000, 1)), "SEQUENCE")
        near.must(link.ENTER, link.enter(1), "SEQUENCE")
        near.must(link.END)
        seen = self.stand.count()
        self.assertEqual(seen["apdus"], apdus + 4)
        self.assertEqual(seen["forbidden"], 0)
        self.assertEqual(seen["verify"].get("0018", 0), 0)
        wait_until("connected", lambda: "state connected" in self.status())
        self.stand.stop(device)
        said = self.status()
        self.assertIn("refused 10 command", said)
        self.assertIn("refused 1 agent-pin", said)
        self.assertIn("state stopped", said)
        self.assertNotIn("31323334", self.log())
        self.assertEqual(device.returncode, 0)

    def test_pin_of_the_agent_once_per_placing(self):
        self.stand.card("p03", "first_6f00=0")
        self.enrolled()
        self.connect("--pin-prompt", "none", "--agent-pin")
        near = self.agent.reader()
        self.placed(near)

        def wrong(result):
            near.must(link.BEGIN)
            near.xfer(JPKI)
            near.xfer(AUTH)
            near.xfer("00200080")
            near.xfer("0020008004" "30303030", result)
            near.must(link.END)

        wrong("OK")
        wrong("FORBIDDEN")
        # Another connection is not another card.
        near.close()
        near = self.agent.reader()
        self.placed(near)
        wrong("FORBIDDEN")
        self.assertEqual(self.stand.count()["verify"]["0018"], 1)

    # -- a PIN that is entered here ---------------------------------------
    def at_terminal(self, *args):
        screen = Screen(self.stand, *args, READER % "A", argv=(
            "shikaku-reader", "connect", "--folder", self.folder))
        self.addCleanup(screen.leave)
        near = self.agent.reader()
        self.placed(near)
        self.assertEqual(near.must(link.BEGIN).body[8], 1)
        near.xfer(JPKI)
        near.xfer(AUTH)
        return screen, near

    def filled(self, near, result="OK"):
        got = near.must(link.SCRIPT, link.script(
            (bytes.fromhex("0020008004ffffffff"), 0x9000, 1)), result)
        return got.answers()

    def test_pin_entered_at_the_device(self):
        self.stand.card("p03", "first_6f00=0")
        self.enrolled()
        screen, near = self.at_terminal()
        near.xfer("00200080")
        seq = near.start(link.ENTER, link.enter(1, tries=9))
        screen.expect("tries left: 3")
        screen.expect(r"cancels\): ")
        screen.type(PIN + "\n")
        got = near.reply()
        self.assertEqual((got.seq, got.result, got.body), (seq, "OK", b""))
        screen.expect("Entered")
        self.assertEqual(self.filled(near), [b"\x90\x00"])
        self.filled(near, "SEQUENCE")
        self.assertEqual(self.stand.count()["verify"]["0018"], 1)
        self.assertNotIn(PIN, screen.seen)

    def test_pin_not_entered(self):
        self.stand.card("p03", "first_6f00=0")
        self.enrolled()
        screen, near = self.at_terminal()
        near.must(link.ENTER, link.enter(1), "PIN_UNSURE")
        near.xfer("00200080")
        for typed, result in (("", "CANCELLED"), ("123", "PIN_FORMAT"),
                              ("12345", "PIN_FORMAT"), ("12a4",
                                                        "PIN_FORMAT")):
            near.start(link.ENTER, link.enter(1))
            screen.expect(r"cancels\): ")
            screen.type(typed + "\n")
            self.assertEqual(near.reply().result, result, typed)
            self.filled(near, "SEQUENCE")
        near.must(link.ENTER, link.enter(1, ms=300), "TIMEOUT")
        near.must(link.ENTER, link.enter(1, ms=0), "TIMEOUT")
        near.must(link.ENTER, link.enter(3), "FORBIDDEN")
        near.must(link.ENTER, link.enter(1, digits=6), "FORBIDDEN")
        seq = near.start(link.ENTER, link.enter(1))
        screen.expect(r"cancels\): $")
        near.send(link.frame(link.CANCEL, seq))
        self.assertEqual(near.reply().result, "CANCELLED")
        screen.expect("was cancelled")
        # The line is lost while the person is asked.
        near.start(link.ENTER, link.enter(1))
        screen.expect(r"cancels\): $")
        near.close()
        screen.expect("was cancelled")
        # A signal while the person is asked ends all of it, in order.
        near = self.agent.reader()
        self.placed(near)
        near.must(link.BEGIN)
        near.xfer(JPKI)
        near.xfer(AUTH)
        near.xfer("00200080")
        near.start(link.ENTER, link.enter(1))
        screen.expect(r"cancels\): $")
        os.kill(screen.pid, signal.SIGTERM)
        code, said = screen.end()
        self.assertEqual((code, "was cancelled" in said), (0, True), said)
        self.assertEqual(self.stand.count()["verify"].get("0018", 0), 0)

    def test_last_try_needs_a_yes_of_its_own(self):
        self.stand.card("p03", "first_6f00=0", "auth_pin_tries=1")
        self.enrolled()
        screen, near = self.at_terminal()
        self.assertEqual(near.xfer("00200080"), "63c1")
        near.start(link.ENTER, link.enter(1, tries=3))
        screen.expect("tries left: 1")
        screen.expect(r"Enter it\? \[y/N\] ")
        screen.type("\n")
        self.assertEqual(near.reply().result, "CANCELLED")
        near.start(link.ENTER, link.enter(1, tries=3))
        screen.expect(r"Enter it\? \[y/N\] ")
        screen.type("y\n")
        screen.expect(r"cancels\): ")
        screen.type(PIN + "\n")
        self.assertEqual(near.reply().result, "OK")
        self.assertEqual(self.filled(near), [b"\x90\x00"])

    # -- connections ------------------------------------------------------
    def test_cut_in_the_middle_and_again(self):
        self.stand.card("p03", "first_6f00=0")
        self.enrolled()
        self.connect("--pin-prompt", "none")
        near = self.agent.reader()
        self.placed(near)
        near.must(link.BEGIN)
        near.xfer(JPKI)
        near.start(link.XFER, link.step(bytes.fromhex(AUTH)))
        near.close()
        near = self.agent.reader()
        # Nothing of the session before is left.
        self.placed(near)
        near.must(link.BEGIN)
        near.xfer(AUTH, "FORBIDDEN")
        self.assertEqual(near.xfer(JPKI), "9000")

    def test_agent_away_and_back(self):
        self.enrolled()
        self.connect("--pin-prompt", "none")
        near = self.agent.reader()
        port = int(self.agent.address.split(":")[1])
        self.agent.deaf()
        near.close()
        wait_until("trouble told", lambda: "trying again" in self.log())
        self.agent.listen("127.0.0.1", port)
        self.agent.reader()

    def test_revoked(self):
        self.enrolled()
        device = self.connect("--pin-prompt", "none")
        near = self.agent.reader()
        self.agent.hello = "LINK_REVOKED"
        near.close()
        self.assertEqual(device.wait(20), REVOKED)
        self.assertIn("not, or no longer, enrolled", self.log())
        self.assertIn("error LINK_REVOKED", self.status())

    def test_what_ails_the_reader_is_told_here_once(self):
        """The agent ends each connection over it."""
        self.enrolled()
        busy = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(busy.close)
        for reader, code, text in (
                ("pcsc:Shikaku*", "READER_AMBIGUOUS", "more than one reader"),
                ("vpcd:%d" % busy.getsockname()[1], "READER_BUSY",
                 "another program holds")):
            device = self.connect("--pin-prompt", "none", reader=reader)
            for _ in range(2):
                near = self.agent.reader()
                near.must(link.WAIT, link.wait(2000), code)
                near.close()
            self.assertIn("error %s " % code, self.status())
            self.assertEqual(self.log().count(text), 1, self.log())
            device.terminate()
            self.assertEqual(device.wait(20), 0)

    def test_words_that_name_no_reader_are_not_dialled_with(self):
        self.enrolled()
        device = self.connect("--pin-prompt", "none", reader="pcscd:A")
        self.assertEqual(device.wait(20), SETUP)
        self.assertIn("no such kind of reader", self.log())
        self.assertNotIn("connected", self.log())

    def test_other_version(self):
        self.enrolled()
        self.agent.hello = "LINK_VERSION"
        device = self.connect("--pin-prompt", "none")
        self.assertEqual(device.wait(20), SETUP)
        self.assertIn("another version", self.log())

    def test_busy_is_tried_again(self):
        self.enrolled()
        self.agent.hello = "READER_BUSY"
        self.connect("--pin-prompt", "none")
        wait_until("two hellos", lambda: len(self.agent.hellos) > 2)
        self.agent.hello = "OK"
        self.agent.reader()

    def test_impostor_gets_nothing(self):
        """Another CA on the same address is dialled, and not talked to."""
        self.enrolled()
        port = int(self.agent.address.split(":")[1])
        self.agent.close()
        other = Agent(self.stand.path("impostor-%d" % self.number))
        self.addCleanup(other.close)
        other.deaf()
        other.listen("127.0.0.1", port)
        device = self.connect("--pin-prompt", "none")
        wait_until("trouble told", lambda: "trying again" in self.log())
        self.assertIn("certificate is not accepted", self.log())
        self.assertEqual(other.hellos, [])
        self.assertIsNone(device.poll())

    def test_clock_that_is_wrong_is_told(self):
        self.enrolled()
        self.agent.clock_off = 6 * 60 * 1000
        self.connect("--pin-prompt", "none")
        self.agent.reader()
        wait_until("told", lambda: "clock is wrong by -6" in self.log() or
                   "clock is wrong by -5" in self.log())

    def test_one_at_a_time_for_a_folder(self):
        self.enrolled()
        self.connect("--pin-prompt", "none")
        self.agent.reader()
        second = self.connect("--pin-prompt", "none")
        self.assertEqual(second.wait(20), 1)
        self.assertIn("another shikaku-reader connect", self.log())
        wait_until("connected", lambda: "state connected" in self.status())


if __name__ == "__main__":
    unittest.main()
