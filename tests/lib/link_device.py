"""A second device, written from hw-docs/protocols/link.md and not from the
program: WAIT, BEGIN, XFER, SCRIPT, ENTER, CANCEL and END over a socket, with
the fence, over a card that dials in as vpicc does (fake-card).  Python's ssl
makes the TLS, openssl the key and the request.

    link_device.py enrol ADDRESS TEXT FOLDER
    link_device.py connect FOLDER [--agent-pin] [--prompt] --port-file FILE
    link_device.py serve FD [--fence [--agent-pin] [--prompt]] --port-file FILE

The card's port goes to FILE; with --prompt the entries are lines of standard
input, "-" cancels."""

import argparse
import hashlib
import os
import queue
import select
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

FRAME_MAX, STEPS_MAX, ROOM_SUM = 1 << 20, 64, 512 << 10
TX_MAX, RX_MAX, ROOM_MAX, MS_MAX = 261, 258, 65538, (1 << 31) - 1
DIGITS = b"0123456789"
AWAY = 1.5      # seconds without a card, until it may be another one


class Refused(Exception):
    """An error's name, as a reply carries it."""


class End(Exception):
    """The link is over."""


# --- the card: card-and-readers.md 7.1 --------------------------------------

class Slot:
    """Listens as pcscd's vpcd driver does; a connection is a card."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.line = None
        self.powered = False

    def look(self):
        """Takes a card that dials in, sees one that has gone."""
        if self.line is None and select.select([self.server], [], [], 0)[0]:
            self.line, _ = self.server.accept()
            self.line.settimeout(10)
            self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.atr = self.talk(b"\x04")
        elif self.line is not None and \
                select.select([self.line], [], [], 0)[0]:
            self.gone()     # nothing is due: it hangs up
        return self.line is not None

    def gone(self):
        self.line.close()
        self.line = None
        self.powered = False

    def tell(self, message):
        self.line.sendall(struct.pack(">H", len(message)) + message)

    def talk(self, message, seconds=10):
        self.line.settimeout(seconds)
        try:
            self.tell(message)
            n, = struct.unpack(">H", self.take(2))
            return self.take(n)
        except socket.timeout as why:
            raise Refused("CARD_MUTE") from why
        except OSError as why:
            self.gone()
            raise Refused("NO_CARD") from why

    def take(self, n):
        got = b""
        while len(got) < n:
            more = self.line.recv(n - len(got))
            if not more:
                raise OSError("hung up")
            got += more
        return got

    def power(self, on):
        if self.line is not None:
            self.tell(b"\x01" if on else b"\x00")
        self.powered = on


# --- the fence ---------------------------------------------------------------

AID = {bytes.fromhex("d392f000260100000001"): "jpki",
       bytes.fromhex("d3921000310001010408"): "text",
       bytes.fromhex("d3921000310001010402"): "surface"}
# what may be done with which file; for verify: how many digits
FILES = {
    "jpki": {6: "read", 10: "read", 0x18: 4, 0x17: "sign"},
    "text": {2: "read", 0x11: 4, 0x15: 14},
    "surface": {2: "read", 4: "read", 0x12: 14},
}
FILLS = {1: ("jpki", 0x18), 2: ("text", 0x11)}
FULL = {("jpki", 0x18): 3, ("text", 0x11): 3, ("text", 0x15): 10,
        ("surface", 0x12): 10}
DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def parse(tx):
    """cla, ins, p1, p2, data, has_le; None if it is no whole command."""
    cla, ins, p1, p2 = tx[:4]
    rest = tx[4:]
    if len(rest) <= 1:
        return cla, ins, p1, p2, b"", len(rest) == 1
    if rest[0]:
        n, size, at = rest[0], 1, 1
    elif len(rest) == 3:
        return cla, ins, p1, p2, b"", True
    elif len(rest) > 3 and rest[1:3] != b"\0\0":
        n, size, at = struct.unpack(">H", rest[1:3])[0], 2, 3
    else:
        return None
    data, le = rest[at:at + n], rest[at + n:]
    if len(data) != n or len(le) not in (0, size):
        return None
    return cla, ins, p1, p2, data, len(le) > 0


class Fence:
    def __init__(self, agent_pin):
        self.agent_pin = agent_pin
        self.typed = False          # at the agent, for this placing
        self.away = 0.0             # seconds a wait found no card
        self.forget()

    def forget(self):
        self.app = self.ef = None
        self.more = False
        self.tries = {}
        self.may_sign = False
        self.entry = None           # digits, what (0: typed at the agent), used

    def file(self, p, current=0x80):
        return self.ef if p == current else p & 0x1f

    def use(self, ef):
        return FILES.get(self.app, {}).get(ef) if ef else None

    def allowed(self, c):
        cla, ins, p1, p2, data, le = c
        if ins == 0xa4:
            if cla or p2 != 0x0c or le:
                return False
            if p1 == 4:
                return data in AID
            return p1 == 2 and len(data) == 2 and self.use(
                int.from_bytes(data, "big")) is not None
        if ins == 0xb0:
            if cla or data or not le or (p1 & 0x80 and p1 & 0x60):
                return False
            return self.use(p1 & 0x1f if p1 & 0x80 else self.ef) == "read"
        if ins == 0x20:
            if cla or p1 or p2 & 0xe0 != 0x80 or le:
                return False
            use = self.use(self.file(p2))
            return isinstance(use, int) and len(data) in (0, use)
        if ins == 0x2a:
            if cla != 0x80 or p1:
                return False
            if p2 == 0:
                return self.app == "surface" and le and len(data) == 51 and \
                    data.startswith(DIGEST_INFO)
            return p2 & 0xe0 == 0x80 and 0 < len(data) <= 67 and \
                self.use(self.file(p2)) == "sign"
        return ins == 0xc0 and self.more and not (cla or p1 or p2 or data) \
            and le

    def judge(self, tx, fill):
        """What is to be sent; raises Refused."""
        c = parse(tx)
        if c is None or not self.allowed(c):
            raise Refused("FORBIDDEN")
        _, ins, _, p2, data, _ = c
        if ins != 0x20 or not data:
            if fill or (ins == 0x2a and p2 and not self.may_sign):
                raise Refused("FORBIDDEN")
            return tx
        pin = (self.app, self.file(p2))
        if tx[4] != len(tx) - 5:
            raise Refused("FORBIDDEN")
        return self.fill(tx, pin, fill) if fill else self.type(tx, pin, data)

    def fill(self, tx, pin, fill):
        if FILLS.get(fill) != pin:
            raise Refused("FORBIDDEN")
        if self.entry is None or not self.entry[1]:
            raise Refused("SEQUENCE")
        digits, what, used = self.entry
        if len(digits) != tx[4] or pin in used or (
                what != fill and (what != 1 or FILLS[1] not in used)):
            raise Refused("SEQUENCE")
        if what != fill and self.tries.get(pin, 0) < 2:
            raise Refused("FORBIDDEN")
        used.add(pin)
        return tx[:5] + digits

    def type(self, tx, pin, data):
        same = self.entry is not None and self.entry[1] == 0 and \
            self.entry[0] == data and self.entry[2] == {FILLS[1]} and \
            pin == FILLS[2]
        if any(b not in DIGITS for b in data) or not self.agent_pin or (
                self.typed and not same) or self.tries.get(pin, 0) < 2:
            raise Refused("FORBIDDEN")
        if not same:
            self.entry = (data, 0, set())
            self.typed = True
        self.entry[2].add(pin)
        return tx

    def follow(self, tx, sw):
        _, ins, p1, p2, data, _ = parse(tx)
        self.more = sw >> 8 == 0x61
        good = sw == 0x9000 or self.more
        if ins == 0x20:
            pin = (self.app, self.file(p2))
            n = sw & 15 if sw & 0xfff0 == 0x63c0 else \
                0 if sw in (0x6983, 0x6984) else None
            self.tries.pop(pin, None)
            if n is not None and n <= FULL[pin]:
                self.tries[pin] = n
            if data and sw != 0x9000:
                self.entry = None
            if data and pin == FILLS[1]:
                self.may_sign = sw == 0x9000
        if ins == 0x2a and p2 and good:
            self.may_sign = False
        if ins == 0xa4 and p1 == 4:
            self.app, self.ef = AID.get(data) if good else None, None
        elif ins == 0xa4:
            self.ef = int.from_bytes(data, "big") if good else None
        elif ins == 0xb0 and p1 & 0x80:
            self.ef = p1 & 0x1f if good or sw == 0x6282 else None
        elif ins in (0x20, 0x2a) and p2 != 0x80:
            self.ef = None


class Open:
    """No fence: the agent is on the same machine and has its own."""
    typed = False
    away = 0.0

    @staticmethod
    def judge(tx, fill):
        if fill:
            raise Refused("SEQUENCE")
        return tx

    def follow(self, tx, sw):
        pass

    def forget(self):
        pass


# --- the link ------------------------------------------------------------------

class Reader:
    """Takes a payload apart; anything but exactly that ends the link."""

    def __init__(self, payload):
        self.p = payload

    def take(self, n):
        if n > len(self.p):
            raise End("short")
        got, self.p = self.p[:n], self.p[n:]
        return got

    def u8(self):
        return self.take(1)[0]

    def u16(self):
        return int.from_bytes(self.take(2), "big")

    def u32(self, most=0xffffffff):
        n = int.from_bytes(self.take(4), "big")
        if n > most:
            raise End("too much")
        return n

    def end(self):
        if self.p:
            raise End("too many bytes")


class Device:
    def __init__(self, slot, fence=None, entries=None):
        self.slot = slot
        self.fence = fence or Open()
        self.entries = entries      # a queue of digits; None cancels
        self.sock = None

    def serve(self, sock):
        self.sock = sock
        self.told = None
        self.begun = self.dead = False
        self.buf = b""
        try:
            while True:
                self.request(*self.frame())
        except (End, OSError):
            pass
        finally:
            self.leave()
            sock.close()

    def leave(self):
        if self.begun:
            try:
                self.slot.power(False)
            except OSError:
                self.slot.gone()
        self.begun = False
        self.fence.forget()

    # -- frames
    def ready(self, seconds):
        if getattr(self.sock, "pending", int)():
            return True
        return bool(select.select([self.sock], [], [], seconds)[0])

    def more(self):
        got = self.sock.recv(65536)
        if not got:
            raise End("closed")
        self.buf += got

    def whole(self):
        """The next frame if it is there."""
        if len(self.buf) < 4:
            return None
        n, = struct.unpack(">I", self.buf[:4])
        if not 3 <= n <= FRAME_MAX:
            raise End("length")
        if len(self.buf) < 4 + n:
            return None
        raw, self.buf = self.buf[4:4 + n], self.buf[4 + n:]
        return raw[0], int.from_bytes(raw[1:3], "big"), raw[3:]

    def frame(self):
        while True:
            got = self.whole()
            if got is None:
                self.more()
            elif got[0] != 6:
                return got
            elif got[2]:
                raise End("a cancel with a payload")

    def cancelled(self, seq):
        """While a wait or an entry runs: only its cancel may come."""
        while self.ready(0):
            self.more()
        got = self.whole()
        if got is None:
            return False
        if got[0] != 6 or got[2]:
            raise End("a second request")
        return got[1] == seq

    def request(self, kind, seq, payload):
        run = {1: self.wait, 2: self.begin, 3: self.xfer, 4: self.script,
               5: self.end, 7: self.enter}.get(kind)
        if run is None:
            raise End("unknown type")
        body = [b""]
        result = "OK"
        try:
            run(seq, Reader(payload), body)
        except Refused as why:
            result = str(why)
        self.sock.sendall(struct.pack(
            ">IBH", len(body[0]) + len(result) + 6, kind | 0x80, seq) +
            struct.pack("B", len(result)) + result.encode() + b"\0\0" +
            body[0])

    # -- requests
    def wait(self, seq, p, body):
        ms = p.u32(MS_MAX)
        p.end()
        if self.begun:
            raise Refused("SEQUENCE")
        last = time.monotonic()
        until = last + ms / 1000
        away = False
        while True:
            card = self.slot.look()
            now = time.monotonic()
            if away:
                self.fence.away += now - last
            if self.fence.away >= AWAY:
                self.fence.typed = False
            last, away = now, not card
            if card:
                self.fence.away = 0.0
            if card or self.told != 2:
                break
            if self.cancelled(seq):
                raise Refused("CANCELLED")
            if time.monotonic() >= until:
                raise Refused("TIMEOUT")
            self.ready(0.01)
        self.told = 1 if card else 2
        body[0] = bytes([self.told])

    def begin(self, _seq, p, body):
        p.end()
        if self.begun:
            raise Refused("SEQUENCE")
        if not self.slot.look():
            raise Refused("NO_CARD")
        self.fence.away = 0.0
        self.slot.power(True)
        self.begun, self.dead = True, False
        body[0] = struct.pack(">IIBB", TX_MAX, RX_MAX, self.entries is not None,
                              len(self.slot.atr)) + self.slot.atr

    def end(self, _seq, p, _body):
        p.end()
        self.leave()

    @staticmethod
    def step(p):
        ms, room, n = p.u32(MS_MAX), p.u32(ROOM_MAX), p.u32()
        return ms, room, p.take(n)

    def fits(self, room, tx):
        if not self.begun or len(tx) < 4:
            raise Refused("SEQUENCE")
        if len(tx) > TX_MAX or room < RX_MAX:
            raise Refused("TOOBIG")

    def send(self, ms, tx, fill=0):
        if self.dead:
            raise Refused("NO_CARD")
        sent = self.fence.judge(tx, fill)
        try:
            if not self.slot.look():
                raise Refused("NO_CARD")
            rx = self.slot.talk(sent, max(ms / 1000, 0.01))
            if len(rx) < 2:
                raise Refused("NO_CARD")
        except Refused:
            self.dead = True
            self.fence.forget()
            raise
        self.fence.follow(tx, rx[-2] << 8 | rx[-1])
        return rx

    def xfer(self, _seq, p, body):
        ms, room, tx = self.step(p)
        p.end()
        self.fits(room, tx)
        rx = self.send(ms, tx)
        body[0] = struct.pack(">I", len(rx)) + rx

    def script(self, _seq, p, body):
        n = p.u8()
        if n > STEPS_MAX:
            raise End("too many steps")
        steps = [(p.u16(), p.u8(), *self.step(p)) for _ in range(n)]
        p.end()
        if sum(s[3] for s in steps) > ROOM_SUM:
            raise End("too much room")
        done = []
        body[0] = b"\0"
        for _, fill, _, room, tx in steps:
            self.fits(room, tx)
            if fill and (self.entries is None or len(tx) < 6 or
                         tx[4] != len(tx) - 5 or tx[5:].strip(b"\xff")):
                raise Refused("SEQUENCE")
        for go, fill, ms, _, tx in steps:
            rx = self.send(ms, tx, fill)
            done.append(struct.pack(">I", len(rx)) + rx)
            body[0] = bytes([len(done)]) + b"".join(done)
            if rx[-2] << 8 | rx[-1] != go:
                break

    def enter(self, seq, p, _body):
        what, digits, _tries, ms = p.u8(), p.u8(), p.u8(), p.u32(MS_MAX)
        p.end()
        if not what:
            raise End("what")
        if not self.begun or self.entries is None:
            raise Refused("SEQUENCE")
        self.fence.entry = None
        if not ms:
            raise Refused("TIMEOUT")
        if what not in FILLS or digits != 4:
            raise Refused("FORBIDDEN")
        left = self.fence.tries.get(FILLS[what])
        if left is None:
            raise Refused("PIN_UNSURE")
        if left == 0:
            raise Refused("PIN_BLOCKED")
        got = self.entered(seq, ms)
        if got is None:
            raise Refused("CANCELLED")
        if len(got) != digits or got.strip(DIGITS):
            raise Refused("PIN_FORMAT")
        self.fence.entry = (got, what, set())

    def entered(self, seq, ms):
        until = time.monotonic() + ms / 1000
        print("ask", flush=True)
        while time.monotonic() < until:
            if self.cancelled(seq):
                return None
            try:
                return self.entries.get(timeout=0.01)
            except queue.Empty:
                pass
        raise Refused("TIMEOUT")


# --- over a network -----------------------------------------------------------

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], input=data, check=True,
                          capture_output=True).stdout


def dial(address, folder=None):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    tls.check_hostname = False
    tls.set_alpn_protocols(["shikaku-link/1"])
    if folder is None:
        tls.verify_mode = ssl.CERT_NONE
    else:
        tls.load_verify_locations(os.path.join(folder, "ca.pem"))
        tls.load_cert_chain(os.path.join(folder, "cert.pem"),
                            os.path.join(folder, "key.pem"))
    host, port = address.rsplit(":", 1)
    return tls.wrap_socket(socket.create_connection((host, int(port)), 10))


def call(sock, kind, seq, payload):
    sock.sendall(struct.pack(">IBH", len(payload) + 3, kind, seq) + payload)
    got = b""
    while len(got) < 4 or len(got) < 4 + int.from_bytes(got[:4], "big"):
        more = sock.recv(65536)
        if not more:
            raise End("closed")
        got += more
    p = Reader(got[4:])
    if p.u8() != kind | 0x80 or p.u16() != seq:
        raise End("another reply")
    result = p.take(p.u8()).decode()
    p.take(p.u16())
    if result != "OK":
        raise Refused(result)
    return p


def hello(sock, purpose):
    p = call(sock, 0x41, 1, struct.pack("BBB", 1, purpose, 4) + b"peer")
    p.take(8)
    name = p.take(p.u8()).decode()
    p.end()
    return name


def pem(der, what="CERTIFICATE"):
    import base64
    text = base64.encodebytes(der).decode().replace("\n", "")
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n" % (
        what, "\n".join(lines), what)


def enrol(address, text, folder):
    """The CA is believed by its print, and the agent by the CA: the second
    connection, with what was got, is the one that proves it."""
    text = text.upper().replace("-", "").translate(
        str.maketrans("ILO", "110"))
    want = 0
    for c in text[10:]:
        want = want << 5 | CROCKFORD.index(c)
    os.makedirs(folder, 0o700)
    key = os.path.join(folder, "key.pem")
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-out", key)
    request = openssl("req", "-new", "-key", key, "-subj", "/CN=x",
                      "-outform", "DER")
    sock = dial(address)
    hello(sock, 3)
    p = call(sock, 0x44, 2, text[:10].encode() +
             struct.pack(">H", len(request)) + request)
    name = p.take(p.u8()).decode()
    cert, ca = p.take(p.u16()), p.take(p.u16())
    p.end()
    spki = openssl("pkey", "-pubin", "-outform", "DER", data=openssl(
        "x509", "-noout", "-pubkey", data=pem(ca).encode()))
    if hashlib.sha256(spki).digest()[:10] != want.to_bytes(10, "big"):
        raise SystemExit("another CA")
    for file, data in (("cert.pem", cert), ("ca.pem", ca)):
        with open(os.path.join(folder, file), "w", encoding="ascii") as f:
            f.write(pem(data))
    with open(os.path.join(folder, "agent"), "w", encoding="utf-8") as f:
        f.write("address %s\nname %s\n" % (address, name))
    sock.close()


def lend(folder, device):
    with open(os.path.join(folder, "agent"), encoding="utf-8") as f:
        address = f.readline().split()[1]
    while True:
        try:
            sock = dial(address, folder)
            sock.settimeout(None)
            hello(sock, 1)
        except Refused as why:
            if str(why) in ("LINK_REVOKED", "LINK_VERSION"):
                raise SystemExit(77) from why
            time.sleep(0.5)
            continue
        except (OSError, End):
            time.sleep(0.5)
            continue
        device.serve(sock)


def type_in(entries):
    for line in sys.stdin:
        line = line.rstrip("\n")
        entries.put(None if line == "-" else line.encode())


def main():
    p = argparse.ArgumentParser()
    p.add_argument("command", choices=("enrol", "connect", "serve"))
    p.add_argument("args", nargs="*")
    p.add_argument("--fence", action="store_true")
    p.add_argument("--agent-pin", action="store_true")
    p.add_argument("--prompt", action="store_true")
    p.add_argument("--port-file")
    a = p.parse_args()
    if a.command == "enrol":
        enrol(*a.args)
        return
    slot = Slot()
    with open(a.port_file + ".new", "w", encoding="ascii") as f:
        f.write(str(slot.port))
    os.rename(a.port_file + ".new", a.port_file)
    entries = queue.Queue() if a.prompt else None
    if a.prompt:
        threading.Thread(target=type_in, args=(entries,), daemon=True).start()
    fenced = a.fence or a.command == "connect"
    device = Device(slot, Fence(a.agent_pin) if fenced else None, entries)
    if a.command == "connect":
        lend(a.args[0], device)
    else:
        device.serve(socket.socket(fileno=int(a.args[0])))


if __name__ == "__main__":
    main()
