"""The near side of a link, byte by byte: frames are made and taken apart here,
so that a test can also make wrong ones.  hw-docs/protocols/link.md."""

import socket
import struct

WAIT, BEGIN, XFER, SCRIPT, END, CANCEL, ENTER = range(1, 8)
HELLO, TICKETS, RECORD, ENROL = range(0x41, 0x45)
REPLY = 0x80
CARD, NO_CARD, NO_READER = 1, 2, 3
ROOM = 258


class Closed(Exception):
    """The other side ended the link."""


def frame(kind, seq, payload=b""):
    return struct.pack(">IBH", len(payload) + 3, kind, seq) + payload


def step(command, room=ROOM, ms=5000):
    return struct.pack(">III", ms, room, len(command)) + command


def script(*steps):
    """Each: command, or (command, go, fill)."""
    out = struct.pack("B", len(steps))
    for s in steps:
        command, go, fill = s if isinstance(s, tuple) else (s, 0x9000, 0)
        out += struct.pack(">HB", go, fill) + step(command)
    return out


def enter(what, digits=4, tries=3, ms=20000):
    return struct.pack(">BBBI", what, digits, tries, ms)


def wait(ms):
    return struct.pack(">I", ms)


class Reply:
    def __init__(self, kind, seq, payload):
        self.kind, self.seq = kind, seq
        n = payload[0]
        self.result = payload[1:1 + n].decode("ascii")
        m, = struct.unpack(">H", payload[1 + n:3 + n])
        self.note = payload[3 + n:3 + n + m].decode("utf-8")
        self.body = payload[3 + n + m:]

    def answers(self):
        """A script's: the bytes of each."""
        out, at = [], 1
        for _ in range(self.body[0]):
            n, = struct.unpack(">I", self.body[at:at + 4])
            out.append(self.body[at + 4:at + 4 + n])
            at += 4 + n
        if at != len(self.body):
            raise AssertionError("bytes behind the answers")
        return out

    def answer(self):
        """Of one command."""
        n, = struct.unpack(">I", self.body[:4])
        if n != len(self.body) - 4:
            raise AssertionError("an answer of another length")
        return self.body[4:]

    def __repr__(self):
        return "<%02x %s %r %s>" % (self.kind, self.result, self.note,
                                    self.body.hex())


class Near:
    def __init__(self, sock, seconds=30):
        self.sock = sock
        self.seq = 0
        sock.settimeout(seconds)

    def send(self, raw):
        try:
            self.sock.sendall(raw)
        except OSError as why:
            raise Closed() from why

    def take(self, n):
        got = b""
        while len(got) < n:
            try:
                more = self.sock.recv(n - len(got))
            except socket.timeout as why:
                raise AssertionError("no reply") from why
            except OSError as why:
                raise Closed() from why
            if not more:
                raise Closed()
            got += more
        return got

    def frame(self):
        size, = struct.unpack(">I", self.take(4))
        body = self.take(size)
        kind, seq = struct.unpack(">BH", body[:3])
        return kind, seq, body[3:]

    def reply(self):
        return Reply(*self.frame())

    def start(self, kind, payload=b""):
        self.seq = (self.seq + 1) & 0xffff
        self.send(frame(kind, self.seq, payload))
        return self.seq

    def ask(self, kind, payload=b""):
        seq = self.start(kind, payload)
        got = self.reply()
        if (got.kind, got.seq) != (kind | REPLY, seq):
            raise AssertionError("a reply to something else: %r" % got)
        return got

    def must(self, kind, payload=b"", result="OK"):
        got = self.ask(kind, payload)
        if got.result != result:
            raise AssertionError("%s instead of %s" % (got, result))
        return got

    def xfer(self, command, result="OK"):
        got = self.must(XFER, step(bytes.fromhex(command)), result)
        return got.answer().hex() if result == "OK" else None

    def closed(self):
        """Until the other side has ended; replies that were on the way are
        none of our business."""
        try:
            while True:
                self.frame()
        except Closed:
            return True

    def close(self):
        self.sock.close()
