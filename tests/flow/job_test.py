"""What is asked without a visit, by the commands and by the agent: lists and
checks of every category, what the terminal refuses, returns or never answers,
cancelling, asking again, and the hours in which it restarts."""

import datetime
import os
import pwd
import subprocess
import unittest

from jobs import JobStand
from stand import program, wait_until

PEOPLE = 25
JST = datetime.timezone(datetime.timedelta(hours=9))


def around_now():
    """A window of restart that this moment is in."""
    now = datetime.datetime.now(JST)
    minute = datetime.timedelta(minutes=1)
    return "%s-%s" % ((now - minute).strftime("%H:%M"),
                      (now + 5 * minute).strftime("%H:%M"))


class JobCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = JobStand(PEOPLE)
        cls.addClassCleanup(cls.stand.close)
        cls.charts = cls.stand.charts

    def tearDown(self):
        self.stand.stop_all()
        self.assertEqual(self.stand.violations(forget=True), "",
                         "the terminal was sent a wrong request")

    def ask(self, category, *args):
        return self.stand.job("request", category, *args)["id"]

    def show(self, job):
        return self.stand.job("show", job)

    def persons(self, job):
        got = self.stand.job("persons", job)
        self.assertEqual(got["total"], len(got["persons"]))
        return got["persons"]

    def states(self, *jobs):
        return [self.stand.rows("SELECT state FROM job WHERE id = ?", job)[
            0][0] for job in jobs]

    def no_open(self):
        self.assertEqual(self.stand.job("list", "--state", "open")["total"],
                         0)


