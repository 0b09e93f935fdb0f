"""Killed at any step, a job loses, doubles and guesses nothing: 60 persons in
parts of 20, the agent killed -9 as soon as a part is seen in each state."""

import os
import sqlite3
import time
import unittest

from jobs import ENDS, JobStand
from stand import wait_until

PEOPLE = 60

# What is looked for in the store; the agent is killed when it is there.
SEEN = (
    ("waiting", "SELECT 1 FROM job WHERE state = 'open'"),
    ("asked", "SELECT 1 FROM job_part WHERE state = 'asked'"),
    ("written", "SELECT 1 FROM job_part p JOIN request r ON r.file = "
     "p.request_file WHERE p.state = 'asked' AND r.state = 'written'"),
    ("answered", "SELECT 1 FROM request WHERE kind = 'OQSmuquc01' AND "
     "state = 'answered'"),
    ("accepted", "SELECT 1 FROM job_part WHERE state = 'accepted'"),
    ("fetching", "SELECT 1 FROM job_part WHERE state = 'fetching'"),
    ("at work", "SELECT 1 FROM job_part WHERE downloads > 0"),
    ("received", "SELECT 1 FROM job_part WHERE state = 'received'"),
    ("settled", "SELECT 1 FROM job_part WHERE settled > 0"),
    ("one done", "SELECT 1 FROM job_part WHERE state = 'done'"),
)


class Kill(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = JobStand(PEOPLE)
        cls.addClassCleanup(cls.stand.close)

    def killed_when(self, db, sql):
        """Starts the agent, kills it as soon as the row is there; 0 when the
        job ended before."""
        agent = self.stand.agent()
        end = time.monotonic() + 20
        try:
            while time.monotonic() < end:
                if db.execute(sql).fetchone():
                    return 1
                if not db.execute("SELECT 1 FROM job WHERE state = 'open'"
                                  ).fetchone():
                    return 0
                time.sleep(0.001)
            raise AssertionError("not seen in 20 s: " + sql)
        finally:
            self.stand.kill(agent)

    def kill_everywhere(self):
        db = sqlite3.connect("file:%s?mode=ro" % self.stand.path(
            "shikaku.db"), uri=True, timeout=5, isolation_level=None)
        kills = 0
        for _, sql in SEEN:
            kills += self.killed_when(db, sql)
        db.close()
        return kills

    def decide(self, job):
        """A part that nobody knows of is asked again by a person who has
        looked at the terminal: only if it was not asked there."""
        shown = self.stand.job("show", job)
        unsure = [p for p in shown["parts"] if p["state"] == "unsure"]
        for part in unsure:
            self.assertFalse(os.path.exists(self.stand.path(
                "req", part["request_file"])))
            self.stand.job("retry", job, "--unsure", "--part",
                           str(part["part"]))
        return len(unsure)

    def until_done(self, job):
        def ended():
            self.decide(job)
            return self.stand.job("show", job)["state"] in ENDS
        agent = self.stand.agent()
        wait_until("the end", ended, 30)
        self.stand.stop(agent)

    def test_every_step(self):
        s = self.stand
        # What a kill leaves of a file that was not put yet lies an hour.
        s.terminal("--processing", "1", "--temp-seconds", "0")
        job = s.job("request", "insurance", "--patients", s.listed(s.charts))
        kills = self.kill_everywhere()
        self.until_done(job["id"])

        done = s.job("show", job["id"])
        self.assertEqual(done["state"], "done")
        self.assertEqual(s.persons(job["id"]), {"answered": PEOPLE})
        self.assertEqual([p["state"] for p in done["parts"]], ["done"] * 3)
        self.assertGreater(kills, 6)

        # One finding for each person, and none for nobody.
        self.assertEqual(s.rows("SELECT COUNT(*), COUNT(DISTINCT finding) "
                                "FROM job_person WHERE job = ?", job["id"]),
                         [(PEOPLE, PEOPLE)])
        self.assertEqual(s.rows("SELECT COUNT(*) FROM finding"), [(PEOPLE,)])
        self.assertEqual(s.rows("SELECT COUNT(DISTINCT reception_number) "
                                "FROM job_part"), [(3,)])
        # The terminal was asked for each list once.
        self.assertEqual(s.receptions(), 3)
        s.stop_all()
        self.assertEqual(os.listdir(s.path("res")), [])


if __name__ == "__main__":
    unittest.main()
