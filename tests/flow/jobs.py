"""Jobs for flow tests: a clinic of invented people, the commands, and what
the store and the fake terminal know of a job."""

import csv
import json
import os
import sqlite3
import subprocess

from stand import SRC, Stand, program, wait_until

ENDS = ("done", "failed", "cancelled")
QUICK = {"bulk_max": "20", "bulk_poll": "1", "retry_pause": "1",
         "answer_timeout": "2"}


def invent(path, units, seed=1):
    """Writes the clinic's list; returns its chart numbers."""
    subprocess.run(["/usr/bin/python3", "-B", os.path.join(
        SRC, "tests", "lib", "bulk_rows.py"), "--units", str(units), "--seed",
        str(seed), "--patients", path], check=True)
    with open(path, encoding="utf-8-sig") as f:
        return [row["chart_number"] for row in csv.DictReader(f)]


class JobStand(Stand):
    """No readers; people patients besides those of tests/data."""

    def __init__(self, people=0, conf=None):
        settings = {"terminal": dict(QUICK), "api": {"port": "-1"}}
        for section, keys in (conf or {}).items():
            settings.setdefault(section, {}).update(keys)
        super().__init__(0, settings)
        self.people = people
        self.charts = []
        if people:
            self.charts = invent(self.path("people.csv"), people)
            self.run("patients", "import", self.path("people.csv"),
                     check=True)

    def terminal(self, *args):
        more = ("--invent", str(self.people)) if self.people else ()
        return super().terminal(*more, *args)

    def job(self, *args, status=0):
        """A jobs command with --json; its object."""
        argv = [program("shikaku"), "jobs", args[0], "--config",
                self.path("shikaku.conf"), "--json", *args[1:]]
        got = subprocess.run(argv, env=self.env, cwd=self.dir, text=True,
                             capture_output=True, timeout=120, check=False)
        if status is not None and got.returncode != status:
            raise AssertionError("%s: %d, not %d\n%s\n%s" % (
                args, got.returncode, status, got.stdout, got.stderr))
        return json.loads(got.stdout)

    def listed(self, charts, name="asked.txt"):
        with open(self.path(name), "w", encoding="ascii") as f:
            f.write("\n".join(charts) + "\n")
        return self.path(name)

    def agent(self):
        ready = self.path("agent-ready")
        if os.path.exists(ready):
            os.unlink(ready)
        with open(self.path("agent.log"), "ab") as log:
            proc = self.start(program("shikakud"), "--config",
                              self.path("shikaku.conf"), "--ready-file",
                              ready, stderr=log)
        wait_until("agent ready", lambda: os.path.exists(ready) or
                   proc.poll() is not None)
        if proc.poll() is not None:
            raise AssertionError("the agent ended with %s" % proc.returncode)
        return proc

    def kill(self, proc):
        proc.kill()
        proc.wait()
        self.procs.remove(proc)

    def rows(self, sql, *args):
        """The store as it is, read beside whoever has it open."""
        db = sqlite3.connect("file:%s?mode=ro" % self.path("shikaku.db"),
                             uri=True, timeout=5)
        try:
            return db.execute(sql, args).fetchall()
        finally:
            db.close()

    def persons(self, job):
        """How many ended how."""
        return dict(self.rows("SELECT state, COUNT(*) FROM job_person "
                              "WHERE job = ? GROUP BY state", job))

    def receptions(self):
        """How often a list was asked for, as the terminal counts it: it is
        asked once more, and its number says."""
        job = self.job("request", "aid")["id"]

        def number():
            self.job("fetch", job, "--timeout", "0", status=None)
            return self.rows("SELECT reception_number FROM job_part WHERE "
                             "job = ?", job)[0][0]
        return int(wait_until("number", number).rsplit("_", 1)[1]) - 1