class Commands(JobCase):
    """No agent: each command turns the jobs itself."""

    def test_all_at_once(self):
        """Then some of it once more, by a terminal that answers."""
        s, charts = self.stand, self.charts
        s.terminal("--processing", "0", "--err", "OQSmuimm01=登録不可",
                   "--no-answer", "OQSmutic01", "--unit-error",
                   "^%s$=見本" % charts[3])
        lists = [self.ask("home", "--from", "20240401", "--to", "20240417"),
                 self.ask("online", "--axis", "consent")]
        days = [self.on_its_day(day) for day in ("20210731", "20210801")]
        bulk = self.ask("insurance", "--patients", s.listed(charts))
        single = self.ask("check", "--chart", ",".join(
            charts[:2] + ["0", "999999", charts[0]]), "--limit-consent")
        back = self.ask("registration", "--chart", ",".join(charts[:2]))
        lost = self.ask("aid")
        # Until nothing moves any more without a person.
        s.job("fetch", "--timeout", "60", status=60)
        self.assertEqual(self.states(*lists, *days, bulk, single, back, lost),
                         ["done"] * 6 + ["failed", "open"])
        self.of_lists(lists)
        self.of_days(days)
        self.of_bulk(bulk)
        self.of_single(single)
        self.of_returned(back)
        self.of_lost(lost)
        s.stop_all()
        s.terminal("--processing", "0")
        self.again(bulk, back, lost)

    def on_its_day(self, day):
        """One who had another insurer until a day in the past."""
        s = self.stand
        with open(s.path("old.csv"), "w", encoding="utf-8") as f:
            f.write("chart_number,name,kana,sex,birthdate,insurer_number,"
                    "insured_card_symbol,insured_identification_number,"
                    "insured_branch_number\n"
                    "900,見本　旧,ﾐﾎﾝ ｷｭｳ,1,19600602,133033,過１,310,01\n")
        s.run("patients", "import", s.path("old.csv"), check=True)
        return self.ask("insurance", "--chart", "900", "--date", day)

    def of_days(self, days):
        """Valid on the last day of the old insurance, not on the next."""
        self.assertEqual([self.stand.rows(
            "SELECT asked_on, validity FROM finding WHERE job = ?", job)
            for job in days], [[("20210731", "1")], [("20210801", "3")]])

    def of_lists(self, lists):
        for job in map(self.show, lists):
            self.assertEqual(job["state"], "done", job)
            self.assertRegex(job["reception_number"], "^[0-9]{17}_[0-9]{4}$")
            self.assertEqual(job["progress"]["done"],
                             job["progress"]["total"])
            self.assertEqual(job["persons"]["answered"],
                             job["findings"]["total"])
        # Eleven people, as the list of the dental manual has (DEN-11).
        self.assertEqual(self.show(lists[0])["persons"]["answered"], 11)
        self.of_columns(lists[0])

    def of_columns(self, home):
        """Those of the field's own tool (BAT-01), in its words."""
        got = self.stand.run("jobs", "list", lang="ja_JP.UTF-8", check=True)
        lines = [line.split("  ") for line in got.stdout.splitlines()]
        self.assertEqual(lines[0], [
            "リクエスト日時", "区分", "取得診療年月日", "取得同意済範囲",
            "リクエスト結果", "結果登録", "受付番号", "ID"])
        row, = (line for line in lines if line[-1] == home)
        self.assertEqual(row[1:6], ["訪問診療", "-",
                                    "2024-04-01..2024-04-17", "完了 11/11",
                                    "未"])
        self.assertEqual(row[6], self.show(home)["reception_number"])

    def of_bulk(self, bulk):
        """Cut into parts; the one error is a row to work through."""
        job = self.show(bulk)
        self.assertEqual([p["total"] for p in job["parts"]], [20, 5])
        self.assertEqual(job["persons"]["answered"], PEOPLE - 1)
        wrong = self.stand.job("persons", bulk, "--errors")["persons"]
        self.assertEqual([(p["chart_number"], p["state"], p["message"])
                          for p in wrong],
                         [(self.charts[3], "error", "見本")])

    def of_single(self, single):
        got = [(p["state"], p["code"]) for p in self.persons(single)]
        self.assertEqual(got, [("answered", ""), ("answered", ""),
                               ("skipped", "CHART_ZERO"),
                               ("skipped", "NO_PATIENT"),
                               ("skipped", "CHART_TWICE")])
        self.assertEqual(self.show(single)["findings"]["total"], 2)

    def of_returned(self, back):
        job = self.show(back)
        self.assertEqual(job["state"], "failed")
        self.assertIn("登録不可", job["message"])
        self.assertEqual([p["state"] for p in self.persons(back)],
                         ["failed"] * 2)

    def of_lost(self, lost):
        """Nobody asks again but a person who says that he has looked."""
        s = self.stand
        s.job("fetch", lost, "--timeout", "2", status=60)
        self.assertEqual(s.job("retry", lost, status=70)["error"]["code"],
                         "NOT_NOW")
        self.assertEqual(s.rows("SELECT COUNT(*) FROM request WHERE kind = "
                                "'OQSmutic01'"), [(1,)])

    def again(self, bulk, back, lost):
        s = self.stand
        for job in (bulk, back):
            s.job("retry", job)
        s.job("retry", lost, "--unsure")
        # The two windows of the manual, in their order (COS-12, COS-13).
        got = s.run("jobs", "fetch", "--timeout", "30", check=True,
                    lang="ja_JP.UTF-8")
        self.assertEqual(got.stdout.splitlines()[:3], [
            "オンライン資格情報の要求が完了しました。",
            "結果ファイル確認中･･･",
            "オンライン資格確認システムから資格情報を取得しました。"])
        for job in (bulk, back, lost):
            self.assertEqual(s.job("persons", job, "--errors")["total"], 0)
        self.assertEqual(self.show(bulk)["persons"]["answered"], PEOPLE)
        self.assertEqual(self.show(back)["persons"]["answered"], 2)
        # The terminal has our number of them now, and so do we.
        self.assertEqual(s.rows("SELECT reference_number FROM patient WHERE "
                                "chart_number = ?", self.charts[0]),
                         [(self.charts[0],)])
        self.assertEqual(s.job("retry", bulk, status=70)["error"]["code"],
                         "NOT_NOW")
        self.no_open()

    def test_wrong_asks(self):
        """Wrong asks are refused with what is wrong, and leave nothing."""
        s = self.stand
        rows = (
            (("nobody",), "CATEGORY"),
            (("home", "--from", "20261301", "--to", "20261302"), "RANGE"),
            (("home", "--axis", "examination"), "RANGE"),
            (("home", "--from", "20260102", "--to", "20260101"), "RANGE"),
            (("aid", "--month", "202613"), "RANGE"),
            (("home", "--chart", "1"), "ROW"),
            (("insurance",), "ROW"),
            (("registration", "--chart", "1", "--date", "20260101"),
             "RANGE"),
            (("check", "--chart", "1", "--date", "20260230"), "RANGE"),
        )
        for args, code in rows:
            with self.subTest(args=args):
                got = s.job("request", *args, status=70)
                self.assertEqual(got["error"]["code"], code)
        self.no_open()
        for command in ("show", "cancel", "persons", "retry", "fetch"):
            got = s.job(command, "00000000-0000-4000-8000-000000000000",
                        status=70)
            self.assertEqual(got["error"]["code"], "NO_SUCH")

    def test_restart(self):
        """Held, not failed: nothing is written while the terminal restarts,
        and what was cancelled meanwhile never is."""
        s = self.stand
        terminal = dict(bulk_max="20", bulk_poll="1", retry_pause="1",
                        answer_timeout="3", restart=around_now())
        s.write_conf({"terminal": terminal, "api": {"port": "-1"}})
        try:
            job = s.job("request", "home")
            self.assertEqual((job["state"], job["code"]), ("held", "HELD"))
            self.assertEqual(os.listdir(s.path("req")), [])
            s.job("cancel", job["id"], "--staff", "窓口")
            self.assertEqual(s.rows(
                "SELECT action, client, staff FROM audit WHERE subject = ?",
                "job:" + job["id"]), [("job_cancel", "cli:" +
                pwd.getpwuid(os.getuid()).pw_name, "窓口")])
            self.assertEqual(self.states(job["id"]), ["cancelled"])
            self.assertEqual(s.job("cancel", job["id"], status=70)["error"][
                "code"], "NOT_NOW")
        finally:
            terminal["restart"] = "off"
            s.write_conf({"terminal": terminal, "api": {"port": "-1"}})


