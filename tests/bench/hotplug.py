"""How soon a reader can be used again.  By hand, after a build:

    python3 -B tests/bench/hotplug.py [REPETITIONS]

Two readers of the tests' pcscd, a card in each.  Each row: what happened, and
the seconds from its end until the reader was ready and until the next visit
there was good, its own duration included, and that of those before it that
came too soon and had to be begun again: "again" counts them.  "other" counts
the visits that ran at the other reader meanwhile, and those of them that
failed; without it both readers were hit, and the slower one counts.  Ends by
itself, with 1 when a visit at the other reader failed."""

import os
import signal
import statistics
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "flow"))

from hotplug_test import A, B, PlugStand  # noqa: E402
from stand import program  # noqa: E402

REPETITIONS = int(sys.argv[1]) if len(sys.argv) > 1 else 20
FROZEN_S = 3        # above the second between two looks at a reader


def good(kiosk, name):
    shown = kiosk.whole(kiosk.visit())
    return (shown["status"]["word"] == "valid" and
            shown["patient"]["name"] == name)


class Other(threading.Thread):
    """Visits at the other reader, one after the other."""

    def __init__(self, kiosk, name):
        super().__init__(daemon=True)
        self.kiosk = kiosk
        self.name_of = name
        self.over = threading.Event()
        self.done = self.failed = 0

    def run(self):
        while not self.over.is_set():
            try:
                ok = good(self.kiosk, self.name_of)
            except AssertionError as what:
                print("at the other reader:", str(what)[:200],
                      file=sys.stderr)
                ok = False
            self.done += 1
            self.failed += not ok

    def end(self):
        self.over.set()
        self.join(60)


class Bench:
    def __init__(self):
        s = self.stand = PlugStand("plug", 2)
        s.card("p03", reader="A")
        s.card("p05", reader="B")
        s.terminal()
        s.env.update(LD_PRELOAD=program("libclock_jump.so"),
                     CLOCK_JUMP=s.path("slept"))
        self.daemon = s.agent()
        for name in ("LD_PRELOAD", "CLOCK_JUMP"):
            del s.env[name]
        self.a, self.b = (s.clients[n] for n in ("kiosk-a", "kiosk-b"))
        self.slept = self.again = self.wrong = 0
        for kiosk in (self.a, self.b):
            s.state(kiosk.name, "ready")

    # -- what happens -----------------------------------------------------
    def replug(self):
        self.stand.unplug("A")
        self.stand.state("kiosk-a", "absent")
        self.stand.plug("A")

    def restart(self):
        """kill -9, and started again when the agent has seen it."""
        self.stand.kill_pcscd()
        for name in ("kiosk-a", "kiosk-b"):
            self.stand.state(name, "absent")
        self.stand.pcscd("restart")

    def sleep(self):
        self.slept += 3600
        path = self.stand.path("slept")
        with open(path + ".new", "w", encoding="ascii") as f:
            f.write(str(self.slept))
        os.rename(path + ".new", path)

    def freeze(self):
        """The agent and its readers stand still, as in a machine that does
        not say so."""
        pids = [self.daemon.pid, *map(int, self.children())]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(FROZEN_S)
        for pid in pids:
            os.kill(pid, signal.SIGCONT)

    def children(self):
        path = "/proc/%d/task" % self.daemon.pid
        for task in os.listdir(path):
            with open("%s/%s/children" % (path, task),
                      encoding="ascii") as f:
                yield from f.read().split()

    # -- how long it takes -------------------------------------------------
    def once(self, happens, kiosks):
        """Seconds to ready and to a good visit, of the slower kiosk."""
        happens()
        since = time.monotonic()
        times = []
        threads = [threading.Thread(target=self.recover, args=(
            k, name, since, times)) for k, name in kiosks]
        for t in threads:
            t.start()
        for t in threads:
            t.join(60)
        if len(times) != len(kiosks):
            raise AssertionError("no good visit within a minute")
        return max(t[0] for t in times), max(t[1] for t in times)

    def recover(self, kiosk, name, since, times):
        """What comes too soon is refused, and tried again."""
        end = since + 50
        while time.monotonic() < end:
            try:
                self.stand.state(kiosk.name, "ready")
                ready = time.monotonic() - since
                if good(kiosk, name):
                    times.append((ready, time.monotonic() - since))
                    return
            except AssertionError:
                self.again += 1

    def row(self, what, happens, both):
        self.again = 0
        other = None if both else Other(self.b, B)
        kiosks = [(self.a, A)] + ([(self.b, B)] if both else [])
        if other is not None:
            other.start()
        got = [self.once(happens, kiosks) for _ in range(REPETITIONS)]
        if other is not None:
            other.end()
            self.wrong += other.failed
        print("%-22s %3d x  ready %s  visit %s  again %d  other %s" % (
            what, len(got), figures([g[0] for g in got]),
            figures([g[1] for g in got]), self.again, "-" if other is None
            else "%d, %d failed" % (other.done, other.failed)), flush=True)


def figures(values):
    return "%.2f/%.2f/%.2f" % (min(values), statistics.median(values),
                               max(values))


def main():
    bench = Bench()
    try:
        print("seconds, min/median/max")
        times = []
        for _ in range(REPETITIONS):
            since = time.monotonic()
            good(bench.a, A)
            times.append(time.monotonic() - since)
        print("%-22s %3d x  visit %s" % ("nothing", REPETITIONS,
                                         figures(times)), flush=True)
        bench.row("one re-plugged", bench.replug, False)
        bench.row("pcscd killed, started", bench.restart, True)
        bench.row("machine slept", bench.sleep, True)
        bench.row("frozen for %d s" % FROZEN_S, bench.freeze, True)
    finally:
        bench.stand.close()
    return 1 if bench.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
