"""The history and the consent calendar at the command line: 1,000 invented
people in every form the terminal has, each of them once."""

import json
import subprocess
import unittest

from jobs import JobStand
from stand import program

PEOPLE = 1000
FORMS = (("--encoding", "utf-8", "--shuffle", "7"),
         ("--encoding", "cp932", "--shuffle", "8", "--zip"))


class HistoryTest(unittest.TestCase):
    def setUp(self):
        self.stand = JobStand(PEOPLE, {"terminal": {"bulk_max": str(PEOPLE)}})

    def tearDown(self):
        self.stand.close()

    def run_it(self, *args, status=0):
        s = self.stand
        got = subprocess.run(
            [program("shikaku"), *args, "--config", s.path("shikaku.conf")],
            env=s.env, cwd=s.dir, text=True, capture_output=True, timeout=120,
            check=False)
        if status is not None:
            self.assertEqual(got.returncode, status, got.stdout + got.stderr)
        return got.stdout

    def ask(self, *args, status=0):
        return json.loads(self.run_it(*args, "--json", status=status))

    def asked(self, *args):
        return self.stand.job("request", *args)["id"]

    def done(self, jobs):
        self.stand.job("fetch")
        self.assertEqual({self.stand.job("show", job)["state"]
                          for job in jobs}, {"done"})

    def test_each_once(self):
        s = self.stand
        charts = s.listed(s.charts)
        jobs = []
        for form in FORMS:
            s.terminal("--processing", "0", *form)
            jobs.append(self.asked("insurance", "--patients", charts))
            if form == FORMS[-1]:
                listed = self.asked("home")
            self.done(jobs)
            s.stop_all()
        for job in jobs:
            self.of_job(job)
        self.narrowed(jobs[0])
        self.consented(listed)
        self.again()

    def of_job(self, job):
        got = self.ask("history", "--job", job, "--limit", "10000")
        self.assertEqual(got["total"], PEOPLE)
        self.assertEqual({row["link"] for row in got["findings"]}, {"asked"})
        self.assertEqual(sorted(row["chart_number"]
                                for row in got["findings"]),
                         sorted(self.stand.charts))
        self.assertEqual({row["has_detail"] for row in got["findings"]},
                         {False})
        self.assertNotIn("name", got["findings"][0])

    def narrowed(self, job):
        """Conditions of OQS-06, and what a row shows (OQS-07, OQS-08)."""
        row = self.ask("history", "--job", job, "--limit", "1",
                       "--show")["findings"][0]
        for option, value in (("--patient", row["chart_number"]),
                              ("--name", row["name"]),
                              ("--kana", row["kana"]),
                              ("--birthdate", row["birthdate"]),
                              ("--insurer", row["insurer_number"])):
            got = self.ask("history", "--job", job, option, value, "--limit",
                           "10000")
            self.assertIn(row["id"], [f["id"] for f in got["findings"]])
            self.assertLess(got["total"], PEOPLE, option)
        self.assertEqual(self.ask("history", "--source", "face")["total"], 0)
        shown = self.ask("history", "show", row["id"])
        self.assertEqual(shown["name"], row["name"])
        self.assertIsNone(shown["detail"])
        self.assertIn("have no detail", self.run_it("history", "show",
                                                   row["id"]))
        self.assertEqual(self.run_it("history", "--job", job, "--limit",
                                    "2").splitlines()[-1],
                         "2 of %d" % PEOPLE)
        self.assertEqual(self.ask("history", "show", "none", status=None)
                         ["error"]["code"], "NO_SUCH")
        self.assertEqual(self.ask("history", "--limit", "10001", status=None)
                         ["error"]["code"], "USAGE")

    def consented(self, job):
        """A consent list: its rows have details, its consents ends."""
        total = self.ask("history", "--job", job)["total"]
        self.assertGreater(total, 0)
        row = self.ask("history", "--job", job, "--limit",
                       "1")["findings"][0]
        detail = self.ask("history", "show", row["id"])["detail"]
        self.assertEqual(detail["records"][0]["Name"], self.ask(
            "history", "show", row["id"])["name"])
        self.assertIn("InsurerName: ", self.run_it("history", "show",
                                                  row["id"]))
        every = self.ask("consents", "--limit", "10000")
        self.assertEqual(len(every["consents"]), every["total"])
        self.assertGreater(every["total"], 0)
        ends = [c["until"] for c in every["consents"] if c["until"]]
        self.assertEqual(ends, sorted(ends))
        parts = [self.ask("consents", *more)["total"] for more in
                 (("--ended",), ("--within", "3660"), ("--item", "drug"))]
        self.assertLessEqual(parts[0] + parts[1], every["total"])
        one = every["consents"][0]
        self.assertIn(one["finding"], [c["finding"] for c in self.ask(
            "consents", "--patient", one["chart_number"])["consents"]])
        self.assertRegex(self.run_it("consents", "--limit",
                                    "1").splitlines()[-1], "^1 of [0-9]+$")

    def again(self):
        """Nothing is derived twice, whoever comes."""
        many = "SELECT COUNT(*), COUNT(DISTINCT digest || '/' || unit), " \
               "COUNT(DISTINCT id) FROM finding"
        before = self.stand.rows(many)
        self.assertEqual(len(set(before[0])), 1)
        self.ask("history")
        self.stand.job("fetch")
        self.assertEqual(self.stand.rows(many), before)


if __name__ == "__main__":
    unittest.main()
