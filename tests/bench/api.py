"""How long one request holds up all others: the API's slow ones over a store
of many findings.  Prints milliseconds; asserts nothing."""

import argparse
import os
import sqlite3
import sys
import time

SRC = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path[:0] = [os.path.join(SRC, "tests", "flow"),
                os.path.join(SRC, "tests", "lib")]

# pylint: disable=wrong-import-position
from agent import AgentStand
from stand import wait_until

STAFF = {"staff": "bench"}


def multiply(path, n):
    """The findings of the store n times over, and as many requests."""
    db = sqlite3.connect(path, timeout=60)
    db.execute("PRAGMA synchronous = OFF")
    columns = [row[1] for row in db.execute("PRAGMA table_info(finding)")]
    values = {"id": "printf('%08x-%s', i, substr(id, 10))",
              "digest": "digest || i", "job": "job",
              "at": "at - (i * 700000) % 7900000000"}
    with db:
        db.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
            "WHERE i < ?) INSERT INTO finding (%s) SELECT %s FROM finding, n"
            % (", ".join(columns), ", ".join(
                values.get(c, c) for c in columns)), (n,))
        db.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
            "WHERE i < ?) INSERT INTO request SELECT 'b' || i, 'b' || i, "
            "'OQSsiquc01', NULL, NULL, 'answered', ? - i * 60000, "
            "? - i * 60000 + i % 9000, 'accepted', '' FROM n",
            (n, int(time.time() * 1000), int(time.time() * 1000)))
        db.execute("UPDATE finding SET source = 'check', "
                   "kind = 'OQSsiquc01', job = NULL WHERE rowid % 2 = 0")
    total, = db.execute("SELECT COUNT(*) FROM finding").fetchone()
    db.close()
    return total


def busy_ms(agent):
    """What the thread that serves has computed so far; other programs on the
    machine are not in it, waiting for the disk neither."""
    with open("/proc/%d/task/%d/schedstat" % (agent.pid, agent.pid),
              encoding="ascii") as f:
        return int(f.read().split()[0]) / 1e6


def timed(agent, what, call):
    cpu, wall = busy_ms(agent), time.monotonic()
    got = call()
    print("%4d  %7.1f ms computing %7.1f ms in all  %s" % (
        got.status, busy_ms(agent) - cpu,
        (time.monotonic() - wall) * 1000, what))
    return got


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5000)
    times = parser.parse_args().times
    stand = AgentStand(0, {"terminal": {"bulk_poll": "1"}})
    try:
        stand.terminal("--processing", "0")
        agent = stand.agent()
        desk = stand.clients["desk"]
        job = desk.must(201, desk.post("/jobs", {
            "category": "home", "from": "2024-04-01", "to": "2024-04-17",
            **STAFF}))["id"]
        wait_until("the job", lambda: desk.get("/jobs/" + job).json[
            "state"] == "done", 30)
        wait_until("findings", lambda: desk.get(
            "/findings?job=" + job).json["total"] == 11)
        print("%d findings" % multiply(stand.path("shikaku.db"), times))
        rows = desk.get("/findings?job=%s&limit=100" % job).json["findings"]
        for path in ("/findings?job=%s" % job, "/findings?birthdate=1969-01-04",
                     "/findings?job=%s&limit=250" % job,
                     "/findings?job=%s&limit=250&offset=5000" % job,
                     "/findings?job=%s&name=%s" % (job, "%E5%85%AB"),
                     "/findings?chart_number=32", "/findings?from=2026-11-01",
                     "/imports/waiting", "/imports/waiting?kind=new",
                     "/exports/findings.csv?job=%s&limit=250" % job,
                     "/consents", "/consents?ended=yes&limit=500",
                     "/figures", "/patient?chart_number=32",
                     "/jobs/%s" % job, "/jobs"):
            timed(agent, path.replace(job, "JOB"), lambda p=path:
                  desk.get(p))
        ids = [row["id"] for row in rows]
        timed(agent, "POST /imports of %d" % len(ids), lambda: desk.post(
            "/imports", {"findings": ids, **STAFF}))
        charts = [str(n) for n in range(1, 2001)]
        timed(agent, "POST /jobs of 2000", lambda: desk.post("/jobs", {
            "category": "insurance", "charts": charts, **STAFF}))
        stand.stop(agent)
    finally:
        stand.close()


if __name__ == "__main__":
    main()
