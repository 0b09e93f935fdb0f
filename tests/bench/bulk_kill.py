#!/usr/bin/python3
"""A bulk check of a whole month's appointments, the agent killed -9 at random
until it is done: every person is asked for and taken in exactly once.

    SHIKAKU_BIN=build/bin tests/bench/bulk_kill.py [--people 25000]
        [--bulk-max 10000] [--kill-every 4.0] [--seed 1]

Beside it, another program writes a row every 50 ms, as a desk would: how long
it waited at most says whether taking in a list holds anybody up.  Ends by
itself; status 1 when a person was lost or doubled."""

import argparse
import os
import random
import sqlite3
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "flow"))

from jobs import ENDS, JobStand             # noqa: E402


class Desk(threading.Thread):
    """Somebody else's writes."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.waits, self.ends = path, [], False

    def run(self):
        db = sqlite3.connect(self.path, timeout=60, isolation_level=None)
        db.execute("PRAGMA synchronous = FULL")
        while not self.ends:
            began = time.monotonic()
            db.execute("BEGIN IMMEDIATE")
            self.waits.append(time.monotonic() - began)
            db.execute("UPDATE patient SET updated_at = updated_at + 1 "
                       "WHERE chart_number = (SELECT MIN(chart_number) "
                       "FROM patient)")
            db.execute("COMMIT")
            time.sleep(0.05)
        db.close()


def until_end(stand, job, options, say):
    """Starts the agent and kills it, over and over; how often."""
    rng = random.Random(options.seed)
    kills = decided = 0
    while True:
        agent = stand.agent()
        stop = time.monotonic() + rng.uniform(0.2, 2 * options.kill_every)
        while time.monotonic() < stop:
            time.sleep(0.2)
            state = stand.rows("SELECT state FROM job WHERE id = ?", job)
            if state[0][0] in ENDS:
                stand.stop(agent)
                return kills, decided
        stand.kill(agent)
        kills += 1
        unsure = stand.rows("SELECT part FROM job_part WHERE job = ? AND "
                            "state = 'unsure'", job)
        for part, in unsure:
            stand.job("retry", job, "--unsure", "--part", str(part))
            decided += 1
        parts = dict(stand.rows("SELECT state, COUNT(*) FROM job_part "
                                "WHERE job = ? GROUP BY state", job))
        say("kill %d: %s, persons %s" % (kills, parts, stand.persons(job)))


def percentile(values, part):
    return sorted(values)[int(part * (len(values) - 1))] * 1000


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=25000)
    parser.add_argument("--bulk-max", type=int, default=10000)
    parser.add_argument("--kill-every", type=float, default=4.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    def say(text):
        print(text, flush=True)

    stand = JobStand(options.people, {"terminal": {
        "bulk_max": str(options.bulk_max), "answer_timeout": "120"}})
    try:
        stand.terminal("--temp-seconds", "0", "--processing", "1",
                       "--max-seconds", "3600")
        began = time.monotonic()
        job = stand.job("request", "insurance", "--patients",
                        stand.listed(stand.charts))["id"]
        say("started in %.1f s" % (time.monotonic() - began))
        desk = Desk(stand.path("shikaku.db"))
        desk.start()
        began = time.monotonic()
        kills, decided = until_end(stand, job, options, say)
        took = time.monotonic() - began
        desk.ends = True
        desk.join()
        shown = stand.job("show", job)
        asked = stand.receptions()
        persons = stand.persons(job)
        distinct = stand.rows("SELECT COUNT(DISTINCT finding) FROM "
                              "job_person WHERE job = ?", job)[0][0]
        findings = stand.rows("SELECT COUNT(*) FROM finding WHERE job = ?",
                              job)[0][0]
        parts = len(shown["parts"])
        say("%d persons in %d parts, %d kills, %d decided by a person, "
            "%.1f s" % (options.people, parts, kills, decided, took))
        say("persons %s, findings %d (%d distinct), lists asked for %d" % (
            persons, findings, distinct, asked))
        say("another writer: %d writes, wait 50 %% %.1f ms, 99 %% %.1f ms, "
            "longest %.1f ms" % (len(desk.waits), percentile(
                desk.waits, 0.5), percentile(desk.waits, 0.99),
                percentile(desk.waits, 1)))
        good = (sum(persons.values()) == options.people and findings ==
                distinct == options.people - persons.get("skipped", 0) -
                persons.get("missing", 0) and asked == parts)
        say("exactly once" if good else "NOT exactly once")
        return 0 if good else 1
    finally:
        stand.close()


if __name__ == "__main__":
    sys.exit(main())