class Agent(JobCase):
    """The agent turns them, and whoever else does at the same time."""

    def fetchers(self, job, n):
        s = self.stand
        return [s.start(program("shikaku"), "jobs", "fetch", "--config",
                        s.path("shikaku.conf"), "--timeout", "30", job,
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL) for _ in range(n)]

    def test_many_turn_one_job(self):
        s = self.stand
        s.terminal("--processing", "0", "--outage", "0..500")
        s.agent()
        job = self.ask("insurance", "--patients", s.listed(self.charts))
        for proc in self.fetchers(job, 3):
            self.assertEqual(proc.wait(40), 0)
            s.procs.remove(proc)
        done = self.show(job)
        self.assertEqual(done["persons"]["answered"], PEOPLE)
        self.assertEqual(done["findings"]["total"], PEOPLE)

    def test_one_alarm(self):
        """Patient after patient ends in an error: one alarm for the site,
        which ends with the first answer."""
        s = self.stand
        terminal = s.terminal("--status-error", "OQSsiquc01=回線障害")
        s.agent()
        job = self.ask("check", "--chart", ",".join(self.charts[:6]))

        def alarms():
            return [on for on, in s.rows(
                "SELECT data LIKE '%\"on\":true%' FROM event WHERE kind = "
                "'alarm' ORDER BY id")]
        wait_until("the alarm", alarms)
        s.stop(terminal)
        s.terminal()
        good = self.ask("check", "--chart", self.charts[7])
        wait_until("an answer", lambda: self.states(good) == ["done"])
        wait_until("no alarm", lambda: alarms() == [1, 0])
        s.job("cancel", job, status=None)


if __name__ == "__main__":
    unittest.main()
