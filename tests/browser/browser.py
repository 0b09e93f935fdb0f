"""The pages in Chromium against the real agent.  A scene is a function in a
*_scenes.mjs; node plays it, and what it needs of the world outside the browser
(a card, the agent, the backend of a kiosk) it asks for here: both talk in
lines of JSON over node's standard input and output."""

import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "flow"))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

from agent import ENDS, NUMBER_B, AgentStand, Client  # noqa: E402
from devices_test import Empty  # noqa: E402
from homevisit_test import slip_text  # noqa: E402
from link_peer import DELIVER, READER as AS_READER, RECORD  # noqa: E402
from link_peer import Peer, enrol  # noqa: E402
from stand import BIN, INSTITUTION, READER, SRC, program  # noqa: E402
from stand import free_port, wait_until  # noqa: E402

MODULES = os.path.join(SRC, "host", "web", "node_modules")
NODE = shutil.which("node")
CHROMIUM = shutil.which("chromium")
# The digits are in no other text or number of a page.
PIN = "8305"
DAY_S = 24 * 3600
SCENE_S = 90


def missing():
    """Why nothing can be played here; None when everything is there."""
    for what, there in (
            ("node", NODE), ("chromium", CHROMIUM),
            ("playwright-core: sh host/build.sh", os.path.isdir(
                os.path.join(MODULES, "playwright-core"))),
            ("folder of pages: sh host/web/build.sh", os.path.isdir(
                os.path.join(BIN, "..", "web"))),
            ("agent", os.path.exists(program("shikakud")))):
        if not there:
            return "there is no " + what
    return None


