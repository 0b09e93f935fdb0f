"""How long a visit by PIN takes over a slow line, and how many round trips of
it before and after the PIN.  Run by hand; ends by itself.

    roundtrips.py [--delay MS] [--repeat N] [--card NAME] [--transport TEXT]

TEXT is the reader as the configuration names it, with a word for the end of
the line: link:NEAR (default), a shikaku-reader behind a socket;
vpcd:127.0.0.1:PORT, where the card dials; or device:NAME, a device that dials
the agent over TLS and asks for the PIN itself, by the API.  The delay is of
each direction."""

import argparse
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "flow"),
                os.path.join(HERE, "..", "lib")]
from delay_proxy import DelayProxy, split_at_pin  # noqa: E402
from home_test import Home  # noqa: E402
from stand import PIN, READER, Stand, free_port  # noqa: E402
from stand import program, wait_until  # noqa: E402


class Line:
    """One visit of shikaku check."""

    def visit(self, card):
        self.proxy.requests.clear()
        proc = self.put(card)
        begun = time.monotonic()
        code, _, said = self.stand.check(timeout=120)
        whole = time.monotonic() - begun
        self.stand.stop(proc)
        if code != 0:
            raise SystemExit("the visit ended with %d: %s" % (code, said))
        before, after = split_at_pin(self.proxy.seen())
        return row(before, after, after[0].at - before[0].at,
                   after[-1].at - after[0].at + 2 * self.proxy.delay, whole)

    def start(self, transport):
        for word, value in self.words.items():
            transport = transport.replace(word, value)
        self.stand.write_conf({"reader": {"name": transport,
                                          "card_wait": "30"}})
        self.stand.terminal()


def row(before, after, *seconds):
    keys = ("ms before", "ms after", "ms whole")
    return {"before": len(before), "after": len(after),
            "commands before": sum(len(r.steps) for r in before),
            "commands after": sum(len(r.steps) for r in after),
            **dict(zip(keys, (1000 * s for s in seconds)))}


class OverLink(Line):
    """shikaku -- line -- shikaku-reader -- pcscd -- card"""

    def __init__(self, delay):
        self.stand = Stand(1)
        far, near = self.stand.path("far.sock"), self.stand.path("near.sock")
        self.stand.start(program("shikaku-reader"), "--listen", far,
                         READER % "A")
        wait_until("reader socket", lambda: os.path.exists(far))
        self.proxy = DelayProxy("unix:" + near, "unix:" + far, "link", delay)
        self.words = {"NEAR": near}

    def put(self, card):
        return self.stand.card(card, "first_6f00=0")


class OverVpcd(Line):
    """shikaku -- line -- card, which dials"""

    def __init__(self, delay):
        self.stand = Stand(0)
        port = free_port()
        self.proxy = DelayProxy("127.0.0.1:0", "127.0.0.1:%d" % port, "vpcd",
                                delay, from_far=True)
        self.words = {"PORT": str(port)}

    def put(self, card):
        """It dials until somebody listens; not waited for."""
        return self.stand.start(
            program("fake-card"), "--card",
            os.path.join(self.stand.pki, "cards", card), "--port",
            str(self.proxy.port), "first_6f00=0")


class OverDevice:
    """agent -- line, TLS -- shikaku-reader -- pcscd -- card.  What is said
    cannot be seen: a round trip is what the agent says after an answer."""

    def __init__(self, delay):
        self.stand = Home(lambda port: self.lay(port, delay))

    def lay(self, port, delay):
        self.proxy = DelayProxy("127.0.0.1:0", "127.0.0.1:%d" % port,
                                "plain", delay, from_far=True)
        return "127.0.0.1:%d" % self.proxy.port

    def start(self, _):
        pass

    def visit(self, card):
        stand, tablet = self.stand, self.stand.tablet
        proc = stand.card(card, "first_6f00=0")
        begun = time.monotonic()
        visit = stand.visit_at_device()
        asked = time.monotonic()
        before = [r for r in self.proxy.seen() if r.at >= begun]
        self.proxy.requests.clear()
        stand.screen.type(PIN + "\n")
        tablet.until(visit, "consent")
        done = time.monotonic()
        after = self.proxy.seen()
        tablet.agree(visit)
        tablet.until(visit, "closing")
        tablet.do(visit, "closing")
        tablet.until(visit, "done")
        whole = time.monotonic() - begun
        stand.stop(proc)
        return row(before, after, asked - begun, done - asked, whole)


KINDS = {"link": OverLink, "vpcd": OverVpcd, "device": OverDevice}


def report(name, delay, rows):
    print("%s, %d ms each direction, %d visits" % (name, delay, len(rows)))
    print("%-38s %8s %8s" % ("", "before", "after the PIN"))
    first = rows[0]
    print("%-38s %8d %8d" % ("round trips", first["before"], first["after"]))
    if first["commands after"] > 0:
        print("%-38s %8d %8d" % ("commands in them",
                                 first["commands before"],
                                 first["commands after"]))
    for what, pick in (("fastest", min), ("slowest", max)):
        print("%-38s %8.0f %8.0f" % (
            "ms, %s visit" % what, pick(r["ms before"] for r in rows),
            pick(r["ms after"] for r in rows)))
    print("%-38s %8.0f" % ("ms, one whole visit, fastest",
                           min(r["ms whole"] for r in rows)))
    if any((r["before"], r["after"]) != (first["before"], first["after"])
           for r in rows):
        print("the visits differ: " + ", ".join(
            "%d+%d" % (r["before"], r["after"]) for r in rows))


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[0])
    p.add_argument("--delay", type=int, default=50)
    p.add_argument("--repeat", type=int, default=3, choices=range(1, 51),
                   metavar="N")
    p.add_argument("--card", default="p03")
    p.add_argument("--transport", default="link:NEAR")
    a = p.parse_args()
    kind = a.transport.partition(":")[0]
    if kind not in KINDS:
        p.error("no line can be put before %s:" % kind)
    line = KINDS[kind](a.delay / 1000)
    try:
        line.start(a.transport)
        report(a.transport, a.delay, [line.visit(a.card)
                                      for _ in range(a.repeat)])
    finally:
        line.proxy.close()
        line.stand.close()


if __name__ == "__main__":
    main()
