"""The link as hw-docs/protocols/link.md has it: one table of what the near
side sends and what must come back, for the program and for a second device
that was written from the document (tests/lib/link_device.py).  Both stand the
same table: over a plain socket, and over TLS behind a fence, with a person at
the device and with the PIN from the agent."""

import itertools
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import unittest

from stand import (PIN, READER, SRC, Stand, free_port, program,
                   wait_until)

sys.path.insert(0, os.path.join(SRC, "tests", "lib"))

import link_device                                          # noqa: E402
import link_near as link                                    # noqa: E402
from link_agent import Agent                                # noqa: E402
from link_near import (BEGIN, CANCEL, END, ENTER, SCRIPT, WAIT, XFER, enter,
                       script, step, wait)                  # noqa: E402
from tty_test import Screen                                 # noqa: E402

PEER = os.path.join(SRC, "tests", "lib", "link_device.py")
H = bytes.fromhex
JPKI = H("00a4040c0ad392f000260100000001")
TEXT = H("00a4040c0ad3921000310001010408")
AUTH, KEY, TEXT_PIN = (H("00a4020c02" + n) for n in ("0018", "0017", "0011"))
TRIES = H("00200080")
VERIFY = H("0020008004") + PIN.encode()
WRONG = H("002000800430303030")
FILLED = H("0020008004ffffffff")
NUMBER = H("00a4020c020001")        # the file of the 12-digit number
SIGN = H("802a008004ffffffff00")
HASH = H("802a0080333031300d060960864801650304020105000420") + bytes(33)


# --- what a row is made of ---------------------------------------------------

def ask(kind, payload=b"", result="OK", body=None):
    """A request, its result's name (None: any error), its body."""
    def run(t):
        got = t.near.ask(kind, payload)
        if result is None:
            t.case.assertNotEqual(got.result, "OK")
        else:
            t.case.assertEqual(got.result, result, got)
        if body is not None:
            t.case.assertEqual(got.body.hex(), body)
        elif kind != SCRIPT and result != "OK":
            t.case.assertEqual(got.body, b"", "a body behind an error")
        return got
    return run


def xfer(command, answer="9000", result="OK"):
    def run(t):
        got = ask(XFER, step(command), result)(t)
        if result == "OK":
            t.case.assertEqual(got.answer().hex(), answer)
    return run


def run_script(steps, answers, result="OK"):
    def run(t):
        got = ask(SCRIPT, script(*steps), result)(t)
        t.case.assertEqual([a.hex() for a in got.answers()], answers)
    return run


def begun(t):
    got = t.near.ask(BEGIN)
    t.case.assertEqual(got.result, "OK", got)
    tx = int.from_bytes(got.body[:4], "big")
    rx = int.from_bytes(got.body[4:8], "big")
    t.case.assertTrue(261 <= tx <= 65544 and 258 <= rx <= 65538)
    t.case.assertEqual(got.body[8] & 1, t.person is not None)
    t.case.assertEqual(got.body[9], len(got.body) - 10)
    t.case.assertLessEqual(got.body[9], 33)


def signs(t):
    got = ask(XFER, step(HASH))(t).answer()
    t.case.assertEqual((len(got), got[-2:].hex()), (258, "9000"))


def raw(*parts):
    return lambda t: t.near.send(b"".join(parts))


def starts(kind, payload):
    """A request whose reply is waited for later."""
    def run(t):
        t.running = t.near.start(kind, payload)
    return run


def cancels(t):
    t.near.send(link.frame(CANCEL, t.running))


def comes(kind, result):
    def run(t):
        got = t.near.reply()
        t.case.assertEqual((got.kind, got.seq, got.result),
                           (kind | 0x80, t.running, result))
    return run


def types(digits):
    return lambda t: t.person(digits)


def placed(t):
    t.place()
    wait_until("card", lambda: t.near.ask(
        WAIT, wait(2000)).body == b"\x01")


def pulled(t):
    t.pull()


def gone(t):
    wait_until("no card", lambda: t.near.ask(
        WAIT, wait(2000)).body == b"\x02")


def closed(t):
    t.case.assertTrue(t.near.closed())
    t.over = True


def ends(t):
    ask(END, b"", "OK", "")(t)


def entered(digits, result="OK", what=1, tries=3):
    return (starts(ENTER, enter(what, tries=tries)), types(digits),
            comes(ENTER, result))


def fill(n, answer="9000", result="OK", command=FILLED):
    return run_script([(command, 0x9000, n)],
                      [answer] if result == "OK" else [], result)


