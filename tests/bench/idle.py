"""What the agent costs while nothing happens.  By hand, after a build:

    python3 -B tests/bench/idle.py [SECONDS]

Ten readers of the tests' pcscd: five entries with two slots each, a kiosk at
every slot, a card in every second reader.  Prints the processor time of the
agent and of all its reader processes, in percent of one core, without pcscd.
Ends by itself, with 1 when it is above 1 %."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "flow"))

from agent import AgentStand  # noqa: E402

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 60
ENTRIES = 5
BOUND = 1.0


def children(pid):
    found = []
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/children" % (pid, task),
                  encoding="ascii") as f:
            found += map(int, f.read().split())
    return found


def used(pid):
    """Nanoseconds on a processor, of all its threads."""
    total = 0
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/schedstat" % (pid, task),
                  encoding="ascii") as f:
            total += int(f.read().split()[0])
    return total


def measure(pids):
    before = [used(pid) for pid in pids]
    since = time.monotonic()
    time.sleep(SECONDS)
    spent = time.monotonic() - since
    return [(used(pid) - b) / 1e7 / spent for pid, b in zip(pids, before)]


def main():
    stand = AgentStand(ENTRIES)
    try:
        for i in range(ENTRIES):
            letter = "ABCDE"[i]
            stand.add_client("second-" + letter.lower(), "kiosk", "--reader",
                             "pcsc:Shikaku?Test?Reader?%s*01" % letter)
            if i % 2 == 0:
                stand.card(reader=letter)
        daemon = stand.agent()
        for name, client in stand.clients.items():
            if name.startswith(("kiosk-", "second-")):
                stand.ready(name)
        pids = children(daemon.pid)
        percent = measure([daemon.pid, *pids])
        total = sum(percent)
        print("%d readers, %d cards, %.0f s: agent %.2f %%, readers %.2f %% "
              "(largest %.2f %%), together %.2f %% of a core" % (
                  len(pids), (ENTRIES + 1) // 2, SECONDS, percent[0],
                  sum(percent[1:]), max(percent[1:]), total))
        return 0 if total < BOUND and len(pids) == 2 * ENTRIES else 1
    finally:
        stand.close()


if __name__ == "__main__":
    sys.exit(main())
