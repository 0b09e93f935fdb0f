"""A person at a terminal: hidden PIN, tries first, consent on two steps."""

import os
import pty
import re
import select
import signal
import time
import unittest

from stand import PIN, StandCase, program

VALID, PIN_WRONG, PIN_LAST_TRY, CANCELLED = 0, 30, 32, 40


class Screen:
    """shikaku check on a terminal of its own, or another program."""

    def __init__(self, stand, *args, argv=None):
        argv = argv or ("shikaku", "check", "--config",
                        stand.path("shikaku.conf"))
        self.seen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(stand.dir)
            os.execve(program(argv[0]), [*argv, *args], stand.env)

    def expect(self, text, seconds=20):
        """Waits for the text behind what was expected before."""
        end = time.monotonic() + seconds
        while not re.search(text, self.seen):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise AssertionError("%r not in %r" % (text, self.seen))
            try:
                more = os.read(self.fd, 4096)
            except OSError:
                more = b""
            if not more:
                raise AssertionError("%r not in %r" % (text, self.seen))
            self.seen += more.decode("utf-8", "replace")
        found = re.search(text, self.seen)
        before, self.seen = (self.seen[:found.end()],
                             self.seen[found.end():])
        return before

    def type(self, text):
        os.write(self.fd, text.encode())

    def leave(self):
        """A failed test leaves no visit behind that holds the reader."""
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass

    def end(self, seconds=30):
        """Exit code and what was still printed."""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise AssertionError("does not end: %r" % self.seen)
            try:
                more = os.read(self.fd, 4096)
            except OSError:
                break
            if not more:
                break
            self.seen += more.decode("utf-8", "replace")
        os.close(self.fd)
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status), self.seen


