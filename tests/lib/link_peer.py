"""A device's end of the link over a network, hw-docs/protocols/link.md: TLS,
frames, HELLO and ENROL, by Python's own ssl and the openssl command.  Written
from the document alone, and able to do each thing wrongly."""

import base64
import hashlib
import os
import select
import socket
import ssl
import struct
import subprocess

ALPN = "shikaku-link/1"
WAIT, BEGIN, XFER, SCRIPT, END, CANCEL, ENTER = range(1, 8)
HELLO, TICKETS, RECORD, ENROL = range(0x41, 0x45)
REPLY = 0x80
READER, DELIVER, ENROLLING = 1, 2, 3
FRAME_MAX = 1 << 20
CARD, NO_CARD, NO_READER = 1, 2, 3
SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Closed(Exception):
    """The agent ended the connection."""


def frame(kind, seq, payload=b""):
    return struct.pack(">IBH", 3 + len(payload), kind, seq) + payload


def short(data):
    return struct.pack(">H", len(data)) + data


def result(name, note=""):
    note = note.encode()
    return struct.pack(">B", len(name)) + name.encode() + short(note)


def take_result(payload):
    """The error's name, its note, what follows."""
    n = payload[0]
    m, = struct.unpack(">H", payload[1 + n:3 + n])
    return (payload[1:1 + n].decode(), payload[3 + n:3 + n + m].decode(),
            payload[3 + n + m:])


def take_short(data):
    n, = struct.unpack(">H", data[:2])
    return data[2:2 + n], data[2 + n:]


def symbols(data):
    """Crockford's base 32 of whole groups of five bytes."""
    n = int.from_bytes(data, "big")
    return "".join(SYMBOLS[n >> at & 31] for at in range(
        len(data) * 8 - 5, -1, -5))


def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], input=data, check=True,
                          capture_output=True).stdout


class Identity:
    """A folder with a device's key, and what it got for it."""

    def __init__(self, folder, curve="P-256"):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.key = self.path("device.key")
        self.cert = self.path("device.crt")
        self.ca = self.path("ca.crt")
        if not os.path.exists(self.key):
            openssl("genpkey", "-algorithm", "EC", "-pkeyopt",
                    "ec_paramgen_curve:" + curve, "-out", self.key)

    def path(self, name):
        return os.path.join(self.folder, name)

    def request(self, *more):
        return openssl("req", "-new", "-key", self.key, "-subj", "/CN=x",
                       "-outform", "DER", *more)

    def save(self, cert, ca):
        for name, der in ((self.cert, cert), (self.ca, ca)):
            with open(name, "w", encoding="ascii") as f:
                f.write(ssl.DER_cert_to_PEM_cert(der))

    def print(self, name="ca.crt"):
        pem = openssl("x509", "-in", self.path(name), "-pubkey", "-noout")
        der = base64.b64decode(b"".join(pem.split(b"\n")[1:-2]))
        return hashlib.sha256(der).digest()


class Peer:
    """One connection."""

    def __init__(self, port, identity=None, host="127.0.0.1", alpn=ALPN,
                 version=ssl.TLSVersion.TLSv1_3, timeout=30, source=None):
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ctx.check_hostname = False
        ctx.maximum_version = version
        if alpn:
            ctx.set_alpn_protocols([alpn])
        if identity and os.path.exists(identity.ca):
            ctx.load_verify_locations(identity.ca)
        else:
            ctx.verify_mode = ssl.CERT_NONE
        if identity and os.path.exists(identity.cert):
            ctx.load_cert_chain(identity.cert, identity.key)
        raw = socket.create_connection(
            (host, port), timeout, (source, 0) if source else None)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.sock = ctx.wrap_socket(raw)
        except BaseException:
            raw.close()
            raise
        self.sock.settimeout(timeout)
        self.seq = 0

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        try:
            self.sock.sendall(data)
        except (OSError, ssl.SSLError) as e:
            raise Closed(str(e)) from e

    def recv(self, n):
        got = b""
        while len(got) < n:
            try:
                more = self.sock.recv(n - len(got))
            except socket.timeout:
                raise
            except (OSError, ssl.SSLError) as e:
                raise Closed(str(e)) from e
            if not more:
                raise Closed("end")
            got += more
        return got

    def hear(self):
        """The next frame: type, sequence, payload."""
        n, = struct.unpack(">I", self.recv(4))
        if not 3 <= n <= FRAME_MAX:
            raise AssertionError("a frame of %d bytes" % n)
        body = self.recv(n)
        kind, seq = struct.unpack(">BH", body[:3])
        return kind, seq, body[3:]

    def pause(self, seconds):
        """Until the agent says something, which is left, or time is up; 1 in
        the first case."""
        return bool(self.sock.pending() or select.select(
            [self.sock], [], [], seconds)[0])

    def ended(self):
        """1 if the agent says nothing more."""
        try:
            self.recv(1)
        except Closed:
            return True
        return False

    def ask(self, kind, payload=b""):
        """A request of the device's: the result's name and the body."""
        self.seq += 1
        self.send(frame(kind, self.seq, payload))
        got, seq, body = self.hear()
        if (got, seq) != (kind | REPLY, self.seq):
            raise AssertionError("reply %02x %d to %02x %d" % (
                got, seq, kind, self.seq))
        name, self.note, rest = take_result(body)
        if name != "OK" and rest:
            raise AssertionError("a body after " + name)
        return name, rest

    def hello(self, purpose, version=1, software=b"link_peer"):
        """The result's name; of OK, time and name are kept."""
        name, body = self.ask(HELLO, struct.pack(
            ">BBB", version, purpose, len(software)) + software)
        if name == "OK":
            self.time, n = struct.unpack(">QB", body[:9])
            self.name = body[9:].decode()
            if len(body) != 9 + n:
                raise AssertionError("a HELLO of %d bytes" % len(body))
        return name

    def enrol(self, code, request):
        """The result's name, and the device's name, certificate and CA."""
        name, body = self.ask(ENROL, code.encode() + short(request))
        if name != "OK":
            return name, None
        n = body[0]
        cert, rest = take_short(body[1 + n:])
        ca, rest = take_short(rest)
        if rest:
            raise AssertionError("more than a certificate and its CA")
        return name, (body[1:1 + n].decode(), cert, ca)

    # -- as a reader: the agent asks ------------------------------------
    def serve(self, answer, until=None):
        """Answers the agent's requests until it closes, or until() is true.
        answer(type, payload) gives the whole payload of the reply, or None
        to say nothing."""
        while not (until and until()):
            try:
                kind, seq, payload = self.hear()
            except Closed:
                return
            if kind == CANCEL:
                continue
            got = answer(kind, payload)
            if got is not None:
                self.send(frame(kind | REPLY, seq, got))


def text_parts(text):
    """Code and beginning of the CA's print of an activation text."""
    plain = text.replace("-", "")
    return plain[:10], plain[10:]


def enrol(port, text, folder):
    """What a device does with an activation text: its identity."""
    code, print_ = text_parts(text)
    me = Identity(folder)
    with Peer(port) as peer:
        name = peer.hello(ENROLLING)
        if name == "OK":
            name, got = peer.enrol(code, me.request())
        if name != "OK":
            raise AssertionError("enrolment: %s %s" % (name, peer.note))
    me.name, cert, ca = got
    me.save(cert, ca)
    if symbols(me.print()[:10]) != print_:
        raise AssertionError("another CA than the text says")
    return me
