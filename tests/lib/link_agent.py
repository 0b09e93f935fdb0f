"""An agent for devices to dial, of its own making: a CA, TLS, HELLO and
enrolment, and then whatever a test wants to say to the reader.  Independent of
the product; certificates are made by openssl."""

import base64
import hashlib
import os
import queue
import socket
import ssl
import struct
import subprocess
import threading
import time

from link_near import ENROL, HELLO, REPLY, Closed, Near, frame

ALPN = "shikaku-link/1"
READER, DELIVER, ENROLMENT = 1, 2, 3
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], input=data, check=True,
                          capture_output=True).stdout


class Ca:
    """A CA with one key, and what it issues."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.key = self.path("ca.key")
        self.cert = self.path("ca.pem")
        self.new_key(self.key)
        openssl("req", "-x509", "-new", "-key", self.key, "-sha256", "-days",
                "30", "-subj", "/CN=test ca", "-out", self.cert, "-addext",
                "keyUsage=critical,keyCertSign,cRLSign")

    def path(self, name):
        return os.path.join(self.folder, name)

    @staticmethod
    def new_key(path):
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-out", path)

    def issue(self, request, use, days="30"):
        """DER request in, PEM certificate out."""
        with open(self.path("ext"), "w", encoding="ascii") as f:
            f.write("keyUsage=critical,digitalSignature\n"
                    "extendedKeyUsage=%s\nbasicConstraints=CA:FALSE\n" % use)
        return openssl("x509", "-req", "-inform", "DER", "-CA", self.cert,
                       "-CAkey", self.key, "-sha256", "-days", days,
                       "-set_serial", str(time.time_ns()), "-extfile",
                       self.path("ext"), data=request)

    def issue_new(self, name, use):
        """A key and its certificate, with the CA's behind it, as files."""
        key, cert = self.path(name + ".key"), self.path(name + ".pem")
        self.new_key(key)
        request = openssl("req", "-new", "-key", key, "-subj", "/CN=" + name,
                          "-outform", "DER")
        with open(self.cert, "rb") as f:
            ca = f.read()
        with open(cert, "wb") as f:
            f.write(self.issue(request, use) + ca)
        return cert, key

    def print(self):
        spki = openssl("pkey", "-pubin", "-outform", "DER", data=openssl(
            "x509", "-in", self.cert, "-noout", "-pubkey"))
        return hashlib.sha256(spki).digest()


def der(pem):
    return base64.b64decode(b"".join(
        pem.split(b"-----BEGIN CERTIFICATE-----")[1].split(
            b"-----END")[0].split()))


def activation(code, print_):
    n = int.from_bytes(print_[:10], "big")
    text = code + "".join(CROCKFORD[n >> 5 * i & 31] for i in range(15, -1, -1))
    return "-".join((text[:5], text[5:10], text[10:15], text[15:20],
                     text[20:]))


class Agent:
    """Listens on loopback.  Readers that have said HELLO are in a queue."""

    def __init__(self, folder, name="患者宅1", code="ABCDE12345"):
        self.ca = Ca(folder)
        self.name = name
        self.code = code
        self.hello = "OK"           # what HELLO is answered
        self.clock_off = 0          # ms
        self.enrolments = []
        self.hellos = []
        self.reply_cert = None      # instead of the one that was asked for
        self.readers = queue.Queue()
        self.open = []
        cert, key = self.ca.issue_new("agent", "serverAuth")
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.minimum_version = ssl.TLSVersion.TLSv1_3
        self.tls.load_cert_chain(cert, key)
        self.tls.load_verify_locations(self.ca.cert)
        self.tls.verify_mode = ssl.CERT_OPTIONAL
        self.tls.set_alpn_protocols([ALPN])
        self.listen("127.0.0.1", 0)

    def listen(self, host, port):
        self.server = socket.create_server((host, port), reuse_port=False)
        self.address = "%s:%d" % self.server.getsockname()
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def text(self):
        return activation(self.code, self.ca.print())

    def accept(self):
        while True:
            try:
                raw, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(raw,),
                             daemon=True).start()

    def serve(self, raw):
        raw.settimeout(20)
        try:
            sock = self.tls.wrap_socket(raw, server_side=True)
            if sock.selected_alpn_protocol() != ALPN:
                raise ssl.SSLError("no ALPN")
            near = Near(sock)
            self.open.append(near)
            self.greet(near)
        except (OSError, Closed, AssertionError):
            raw.close()

    def greet(self, near):
        kind, seq, payload = near.frame()
        version, purpose, n = struct.unpack("BBB", payload[:3])
        if kind != HELLO or n != len(payload) - 3 or version != 1:
            raise AssertionError("no HELLO")
        self.hellos.append((purpose, payload[3:].decode("ascii")))
        if purpose != ENROLMENT and not near.sock.getpeercert(True):
            self.answer(near, kind, seq, "LINK_REVOKED")
            near.close()
            return
        name = b"" if purpose == ENROLMENT else self.name.encode()
        now = time.time_ns() // 1000000 + self.clock_off
        self.answer(near, kind, seq, self.hello,
                    struct.pack(">QB", now, len(name)) + name)
        if self.hello != "OK":
            near.close()
        elif purpose == READER:
            self.readers.put(near)
        elif purpose == ENROLMENT:
            self.enrol(near)

    def enrol(self, near):
        kind, seq, payload = near.frame()
        code = payload[:10].decode("ascii")
        n, = struct.unpack(">H", payload[10:12])
        request = payload[12:]
        if kind != ENROL or n != len(request) or code != self.code:
            self.answer(near, kind, seq, "CODE")
            near.close()
            return
        # The request must be signed by its own key.
        openssl("req", "-inform", "DER", "-verify", "-noout", data=request)
        cert = self.reply_cert or der(self.ca.issue(request, "clientAuth"))
        with open(self.ca.cert, "rb") as f:
            ca = der(f.read())
        name = self.name.encode()
        self.enrolments.append(cert)
        self.answer(near, kind, seq, "OK", struct.pack("B", len(name)) + name +
                    struct.pack(">H", len(cert)) + cert +
                    struct.pack(">H", len(ca)) + ca)

    @staticmethod
    def answer(near, kind, seq, result, body=b""):
        near.send(frame(kind | REPLY, seq, struct.pack("B", len(result)) +
                        result.encode() + b"\0\0" +
                        (body if result == "OK" else b"")))

    def reader(self, seconds=20):
        """The next device that lends its reader."""
        return self.readers.get(timeout=seconds)

    def deaf(self):
        """Nobody is accepted any more; what is open stays."""
        try:
            self.server.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.server.close()
        self.thread.join(10)

    def close(self):
        self.deaf()
        for near in self.open:
            near.close()
