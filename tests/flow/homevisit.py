"""Home visits without a network, for flow tests and benches: an agent where
devices dial, and devices whose reader is the one of the stand."""

import hashlib
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import threading
import time
import uuid

from agent import AgentStand
from stand import PIN, READER, program, free_port

STAFF = "訪問 花子"


def slip_text(name, address, staff, birth, ident=None, way=0):
    """The code's text as host/slip/slip.h has it, written down once more;
    ident: with the id of that one; way: what was shown."""
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    if ident is None:
        uid = uuid.uuid4().bytes
    else:
        bits = "".join("{:05b}".format(alphabet.index(c)) for c in ident[4:])
        uid = int(bits[8:136], 2).to_bytes(16, "big")
    body = struct.pack(">B16sQBIBB", 2 if way else 1, uid, 1795132800, ord("1"), birth,
                       0x3f, 2)
    for text in (name, address, staff):
        body += struct.pack(">H", len(text.encode())) + text.encode()
    body += bytes([way] if way else [])
    body += hashlib.sha256(body).digest()[:8]
    body += b"\0" * (-len(body) % 5)
    bits = "".join("{:08b}".format(b) for b in body)
    return "SKS1" + "".join(alphabet[int(bits[i:i + 5], 2)]
                            for i in range(0, len(bits), 5))


class Proxy:
    """A line between device and agent that can be cut at a byte."""

    def __init__(self, port):
        self.target = port
        # Bytes to the agent, and from it, until the line is cut.
        self.budget = {True: None, False: None}
        self.passed = {True: 0, False: 0}
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.server.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target), 5)
            except OSError:
                near.close()
                continue
            for pair in ((near, far, True), (far, near, False)):
                threading.Thread(target=self.pump, args=pair,
                                 daemon=True).start()

    def pump(self, source, sink, up):
        try:
            while True:
                data = source.recv(4096)
                if self.budget[up] is not None:
                    data = data[:max(self.budget[up], 0)]
                    self.budget[up] -= len(data)
                if not data:
                    break
                sink.sendall(data)
                self.passed[up] += len(data)
                if self.budget[up] == 0:
                    break
        except OSError:
            pass
        for sock in (source, sink):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        source.close()

    def close(self):
        self.server.close()


