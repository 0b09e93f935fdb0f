"""Whatever is killed under a visit of the agent: it ends in a defined state
within five seconds, leaves nothing it must not leave, and the next one works.
"""

import os
import signal
import time
import unittest

from agent import ENDS, AgentStand
from stand import StandCase, program, wait_until

# How long a visit may take to come to its end (issue: 5 s); the bound is a
# failure, not a wait.
BOUND_S = 5


def readers():
    """The shikaku-reader processes of this build, by process id."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink("/proc/%s/exe" % pid) == program("shikaku-reader"):
                found.append(int(pid))
        except OSError:
            continue
    return found


class KillCase(StandCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = AgentStand(1)
        cls.addClassCleanup(cls.stand.close)

    def begin(self):
        s = self.stand
        s.card()
        s.terminal()
        self.daemon = s.agent()
        return s.ready()

    def own_readers(self):
        """Those whose parent is our agent."""
        mine = []
        for pid in readers():
            try:
                with open("/proc/%d/stat" % pid, encoding="ascii") as f:
                    parent = int(f.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            if parent == self.daemon.pid:
                mine.append(pid)
        return mine

    def kill_readers(self):
        mine = wait_until("reader process", self.own_readers)
        for pid in mine:
            os.kill(pid, signal.SIGKILL)

    def ends(self, kiosk, visit, *states):
        def probe():
            v = kiosk.read(visit)
            return v if v["state"] in ENDS else None
        v = wait_until("an end", probe, BOUND_S)
        self.assertIn(v["state"], states)
        return v

    def next_works(self, kiosk):
        self.stand.ready()
        shown = kiosk.whole(kiosk.visit())
        self.assertEqual(shown["status"]["word"], "valid")


class Reader(KillCase):
    def test_while_the_pin_is_awaited(self):
        kiosk = self.begin()
        visit = kiosk.visit()
        kiosk.until(visit, "pin")
        self.kill_readers()
        v = self.ends(kiosk, visit, "refused")
        self.assertEqual(v["consent"]["confirmed_at"], None)
        self.next_works(kiosk)

    def test_while_consent_is_awaited(self):
        kiosk = self.begin()
        visit = kiosk.visit()
        kiosk.enter(visit)
        kiosk.until(visit, "consent")
        self.kill_readers()
        kiosk.agree(visit)      # the card has done its work
        kiosk.until(visit, "closing")
        kiosk.do(visit, "closing")
        self.ends(kiosk, visit, "done")
        self.next_works(kiosk)

    def test_while_nobody_is_there(self):
        kiosk = self.begin()
        self.kill_readers()
        self.next_works(kiosk)


class Service(KillCase):
    def test_pcscd_gone_while_the_pin_is_awaited(self):
        kiosk = self.begin()
        visit = kiosk.visit()
        kiosk.until(visit, "pin")
        self.stand.pcscd("halt")
        v = self.ends(kiosk, visit, "refused", "cancelled")
        self.assertNotEqual(v["error"], None)
        self.stand.pcscd("restart")
        self.next_works(kiosk)

    def test_pcscd_gone_while_the_card_is_awaited(self):
        s = self.stand
        s.terminal()
        self.daemon = s.agent()
        kiosk = s.ready()
        visit = kiosk.visit()
        kiosk.until(visit, "card")
        s.pcscd("halt")
        self.ends(kiosk, visit, "refused", "cancelled")
        s.pcscd("restart")
        s.card()
        self.next_works(kiosk)


class Card(KillCase):
    def test_pulled_while_the_pin_is_awaited(self):
        s = self.stand
        card = s.card()
        s.terminal()
        s.agent()
        kiosk = s.ready()
        visit = kiosk.visit()
        kiosk.until(visit, "pin")
        card.send_signal(signal.SIGUSR1)
        v = self.ends(kiosk, visit, "cancelled")
        self.assertEqual(v["error"]["code"] in ("NO_CARD", "TORN",
                                                "CARD_MUTE"), True, v)
        s.removed("A")
        card.send_signal(signal.SIGUSR2)
        self.next_works(kiosk)
        self.assertEqual(s.count()["verify"]["0018"], 1)

    def test_pulled_while_consent_is_awaited(self):
        s = self.stand
        card = s.card()
        s.terminal()
        s.agent()
        kiosk = s.ready()
        visit = kiosk.visit()
        kiosk.enter(visit)
        kiosk.until(visit, "consent")
        card.send_signal(signal.SIGUSR1)
        kiosk.agree(visit)
        kiosk.until(visit, "closing")
        kiosk.do(visit, "closing")
        self.ends(kiosk, visit, "done")


class Agent(KillCase):
    """The agent itself: what it held of a person before the confirmation is
    gone, what was confirmed goes to the desk or on."""

    def killed_at(self, want):
        kiosk = self.begin()
        visit = kiosk.visit()
        if want != "pin":
            kiosk.enter(visit)
        if want == "confirmation":
            kiosk.until(visit, "consent")
            from agent import CONSENT
            kiosk.do(visit, "consent", CONSENT)
        kiosk.until(visit, want)
        last = kiosk.events()
        self.daemon.kill()
        self.daemon.wait()
        last.close()
        self.stand.procs.remove(self.daemon)
        self.daemon = self.stand.agent()
        return kiosk, visit

    def test_before_the_confirmation(self):
        for want in ("pin", "consent", "confirmation"):
            with self.subTest(want=want):
                kiosk, visit = self.killed_at(want)
                v = self.ends(kiosk, visit, "cancelled")
                self.assertEqual(v["error"]["code"], "RESTARTED")
                stored = self.stand.clients["desk"].read(visit)
                self.assertEqual(stored["identity"], None)
                self.assertEqual(stored["consent"]["confirmed_at"], None)
                self.next_works(kiosk)
                self.stand.stop_all()

    def test_while_the_terminal_works(self):
        """Killed, and ended in order: what was confirmed is not lost."""
        for end in (signal.SIGKILL, signal.SIGTERM):
            with self.subTest(end=end):
                self.ended_while_the_terminal_works(end)
                self.stand.stop_all()

    def ended_while_the_terminal_works(self, end):
        s = self.stand
        s.card()
        self.daemon = s.agent()
        kiosk = s.ready()
        visit = kiosk.visit()
        kiosk.enter(visit)
        kiosk.agree(visit)
        kiosk.until(visit, "requested")
        # What the terminal can take; before that nobody was asked.
        wait_until("the request", lambda: [
            f for f in os.listdir(s.path("req")) if f.endswith(".xml")])
        self.daemon.send_signal(end)
        self.daemon.wait(10)
        s.procs.remove(self.daemon)
        s.terminal()
        self.daemon = s.agent()
        desk = s.clients["desk"]
        wait_until("the late answer", lambda: desk.read(visit)["status"][
            "word"] == "valid", 20)
        self.next_works(kiosk)


class Browser(KillCase):
    def test_client_gone_without_a_word(self):
        s = self.stand
        kiosk = self.begin()
        stream = kiosk.events()
        visit = kiosk.visit()
        kiosk.until(visit, "pin")
        stream.close()
        # A kiosk that starts again ends what its person left.
        kiosk.must(200, kiosk.post("/client/start"))
        self.ends(kiosk, visit, "cancelled")
        self.next_works(kiosk)
        self.assertEqual(s.count()["verify"]["0018"], 1)


if __name__ == "__main__":
    unittest.main()
