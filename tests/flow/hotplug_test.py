"""Readers that come and go under the agent: unplugged and plugged in again,
two of one make in another order, pcscd killed and started, a machine that
slept.  pcscd's own hot-plug code does it (tests/lib/fake_udev.c)."""

import json
import os
import signal
import subprocess
import unittest

from agent import ENDS, AgentStand
from stand import PIN, StandCase, program, wait_until


A, B = "資格　一郎", "資格　五郎"     # cards p03 and p05


class PlugStand(AgentStand):
    """Readers on USB; kiosk-a at the first port of it, kiosk-b at the
    second."""

    def __init__(self, kind, readers, conf=None):
        self.kind = kind
        super().__init__(readers, conf)

    def pcscd(self, *args):
        if args[0] == "start":
            args += (self.kind,)
        super().pcscd(*args)

    def listed(self):
        """What pcscd has now; [] while there is none."""
        got = subprocess.run([program("shikaku-reader"), "--list"],
                             env=self.env, text=True, capture_output=True,
                             check=False)
        rows = []
        for line in got.stdout.splitlines():
            word, _, rest = line.partition(" ")
            if word in ("card", "empty"):
                more = dict(w.split(" ", 1) for w in rest.split("\t")[1:])
                rows.append((more.get("usb"), word == "card"))
        return rows

    def usb_port(self, reader):
        return os.path.basename(os.readlink(
            self.path("pcsc", "sys", "at_" + reader)))

    def unplug(self, reader):
        before = len(self.listed())
        self.pcscd("unplug", reader)
        wait_until("the end of " + reader, lambda: len(self.listed()) <
                   before)

    def plug(self, reader, *port):
        self.pcscd("plug", reader, *port)

    def removed(self, reader):
        """The card left, or the reader did, or all of them."""
        wait_until("removal seen by pcscd", lambda: (
            self.usb_port(reader), True) not in self.listed())

    def kill_pcscd(self):
        with open(self.path("pcsc", "pid"), encoding="ascii") as f:
            os.kill(int(f.read()), signal.SIGKILL)

    def reader(self, name):
        return self.clients[name].get("/readers").json["readers"][0]

    def state(self, name, state, code=None):
        return wait_until("%s %s" % (name, state), lambda: (
            lambda row: row["state"] == state and (
                code is None or row["error"]["code"] == code) and row)(
                    self.reader(name)))


class PlugCase(StandCase):
    """One agent for all tests of a class, a card in each reader; what a test
    that failed left is put right for the next."""
    kind = "plug"

    @classmethod
    def setUpClass(cls):
        s = cls.stand = PlugStand(cls.kind, 2, cls.settings)
        cls.addClassCleanup(s.close)
        cls.set_up_clients()
        s.card("p03", reader="A")
        s.card("p05", reader="B")
        s.terminal()
        s.env.update(LD_PRELOAD=program("libclock_jump.so"),
                     CLOCK_JUMP=s.path("slept"),
                     ASAN_OPTIONS="verify_asan_link_order=0")
        try:
            cls.daemon = s.agent()
        finally:
            for name in ("LD_PRELOAD", "CLOCK_JUMP", "ASAN_OPTIONS"):
                del s.env[name]

    @classmethod
    def set_up_clients(cls):
        pass

    def setUp(self):
        s = self.stand
        if not s.pcscd_runs:
            s.pcscd("restart")
        for reader in "AB":
            if os.path.exists(s.path("pcsc", "unplugged_" + reader)):
                s.plug(reader)
        self.a, self.b = (s.clients[name] for name in ("kiosk-a", "kiosk-b"))
        for kiosk in (self.a, self.b):
            s.state(kiosk.name, "ready")

    def tearDown(self):
        self.assertEqual(self.stand.violations(forget=True), "",
                         "the terminal was sent a wrong request")

    def works(self, kiosk, name):
        self.stand.state(kiosk.name, "ready")
        shown = kiosk.whole(kiosk.visit())
        self.assertEqual(shown["status"]["word"], "valid")
        self.assertEqual(shown["patient"]["name"], name)

    def ended(self, kiosk, visit):
        return wait_until("an end", lambda: (
            lambda v: v["state"] in ENDS and v)(kiosk.read(visit)))

    def verified(self, reader):
        return self.stand.count(reader)["verify"].get("0018", 0)

    def children(self):
        """The agent's reader processes."""
        path = "/proc/%d/task" % self.daemon.pid
        found = set()
        for task in os.listdir(path):
            try:
                with open("%s/%s/children" % (path, task),
                          encoding="ascii") as f:
                    found.update(f.read().split())
            except OSError:
                continue
        return found