class HomeStand(AgentStand):
    """An agent, one reader, and devices in folders."""

    def __init__(self, readers=1, devices=None):
        self.link = free_port()
        conf = {"listen": "127.0.0.1:%d" % self.link}
        conf.update(devices or {})
        super().__init__(readers, {"devices": conf})
        self.proxy = Proxy(self.link)
        self.start_agent()

    def start_agent(self):
        self.running = self.agent()

    def kill_agent(self):
        self.running.kill()
        self.running.wait()
        self.procs.remove(self.running)

    def enrol(self, name):
        """A device that dials through the proxy; its folder."""
        folder = self.path("device-" + name)
        text = json.loads(self.run("devices", "invite", name, "--json",
                                   check=True).stdout)["text"]
        got = self.device(folder, "enrol", "127.0.0.1:%d" % self.proxy.port,
                          text)
        if got.returncode != 0:
            raise AssertionError("enrol: " + got.stderr)
        # With the roots of the clinic, as an administrator copies them.
        shutil.copytree(self.path("trust"), os.path.join(folder, "trust"))
        shutil.copy(self.root("test.cardca"), os.path.join(folder, "trust"))
        return folder

    @staticmethod
    def command(folder, word, *args):
        return [program("shikaku-reader"), word, "--folder", folder, *args]

    def device(self, folder, word, *args, stdin="", timeout=60):
        return subprocess.run(self.command(folder, word, *args), env=self.env,
                              cwd=self.dir, input=stdin, text=True,
                              capture_output=True, timeout=timeout,
                              check=False)

    def must(self, folder, word, *args, **more):
        got = self.device(folder, word, "--json", *args, **more)
        if got.returncode != 0:
            raise AssertionError("%s: %d\n%s" % (word, got.returncode,
                                                 got.stderr))
        return json.loads(got.stdout)

    @staticmethod
    def visit_args(*args, reader=READER % "A"):
        return ("--test", "--staff", STAFF, "--consent", "all",
                "--pin-stdin", "--json", *args, reader)

    def visit(self, folder, *args, stdin=PIN + "\n"):
        return self.device(folder, "visit", *self.visit_args(*args),
                           stdin=stdin)

    def killed(self, argv, after, stdin=""):
        """Starts it and kills it so many seconds later; 1 if it was alive."""
        proc = subprocess.Popen(argv, env=self.env, cwd=self.dir,
                                stdin=subprocess.PIPE,
                                stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
        proc.stdin.write(stdin.encode())
        proc.stdin.close()
        try:
            proc.wait(timeout=after)
            return 0
        except subprocess.TimeoutExpired:
            proc.send_signal(signal.SIGKILL)
            proc.wait()
            return 1

    def ask_store(self, query, *values):
        db = sqlite3.connect(self.path("shikaku.db"), timeout=20)
        try:
            return db.execute(query, values).fetchall()
        finally:
            db.close()

    def stop_all_cards(self):
        for proc in list(self.cards):
            self.stop(proc)

    def close(self):
        self.proxy.close()
        super().close()


class Torment:
    """Visits on several devices while programs are killed and lines cut at
    random points.  What was ever whole in a queue must be at the desk in the
    end, once, and nothing else."""

    KINDS = ("visit", "deliver", "agent", "cut", "tickets")

    def __init__(self, stand, devices, visits, seed):
        self.stand = stand
        self.visits = visits
        self.random = random.Random(seed)
        self.folders = [stand.enrol("t-%d" % i) for i in range(devices)]
        self.made = {folder: set() for folder in self.folders}
        self.hit = dict.fromkeys(self.KINDS, 0)     # alive when it struck
        self.tried = dict.fromkeys(self.KINDS, 0)
        self.time = {"visit": 0.5, "deliver": 0.2, "tickets": 0.2}

    def look(self, folder):
        """The records that are in the queue now, by their id."""
        for name in self.stand.must(folder, "queue")["waiting"]:
            self.made[folder].add(name[18:-4])

    def timed(self, word, call):
        start = time.monotonic()
        got = call()
        self.time[word] = time.monotonic() - start
        return got

    def make(self, folder, kill=False):
        """One visit, whole or killed somewhere; tickets as they are needed."""
        if self.stand.must(folder, "tickets", "--count", "0")["usable"] == 0:
            self.fetch(folder)
        args = self.stand.visit_args()
        if kill:
            self.strike("visit", self.stand.command(folder, "visit", *args),
                        PIN + "\n")
        else:
            got = self.timed("visit", lambda: self.stand.visit(folder))
            if got.returncode != 0:
                raise AssertionError("visit: " + got.stderr)
        self.look(folder)

    def fetch(self, folder):
        self.timed("tickets", lambda: self.stand.must(
            folder, "tickets", "--count", "20"))

    def strike(self, kind, argv, stdin=""):
        word = kind if kind in self.time else "deliver"
        self.tried[kind] += 1
        self.hit[kind] += self.stand.killed(
            argv, self.random.uniform(0, self.time[word]), stdin)

    def strike_agent(self, folder):
        """The agent dies while a device delivers."""
        proc = subprocess.Popen(self.stand.command(folder, "deliver"),
                                env=self.stand.env, stderr=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL)
        try:
            proc.wait(timeout=self.random.uniform(0, self.time["deliver"]))
        except subprocess.TimeoutExpired:
            self.hit["agent"] += 1
        self.tried["agent"] += 1
        self.stand.kill_agent()
        proc.wait(timeout=30)
        self.stand.start_agent()

    def cut(self, folder):
        """The line dies after so many bytes to the agent; a handshake has
        some 1500, a record some 4000."""
        waiting = len(self.stand.must(folder, "queue")["waiting"])
        self.stand.proxy.budget[True] = self.random.randrange(
            1, 1500 + 4000 * max(waiting, 1))
        got = self.stand.device(folder, "deliver")
        self.stand.proxy.budget[True] = None
        self.tried["cut"] += 1
        self.hit["cut"] += got.returncode != 0

    def todo(self):
        return [f for f in self.folders if len(self.made[f]) < self.visits]

    def with_records(self):
        """A device that has something to deliver, if there can be one."""
        full = [f for f in self.folders
                if self.stand.must(f, "queue")["waiting"]]
        if not full and self.todo():
            full = [self.random.choice(self.todo())]
            self.make(full[0])
        return self.random.choice(full or self.folders)

    def one(self, kind):
        if kind == "visit":
            self.make(self.random.choice(self.todo() or self.folders),
                      kill=True)
        elif kind == "tickets":
            self.strike(kind, self.stand.command(
                self.random.choice(self.folders), "tickets"))
        elif kind == "deliver":
            self.strike(kind, self.stand.command(self.with_records(),
                                                 "deliver"))
        elif kind == "agent":
            self.strike_agent(self.with_records())
        else:
            self.cut(self.with_records())

    def run(self, kills):
        """kills: how many of each kind; one visit and delivery before them
        tell how long each takes."""
        plan = [kind for kind, n in kills.items() for _ in range(n)]
        self.random.shuffle(plan)
        self.make(self.folders[0])
        self.timed("deliver", lambda: self.deliver(self.folders[0]))
        for kind in plan:
            self.one(kind)
        for folder in self.folders:
            while len(self.made[folder]) < self.visits:
                self.make(folder)
            self.deliver(folder)

    def deliver(self, folder):
        self.stand.must(folder, "deliver")
        left = self.stand.must(folder, "queue")
        if left != {"waiting": [], "refused": []}:
            raise AssertionError("left on the device: %s" % left)

    def judge(self):
        """(at the desk, verified); raises when one is lost or twice there."""
        made = set().union(*self.made.values())
        rows = self.stand.ask_store(
            "SELECT id, state, identity FROM visit WHERE mode = 'home'")
        filed = [row[0] for row in rows]
        if sorted(filed) != sorted(made):
            raise AssertionError("lost %s, unknown %s" % (
                made - set(filed), set(filed) - made))
        records = self.stand.ask_store("SELECT visit FROM record")
        used = self.stand.ask_store(
            "SELECT record FROM ticket WHERE record IS NOT NULL")
        if sorted(r[0] for r in records) != sorted(made) or sorted(
                u[0] for u in used) != sorted(made):
            raise AssertionError("a record or ticket does not fit")
        refused = self.stand.ask_store("SELECT COUNT(*) FROM refusal")[0][0]
        if refused != 0:
            raise AssertionError("%d refused" % refused)
        verified = sum(state == "unmatched" and json.loads(identity)["proof"]
                       ["outcome"] == "verified" for _, state, identity in
                       rows)
        if verified != len(filed):
            raise AssertionError("%d of %d verified" % (verified,
                                                        len(filed)))
        return len(filed)
