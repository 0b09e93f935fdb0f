"""Who is added to today's list is checked by himself, unless the site asks by
hand (features.md DEN-03)."""

import unittest

from agent import AgentStand
from stand import wait_until

STAFF = "山田"


class TodayTest(unittest.TestCase):
    def desk(self, word):
        stand = AgentStand(0, {"terminal": {"auto_check": word}})
        self.addCleanup(stand.close)
        stand.terminal()
        stand.agent()
        return stand, stand.clients["desk"]

    def test_by_itself(self):
        stand, desk = self.desk("yes")
        job = desk.must(201, desk.post("/checks", {
            "charts": ["14", "0"], "staff": STAFF}))
        # Within the turn that it wakes: the request is out before anybody
        # asks for the job, and none is for chart number 0.
        wait_until("the answer", lambda: desk.get(
            "/jobs/" + job["id"]).json["state"] == "done")
        rows = {row["chart_number"]: row
                for row in desk.get("/checks").json["checks"]}
        self.assertEqual(rows["14"]["state"], "answered")
        self.assertEqual((rows["0"]["state"], rows["0"]["code"]),
                         ("skipped", "CHART_ZERO"))
        stand.stop_all()

    def test_by_hand(self):
        stand, desk = self.desk("no")
        got = desk.post("/checks", {"charts": ["14"], "staff": STAFF})
        self.assertEqual((got.status, got.code), (409, "NOT_NOW"))
        self.assertIn("auto_check", got.json["detail"])
        self.assertEqual(desk.get("/jobs").json["total"], 0)
        self.assertEqual(desk.get("/checks").json["total"], 0)
        desk.must(201, desk.post("/jobs", {
            "category": "check", "charts": ["14"], "staff": STAFF}))
        stand.stop_all()


if __name__ == "__main__":
    unittest.main()