class Plugged(PlugCase):
    settings = {"alias": {"right": "pcsc:@serial=SER-B"}}

    @classmethod
    def set_up_clients(cls):
        cls.stand.run("clients", "reader", "kiosk-b", "--reader",
                      "alias:right", check=True)

    def test_unplugged_while_nobody_is_there(self):
        """The same processes see the reader go and come back."""
        s, a, b = self.stand, self.a, self.b
        before = self.children()
        s.unplug("A")
        s.state("kiosk-a", "absent", "NO_READER")
        refused = a.must(201, a.post("/visits", {"mode": "pin"}))
        self.assertEqual(self.ended(a, refused["id"])["error"]["code"],
                         "NO_READER")
        self.assertEqual(s.reader("kiosk-b")["state"], "ready")
        s.plug("A")
        s.state("kiosk-a", "ready")
        self.assertEqual(len(before), 2)
        self.assertEqual(self.children(), before)
        self.works(a, A)

    def test_unplugged_under_a_visit(self):
        """At the PIN it ends; the other kiosk's goes on.  At the consent the
        card has done its work."""
        s, a, b = self.stand, self.a, self.b
        before = self.verified("A"), self.verified("B")
        first, other = a.visit(), b.visit()
        a.until(first, "pin")
        b.enter(other)
        b.until(other, "consent")
        s.unplug("A")
        a.post("/visits/%s/pin" % first, {"pin": PIN, "tries_left": 3,
                                          "last_try": False})
        self.assertIn(self.ended(a, first)["state"], ("refused",
                                                      "cancelled"))
        s.state("kiosk-a", "absent", "NO_READER")
        s.unplug("B")
        b.agree(other)
        b.until(other, "closing")
        b.do(other, "closing")
        b.until(other, "done")
        s.plug("B")
        s.plug("A")
        self.works(a, A)
        s.state("kiosk-b", "ready")
        self.assertEqual(self.verified("A"), before[0] + 1)
        self.assertEqual(self.verified("B"), before[1] + 1)

    def test_a_reader_that_usb_put_to_sleep(self):
        """Its first power-up fails; nothing was sent to the card yet."""
        asleep = self.stand.path("pcsc", "sys", "at_A", "asleep")
        with open(asleep, "w", encoding="ascii"):
            pass
        self.works(self.a, A)
        self.assertFalse(os.path.exists(asleep))

    def test_pcscd_killed_and_started(self):
        s, a, b = self.stand, self.a, self.b
        visit = a.visit()
        a.until(visit, "pin")
        s.kill_pcscd()
        a.post("/visits/%s/pin" % visit, {"pin": PIN, "tries_left": 3,
                                          "last_try": False})
        self.assertIn(self.ended(a, visit)["state"], ("refused",
                                                      "cancelled"))
        for kiosk in (a, b):
            s.state(kiosk.name, "absent", "NO_SERVICE")
        s.pcscd("restart")
        self.works(a, A)
        self.works(b, B)

    def test_a_machine_that_slept(self):
        """Who wakes it does not find the visit of the person before, and the
        readers are opened anew."""
        s, a, b = self.stand, self.a, self.b
        visit, asked = a.visit(), b.visit()
        a.until(visit, "pin")
        b.enter(asked)
        b.until(asked, "consent")
        before = self.children()
        with open(s.path("slept.new"), "w", encoding="ascii") as f:
            f.write("3600")
        os.rename(s.path("slept.new"), s.path("slept"))
        for kiosk, which in ((a, visit), (b, asked)):
            v = self.ended(kiosk, which)
            self.assertEqual((v["state"], v["error"]["code"]), (
                "cancelled", "CANCELLED"))
        for kiosk in (a, b):
            s.state(kiosk.name, "ready")
        self.assertEqual(self.children() & before, set())
        self.works(a, A)
        self.works(b, B)