class Terminal(StandCase):
    def setUp(self):
        self.stand.terminal()

    def screen(self, *args):
        screen = Screen(self.stand, *args)
        self.addCleanup(screen.leave)
        return screen

    def verifies(self):
        return self.stand.count()["verify"].get("0018", 0)

    def test_hidden_pin_and_confirmed_consent(self):
        self.stand.card("p03")
        screen = self.screen("--consent", "drug")
        screen.expect("PIN tries left: 3")
        screen.expect(r"PIN \(4 digits\): ")
        screen.type(PIN + "\n")
        before = screen.expect(r"Register this consent\? \[y/N\] ")
        self.assertNotIn(PIN, before)
        self.assertIn("drug information: yes", before)
        self.assertIn("operations: no", before)
        screen.type("y\n")
        code, said = screen.end()
        self.assertEqual(code, VALID, said)

    def test_a_no_on_the_second_step_is_no_consent(self):
        self.stand.card("p03")
        screen = self.screen("--consent", "all")
        screen.expect(r"digits\): ")
        screen.type(PIN + "\n")
        screen.expect(r"Register this consent\?")
        screen.type("n\n")
        code, said = screen.end()
        self.assertEqual(code, CANCELLED, said)
        self.assertEqual(os.listdir(self.stand.path("req")), [])

    def test_items_one_by_one_and_again(self):
        self.stand.card("p03")
        screen = self.screen()
        screen.expect(r"digits\): ")
        screen.type(PIN + "\n")
        for _ in range(6):
            screen.expect(r"Consent to: [^?]*\?")
            screen.type("y\n")
        screen.expect(r"Electronic prescription")
        screen.type("maybe\n")
        screen.expect(r"Electronic prescription")
        screen.type("ｙ\n")
        screen.expect(r"Register this consent\?")
        screen.type("n\n")
        for _ in range(6):
            screen.expect(r"Consent to: [^?]*\?")
            screen.type("\n")
        screen.expect(r"Electronic prescription")
        screen.type("\n")
        before = screen.expect(r"Register this consent\?")
        self.assertNotIn(": yes", before)
        screen.type("y\n")
        code, said = screen.end()
        self.assertEqual(code, VALID, said)

    def test_no_electronic_prescription_is_not_asked_for(self):
        self.stand.write_conf({"institution": {
            "electronic_prescription": "no"}})
        self.addCleanup(self.stand.write_conf, {})
        self.stand.card("p03")
        screen = self.screen()
        screen.expect(r"digits\): ")
        screen.type(PIN + "\n")
        for _ in range(6):
            screen.expect(r"Consent to: [^?]*\?")
            screen.type("y\n")
        before = screen.expect(r"Register this consent\?")
        self.assertNotIn("rescription", before)
        screen.type("y\n")
        code, said = screen.end()
        self.assertEqual(code, VALID, said)

    def test_wrong_pin_is_asked_again_until_one_is_left(self):
        self.stand.card("p03")
        screen = self.screen("--consent", "none")
        for left in (3, 2):
            screen.expect("PIN tries left: %d" % left)
            screen.expect(r"digits\): ")
            screen.type("9999\n")
        screen.expect(r"blocks it. Enter it\? \[y/N\]")
        screen.type("\n")
        code, said = screen.end()
        self.assertEqual(code, PIN_LAST_TRY, said)
        self.assertEqual(self.verifies(), 2)

    def test_last_try_is_not_spent_by_an_option_given_before(self):
        self.stand.card("p03")
        screen = self.screen("--consent", "none", "--last-try")
        for _ in range(2):
            screen.expect(r"digits\): ")
            screen.type("9999\n")
        screen.expect(r"blocks it. Enter it\?")
        screen.type("y\n")
        screen.expect(r"digits\): ")
        screen.type(PIN + "\n")
        screen.expect(r"Register this consent\?")
        screen.type("y\n")
        code, said = screen.end()
        self.assertEqual(code, VALID, said)
        self.assertEqual(self.verifies(), 3)

    def test_a_slip_is_asked_again_and_costs_nothing(self):
        self.stand.card("p03")
        screen = self.screen("--consent", "none")
        for slip in ("123", "12345", "abcd", "１２３４"):
            screen.expect(r"digits\): ")
            screen.type(slip + "\n")
        screen.expect("PIN tries left: 3")
        screen.expect(r"digits\): ")
        screen.type(PIN + "\n")
        screen.expect(r"Register this consent\?")
        screen.type("y\n")
        code, said = screen.end()
        self.assertEqual(code, VALID, said)
        self.assertEqual(self.verifies(), 1)

    def test_interrupt_while_waiting_for_a_card(self):
        screen = self.screen("--consent", "none")
        screen.expect("Place the My Number card")
        screen.type("\x03")
        code, said = screen.end()
        self.assertEqual(code, CANCELLED, said)
        self.assertNotIn("fault", said)

    def test_interrupt_at_the_pin(self):
        self.stand.card("p03")
        screen = self.screen("--consent", "none")
        screen.expect(r"digits\): ")
        screen.type("\x03")
        code, said = screen.end()
        self.assertEqual(code, CANCELLED, said)
        self.assertEqual(self.verifies(), 0)

    def test_end_of_input_at_the_pin(self):
        self.stand.card("p03")
        screen = self.screen("--consent", "none")
        screen.expect(r"digits\): ")
        screen.type("\x04")
        code, said = screen.end()
        self.assertEqual(code, CANCELLED, said)
        self.assertEqual(self.verifies(), 0)

    def test_hang_up_at_the_pin(self):
        self.stand.card("p03")
        screen = self.screen("--consent", "none")
        screen.expect(r"digits\): ")
        os.kill(screen.pid, signal.SIGHUP)
        code, said = screen.end()
        self.assertEqual(code, CANCELLED, said)
        self.assertEqual(self.verifies(), 0)

    def test_card_pulled_while_the_pin_is_typed(self):
        card = self.stand.card("p03")
        screen = self.screen("--consent", "none")
        screen.expect(r"digits\): ")
        self.stand.stop(card)
        screen.type(PIN + "\n")
        code, said = screen.end()
        self.assertEqual(code, 51, said)


if __name__ == "__main__":
    unittest.main()
