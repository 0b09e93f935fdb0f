"""Visits through libnfc and a simulated PN532, from the field to the outcome:

    SHIKAKU_BIN=build/bin python3 tests/bench/nfc.py [VISITS]

Prints what was measured here, where line, air and card cost nothing, and what
they would add, computed from the bytes that went over them.  Ends by itself
after VISITS (10, at most 100)."""

import os
import re
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "flow"))
# pylint: disable=wrong-import-position
from nfc_test import Chip   # noqa: E402
from stand import Stand     # noqa: E402

LINE = re.compile(r"^[0-9a-f]{2} [0-9a-f]{2} [0-9a-f]{2} [0-9a-f]{2}"
                  r"(?: Lc=(\d+))?(?: Le=(\d+))? -> (?:(\d+)\+)?[0-9a-f]{4}")
UART_BYTE_MS = 10 / 115.200         # 8 bits, start, stop
AIR_BYTE_MS = 10 * 128 / 13560.0    # 10 etu of 128 carrier periods
BLOCK_MS = 0.3                      # turn-round; with 4 bytes around each
BLOCK = 250                         # of a frame of 256 bytes
# Steps of a visit with card p03, and how many commands each has.
STEPS = (("recognise", 2), ("certificate", 8), ("tries", 2), ("verify", 1),
         ("sign", 2), ("attributes", 6))


def exchanges(trace):
    """Bytes to and from the card, per command."""
    with open(trace, encoding="ascii") as f:
        for line in f:
            got = LINE.match(line)
            if got:
                lc, le, data = (int(n) if n else None for n in got.groups())
                up = 4 + (1 + lc if lc is not None else 0) + (le is not None)
                yield up, (data or 0) + 2


def line_ms(up, down):
    """D4 40 01 and its frame, ACK, D5 41 status and its frame."""
    return UART_BYTE_MS * ((up + 3 + 7) + 6 +
                           (down + 3 + (10 if down + 3 > 255 else 7)))


def air_ms(up, down):
    blocks = -(-up // BLOCK) + -(-down // BLOCK)
    # A block of a chain is acknowledged by one without data.
    blocks += blocks - 2
    return AIR_BYTE_MS * (up + down + 4 * blocks) + BLOCK_MS * blocks


def main():
    visits = min(100, int(sys.argv[1]) if len(sys.argv) > 1 else 10)
    stand = Stand(0)
    try:
        stand.terminal()
        chip = Chip(stand, "bench")
        trace = stand.path("trace")
        code, _, said = stand.check("--reader", "trace:%s:%s" % (
            trace, chip.transport))
        if code != 0:
            raise SystemExit(said)
        walls, spent = [], []
        for _ in range(visits):
            since = time.monotonic()
            code, visit, said = chip.check()
            walls.append(1000 * (time.monotonic() - since))
            spent.append(visit["timings_ms"])
            if code != 0:
                raise SystemExit(said)
        rows = list(exchanges(trace))
    finally:
        stand.close()
    report(walls, spent, rows)


def report(walls, spent, rows):
    print("%d visits, ms: measured here with a card, a chip and a terminal "
          "that take no time;\ncomputed for 115200 baud and 106 kbit/s"
          % len(walls))
    line = "%-12s %8s %6s %6s %9s %6s %6s"
    print(line % ("step", "commands", "up", "down", "measured", "line", "air"))
    if len(rows) != sum(n for _, n in STEPS):
        raise SystemExit("a visit has other commands now: %d" % len(rows))
    at = 0
    for name, n in STEPS + (("all", len(rows)),):
        part = rows[at:at + n] if name != "all" else rows
        at += n
        got = statistics.median(v[name] for v in spent) if name != "all" \
            else statistics.median(sum(v[k] for k, _ in STEPS) for v in spent)
        print(line % (name, n, sum(r[0] for r in part),
                      sum(r[1] for r in part), "%.0f" % got,
                      "%.0f" % sum(line_ms(*r) for r in part),
                      "%.0f" % sum(air_ms(*r) for r in part)))
    print("qualification, with the fake terminal: %.0f" % statistics.median(
        v["qualify"] for v in spent))
    print("the whole program, start to exit: %.0f (%.0f to %.0f)" % (
        statistics.median(walls), min(walls), max(walls)))


if __name__ == "__main__":
    main()
