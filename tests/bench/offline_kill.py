#!/usr/bin/env python3
"""Home visits without a network under fire: 5 devices, 10 visits each, 200
kills and cuts at random points.  Run by hand:

    SHIKAKU_BIN=build/bin python3 -B tests/bench/offline_kill.py [SEED]

Prints what was struck and what came of it; ends with 1 when a visit is lost,
twice at the desk, or not verified.  Takes about a minute, at most ten."""

import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "flow"))

# pylint: disable=wrong-import-position
from homevisit import HomeStand, Torment

DEVICES, VISITS = 5, 10
KILLS = {"visit": 60, "deliver": 50, "agent": 30, "cut": 50, "tickets": 10}
LIMIT_S = 600


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else time.time_ns() % 100000
    signal.alarm(LIMIT_S)
    start = time.monotonic()
    stand = HomeStand()
    try:
        stand.card("p03")
        torment = Torment(stand, DEVICES, VISITS, seed)
        torment.run(KILLS)
        filed = torment.judge()
    finally:
        stand.close()
    print("seed %d, %d devices, %d points in %.1f s" % (
        seed, DEVICES, sum(KILLS.values()), time.monotonic() - start))
    for kind in Torment.KINDS:
        print("  %-8s %3d struck, %3d while it ran" % (
            kind, torment.tried[kind], torment.hit[kind]))
    print("%d visits made, %d at the desk, each once, each verified" % (
        sum(len(made) for made in torment.made.values()), filed))
    print("one visit %.0f ms, one delivery %.0f ms" % (
        torment.time["visit"] * 1000, torment.time["deliver"] * 1000))


if __name__ == "__main__":
    main()
