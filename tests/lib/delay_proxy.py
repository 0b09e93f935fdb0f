"""A slow line: a proxy between two stream sockets, unix or TCP, that holds
back each direction by a fixed time and says how many round trips went over
it.  Bytes that follow each other travel together, as on a line with much room
and a long way.

    delay_proxy.py --protocol link --delay 50 LISTEN CONNECT

LISTEN and CONNECT are unix:PATH or HOST:PORT.  Ended by SIGTERM or by its
--seconds; then it prints one JSON object: what it counted."""

import argparse
import collections
import json
import os
import queue
import signal
import socket
import struct
import threading
import time

BLOCK = 65536
PATIENCE_S = 30
LINK_TYPES = {1: "WAIT", 2: "BEGIN", 3: "XFER", 4: "SCRIPT", 5: "END",
              6: "CANCEL", 7: "ENTER"}
INS = {0xa4: "SELECT", 0xb0: "READ", 0x20: "VERIFY", 0x2a: "SIGN",
       0xc0: "GET", 0xca: "DATA"}

# One request, the names of the commands in it, in order, and when it came;
# never their data.
Request = collections.namedtuple("Request", "kind steps at")


def request(kind, steps=()):
    return Request(kind, tuple(steps), time.monotonic())


def command(apdu):
    """Its name; TRIES is a VERIFY without data, SELECT/APP one by AID."""
    ins = INS.get(apdu[1], "%02x" % apdu[1]) if len(apdu) > 1 else "?"
    if ins == "VERIFY" and len(apdu) == 4:
        return "TRIES"
    if ins == "SELECT" and apdu[2] == 4:
        return "SELECT/APP"
    return ins


# --- what is a request, by protocol; fed with the bytes of that direction ---

class Link:
    """Frames of hw-docs/protocols/link.md from the near side."""

    def __init__(self):
        self.held = b""

    @staticmethod
    def steps(kind, body):
        steps, at = [], 0
        left = 1 if kind == "XFER" else body[0] if kind == "SCRIPT" else 0
        if kind == "SCRIPT":
            at = 1
        while left:
            at += 3 if kind == "SCRIPT" else 0      # status word, fill
            length = struct.unpack_from(">I", body, at + 8)[0]
            at += 12
            steps.append(command(body[at:at + length]))
            at += length
            left -= 1
        return steps

    def feed(self, data):
        self.held += data
        found = []
        while len(self.held) >= 4:
            length = struct.unpack_from(">I", self.held)[0]
            if len(self.held) < 4 + length:
                break
            frame, self.held = (self.held[4:4 + length],
                                self.held[4 + length:])
            kind = LINK_TYPES.get(frame[0], "%02x" % frame[0])
            if kind != "CANCEL":        # has no reply
                found.append(request(kind, self.steps(kind, frame[3:])))
        return found


class Vpcd:
    """Messages of vpcd from the reader's side (hw-docs/readers/vpcd.md): of
    one byte they are about power, else commands.  Power on and off and reset
    have no answer, the ATR's question has."""
    ATR = 4

    def __init__(self):
        self.held = b""

    def feed(self, data):
        self.held += data
        found = []
        while len(self.held) >= 2:
            length = struct.unpack_from(">H", self.held)[0]
            if len(self.held) < 2 + length:
                break
            message, self.held = (self.held[2:2 + length],
                                  self.held[2 + length:])
            if length == 1 and message[0] == self.ATR:
                found.append(request("ATR"))
            elif length > 1:
                found.append(request("XFER", [command(message)]))
        return found


class Plain:
    """Any bytes: a request is what is sent after something came back."""

    def __init__(self):
        self.open = False

    def feed(self, data):
        if self.open or not data:
            return []
        self.open = True
        return [request("BYTES")]

    def answered(self):
        self.open = False


PROTOCOLS = {"link": Link, "vpcd": Vpcd, "plain": Plain}


# --- addresses ---

def endpoint(text):
    """unix:PATH, or HOST:PORT; as family and address."""
    if text.startswith("unix:"):
        return socket.AF_UNIX, text[5:]
    host, _, port = text.rpartition(":")
    return socket.AF_INET, (host or "127.0.0.1", int(port))


def listen(text):
    family, address = endpoint(text)
    s = socket.socket(family)
    if family == socket.AF_INET:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(address)
    s.listen()
    return s


