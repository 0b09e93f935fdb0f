"""A stand for flow tests: a private pcscd, fake cards, the fake terminal and
the real binaries, in a folder of its own.  Everything it starts it ends, by
its process id."""

import fcntl
import glob
import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

BIN = os.environ.get("SHIKAKU_BIN") or os.path.abspath(
    os.path.join(os.path.dirname(__file__), "..", "..", "build", "bin"))
SRC = os.environ.get("SHIKAKU_SRC") or os.path.abspath(
    os.path.join(os.path.dirname(__file__), "..", ".."))
INSTITUTION = "1319999999"
PIN = "1234"
# Each reader of pcscd.sh has a second slot that stays empty.
READER = "pcsc:Shikaku?Test?Reader?%s*00"
HOUR_S = 3600


def listening():
    """Local addresses of the listening TCP sockets, as "127.0.0.1:5"."""
    with open("/proc/net/tcp", encoding="ascii") as f:
        rows = [line.split() for line in f][1:]
    for row in rows:
        if row[3] == "0A":
            host, port = row[1].split(":")
            host = ".".join(str(b) for b in bytes.fromhex(host)[::-1])
            yield "%s:%d" % (host, int(port, 16))


GIVEN = set()


def free_port():
    """One that nobody listens on, below those the system gives out; none
    twice."""
    while True:
        port = random.randrange(20000, 30000)
        if port not in GIVEN and not any(
                at.endswith(":%d" % port) for at in listening()):
            GIVEN.add(port)
            return port


def program(name):
    return os.path.join(BIN, name)