class World:
    """What a scene may ask for: every method without an underscore."""

    def __init__(self, stand):
        self._stand = stand
        self._cards = {}
        self._agent = self._judge = None
        self._devices = {}      # identity by name
        self._lines = {}        # who is connected, by name
        self._odd = False       # the terminal is not as it usually is

    def ready(self):
        """Everything as it is before a patient comes, and a while before the
        day turns in Japan, with which the lists of the day do."""
        left = DAY_S - (time.time() + 9 * 3600) % DAY_S
        if left < SCENE_S:
            time.sleep(left)
        for reader in list(self._cards):
            self.take(reader)
        for name in list(self._lines):
            self.hang_up(name)
        if self._judge is None or self._odd:
            self.terminal()
        if self._agent is None or self._agent.poll() is not None:
            self._agent = self._stand.agent()
        desk = self._stand.clients["desk"]
        for row in desk.must(200, desk.get("/visits"))["visits"]:
            if row["state"] not in ENDS:
                desk.post("/visits/%s/cancellation" % row["id"])
        wait_until("readers", self._readers)

    def _readers(self):
        desk = self._stand.clients["desk"]
        return all(r["state"] == "ready" or (r["error"] or {}).get("code") ==
                   "DEVICE_AWAY" for r in
                   desk.must(200, desk.get("/readers"))["readers"])

    # -- the card ---------------------------------------------------------
    def card(self, name="p03", reader="A", *args):
        """A card whose PINs, if it has any, are the one of the scenes."""
        with open(os.path.join(self._stand.pki, "cards", name, "card.conf"),
                  encoding="utf-8") as conf:
            has = dict(line.strip().split(" = ") for line in conf
                       if " = " in line)
        pins = [key + "=" + PIN for key in ("auth_pin", "text_pin")
                if has.get(key, "none") != "none"]
        self._cards[reader] = self._stand.card(name, *pins, *args,
                                               reader=reader)

    def take(self, reader="A"):
        self._stand.stop(self._cards.pop(reader))

    def pull(self, reader="A"):
        self._cards[reader].send_signal(signal.SIGUSR1)

    def insert(self, reader="A"):
        self._cards[reader].send_signal(signal.SIGUSR2)

    def count(self, reader="A"):
        return self._stand.count(reader)

    def at_device(self, entry):
        """What the person enters there; None: does not want to."""
        self._stand.device.person.put(entry)

    # -- devices that dial the agent --------------------------------------
    def device(self, name, text=None):
        """A device is enrolled, with this activation text if there is one."""
        if text is None:
            desk = self._stand.clients["desk"]
            text = desk.must(201, desk.post("/devices", {"name": name}))[
                "text"]
        self._devices[name] = enrol(self._stand.link, text,
                                    self._stand.path("device-" + name))

    def dial(self, name):
        """It brings its reader."""
        peer = Peer(self._stand.link, self._devices[name])
        if peer.hello(AS_READER) != "OK":
            raise AssertionError(peer.note)
        self._lines[name] = Empty(peer)

    def hang_up(self, name):
        self._lines.pop(name).end()

    def _on_device(self, name, word, *args, stdin=""):
        s = self._stand
        got = subprocess.run([program("shikaku-reader"), word, "--folder",
                              s.path("device-" + name), *args],
                             env=s.env, cwd=s.dir, input=stdin, text=True,
                             capture_output=True, timeout=SCENE_S,
                             check=False)
        if got.returncode != 0:
            raise AssertionError("%s: %s" % (word, got.stderr))
        return got.stdout

    def house_call(self, name, staff, args=(), entry=PIN):
        """A new device makes a visit by itself, and brings it afterwards;
        the visit's id."""
        s = self._stand
        text = json.loads(s.run("devices", "invite", name, "--json",
                                check=True).stdout)["text"]
        self._on_device(name, "enrol", "127.0.0.1:%d" % s.link, text)
        # With the roots of the clinic, as an administrator copies them.
        trust = s.path("device-%s/trust" % name)
        shutil.copytree(s.path("trust"), trust)
        shutil.copy(s.root("test.cardca"), trust)
        self._on_device(name, "tickets", "--count", "1")
        made = self._on_device(
            name, "visit", "--test", "--staff", staff, "--consent", "all",
            "--pin-stdin", "--json", *args, READER % "A", stdin=entry + "\n")
        self._on_device(name, "deliver")
        return json.loads(made)["visit"]

    def slip(self):
        """What a scanner types from a slip of fixture person p03."""
        return slip_text("資格　一郎", "東京都千代田区永田町１", "看護01",
                         19600602)

    def refused(self, name):
        """This device brings what is no record."""
        with Peer(self._stand.link, self._devices[name]) as peer:
            if peer.hello(DELIVER) != "OK":
                raise AssertionError(peer.note)
            said, _ = peer.ask(RECORD, struct.pack(">I", 4) + b"junk")
        if said != "RECORD_ALTERED":
            raise AssertionError(said)

    # -- the agent and the terminal -------------------------------------------
    def kill(self):
        self._agent.kill()
        self._agent.wait()
        self._stand.procs.remove(self._agent)

    def restart(self):
        """Starts it, after it was ended in good order unless it is gone."""
        if self._agent.poll() is None:
            self._stand.stop(self._agent)
        self._agent = self._stand.agent()

    def terminal(self, *args):
        if self._judge is not None:
            self._stand.stop(self._judge)
        self._judge = self._stand.terminal(*args)
        self._odd = args != ()

    def no_terminal(self):
        self._stand.stop(self._judge)
        self._judge = None

    def reading(self, person):
        """An official face reader's file for this person, who has no visit:
        until it is at the desk."""
        s = self._stand
        proc = s.start("/usr/bin/python3", "-B", os.path.join(
            SRC, "tests", "lib", "fake_terminal.py"), "--req", s.path("req"),
            "--res", s.path("res"), "--face", s.path("face"), "--institution",
            INSTITUTION, "--face-push", person, "--once", "1",
            "--max-seconds", "20")
        proc.wait(20)
        s.procs.remove(proc)
        desk = s.clients["desk"]
        wait_until("the result at the desk",
                   lambda: desk.get("/results").json["total"])

    # -- clients ------------------------------------------------------------
    def token(self, name):
        return self._stand.clients[name].token

    def call(self, name, method, path, body=None):
        """name None: without a token."""
        client = Client(self._stand, None, None) if name is None else \
            self._stand.clients[name]
        got = client.call(method, path, body)
        return {"status": got.status, "json": got.json}

    def locked(self, name):
        """Until the agent knows it, which the page tells after it shows it."""
        client = self._stand.clients[name]
        wait_until("the lock of " + name,
                   lambda: not client.get("/client").json["unlocked"])

    def last(self, name):
        """The newest visit of this client, as the desk sees it."""
        desk = self._stand.clients["desk"]
        for row in desk.must(200, desk.get("/visits"))["visits"]:
            if row["client"] == name:
                return desk.read(row["id"])
        return None

    def ended(self, name):
        """The newest visit, when it has."""
        def probe():
            visit = self.last(name)
            return visit if visit["state"] in ENDS else None
        return wait_until("the end of the visit of " + name, probe)

    def code(self, name):
        got = self._stand.run("clients", "code", name, "--json", check=True)
        return json.loads(got.stdout)["code"]

    def passcode(self):
        return self._stand.passcode()

    def face(self, name):
        """The kiosk's own program, with the token its page has, begins a
        visit and carries it to its evidence."""
        client = self._stand.clients[name]
        client.face(client.visit(mode="face"), NUMBER_B["p03"])

    def visit(self, name):
        """A whole visit with the PIN; returns it as it ended, or waits for
        the desk to name the patient."""
        client = self._stand.clients[name]
        visit = client.visit()
        try:
            client.enter(visit, PIN)
            client.agree(visit)
            if client.until(visit, "closing", "patient")["wants"] == \
                    "closing":
                client.do(visit, "closing")
        except AssertionError:
            if client.read(visit)["state"] not in ENDS:
                raise
        return self.last(name)

    def face_of(self, name):
        """The same with the visit that the page has begun."""
        self._stand.clients[name].face(self.last(name)["id"],
                                       NUMBER_B["p03"])


