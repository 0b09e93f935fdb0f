"""How long a login with PIN takes over vpcd: directly, and through pcscd.

    SHIKAKU_BIN=build/bin python3 tests/bench/vpcd_bench.py [VISITS]

Software only: the fake card answers at once, so these are the costs of the
way, not of a card.  Prints figures and ends by itself.
"""

import os
import statistics
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "flow"))
from stand import READER, Stand, free_port, program  # noqa: E402

STEPS = ("recognise", "certificate", "tries", "verify", "sign", "attributes")


def measure(stand, visits, reader):
    took, apdus = [], 0
    for _ in range(visits):
        code, visit, said = stand.check("--reader", reader, consent="none")
        if visit["identity"] is None or not visit["timings_ms"]:
            raise SystemExit("a visit failed with %d: %s" % (code, said))
        took.append(sum(visit["timings_ms"][s] for s in STEPS))
        apdus = visit["apdus"] + visit["attributes_apdus"]
    took.sort()
    print("%-24s %d visits, %d APDUs each: median %.1f ms, slowest %d ms; "
          "%.2f ms per APDU" % (reader.split(":")[0], visits, apdus,
                                statistics.median(took), took[-1],
                                statistics.median(took) / apdus))


def main():
    visits = min(int(sys.argv[1]) if len(sys.argv) > 1 else 20, 200)
    stand = Stand()
    try:
        stand.terminal()
        port = free_port()
        card = stand.start(program("fake-card"), "--card", os.path.join(
            stand.pki, "cards", "p03"), "--port", str(port))
        measure(stand, visits, "vpcd:%d" % port)
        stand.stop(card)
        stand.card("p03")
        measure(stand, visits, READER % "A")
    finally:
        stand.close()


if __name__ == "__main__":
    main()
