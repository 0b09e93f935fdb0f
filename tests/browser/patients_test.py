"""/desk: the patients of a day without a card, the register, and drug and
check-up documents of those who may read them."""

import unittest
import urllib.parse

from browser import BrowserCase, World, plays
from stand import wait_until

STAFF = "受付08"
ENDS = ("done", "failed", "cancelled")


class PatientsWorld(World):
    def terminal(self, *args):
        super().terminal("--processing", "0", "--any-day", *args)
        self._odd = args != ()

    def _desk(self, status, method, path, body=None):
        desk = self._stand.clients["desk"]
        return desk.must(status, desk.call(method, path, body))

    def job(self, **ask):
        """A job of the API, when it has ended."""
        job = self._desk(201, "POST", "/jobs", dict(ask, staff=STAFF))["id"]

        def probe():
            now = self._desk(200, "GET", "/jobs/" + job)
            return now if now["state"] in ENDS else None
        return wait_until("the job's end", probe, 30)

    def asked(self, chart, date):
        """For that day, without waiting."""
        self._desk(201, "POST", "/jobs", {
            "category": "insurance", "charts": [chart], "date": date,
            "staff": STAFF})

    def check(self, chart):
        return self.job(category="check", charts=[chart])

    def taken_over(self, chart):
        """What the terminal says of him is what the register says."""
        job = self.check(chart)
        found = self._desk(200, "GET", "/findings?job=" + job["id"])
        self._desk(201, "POST", "/imports", {
            "findings": [found["findings"][0]["id"]], "staff": STAFF})

    def unlink(self, chart):
        self._desk(200, "POST", "/patient/unlinking", {
            "chart_number": chart, "staff": STAFF, "reason": "確かめ直す"})

    def consents(self):
        """Those of the last month's home visits."""
        return self.job(category="home")

    def checkups(self, chart):
        """Both forms are on their way."""
        for form in ("xml", "pdf"):
            self._desk(201, "POST", "/documents", {
                "chart_number": chart, "kind": "checkup", "form": form,
                "staff": STAFF})

    def patient(self, chart):
        return self._desk(200, "GET", "/patient?chart_number=" +
                          urllib.parse.quote(chart))

    def audit(self):
        return self._stand.run("audit", "--json", check=True).stdout


@plays("patients_scenes.mjs")
class Patients(BrowserCase):
    readers = 0
    world = PatientsWorld
    settings = {"terminal": {"bulk_poll": "1", "retry_pause": "1"}}


if __name__ == "__main__":
    unittest.main()
