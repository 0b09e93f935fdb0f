"""Every kind of request that is written, taken by the fake terminal and
answered: its checks are the judge of each layout."""

import json
import os
import subprocess
import time
import unittest
from datetime import datetime, timedelta, timezone

from stand import INSTITUTION, StandCase, program

JST = timezone(timedelta(hours=9))
# Charts: insured with a certificate, without branch, late elderly.
CHARTS = ("chart=13", "chart=6", "chart=8")


def today(back=0):
    return (datetime.now(JST) - timedelta(days=back)).strftime("%Y%m%d")


def minute(later):
    now = datetime.now(JST)
    return str((now.hour * 60 + now.minute + later) % (24 * 60))


class Kinds(StandCase):
    readers = 0

    def post(self, kind, *keys):
        s = self.stand
        got = subprocess.run(
            [program("post-kind"), s.path("req"), s.path("res"),
             s.path("shikaku.db"), INSTITUTION, kind, *keys],
            text=True, capture_output=True, timeout=60, check=False)
        self.assertEqual(got.returncode, 0, got.stderr)
        return json.loads(got.stdout)

    def answered(self, kind, *keys):
        got = self.post(kind, *keys)
        self.assertEqual((got["err"], got["note"], got["state"]),
                         ("OK", "", "answered"), got)
        self.assertEqual(got["result"]["outcome"], "accepted", got)
        return got["result"]

    def left(self, kind, ending, *keys):
        """The answer lies in res, for whoever takes it; taken here."""
        got = self.post(kind, *keys)
        self.assertEqual((got["err"], got["state"]), ("OK", "written"), got)
        self.assertEqual(got["left"], got["file"].replace("req_", "res_")[:-3]
                         + ending)
        path = self.stand.path("res", got["left"])
        with open(path, "rb") as f:
            raw = f.read()
        os.unlink(path)
        return raw.decode("utf-8", "replace")

    def nothing_out(self, error, kind, *keys):
        before = self.requests()
        got = self.post(kind, *keys)
        self.assertEqual(got["err"], error, got)
        self.assertEqual(got["file"], "")
        self.assertEqual(os.listdir(self.stand.path("req")), [])
        self.assertEqual(self.requests(), before)
        return got["note"]

    def requests(self):
        got = self.stand.run("requests", "--json", check=True)
        return got.stdout.count('"file"')

    # Stems that a specification at hand may give.
    GIVEN = {"029": "OQSmuxhv01", "031": "OQSmuxhv02", "049": "OQSsivpc01",
             "051": "OQSsiact01"}

    def stems(self):
        for number, stem in self.GIVEN.items():
            yield "--stem"
            yield "OQS-IF-%s=%s" % (number, stem)

    def both(self, *keys):
        """One terminal and one encoding after the other."""
        for key, encoding in (("cp932=1", "cp932"), ("cp932=0", "utf-8")):
            if keys and key not in keys:
                continue
            with self.subTest(encoding=encoding):
                term = self.stand.terminal("--encoding", encoding,
                                           "--processing", "0",
                                           "--unconfirmed", *self.stems())
                yield key
                self.stand.stop(term)

    def test_single_kinds(self):
        for key in self.both():
            self.answered("OQSsiquc01", key, "chart=13", "limit=1")
            got = self.post("OQSsiimm01", key, "chart=13")
            self.assertEqual(got["state"], "answered", got)

    def test_lists(self):
        """2.4, all four files of the five kinds."""
        month = today()[:6]
        days = ("from=" + today(28), "to=" + today())
        asked = (
            ("OQSmuquc", (*CHARTS, "class=01", "flag=A03", "mark=13_1")),
            ("OQSmuimm", CHARTS),
            ("OQSmutic", ("axis=month", "from=" + month, "to=" + month)),
            ("OQSmuhvq", ("axis=consent", *days)),
            ("OQSmuonq", ("axis=consent", *days)),
            ("OQSmuonq", ("axis=examination", *days)),
        )
        for key in self.both():
            # Only the first two hold more than digits.
            for stem, keys in asked if key == "cp932=1" else asked[:2]:
                got = self.answered(stem + "01", key, *keys)
                number = got["body"]["ReceptionNumber"]
                self.assertIn(number, self.left(
                    stem + "02", "xml", key, "reception=" + number))

    def test_zipped_list(self):
        self.stand.terminal("--zip", "--processing", "0")
        got = self.answered("OQSmuquc01", *CHARTS)
        self.left("OQSmuquc02", "zip", "reception=" +
                  got["body"]["ReceptionNumber"])

    def test_viewing(self):
        """2.5: names of their own, in the element and of the file."""
        month = today()[:6]
        for key in self.both():
            self.left("TKKsiquc01", "xml", key, "chart=13", "form=2",
                      "care=2")
            self.left("TKKsiquc01", "pdf", key, "chart=13", "form=1",
                      "care=2", "slips=1")
            for form, ending in (("1", "pdf"), ("2", "xml"), ("3", "pdf"),
                                 ("4", "xml")):
                self.left("YZKsiquc01", ending, key, "chart=13",
                          "form=" + form, "care=2", "slips=1", "axis=month",
                          "from=" + month, "to=" + month)

    def test_unconfirmed(self):
        """Off, until the configuration names them."""
        on = "on=OQSsihvq01 OQSsionq01 OQSsiinq01 OQSsiurl01" + "".join(
            " OQS-IF-%s=%s" % row for row in self.GIVEN.items())
        kinds = (("OQSsihvq01", "OQSsihvq01", "chart=13"),
                 ("OQSsionq01", "OQSsionq01", "chart=14"),
                 ("OQSsiinq01", "OQSsiinq01"),
                 ("OQS-IF-049", "OQSsivpc01"), ("OQS-IF-051", "OQSsiact01"))
        for key in self.both("cp932=1"):
            for kind, stem, *keys in kinds:
                got = self.answered(kind, on, key, *keys)
                self.assertEqual(got["file"][:10], stem)
            self.left("OQSsiurl01", "pdf", key, on)
            got = self.answered("OQS-IF-029", on, key, *CHARTS)
            number = got["body"]["ReceptionNumber"]
            self.assertIn(number, self.left("OQS-IF-031", "xml", key, on,
                                            "reception=" + number))
        for kind, _, *keys in kinds:
            self.assertIn("off", self.nothing_out("KIND_OFF", kind, *keys))

    def test_bodies_that_nobody_knows(self):
        for stem in ("OQSsihvd01", "OQSsiupd01"):
            self.assertIn("not known", self.nothing_out(
                "KIND_OFF", stem, "on=" + stem))

    def test_disabled_by_setting(self):
        self.nothing_out("ASK_OFF", "OQSsiquc01", "chart=13", "off=1")

    def test_held_while_the_terminal_restarts(self):
        note = self.nothing_out("HELD", "OQSsiquc01", "chart=13",
                                "restart_from=" + minute(-1),
                                "restart_to=" + minute(2))
        self.assertRegex(note, "not before [0-2][0-9]:[0-5][0-9]$")

    def test_what_cannot_be_asked(self):
        days = ("from=" + today(3), "to=" + today())
        for error, kind, *keys in (
                ("RANGE", "OQSmuhvq01", "axis=examination", *days),
                ("RANGE", "OQSmuhvq01"),
                ("RANGE", "OQSmuonq01", "axis=month", "from=202611",
                 "to=202611"),
                ("RANGE", "OQSmutic01", "axis=consent", *days),
                ("RANGE", "OQSmuhvq01", "axis=consent", "from=" + today(),
                 "to=" + today(1)),
                ("SEQUENCE", "OQSmuquc01"),
                ("SEQUENCE", "OQSsiquc01", "chart=13", "chart=6"),
                ("SEQUENCE", "OQSmuquc02"),
                ("SEQUENCE", "TKKsiquc01", "chart=13", "form=3"),
                ("SEQUENCE", "YZKsiquc01", "chart=13", "form=1",
                 "axis=month", "from=202601", "to=202602"),
                ("NO_INSURANCE", "OQSmuquc01", "chart=13", "chart=51")):
            with self.subTest(kind=kind, keys=keys):
                self.nothing_out(error, kind, *keys)

    def test_taken_back_while_it_can_be(self):
        got = self.post("OQSsiquc01", "chart=13", "withdraw=1")
        self.assertEqual((got["err"], got["state"]), ("OK", "withdrawn"))
        self.assertEqual(os.listdir(self.stand.path("req")), [])

    def test_nobody_takes_it(self):
        """Past its time it is taken back, and may be asked again."""
        got = self.post("OQSsiquc01", "chart=13", "answer_ms=100")
        self.assertEqual((got["err"], got["state"]), ("OK", "withdrawn"))
        self.assertEqual(os.listdir(self.stand.path("req")), [])

    def test_taken_and_not_answered(self):
        """Then it is not taken back; its answer is looked for."""
        self.stand.terminal("--no-answer", "siquc")
        got = self.post("OQSsiquc01", "chart=13", "answer_ms=1500")
        self.assertEqual((got["err"], got["state"]), ("OK", "unanswered"))

    def test_came_back(self):
        self.stand.terminal("--err", "OQSmu=項目エラー")
        got = self.post("OQSmuquc01", *CHARTS)
        self.assertEqual((got["err"], got["state"]), ("OK", "returned"))
        self.assertIn("項目エラー", json.dumps(got["result"],
                                            ensure_ascii=False))
        # A 02req carries no identifier; its name is enough.
        got = self.post("OQSmuquc02", "reception=x")
        self.assertEqual((got["err"], got["state"]), ("OK", "returned"))

    def test_names_are_not_used_twice(self):
        names = set()
        for kind, *keys in (("OQSsiquc01",), ("OQSmuquc01",),
                            ("TKKsiquc01", "form=1", "care=1")) * 2:
            got = self.post(kind, "chart=13", "withdraw=1", *keys)
            names.add(got["file"].split("S")[-1])
        self.assertEqual(len(names), 6)

    def test_what_no_layout_has_is_kept(self):
        """PMH: its groups are not public, its values must not be lost."""
        self.stand.terminal()
        got = self.answered("OQSsiquc01", "chart=00003")
        kept = {row["path"].rsplit("/", 1)[-1]: row["value"]
                for row in got["remainder"]}
        self.assertEqual(kept, {
            "LinkIdentifier": "01", "ProgramName": "見本市医療費助成",
            "BeneficiaryNumber": "0000017", "ValidStartDate": "20260401",
            "Remarks": "受給者証の確認が必要です"})

    def test_consents_to_share_charts(self):
        self.stand.terminal("--unconfirmed")
        got = self.answered("OQSsihvq01", "on=OQSsihvq01", "chart=13")
        shared = {family: [record[family + "ConsFlg"]
                           for record in got["records"]]
                  for family in ("DiagnosisName", "InfectiousInfo",
                                 "AllergyInfo", "ContraindicationInfo",
                                 "TestInfo", "PrescriptionInfo")}
        given = {family for family, flags in shared.items()
                 if set(flags) == {"1"}}
        self.assertEqual(given, {"AllergyInfo", "ContraindicationInfo"})
        for record in got["records"]:
            self.assertRegex(record["AllergyInfoAvailableTime"],
                             "^[0-9]{14}$")
            self.assertNotIn("TestInfoAvailableTime", record)


if __name__ == "__main__":
    unittest.main()