def wait_until(what, probe, seconds=15):
    """Polls a condition with a bound; the bound is a failure, not a wait."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = probe()
        if got:
            return got
        time.sleep(0.02)
    raise AssertionError("did not happen in %d s: %s" % (seconds, what))


def pki():
    """Cards and roots, made once a day for a build: their dates are relative
    to today.  A folder in use is never touched, only those of old builds."""
    made = int(os.path.getmtime(program("fake-pki")))
    base = os.path.abspath(os.path.join(BIN, "..", "pki"))
    path = "%s-%d-%s" % (base, made, time.strftime("%Y%m%d"))
    with open(base + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(path):
            for old in glob.glob(base + "-*"):
                if time.time() - os.path.getmtime(old) > HOUR_S:
                    shutil.rmtree(old, ignore_errors=True)
            shutil.rmtree(path + ".new", ignore_errors=True)
            subprocess.run([program("fake-pki"), path + ".new"], check=True)
            os.rename(path + ".new", path)
    return path


class Stand:
    def __init__(self, readers=1, conf=None, csv=None):
        self.dir = tempfile.mkdtemp(prefix="shikaku-")
        self.readers = readers
        self.pki = pki()
        self.procs = []
        self.cards = {}
        self.judges = set()     # terminals that must end without violations
        self.pcscd_runs = False
        self.env = dict(os.environ, LC_ALL="C.UTF-8")
        self.env.pop("SHIKAKU_CONF", None)
        for name in ("req", "res", "face", "trust"):
            os.mkdir(os.path.join(self.dir, name))
        self.write_conf(conf or {})
        for name in ("auth-g2", "auth-g3"):
            self.run("trust", "add", self.root(name + ".cer"), check=True)
        self.run("patients", "import", csv or
                 os.path.join(SRC, "tests", "data", "patients.csv"), check=True)
        if readers:
            self.pcscd("start", str(readers))

    # -- set-up ---------------------------------------------------------
    def path(self, *names):
        return os.path.join(self.dir, *names)

    def root(self, name):
        return os.path.join(self.pki, "roots", name)

    def write_conf(self, extra):
        conf = {
            "institution": {"code": INSTITUTION,
                            "electronic_prescription": "yes"},
            "reader": {"name": READER % "A", "card_wait": "8"},
            "trust": {"folder": "trust", "mode": "test"},
            "terminal": {"req": "req", "res": "res", "answer_timeout": "20",
                         "restart": "off"},
            "store": {"file": "shikaku.db"},
        }
        for section, keys in extra.items():
            conf.setdefault(section, {}).update(keys)
        with open(self.path("shikaku.conf"), "w", encoding="utf-8") as f:
            for section, keys in conf.items():
                f.write("[%s]\n" % section)
                for key, value in keys.items():
                    f.write("%s = %s\n" % (key, value))

    def pcscd(self, *args):
        self.pcscd_runs = args[0] != "halt"
        got = subprocess.run(
            ["sh", os.path.join(SRC, "tests", "lib", "pcscd.sh"), args[0],
             self.path("pcsc"), *args[1:]], check=False, text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if got.returncode == 77:
            self.close()
            raise unittest.SkipTest(got.stderr.strip())
        if got.returncode != 0:
            self.close()
            raise AssertionError("pcscd.sh %s: %s" % (args[0], got.stderr))
        with open(self.path("pcsc", "env"), encoding="ascii") as f:
            for line in f:
                key, _, value = line.strip().partition("=")
                self.env[key] = value

    # -- the parts ------------------------------------------------------
    def start(self, *argv, **more):
        proc = subprocess.Popen(argv, env=self.env, cwd=self.dir, **more)
        self.procs.append(proc)
        return proc

    def stop(self, proc):
        if proc.poll() is None:
            proc.send_signal(signal.SIGTERM)
            try:
                proc.wait(timeout=5)
            except subprocess.TimeoutExpired:
                proc.kill()
                proc.wait()
        if proc in self.procs:
            self.procs.remove(proc)
        if proc in self.cards:
            self.removed(self.cards.pop(proc))
        if proc in self.judges:
            self.judges.remove(proc)
            self.judged(proc.returncode)
        return proc.returncode

    def judged(self, status):
        if status != 0:
            raise AssertionError("the terminal ended with %d:\n%s" % (
                status, self.violations(forget=True)))

    def stop_all(self):
        """Ends everything, then raises what went wrong first."""
        wrong = []
        for proc in list(self.procs):
            try:
                self.stop(proc)
            except AssertionError as failure:
                wrong.append(failure)
        if wrong:
            raise wrong[0]

    def removed(self, reader):
        """pcscd polls a slot every 400 ms.  A card that is replaced in
        between is never seen again (1.9.9), as with a real one that is
        lifted and put back at once: so every removal is waited for."""
        def seen():
            with open(self.path("pcsc", "pcscd.log"), "rb") as f:
                log = f.read()
            name = b"Shikaku Test Reader " + reader.encode() + b" 00 00"
            return (log.count(b"Card Removed From " + name) >=
                    log.count(b"Card inserted into " + name))
        if self.pcscd_runs:
            wait_until("removal seen by pcscd", seen)

    def card(self, name="p03", *args, reader="A"):
        """Puts a card into a reader; returns its process."""
        count = self.path("count-%s.json" % reader)
        ready = self.path("ready-%s" % reader)
        for old in (count, ready):
            if os.path.exists(old):
                os.unlink(old)
        proc = self.start(program("fake-card"), "--card",
                          os.path.join(self.pki, "cards", name), "--port",
                          self.env["PORT_" + reader], "--count", count,
                          "--ready-file", ready, *args)
        self.cards[proc] = reader
        wait_until("card ready", lambda: os.path.exists(ready))
        return proc

    def count(self, reader="A"):
        with open(self.path("count-%s.json" % reader), encoding="ascii") as f:
            return json.load(f)

    def terminal(self, *args):
        ready = self.path("terminal-ready")
        if os.path.exists(ready):
            os.unlink(ready)
        proc = self.start("/usr/bin/python3", "-B", os.path.join(
            SRC, "tests", "lib", "fake_terminal.py"), "--req",
            self.path("req"), "--res", self.path("res"), "--institution",
            INSTITUTION, "--ready-file", ready, "--report",
            self.path("violations.jsonl"), "--max-seconds", "600",
            "--require-rename", "--temp-seconds", "1", *args)
        if "--expect-violations" not in args:
            self.judges.add(proc)
        wait_until("terminal ready", lambda: os.path.exists(ready))
        return proc

    def violations(self, forget=False):
        """What the terminals reported; of one test only, if forgotten."""
        path = self.path("violations.jsonl")
        try:
            with open(path, encoding="utf-8") as f:
                said = f.read()
        except FileNotFoundError:
            return ""
        if forget:
            os.unlink(path)
        return said

    # -- the product ----------------------------------------------------
    def run(self, *args, stdin="", check=False, timeout=60, lang=None):
        words = 2 if args[:2] == ("requests", "show") or args[0] in (
            "trust", "patients", "config", "clients", "devices", "passcodes",
            "results", "visits", "documents", "jobs", "imports",
            "export") else 1
        argv = [program("shikaku"), *args[:words]]
        if args[0] not in ("results", "readers", "slip") and args[:2] != (
                "visits", "diagram"):
            argv += ["--config", self.path("shikaku.conf")]
        env = dict(self.env, LC_ALL=lang) if lang else self.env
        got = subprocess.run([*argv, *args[words:]], env=env,
                             cwd=self.dir, input=stdin, text=True,
                             capture_output=True, timeout=timeout, check=False)
        if check and got.returncode != 0:
            raise AssertionError("%s: %d\n%s%s" % (args, got.returncode,
                                                   got.stdout, got.stderr))
        return got

    def check(self, *args, pin=PIN, consent="all", timeout=60):
        """One visit; returns exit code, the JSON object, standard error."""
        got = self.run("check", "--consent", consent, "--pin-stdin", "--json",
                       *args, stdin=pin + "\n", timeout=timeout)
        lines = got.stdout.splitlines()
        if len(lines) != 1:
            raise AssertionError("not one object on standard output:\n%s\n%s"
                                 % (got.stdout, got.stderr))
        return got.returncode, json.loads(lines[0]), got.stderr

    def close(self):
        self.cards.clear()
        try:
            self.stop_all()
        finally:
            if self.readers:
                subprocess.run(["sh", os.path.join(SRC, "tests", "lib",
                                                   "pcscd.sh"), "stop",
                                self.path("pcsc")], check=False,
                               stdout=subprocess.DEVNULL)
            shutil.rmtree(self.dir, ignore_errors=True)


class StandCase(unittest.TestCase):
    """A test case with one stand for all its tests."""
    readers = 1
    settings = None

    @classmethod
    def setUpClass(cls):
        cls.stand = Stand(cls.readers, cls.settings)
        cls.addClassCleanup(cls.stand.close)

    def tearDown(self):
        self.stand.stop_all()
        self.assertEqual(self.stand.violations(forget=True), "",
                         "the terminal was sent a wrong request")
