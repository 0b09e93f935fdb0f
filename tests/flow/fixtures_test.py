"""The people of the manuals: what their pages show, the terminal's register
and the clinic's list must agree on, edge cases included."""

import csv
import json
import os
import re
import sys
import unicodedata
import unittest
from collections import namedtuple

from by_hand import PATIENTS, PEOPLE, SRC

sys.path.insert(0, os.path.join(SRC, "tests", "lib"))
import terminal_text

# As the manuals show them; "" is what they do not show, and "?" an invented
# value for something that is needed to ask.  digits: whether the check digit
# of the insurer's number is right.
Row = namedtuple("Row", "id chart name kana sex born insurer symbol number "
                 "branch digits")

FIXTURES = (
    Row("P01", "0000000001", "こすもす　和子", "ｺｽﾓｽ ｶｽﾞｺ", "", "",
        "172010", "123", "456", "01", False),
    Row("P02", "0000000002", "ききょう　髙子", "ｷｷｮｳ ﾀｶｺ", "2", "19510401",
        "172010", "321", "654", "", False),
    Row("P03", "13", "資格　一郎", "ｼｶｸ ｲﾁﾛｳ", "1", "19600602",
        "139980", "葛う10", "1639960291x001", "01", True),
    Row("P04", "6", "資格　三郎", "", "1", "", "", "", "", "", None),
    Row("P05", "14", "資格　五郎", "ｼｶｸ ｺﾞﾛｳ", "1", "19900101",
        "06140248", "10", "1639960291x005", "01", True),
    Row("P06", "", "資格　一夫", "ｼｶｸ ｶｽﾞｵ", "1", "19701008",
        "06140248", "10", "005", "01", True),
    Row("P07", "", "資格　七夫", "", "1", "19401011",
        "39470000", "", "1000007", "", True),
    Row("P08-3", "", "資格　三夫", "", "1", "19900103", "", "", "", "", None),
    Row("P08-8", "", "資格　八夫", "", "1", "19690104", "", "", "", "", None),
    Row("P08-22", "", "資格　二十二郎", "", "1", "19490222", "", "", "", "",
        None),
    Row("P08-1", "", "資格　一色", "", "2", "19690101", "", "", "", "", None),
    Row("P08-4", "", "資格　訪四子", "", "2", "19640805", "", "", "", "",
        None),
    Row("P09-4", "", "扶助　四郎", "", "1", "19350301", "", "", "", "", None),
    Row("P09-1", "", "扶助　一郎", "", "1", "19691201", "", "", "", "", None),
    Row("P09-7", "", "扶助　七郎", "", "1", "19700725", "", "", "", "", None),
    Row("P09-9", "", "扶助　九郎", "", "1", "19700725", "", "", "", "", None),
    Row("P10", "00021", "扶助　三葉", "ﾌｼﾞｮ ﾐﾂﾊﾞ", "1", "19741201",
        "06140248", "10", "1619931528x009", "01", True),
    Row("P11", "23", "資格　十六郎", "ｼｶｸ ｼﾞｭｳﾛｸﾛｳ", "blank", "19911201",
        "139993", "世人10", "016", "01", False),
    Row("P12", "", "資格　十二郎", "ｼｶｸ ｼﾞｭｳﾆﾛｳ", "1", "19480328",
        "019995", "", "", "", False),
    Row("P13", "4", "生保　患者", "", "1", "19890101", "12130000", "", "", "",
        False),
    Row("P14", "8", "後期高齢　武夫", "ｺｳｷｺｳﾚｲ ﾀｹｵ", "1", "19500515",
        "39130000", "", "00000000", "", True),
    Row("P15", "", "カネコ　吾郎", "", "", "", "", "", "", "", None),
    Row("P16", "", "資格　太郎", "ｼｶｸ ﾀﾛｳ", "1", "",
        "12345678", "1234", "12345678", "02", False),
    Row("P17", "00003", "資格　三", "ｼｶｸ ｻﾝ", "1", "19900105",
        "31130842", "10", "005", "01", True),
    Row("P18", "", "システムテスト　一部", "", "1", "19600602",
        "060001", "葛う10", "001", "01", False),
)

NUMBERS = {"P10": "10005", "P16": "1234567890000001",
           "P18": "A1_1510110016"}
SEX = {"blank": ("3", "")}      # in the register, in the list


def check_digit(number):
    """Weights 2, 1, 2... from the digit left of it; digits are added."""
    total = sum(sum(map(int, str(int(digit) * (2 - place % 2))))
                for place, digit in enumerate(reversed(number[:-1])))
    return (10 - total % 10) % 10 == int(number[-1])