class Order(StandCase):
    """What is started first differs from maker to maker."""

    @classmethod
    def setUpClass(cls):
        cls.stand = PlugStand("plug", 1)
        cls.addClassCleanup(cls.stand.close)

    def works(self):
        s = self.stand
        s.card()
        kiosk = s.clients["kiosk-a"]
        s.state("kiosk-a", "ready")
        self.assertEqual(kiosk.whole(kiosk.visit())["status"]["word"],
                         "valid")

    def test_agent_then_pcscd_then_reader(self):
        s = self.stand
        s.unplug("A")
        s.pcscd("halt")
        s.terminal()
        s.agent()
        s.state("kiosk-a", "absent", "NO_SERVICE")
        s.pcscd("restart")
        s.state("kiosk-a", "absent", "NO_READER")
        s.plug("A")
        self.works()


class Twins(PlugCase):
    kind = "twins"
    settings = {"alias": {"left": "pcsc:*Twin*@usb=1-1",
                          "right": "pcsc:@usb=1-2"}}

    @classmethod
    def set_up_clients(cls):
        for name, alias in (("kiosk-a", "left"), ("kiosk-b", "right")):
            cls.stand.run("clients", "reader", name, "--reader",
                          "alias:" + alias, check=True)

    def rows(self):
        got = self.stand.run("readers", "--config",
                             self.stand.path("shikaku.conf"), "--json",
                             check=True)
        return {row["usb"]: row for row in json.loads(got.stdout)["readers"]}

    def test_plugged_in_in_another_order(self):
        s, a, b = self.stand, self.a, self.b
        before = self.rows()
        self.assertEqual(before["1-1"]["alias"], "left")
        self.assertEqual(before["1-2"]["alias"], "right")
        self.assertEqual(before["1-2"]["transport"],
                         "pcsc:Shikaku Test Twin@usb=1-2")
        s.unplug("A")
        s.unplug("B")
        s.state("kiosk-a", "absent", "NO_READER")
        s.plug("B")
        s.state("kiosk-b", "ready")
        s.state("kiosk-a", "absent", "NO_READER")
        s.plug("A")
        self.works(a, A)
        self.works(b, B)
        after = self.rows()
        self.assertEqual(after["1-1"]["name"], before["1-2"]["name"])
        self.assertEqual(after["1-2"]["name"], before["1-1"]["name"])

    def test_beside_one_that_is_in_use(self):
        """Nobody can ask it which it is; the other is found all the same."""
        s, a, b = self.stand, self.a, self.b
        visit = a.visit()
        a.until(visit, "pin")
        s.unplug("B")
        s.state("kiosk-b", "absent", "NO_READER")
        s.plug("B")
        self.works(b, B)
        a.whole(visit)

    def test_plugged_into_each_others_port(self):
        """The port is what was named, and no reader's past."""
        s = self.stand
        s.unplug("A")
        s.unplug("B")
        s.plug("A", "1-2")
        s.plug("B", "1-1")
        self.works(self.a, B)
        self.works(self.b, A)

    def test_both_fit_a_name_alone(self):
        s = self.stand
        code, visit, _ = s.check("--reader", "Twin")
        self.assertEqual((code, visit["error"]["code"]), (
            78, "READER_AMBIGUOUS"))
        got = s.run("card", "--reader", "alias:middle")
        self.assertEqual(got.returncode, 78, got.stderr)
        self.assertIn("alias:middle", got.stderr)


if __name__ == "__main__":
    unittest.main()
