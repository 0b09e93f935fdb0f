"""Readers that come and go under the agent: unplugged and plugged in again,
two of one make in another order, pcscd killed and started, a machine that
slept.  pcscd's own hot-plug code does it (tests/lib/fake_udev.c)."""

import json
import os
import signal
import subprocess
import unittest

from agent import ENDS, AgentStand
from stand import PIN, SRC, StandCase, program, wait_until


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
        """What pcscd has now, by the port; {} while there is none."""
        got = subprocess.run([program("shikaku-reader"), "--list"],
                             env=self.env, text=True, capture_output=True,
                             check=False)
        rows = {}
        for line in got.stdout.splitlines():
            card, _, rest = line.partition(" ")
            name, *more = rest.split("\t")
            row = dict(word.split(" ", 1) for word in more)
            row.update(card=card == "card", name=name)
            rows[row.get("usb")] = row
        return rows

    def usb_port(self, reader):
        return os.path.basename(os.readlink(
            self.path("pcsc", "sys", "at_" + reader)))

    def unplug(self, reader):
        port = self.usb_port(reader)
        self.pcscd("unplug", reader)
        wait_until("the end of " + reader, lambda: not any(
            row["name"].startswith("Shikaku") and usb in (port, None)
            for usb, row in self.listed().items()))

    def plug(self, reader, *port):
        self.pcscd("plug", reader, *port)

    def removed(self, reader):
        """The card left, or the reader did, or all of them."""
        wait_until("removal seen by pcscd", lambda: not self.listed().get(
            self.usb_port(reader), {"card": False})["card"])

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
    kind = "plug"
    readers = 2

    @classmethod
    def setUpClass(cls):
        cls.stand = PlugStand(cls.kind, cls.readers, cls.settings)
        cls.addClassCleanup(cls.stand.close)

    def begin(self, cards="AB"):
        s = self.stand
        for reader, card in zip(cards, ("p03", "p05")):
            s.card(card, reader=reader)
        s.terminal()
        self.daemon = s.agent()
        for name in ("kiosk-a", "kiosk-b")[:self.readers]:
            s.state(name, "ready")
        return s.clients["kiosk-a"], s.clients["kiosk-b"]

    def works(self, kiosk, name="資格　一郎"):
        self.stand.state(kiosk.name, "ready")
        shown = kiosk.whole(kiosk.visit())
        self.assertEqual(shown["status"]["word"], "valid")
        self.assertEqual(shown["patient"]["name"], name)

    def ended(self, kiosk, visit):
        return wait_until("an end", lambda: (
            lambda v: v["state"] in ENDS and v)(kiosk.read(visit)))

    def children(self):
        """The agent's reader processes."""
        path = "/proc/%d/task" % self.daemon.pid
        found = set()
        for task in os.listdir(path):
            with open("%s/%s/children" % (path, task),
                      encoding="ascii") as f:
                found.update(f.read().split())
        return found


class Unplugged(PlugCase):
    def test_while_nobody_is_there(self):
        s = self.stand
        a, b = self.begin()
        before = self.children()
        s.unplug("A")
        s.state("kiosk-a", "absent", "NO_READER")
        refused = a.post("/visits", {"mode": "pin"})
        self.works(b, "資格　五郎")
        s.plug("A")
        self.works(a)
        self.assertEqual(refused.status, 201)   # and ends by itself
        self.assertEqual(self.ended(a, refused.json["id"])["error"]["code"],
                         "NO_READER")
        self.assertTrue(before)

    def test_nothing_is_started_for_it(self):
        """The same processes see the reader go and come back."""
        s = self.stand
        self.begin()
        before = self.children()
        s.unplug("A")
        s.state("kiosk-a", "absent", "NO_READER")
        s.plug("A")
        s.state("kiosk-a", "ready")
        self.assertEqual(self.children(), before)

    def test_under_a_visit(self):
        """At the PIN it ends; the other kiosk's goes on.  At the consent the
        card has done its work."""
        s = self.stand
        a, b = self.begin()
        first, other = a.visit(), b.visit()
        a.until(first, "pin")
        b.enter(other)
        b.until(other, "consent")
        s.unplug("A")
        a.post("/visits/%s/pin" % first, {"pin": PIN, "tries_left": 3,
                                          "last_try": False})
        end = self.ended(a, first)
        self.assertIn(end["state"], ("refused", "cancelled"))
        self.assertEqual(s.count("A")["verify"].get("0018", 0), 0)
        s.state("kiosk-a", "absent", "NO_READER")
        s.unplug("B")
        b.agree(other)
        b.until(other, "closing")
        b.do(other, "closing")
        b.until(other, "done")
        s.plug("B")
        s.plug("A")
        self.works(a)
        self.works(b, "資格　五郎")
        self.assertEqual(s.count("A")["verify"]["0018"], 1)
        self.assertEqual(s.count("B")["verify"]["0018"], 2)

    def test_a_reader_that_slept(self):
        """USB put it to sleep: the first power-up fails."""
        s = self.stand
        a, _ = self.begin()
        visit = a.visit()
        asleep = s.path("pcsc", "sys", "at_A", "asleep")
        with open(asleep, "w", encoding="ascii"):
            pass
        a.enter(visit)
        a.agree(visit)
        a.until(visit, "closing")
        a.do(visit, "closing")
        a.until(visit, "done")
        self.works(a)
        self.assertFalse(os.path.exists(asleep))


