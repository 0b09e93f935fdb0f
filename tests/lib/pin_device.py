"""A device at which a person enters the PIN, between an agent and a
shikaku-reader: it answers ENTER by itself, fills the scripts' VERIFY and
passes on all the rest (hw-docs/protocols/link.md).  It also looks whether any
digit came from the agent's side."""

import queue
import select
import socket
import struct
import threading
import time

BEGIN, SCRIPT, END, CANCEL, ENTER = 2, 4, 5, 6, 7
REPLY = 0x80
CAN_ENTER = 1
FILLER = 0xff
VERIFY = 0x20


def result(name):
    return bytes([len(name)]) + name.encode() + b"\0\0"


def receive(sock, count):
    data = b""
    while len(data) < count:
        more = sock.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def receive_frame(sock):
    """Type, sequence and payload."""
    length = struct.unpack(">I", receive(sock, 4))[0]
    frame = receive(sock, length)
    return frame[0], frame[1:3], frame[3:]


def send_frame(sock, kind, seq, payload):
    sock.sendall(struct.pack(">IB", 3 + len(payload), kind) + seq + payload)


def skip_result(body):
    """Where a reply's own body begins, and whether all went well."""
    at = 1 + body[0]
    return at + 2 + struct.unpack_from(">H", body, at)[0], body[1:at] == b"OK"


class PinDevice:
    """person: a queue of entries, in order; None is a person who does not
    want to.  Without one the device waits for it."""

    def __init__(self, listen_on, far):
        self.far = far
        self.person = queue.Queue()
        self.asked = []         # (what, digits, tries, ms)
        self.asking = threading.Event()
        self.cancels = 0        # that came from the near side
        self.near_digits = 0    # VERIFYs of the near side with any of its own
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(listen_on)
        self.server.listen()
        self.sockets = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.server.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(self.far)
            except OSError:
                return
            self.sockets += [near, far]
            Session(self, near, far).start()

    def close(self):
        for s in [self.server, *self.sockets]:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()


class Session(threading.Thread):
    def __init__(self, device, near, far):
        super().__init__(daemon=True)
        self.device = device
        self.near = near
        self.far = far
        self.drop()

    def drop(self):
        self.digits = None
        self.good_for = []

    def run(self):
        try:
            while True:
                self.one()
        except (EOFError, OSError):
            pass
        for s in (self.near, self.far):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def one(self):
        """A request and its reply; a CANCEL may come in between."""
        kind, seq, body = receive_frame(self.near)
        if kind == CANCEL:
            return
        if kind == ENTER:
            send_frame(self.near, ENTER | REPLY, seq, self.enter(body, seq))
            return
        filled = None
        if kind == SCRIPT:
            body, filled = self.fill(body)
            if body is None:
                send_frame(self.near, SCRIPT | REPLY, seq,
                           result("SEQUENCE") + b"\0")
                return
        if kind == END:
            self.drop()
        send_frame(self.far, kind, seq, body)
        got, seq, body = self.reply(kind)
        if kind == BEGIN:
            body = self.mark(body)
        if filled is not None:
            self.judge(body, filled)
        send_frame(self.near, got, seq, body)

    def reply(self, kind):
        while True:
            ready, _, _ = select.select([self.near, self.far], [], [])
            if self.far in ready:
                return receive_frame(self.far)
            other, seq, body = receive_frame(self.near)
            if other != CANCEL:
                raise EOFError
            send_frame(self.far, other, seq, body)

    @staticmethod
    def mark(body):
        at, good = skip_result(body)
        if not good:
            return body
        body = bytearray(body)
        body[at + 8] |= CAN_ENTER
        return bytes(body)

    # -- the person ------------------------------------------------------
    def enter(self, body, seq):
        what, digits, tries, ms = struct.unpack(">BBBI", body)
        self.drop()
        self.device.asked.append((what, digits, tries, ms))
        self.device.asking.set()
        try:
            return self.wait_entry(what, digits, ms, seq)
        finally:
            self.device.asking.clear()

    def wait_entry(self, what, digits, ms, seq):
        end = time.monotonic() + ms / 1000
        while time.monotonic() < end:
            if select.select([self.near], [], [], 0)[0]:
                kind, of, _ = receive_frame(self.near)
                if kind == CANCEL and of == seq:
                    self.device.cancels += 1
                    return result("CANCELLED")
            try:
                entry = self.device.person.get(timeout=0.02)
            except queue.Empty:
                continue
            if entry is None:
                return result("CANCELLED")
            if len(entry) != digits:
                return result("PIN_FORMAT")
            self.digits = entry.encode()
            self.good_for = [1, 2] if what == 1 else [what]
            return result("OK")
        return result("TIMEOUT")

    # -- its digits in a script ------------------------------------------
    def fill(self, body):
        """The script with them in it, and which steps they are in."""
        out, filled, at = bytearray(body[:1]), [], 1
        for i in range(body[0]):
            go, fill, ms, room, length = struct.unpack_from(">HBIII", body,
                                                            at)
            at += 15
            tx = bytearray(body[at:at + length])
            at += length
            if tx[1] == VERIFY and any(b != FILLER for b in tx[5:]):
                self.device.near_digits += 1
            if fill:
                if self.digits is None or self.good_for[:1] != [fill] or \
                        tx[4] != len(self.digits):
                    return None, None
                self.good_for.pop(0)
                tx[5:] = self.digits
                filled.append(i)
            out += struct.pack(">HBIII", go, 0, ms, room, length) + tx
        return bytes(out), filled

    def judge(self, body, filled):
        """What the card did not accept is not tried again."""
        at, good = skip_result(body)
        words = []
        for _ in range(body[at]):
            length = struct.unpack_from(">I", body, at + 1)[0]
            words.append(body[at + 3 + length:at + 5 + length])
            at += 4 + length
        if not good or any(i >= len(words) or words[i] != b"\x90\0"
                           for i in filled):
            self.drop()