class Fixtures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(PEOPLE, encoding="utf-8") as file:
            cls.people = {p["id"]: p for p in json.load(file)["people"]}
        with open(PATIENTS, encoding="utf-8-sig", newline="") as file:
            cls.rows = {row["name"]: row for row in csv.DictReader(file)}

    def coverages(self, name):
        return self.people[name]["coverages"]

    def test_nobody_else(self):
        """A row of a real person stands in one source: it is in neither."""
        shown = {row.id for row in FIXTURES}
        self.assertEqual(set(self.people), shown)
        self.assertEqual(len(FIXTURES), len(shown))
        self.assertEqual(set(self.rows), {row.name for row in FIXTURES})
        self.assertNotIn("P19", json.dumps(list(self.people)))

    def test_the_register_is_what_the_manuals_show(self):
        for row in FIXTURES:
            one = self.people[row.id]
            with self.subTest(row.id):
                self.assertEqual(one["Name"], row.name)
                if row.kana:
                    self.assertEqual(one["NameKana"], row.kana)
                if row.born:
                    self.assertEqual(one["Birthdate"], row.born)
                if row.sex:
                    self.assertEqual(one["Sex1"], SEX.get(
                        row.sex, (row.sex, ""))[0])
                if row.insurer:
                    self.assertTrue(any(
                        c["InsurerNumber"] == row.insurer and
                        (not row.number or row.number ==
                         c["InsuredIdentificationNumber"]) and
                        (not row.symbol or row.symbol ==
                         c.get("InsuredCardSymbol")) and
                        (not row.branch or row.branch ==
                         c.get("InsuredBranchNumber"))
                        for c in self.coverages(row.id)))

    def test_the_list_is_what_the_manuals_show(self):
        columns = (("kana", "kana"), ("born", "birthdate"),
                   ("insurer", "insurer_number"),
                   ("symbol", "insured_card_symbol"),
                   ("number", "insured_identification_number"),
                   ("branch", "insured_branch_number"))
        for row in FIXTURES:
            known = self.rows[row.name]
            with self.subTest(row.id):
                if row.chart:
                    self.assertEqual(known["chart_number"], row.chart)
                for shown, column in columns:
                    if getattr(row, shown):
                        self.assertEqual(known[column], getattr(row, shown))
                if row.sex:
                    self.assertEqual(known["sex"], SEX.get(
                        row.sex, ("", row.sex))[1])
                self.assertEqual(known["reference_number"],
                                 NUMBERS.get(row.id, ""))

    def test_check_digits(self):
        for row in FIXTURES:
            if row.digits is not None:
                self.assertEqual(check_digit(row.insurer), row.digits, row.id)
        aid = [c["InsurerNumber"] for c in self.coverages("P10")][1]
        self.assertFalse(check_digit(aid))
        for right in ("01130012", "138016", "39131016", "06139463",
                      "01010016", "133033"):
            self.assertTrue(check_digit(right), right)

    def test_eight_and_six_digits(self):
        lengths = {len(c["InsurerNumber"]) for one in self.people.values()
                   for c in one["coverages"]}
        self.assertEqual(lengths, {6, 8})

    def test_unclear_letter_and_ladder(self):
        one = self.people["P02"]
        self.assertIn("髙", one["Name"])
        self.assertEqual(one["NameShown"], one["Name"].replace("髙", "●"))
        self.assertEqual(terminal_text.encode("髙"), b"\xfb\xfc")

    def test_last_week_of_showa_and_first_year_of_reiwa(self):
        self.assertEqual(self.people["P13"]["Birthdate"], "19890101")
        self.assertLess(self.people["P13"]["Birthdate"], "19890108")
        started = self.coverages("P11")[0]["InsuredCardValidDate"]
        self.assertTrue("20190501" <= started <= "20191231")

    def test_open_end(self):
        """9999999 of the receipt computer is a date of the interface."""
        self.assertEqual(self.coverages("P17")[0][
            "InsuredCardExpirationDate"], "99999999")

    def test_symbols_that_are_not_ascii_and_letters_in_numbers(self):
        symbols = {c.get("InsuredCardSymbol", "")
                   for one in self.people.values() for c in one["coverages"]}
        self.assertTrue({"葛う10", "世人10"} <= symbols)
        self.assertRegex(self.coverages("P03")[1][
            "InsuredIdentificationNumber"], "^[0-9]+x[0-9]+$")

    def test_insurance_and_aid_of_one_person(self):
        self.assertEqual([c["InsuredCardClassification"]
                          for c in self.coverages("P10")], ["01", "A1"])
        self.assertEqual(self.coverages("P10")[1][
            "InsuredIdentificationNumber"], "9931521")

    def test_pairs_born_on_one_day(self):
        born = {}
        for one in self.people.values():
            born.setdefault(one["Birthdate"], []).append(one["id"])
        pairs = sorted(sorted(ids) for ids in born.values() if len(ids) > 1)
        self.assertEqual(pairs, [["P03", "P18"], ["P09-7", "P09-9"]])
        first, second = (self.coverages(name)[0]
                         for name in ("P09-7", "P09-9"))
        self.assertEqual(first["InsuredIdentificationNumber"],
                         second["InsuredIdentificationNumber"])
        self.assertNotEqual(first["InsuredBranchNumber"],
                            second["InsuredBranchNumber"])

    def test_not_registered(self):
        self.assertTrue(self.coverages("P13")[0]["unregistered"])
        for name in ("P06", "P07"):
            self.assertNotIn("ReferenceNumber", self.people[name])

    def test_not_insured_yet(self):
        row = self.rows["カネコ　吾郎"]
        self.assertEqual(row["insurer_number"] + row["sex"], "")

    def test_form(self):
        """Half-width kana, a wide space between the names, real dates."""
        for one in self.people.values():
            self.assertRegex(one["Name"], "^[^ ]+　[^ ]+$")
            self.assertTrue(re.fullmatch("[ｦ-ﾟ]+ [ｦ-ﾟ]+", one["NameKana"]))
            self.assertNotEqual(unicodedata.normalize(
                "NFKC", one["NameKana"]), one["NameKana"])


if __name__ == "__main__":
    unittest.main()