class Player:
    """node, and the browser in it."""

    def __init__(self, scenes, world, port):
        self.world = world
        self.proc = subprocess.Popen(
            [NODE, os.path.join(HERE, scenes)], text=True, encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(
                os.environ, MODULES=MODULES, CHROMIUM=CHROMIUM, PIN=PIN,
                ORIGIN="http://127.0.0.1:%d" % port))

    def say(self, what):
        self.proc.stdin.write(json.dumps(what) + "\n")
        self.proc.stdin.flush()

    def answer(self, word, args):
        if word.startswith("_"):
            raise AttributeError(word)
        try:
            return {"value": getattr(self.world, word)(*args)}
        except Exception as failure:  # pylint: disable=broad-except
            return {"error": "%s%s: %s" % (word, args, failure)}

    def play(self, name):
        """None, or why the scene failed."""
        self.say({"play": name})
        for line in self.proc.stdout:
            said = json.loads(line)
            if "ended" in said:
                return said["error"]
            self.say({"answer": said["ask"],
                      **self.answer(said["word"], said["args"])})
        return "node ended with %s" % self.proc.wait()

    def close(self):
        self.proc.stdin.close()
        try:
            self.proc.wait(20)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            self.proc.wait()
        self.proc.stdout.close()


class BrowserCase(unittest.TestCase):
    """One stand, one browser and one agent for all scenes of a file."""
    readers = 1
    settings = None
    world = World
    maxDiff = None

    @classmethod
    def make(cls):
        """What the scenes need beside a kiosk per reader and a desk."""

    @classmethod
    def setUpClass(cls):
        conf = {"api": {"port": str(free_port())},
                "face": {"folder": "face"}}
        for section, keys in (cls.settings or {}).items():
            conf.setdefault(section, {}).update(keys)
        cls.stand = AgentStand(cls.readers, conf)
        cls.addClassCleanup(cls.stand.close)
        cls.make()
        world = cls.world(cls.stand)
        world.ready()
        cls.player = Player(cls.scenes, world, cls.stand.port)
        cls.addClassCleanup(cls.player.close)

    def tearDown(self):
        self.assertEqual(self.stand.violations(forget=True), "",
                         "the terminal was sent a wrong request")

    def scene(self, name):
        failure = self.player.play(name)
        if failure is not None:
            self.fail(failure)


def plays(scenes):
    """Each scene of the file is a test of the class, in the file's order."""
    def fill(case):
        why = missing()
        if why is not None:
            return unittest.skip("skipped, because " + why)(case)
        got = subprocess.run([NODE, os.path.join(HERE, scenes), "--list"],
                             check=True, capture_output=True, text=True,
                             env=dict(os.environ, MODULES=MODULES))
        case.scenes = scenes
        for i, name in enumerate(json.loads(got.stdout)):
            setattr(case, "test_%02d_%s" % (i + 1, name),
                    lambda self, name=name: self.scene(name))
        return case
    return fill