class Service(PlugCase):
    def test_killed_and_started(self):
        s = self.stand
        a, b = self.begin()
        visit = a.visit()
        a.until(visit, "pin")
        s.kill_pcscd()
        a.post("/visits/%s/pin" % visit, {"pin": PIN, "tries_left": 3,
                                          "last_try": False})
        self.assertIn(self.ended(a, visit)["state"], ("refused",
                                                      "cancelled"))
        for name in ("kiosk-a", "kiosk-b"):
            s.state(name, "absent", "NO_SERVICE")
        s.pcscd("restart")
        self.works(a)
        self.works(b, "資格　五郎")

    def test_started_after_the_agent(self):
        s = self.stand
        s.pcscd("halt")
        s.terminal()
        self.daemon = s.agent()
        s.state("kiosk-a", "absent", "NO_SERVICE")
        s.pcscd("restart")
        s.card()
        self.works(s.clients["kiosk-a"])

    def test_reader_after_the_agent(self):
        s = self.stand
        s.unplug("A")
        s.terminal()
        self.daemon = s.agent()
        s.state("kiosk-a", "absent", "NO_READER")
        s.plug("A")
        s.card()
        self.works(s.clients["kiosk-a"])


class Twins(PlugCase):
    kind = "twins"
    settings = {"alias": {"left": "pcsc:*Twin*@usb=1-1",
                          "right": "pcsc:@usb=1-2"}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name, alias in (("kiosk-a", "left"), ("kiosk-b", "right")):
            cls.stand.run("clients", "reader", name, "--reader",
                          "alias:" + alias, check=True)

    def rows(self):
        got = self.stand.run("readers", "--config",
                             self.stand.path("shikaku.conf"), "--json",
                             check=True)
        return {row["usb"]: row for row in json.loads(got.stdout)["readers"]}

    def test_plugged_in_in_another_order(self):
        s = self.stand
        a, b = self.begin()
        before = self.rows()
        self.assertEqual(before["1-1"]["alias"], "left")
        self.assertEqual(before["1-2"]["alias"], "right")
        self.assertEqual(before["1-2"]["transport"],
                         "pcsc:Shikaku Test Twin@usb=1-2")
        self.works(a)
        s.unplug("A")
        s.unplug("B")
        s.state("kiosk-a", "absent", "NO_READER")
        s.plug("B")
        s.state("kiosk-b", "ready")
        s.state("kiosk-a", "absent", "NO_READER")
        s.plug("A")
        self.works(a)
        self.works(b, "資格　五郎")
        after = self.rows()
        self.assertEqual(after["1-1"]["name"], before["1-2"]["name"])
        self.assertEqual(after["1-2"]["name"], before["1-1"]["name"])
        # Each into the other's port: the port is what was named.
        s.unplug("A")
        s.unplug("B")
        s.plug("A", "1-2")
        s.plug("B", "1-1")
        self.works(a, "資格　五郎")
        self.works(b)

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