OPEN = (begun, xfer(JPKI), xfer(AUTH))
COUNTED = OPEN + (xfer(TRIES, "63c3"),)
SECOND = (xfer(TEXT), xfer(TEXT_PIN), xfer(TRIES, "63c3"))

# name, the exchange; a card is there and no session is begun
EVERYWHERE = [
    ("a card", (ask(WAIT, wait(0), "OK", "01"),)),
    ("session", (begun, ends)),
    ("second begin", (begun, ask(BEGIN, b"", "SEQUENCE"))),
    ("wait in a session", (begun, ask(WAIT, wait(0), "SEQUENCE"))),
    ("command without one", (xfer(JPKI, result="SEQUENCE"),)),
    ("script without one", (run_script([JPKI], [], "SEQUENCE"),)),
    ("entry without one", (ask(ENTER, enter(1), "SEQUENCE"),)),
    ("end without one", (ends,)),
    ("one command", (begun, xfer(JPKI))),
    ("script", (begun, run_script([JPKI, AUTH, TRIES],
                                  ["9000", "9000", "63c3"]))),
    ("script that stops", (begun, run_script(
        [JPKI, AUTH, TRIES, KEY], ["9000", "9000", "63c3"]))),
    ("script with another go", (begun, run_script(
        [JPKI, AUTH, (TRIES, 0x63c3, 0), KEY],
        ["9000", "9000", "63c3", "9000"]))),
    ("script of nothing", (begun, ask(SCRIPT, b"\0", "OK", "00"))),
    ("room that is too small", (begun, ask(XFER, step(JPKI, 257), "TOOBIG"))),
    ("command of three bytes", (begun, ask(XFER, step(JPKI[:3]),
                                           "SEQUENCE"))),
    ("cancel for nothing", (raw(link.frame(CANCEL, 7)), begun,
                            raw(link.frame(CANCEL, 7)), xfer(JPKI))),
    ("cancel that is late", (starts(WAIT, wait(0)), comes(WAIT, "OK"),
                             cancels, ask(WAIT, wait(0), "OK", "01"))),
    ("fill that nothing was entered for", COUNTED + (
        fill(1, result="SEQUENCE"),)),
    ("filler is not FF", COUNTED + (
        fill(1, result="SEQUENCE", command=WRONG),)),
    ("card pulled", OPEN + (
        pulled, ask(XFER, step(TRIES), None),
        ask(XFER, step(TRIES), None), ask(SCRIPT, script(JPKI), None),
        ends, gone, ask(BEGIN, b"", "NO_CARD"), starts(WAIT, wait(60000)),
        cancels, comes(WAIT, "CANCELLED"), ask(WAIT, wait(10), "TIMEOUT"),
        placed, begun, xfer(JPKI))),
]

# The link is closed, and no reply tells why.
WAITS = wait(60000)
CLOSES = [
    ("length of two", (raw(H("00000002010001")), closed)),
    ("length above 1 MiB", (raw(H("00100001010001")), closed)),
    ("length of all ones", (raw(H("ffffffff010001")), closed)),
    ("half a frame", (raw(H("00000007010001")), lambda t:
                      t.near.sock.shutdown(socket.SHUT_WR), closed)),
    ("type 0", (raw(link.frame(0, 1)), closed)),
    ("type 8", (raw(link.frame(8, 1)), closed)),
    ("a reply", (raw(link.frame(0x81, 1)), closed)),
    ("hello", (raw(link.frame(0x41, 1, b"\1\1\0")), closed)),
    ("wait without a time", (raw(link.frame(WAIT, 1)), closed)),
    ("wait with too much", (raw(link.frame(WAIT, 1, wait(0) + b"\0")),
                            closed)),
    ("wait of 2^31", (raw(link.frame(WAIT, 1, H("80000000"))), closed)),
    ("begin with something", (raw(link.frame(BEGIN, 1, b"\0")), closed)),
    ("end with something", (begun, raw(link.frame(END, 2, b"\0")), closed)),
    ("cancel with something", (raw(link.frame(CANCEL, 1, b"\0")), closed)),
    ("command cut", (begun, raw(link.frame(XFER, 2, step(JPKI)[:-1])),
                     closed)),
    ("command and more", (begun, raw(link.frame(XFER, 2, step(JPKI) +
                                                b"\0")), closed)),
    ("room of 65539", (begun, raw(link.frame(XFER, 2, step(JPKI, 65539))),
                       closed)),
    ("command's time of 2^31", (begun, raw(link.frame(
        XFER, 2, step(JPKI, ms=1 << 31))), closed)),
    ("script of 65 steps", (begun, raw(link.frame(SCRIPT, 2, script(
        *[TRIES] * 65))), closed)),
    ("script with a step missing", (begun, raw(link.frame(
        SCRIPT, 2, b"\2" + script(JPKI)[1:])), closed)),
    ("script with a step too many", (begun, raw(link.frame(
        SCRIPT, 2, b"\0" + script(JPKI)[1:])), closed)),
    ("script with too much room", (begun, raw(link.frame(
        SCRIPT, 2, b"\x09" + 9 * (H("900000") + step(JPKI, 65538)))),
        closed)),
    ("entry of nothing", (begun, raw(link.frame(ENTER, 2, enter(0))),
                          closed)),
    ("entry cut", (begun, raw(link.frame(ENTER, 2, enter(1)[:-1])), closed)),
    ("two requests at once", (pulled, gone, starts(WAIT, WAITS),
                              raw(link.frame(BEGIN, 99)), closed)),
]