def dial(text):
    family, address = endpoint(text)
    s = socket.socket(family)
    s.connect(address)
    return s


def no_delay(s):
    if s.family == socket.AF_INET:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class DelayProxy:
    """Requests come from whoever dials; from the other side with
    from_far (vpcd: the card's side dials the reader's)."""

    def __init__(self, listen_on, connect_to, protocol="link", delay=0.05,
                 from_far=False):
        self.to = connect_to
        self.protocol = protocol
        self.delay = delay
        self.from_far = from_far
        self.requests = []
        self.connections = 0
        self.bytes = 0
        self.lock = threading.Lock()
        self.sockets = []
        self.server = listen(listen_on)
        self.path = (listen_on[5:] if listen_on.startswith("unix:") else None)
        self.port = (None if self.path else self.server.getsockname()[1])
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.server.accept()
            except OSError:
                return
            with self.lock:
                self.sockets.append(near)
            threading.Thread(target=self.join, args=(near,),
                             daemon=True).start()

    def join(self, near):
        """The other side may not listen yet."""
        end = time.monotonic() + PATIENCE_S
        far = None
        while far is None and time.monotonic() < end:
            try:
                far = dial(self.to)
            except OSError:
                time.sleep(0.02)
        if far is None:
            near.close()
            return
        with self.lock:
            self.connections += 1
            self.sockets.append(far)
        no_delay(near)
        no_delay(far)
        parser = PROTOCOLS[self.protocol]()
        self.pump(near, far, parser, not self.from_far)
        self.pump(far, near, parser, self.from_far)

    def pump(self, source, sink, parser, asks):
        """One direction: a thread that takes, one that gives later."""
        line = queue.Queue()

        def take():
            while True:
                try:
                    data = source.recv(BLOCK)
                except OSError:
                    data = b""
                self.count(parser, data, asks)
                line.put((time.monotonic() + self.delay, data))
                if not data:
                    return

        def give():
            while True:
                due, data = line.get()
                time.sleep(max(0.0, due - time.monotonic()))
                try:
                    if data:
                        sink.sendall(data)
                    else:
                        sink.shutdown(socket.SHUT_WR)
                        return
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        threading.Thread(target=give, daemon=True).start()

    def count(self, parser, data, asks):
        with self.lock:
            self.bytes += len(data)
            if asks:
                self.requests += parser.feed(data)
            elif hasattr(parser, "answered"):
                parser.answered()

    def seen(self):
        """The requests so far, oldest first."""
        with self.lock:
            return list(self.requests)

    def close(self):
        with self.lock:
            sockets, self.sockets = self.sockets, []
        for s in [self.server, *sockets]:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()
        if self.path and os.path.exists(self.path):
            os.unlink(self.path)


def split_at_pin(requests):
    """Those before the person has entered the PIN, and those from the first
    VERIFY with digits to the end of the card's session; a wait for a card to
    be placed or taken away, and a look whether it is still there, are no
    round trips that a person waits for."""
    asked = [r for r in requests if r.kind not in ("WAIT", "ATR")]
    for i, r in enumerate(asked):
        if "VERIFY" in r.steps:
            ends = [j for j, e in enumerate(asked) if e.kind == "END" and
                    j > i]
            end = ends[0] + 1 if ends else len(asked)
            return asked[:i], asked[i:end]
    return asked, []


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[0])
    p.add_argument("--protocol", choices=sorted(PROTOCOLS), default="link")
    p.add_argument("--delay", type=int, default=50, help="ms, each direction")
    p.add_argument("--from-far", action="store_true")
    p.add_argument("--seconds", type=int, default=600)
    p.add_argument("listen")
    p.add_argument("connect")
    a = p.parse_args()
    proxy = DelayProxy(a.listen, a.connect, a.protocol, a.delay / 1000,
                       a.from_far)
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    signal.signal(signal.SIGINT, lambda *_: over.set())
    over.wait(a.seconds)
    print(json.dumps({"requests": len(proxy.seen()), "bytes": proxy.bytes,
                      "connections": proxy.connections,
                      "list": [[r.kind, *r.steps] for r in proxy.seen()]}))
    proxy.close()


if __name__ == "__main__":
    main()
