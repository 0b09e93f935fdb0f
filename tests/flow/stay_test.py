"""Answers that cannot be taken: one that the terminal deleted before anybody
looked (its stay time was over), and one that it encrypts.  Nothing is said to
have failed of which nobody knows, and nothing of it is deleted."""

import glob
import os
import random
import shutil
import unittest

from jobs import ENDS, JobStand
from stand import wait_until

CHART = "14"


class StayTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = JobStand(conf={"terminal": {"answer_timeout": "1"}})
        cls.addClassCleanup(cls.stand.close)

    def tearDown(self):
        self.stand.stop_all()
        self.assertEqual(self.stand.violations(forget=True), "",
                         "the terminal was sent a wrong request")

    def state(self, job):
        return self.stand.job("show", job)["state"]

    def requests(self, job):
        return self.stand.rows(
            "SELECT q.state FROM request q JOIN job_part p ON p.request_file "
            "= q.file WHERE p.job = ?", job)

    def copied(self, kind):
        """The answer as it lay there before it went."""
        s = self.stand
        found = glob.glob(s.path("res", kind + "01res_*.xml"))
        for path in found:
            try:
                shutil.copy(path, s.path("kept-" + os.path.basename(path)))
            except FileNotFoundError:
                return None
        return found[0] if found else None

    def lost_and_found(self, category, kind, *args):
        s = self.stand
        s.terminal("--processing", "0", "--stay", "1")
        job = s.job("request", category, *args)["id"]
        path = wait_until("the answer", lambda: self.copied(kind))
        wait_until("its end", lambda: not os.path.exists(path))
        self.assertTrue(glob.glob(s.path("res", "DELFILE*")))

        # Nobody says that it failed, however often it is looked for ...
        s.job("fetch", job, "--timeout", "10", status=60)
        s.job("fetch", job, "--timeout", "0", status=60)
        self.assertEqual(self.state(job), "unsure")
        self.assertEqual(self.requests(job), [("unanswered",)])
        persons = s.job("persons", job)["persons"]
        self.assertEqual({p["state"] for p in persons} - {"waiting"}, set())
        # ... and nobody asks again by himself.
        self.assertEqual(s.job("retry", job, status=70)["error"]["code"],
                         "NOT_NOW")
        self.assertEqual(os.listdir(s.path("req")), [])

        # The same answer, late: it is the answer.
        def late():
            shutil.copy(s.path("kept-" + os.path.basename(path)), path)
            s.job("fetch", job, "--timeout", "0", status=None)
            return self.state(job) != "unsure"
        wait_until("the answer to be taken", late)
        s.job("fetch", job, "--timeout", "20")
        self.assertEqual(self.state(job), "done")

    def test_deleted_before_it_was_taken(self):
        self.lost_and_found("check", "OQSsiquc", "--chart", CHART)

    def test_deleted_before_the_number_was_taken(self):
        self.lost_and_found("home", "OQSmuhvq")

    def test_encrypted(self):
        """Random bytes under our name: said to be so, and left there."""
        s = self.stand
        job = s.job("request", "check", "--chart", CHART)["id"]
        raw = b"\x9f" + random.Random(5).randbytes(4000)
        answers = []

        def ended():
            for request in os.listdir(s.path("req")):
                answers.append(s.path("res", request.replace("req_",
                                                             "res_")))
                os.unlink(s.path("req", request))
                with open(answers[-1], "wb") as f:
                    f.write(raw)
            s.job("fetch", job, "--timeout", "0", status=None)
            return self.state(job) in ENDS
        wait_until("the end", ended)
        person, = s.job("persons", job)["persons"]
        self.assertNotEqual(person["state"], "answered")
        self.assertIn("暗号化", person["message"])
        self.assertTrue(answers)
        for answer in answers:
            with open(answer, "rb") as f:
                self.assertEqual(f.read(), raw)
        explained = s.run("results", "explain", answers[0])
        self.assertIn("encrypt", explained.stdout + explained.stderr)


if __name__ == "__main__":
    unittest.main()