# Nobody else is between: what is sent reaches the card.
UNFENCED = [
    ("verified and wrong", COUNTED + (xfer(WRONG, "63c2"), xfer(VERIFY))),
    ("an entry", COUNTED + (ask(ENTER, enter(1), "SEQUENCE"),)),
]

FENCED = [
    ("the 12-digit number", (begun, xfer(TEXT),
                             xfer(NUMBER, result="FORBIDDEN"))),
    ("by its short id", (begun, xfer(TEXT), xfer(H("00b0810000"),
                                                 result="FORBIDDEN"))),
    ("amid a script", (begun, run_script(
        [TEXT, NUMBER, TEXT_PIN], ["9000"], "FORBIDDEN"))),
    ("class FF", (begun, xfer(H("ffca000000"), result="FORBIDDEN"))),
    ("PIN change", OPEN + (xfer(H("0024010004") + b"1234",
                                result="FORBIDDEN"),)),
    ("unblock", OPEN + (xfer(H("002c0000"), result="FORBIDDEN"),)),
    ("five digits", COUNTED + (xfer(H("0020008005") + b"12345",
                                    result="FORBIDDEN"),)),
    ("the file of a session before", OPEN + (
        ends, placed, begun, xfer(TRIES, result="FORBIDDEN"))),
    ("all of it comes in one script too", (begun, run_script(
        [JPKI, AUTH, (TRIES, 0x63c3, 0), TEXT, TEXT_PIN, TRIES],
        ["9000", "9000", "63c3", "9000", "9000", "63c3"]))),
]

