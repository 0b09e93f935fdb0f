"""What devices cost the agent.  By hand, after a build:

    python3 -B tests/bench/devices.py [DEVICES] [SECONDS]

So many devices (30), each with a kiosk of its own, dial the agent on the
loopback.  Prints the time of a handshake with HELLO, from the dial until the
kiosk's reader is ready, memory per device, the processor time while nothing
happens, and how long it takes until all are ready again after all lines were
cut at once.  The devices are Python, on the same machine: their share is in
the times.  Ends by itself, within about SECONDS (10) and half a minute."""

import os
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("flow", "lib"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))

from devices_test import Devices, Empty  # noqa: E402
from idle import used  # noqa: E402
from link_peer import Peer, READER, enrol  # noqa: E402
from stand import wait_until  # noqa: E402

DEVICES = int(sys.argv[1]) if len(sys.argv) > 1 else 30
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 10


def resident(pid):
    with open("/proc/%d/statm" % pid, encoding="ascii") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1024


def threads(pid):
    return len(os.listdir("/proc/%d/task" % pid))


def ready(stand):
    rows = stand.clients["desk"].get("/readers").json["readers"]
    return sum(r["state"] == "ready" for r in rows)


def dial(stand, who):
    """Milliseconds until HELLO was answered, and the reader."""
    since = time.monotonic()
    peer = Peer(stand.link, who)
    said = peer.hello(READER)
    if said != "OK":
        raise AssertionError(said)
    return (time.monotonic() - since) * 1000, Empty(peer)


def dial_all(stand, who):
    since = time.monotonic()
    took, readers = zip(*(dial(stand, w) for w in who))
    wait_until("all ready", lambda: ready(stand) == len(who), 60)
    return took, readers, time.monotonic() - since


def main():
    stand = Devices()
    try:
        pid = stand.procs[-1].pid
        who = []
        for i in range(DEVICES):
            name = "device-%d" % i
            text = stand.invite(name)["text"]
            who.append(enrol(stand.link, text, stand.path(name)))
            stand.add_client("home-%d" % i, "kiosk", "--reader",
                             "device:" + name)
        wait_until("slots", lambda: len(stand.clients["desk"].get(
            "/readers").json["readers"]) == DEVICES)
        before, lean = resident(pid), threads(pid)
        took, readers, whole = dial_all(stand, who)
        print("%d devices: handshake and HELLO median %.1f ms, longest "
              "%.1f ms; all ready after %.2f s" % (
                  DEVICES, statistics.median(took), max(took), whole))
        print("memory per device %.0f KiB, threads per device %.1f" % (
            (resident(pid) - before) / DEVICES,
            (threads(pid) - lean) / DEVICES))
        spent, since = used(pid), time.monotonic()
        time.sleep(SECONDS)
        since = time.monotonic() - since
        print("idle for %.0f s: %.2f %% of a core" % (
            since, (used(pid) - spent) / 1e7 / since))
        for reader in readers:
            reader.end()
        wait_until("none", lambda: ready(stand) == 0, 60)
        took, readers, whole = dial_all(stand, who)
        print("cut and back: all ready %.2f s after the first dialled "
              "again" % whole)
        for reader in readers:
            reader.end()
    finally:
        stand.close()


if __name__ == "__main__":
    main()