AT_DEVICE = [
    ("typed at the agent", COUNTED + (xfer(VERIFY, result="FORBIDDEN"),)),
    ("entered", COUNTED + entered(PIN) + (fill(1),)),
    ("entered, another's count", COUNTED + entered(PIN, tries=9) +
     (fill(1),)),
    ("one signature", COUNTED + entered(PIN) + (
        fill(1), xfer(KEY), signs, xfer(HASH, result="FORBIDDEN"))),
    ("a signature before the PIN", (begun, xfer(JPKI), xfer(KEY), xfer(
        HASH, result="FORBIDDEN"))),
    ("twice", COUNTED + entered(PIN) + (fill(1), fill(1, result="SEQUENCE"))),
    ("both PINs, in one script each", COUNTED + entered(PIN) + (run_script(
        [(FILLED, 0x9000, 1), KEY, TEXT, TEXT_PIN, TRIES],
        ["9000", "9000", "9000", "9000", "63c3"]), fill(2),
        fill(2, result="SEQUENCE"))),
    ("second PIN alone", (begun,) + SECOND + entered(PIN, what=2) +
     (fill(2),)),
    ("first's digits in the second first", COUNTED + entered(PIN) + SECOND +
     (fill(2, result="SEQUENCE"),)),
    ("second's count not known", COUNTED + entered(PIN) + (
        fill(1), xfer(TEXT), xfer(TEXT_PIN), fill(2, result="FORBIDDEN"))),
    ("fill 1 in the second", COUNTED + entered(PIN) + SECOND + (
        fill(1, result="FORBIDDEN"),)),
    ("to be signed", COUNTED + entered(PIN) + (
        fill(1), xfer(KEY), run_script([(SIGN[:-1], 0x9000, 1)], [],
                                       "FORBIDDEN"))),
    ("digits beside the filler", COUNTED + entered(PIN) + (
        fill(1, result="SEQUENCE", command=VERIFY), fill(1))),
    ("wrong ones are not tried elsewhere", COUNTED + entered("0000") + (
        fill(1, "63c2"),) + SECOND + (fill(2, result="SEQUENCE"),) + (
        xfer(JPKI), xfer(AUTH), xfer(TRIES, "63c2")) + entered(PIN) +
     (fill(1),)),
    ("cancelled by the person", COUNTED + entered(None, "CANCELLED") + (
        fill(1, result="SEQUENCE"),)),
    ("three digits", COUNTED + entered("123", "PIN_FORMAT") + (
        fill(1, result="SEQUENCE"),)),
    ("letters", COUNTED + entered("12a4", "PIN_FORMAT")),
    ("cancelled by the agent", COUNTED + (
        starts(ENTER, enter(1)), cancels, comes(ENTER, "CANCELLED"),
        fill(1, result="SEQUENCE"))),
    ("no time", COUNTED + (ask(ENTER, enter(1, ms=0), "TIMEOUT"),
                           ask(ENTER, enter(1, ms=50), "TIMEOUT"))),
    ("forgotten by the next", COUNTED + entered(PIN) + (
        ask(ENTER, enter(1, ms=0), "TIMEOUT"), fill(1, result="SEQUENCE"))),
    ("forgotten at the end", COUNTED + entered(PIN) + (
        ends, placed) + COUNTED + (fill(1, result="SEQUENCE"),)),
    ("asked before the count", OPEN + (ask(ENTER, enter(1), "PIN_UNSURE"),)),
    ("asked for something else", COUNTED + (
        ask(ENTER, enter(3), "FORBIDDEN"),
        ask(ENTER, enter(1, digits=6), "FORBIDDEN"))),
]

FROM_AGENT = [
    ("count not known", OPEN + (xfer(VERIFY, result="FORBIDDEN"),)),
    ("no digits", COUNTED + (xfer(FILLED, result="FORBIDDEN"),)),
    ("once, and in the second PIN", COUNTED + (xfer(VERIFY),) + SECOND + (
        xfer(VERIFY), xfer(VERIFY, result="FORBIDDEN"))),
    ("again in a new session", COUNTED + (xfer(VERIFY, result="FORBIDDEN"),)),
    ("a card that was away for a moment", (pulled, gone, placed) + COUNTED + (
        xfer(VERIFY, result="FORBIDDEN"),)),
    ("a card placed anew", (
        pulled, gone, ask(WAIT, wait(1700), "TIMEOUT"), placed) + COUNTED + (
            xfer(WRONG, "63c2"), xfer(VERIFY, result="FORBIDDEN")) + SECOND + (
                xfer(WRONG, result="FORBIDDEN"),)),
]


# --- who is asked ------------------------------------------------------------

class Side:
    """One far side; near is the link to it."""
    numbers = itertools.count()

    def __init__(self, case, stand):
        self.number = next(Side.numbers)
        self.case = case
        self.stand = stand
        self.near = self.running = self.person = self.card = None
        self.over = self.present = False

    def place(self):
        if self.card is None:
            self.card = self.insert()
        elif not self.present:
            self.card.send_signal(signal.SIGUSR2)
        self.present = True

    def pull(self):
        self.card.send_signal(signal.SIGUSR1)
        self.present = False
        self.seen_pulled()

    def seen_pulled(self):
        pass

    def insert_at(self, port):
        return self.stand.start(
            program("fake-card"), "--card",
            os.path.join(self.stand.pki, "cards", "p03"), "--port", str(port),
            "--count", self.stand.path("count-%s.json" % self.number),
            "first_6f00=0")

    def play(self, name, moves):
        with self.case.subTest(name):
            try:
                for move in moves:
                    move(self)
            finally:
                self.settle()

    def settle(self):
        """A card there and no session, for the next row."""
        if self.over or self.near is None:
            self.dial()
            self.over = False
        else:
            self.near.ask(END)
        placed(self)

    def remove(self):
        self.near.close()
        self.stand.stop(self.card)
        self.seen_pulled()


class PlainProgram(Side):
    """shikaku-reader --listen, with pcscd beneath."""

    def insert(self):
        return self.insert_at(self.stand.env["PORT_A"])

    def seen_pulled(self):
        self.stand.removed("A")

    def start(self):
        self.path = self.stand.path("link")
        self.stand.start(program("shikaku-reader"), "--log", "error",
                         "--listen", self.path, READER % "A")
        wait_until("listens", lambda: os.path.exists(self.path))

    def dial(self):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(self.path)
        if self.near is not None:
            self.near.close()
        self.near = link.Near(sock)


class PlainPeer(Side):
    def insert(self):
        return self.insert_at(self.slot.port)

    def start(self):
        self.slot = link_device.Slot()

    def dial(self):
        ours, its = socket.socketpair()
        if self.near is not None:
            self.near.close()
            self.thread.join(10)
        self.thread = threading.Thread(
            target=link_device.Device(self.slot).serve, args=(its,),
            daemon=True)
        self.thread.start()
        self.near = link.Near(ours)


class Remote(Side):
    """Over TLS, behind its fence, enrolled with an agent of the tests."""
    agent_pin = False

    def dial(self):
        self.near = self.agent.reader(40)

    def enrol(self, *argv):
        self.agent = Agent(self.stand.path("agent-%s" % self.number))
        self.case.addCleanup(self.agent.close)
        self.folder = self.stand.path("device-%s" % self.number)
        subprocess.run([*argv, "enrol", self.agent.address,
                        self.agent.text()] + self.where(), check=True,
                       stdout=subprocess.DEVNULL, env=self.stand.env)


class RemoteProgram(Remote):
    """The card dials in at the program itself."""

    def insert(self):
        return self.insert_at(self.port)

    def where(self):
        return ["--folder", self.folder]

    def start(self):
        self.enrol(program("shikaku-reader"))
        how = ("--agent-pin", "--pin-prompt", "none") if self.agent_pin \
            else ()
        self.port = free_port()
        screen = Screen(self.stand, *self.where(), *how,
                        "vpcd:127.0.0.1:%d" % self.port,
                        argv=("shikaku-reader", "connect"))
        self.case.addCleanup(screen.leave)
        if not self.agent_pin:
            self.screen = screen
            self.person = self.type

    def type(self, digits):
        self.screen.expect(r"cancels\): $")
        self.screen.type((digits or "") + "\n")


class RemotePeer(Remote):
    def insert(self):
        return self.insert_at(self.port)

    def where(self):
        return [self.folder]

    def start(self):
        python = ("/usr/bin/python3", "-B", PEER)
        self.enrol(*python)
        file = self.stand.path("port-%s" % self.number)
        how = ["--agent-pin"] if self.agent_pin else ["--prompt"]
        self.peer = self.stand.start(
            *python, "connect", self.folder, *how, "--port-file", file,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        wait_until("port", lambda: os.path.exists(file))
        with open(file, encoding="ascii") as f:
            self.port = int(f.read())
        if not self.agent_pin:
            self.asked = queue.Queue()
            threading.Thread(target=self.listen, daemon=True).start()
            self.person = self.type

    def listen(self):
        for line in self.peer.stdout:
            self.asked.put(line)

    def type(self, digits):
        self.asked.get(timeout=20)
        self.peer.stdin.write((digits or "-") + "\n")
        self.peer.stdin.flush()


class Conformance(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = Stand(1)
        cls.addClassCleanup(cls.stand.close)

    def tearDown(self):
        self.stand.stop_all()

    def stands(self, side, *tables):
        side.start()
        side.dial()
        side.settle()
        rows = 0
        for table in tables:
            for name, moves in table:
                side.play(name, moves)
                rows += 1
        side.remove()
        self.assertEqual(rows, sum(map(len, tables)))

    def test_program(self):
        self.stands(PlainProgram(self, self.stand), EVERYWHERE, UNFENCED,
                    CLOSES)

    def test_peer(self):
        self.stands(PlainPeer(self, self.stand), EVERYWHERE, UNFENCED, CLOSES)

    def test_program_far_away(self):
        self.stands(RemoteProgram(self, self.stand), EVERYWHERE, FENCED,
                    AT_DEVICE)

    def test_peer_far_away(self):
        self.stands(RemotePeer(self, self.stand), EVERYWHERE, FENCED,
                    AT_DEVICE)

    def test_program_with_the_agents_pin(self):
        side = RemoteProgram(self, self.stand)
        side.agent_pin = True
        self.stands(side, FROM_AGENT)

    def test_peer_with_the_agents_pin(self):
        side = RemotePeer(self, self.stand)
        side.agent_pin = True
        self.stands(side, FROM_AGENT)


if __name__ == "__main__":
    unittest.main()
