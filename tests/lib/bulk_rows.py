#!/usr/bin/python3
"""Invents people by the thousand: the answer to a list of them (02res), the
clinic's CSV of the same ones, and the register of fake_terminal --invent.

    bulk_rows.py --units 10000 OQSmuhvq02res_202611200001.xml
    bulk_rows.py --units 100000 --encoding cp932 --zip --patients p.csv R.zip

One seed and number give one person, whatever else is asked for; one command
line gives the same bytes.  Nothing is held in memory but the unit at work."""

import argparse
import csv
import os
import random
import sys
import zipfile
from calendar import monthrange
from datetime import datetime, timedelta
from xml.sax.saxutils import escape

import terminal_text

# No name of a person is among these, and none comes of them: a family is
# what a manual calls its samples, a given name its number, digit by digit.
FAMILIES = (("資格", "ｼｶｸ"), ("見本", "ﾐﾎﾝ"), ("照会", "ｼｮｳｶｲ"),
            ("保険", "ﾎｹﾝ"), ("例示", "ﾚｲｼﾞ"), ("模擬", "ﾓｷﾞ"),
            ("架空", "ｶｸｳ"), ("仮名", "ｶﾒｲ"))
DIGITS = (("零", "ﾚｲ"), ("一", "ｲﾁ"), ("二", "ﾆ"), ("三", "ｻﾝ"),
          ("四", "ｼ"), ("五", "ｺﾞ"), ("六", "ﾛｸ"), ("七", "ｼﾁ"),
          ("八", "ﾊﾁ"), ("九", "ｸ"))
ENDS = {"1": ("郎", "ﾛｳ"), "2": ("子", "ｺ")}
LADDER = ("髙", "ﾀｶ")           # shown as a bullet
CARDS = (("06140248", "10"), ("06140248", "葛う10"), ("139980", "見１"),
         ("172010", "123"), ("31130842", "10"))
ELDERLY, AID = "39470000", "12161009"
NAMES = {"06140248": "見本健康保険組合", "139980": "見本国保組合",
         "172010": "見本県国民健康保険", "31130842": "見本共済組合",
         ELDERLY: "見本後期高齢者医療広域連合", AID: "見本福祉事務所"}
ITEMS = ("limit", "disease", "checkup", "drug", "diagnosis", "operation")
FLAGS = (("SpecificHealthCheckupsInfo", "checkup"),
         ("PharmacistsInfo", "drug"), ("DiagnosisInfo", "diagnosis"),
         ("OperationInfo", "operation"))

# In a thousand.
GLYPHS, TWINS, AIDED, OLD, LIMITED = 30, 20, 50, 100, 200
OTHERS = ((940, "1"), (965, "2"), (985, "3"), (1000, "4"))  # OQSCD006
KINDS = ("OQSmuquc", "OQSmuimm", "OQSmutic", "OQSmuhvq", "OQSmuonq")


def dice(seed, number, salt=""):
    return random.Random("%d/%d/%s" % (seed, number, salt))


def given(number, sex):
    parts = [DIGITS[int(digit)] for digit in str(number)] + [ENDS[sex]]
    return tuple("".join(part[n] for part in parts) for n in (0, 1))


def birthdate(rng, old):
    year = rng.randrange(1930, 1951) if old else rng.randrange(1952, 2024)
    month = rng.randrange(1, 13)
    return "%04d%02d%02d" % (year, month,
                             rng.randrange(monthrange(year, month)[1]) + 1)


def insurance(rng, pair, branch, old):
    """The coverage of both of a pair of twins, but for the branch."""
    if old:
        return {"InsuredCardClassification": "01", "InsurerNumber": ELDERLY,
                "InsuredIdentificationNumber": "%08d" % pair,
                "InsuredCardValidDate": "20240801",
                "InsuredPartialContributionRatio": "010",
                "InsurerName": NAMES[ELDERLY]}
    insurer, symbol = rng.choice(CARDS)
    return {"InsuredCardClassification": "01", "InsurerNumber": insurer,
            "InsuredCardSymbol": symbol,
            "InsuredIdentificationNumber": "%07dx%02d" % (pair, pair % 97),
            "InsuredBranchNumber": branch,
            "PersonalFamilyClassification": "1" if branch == "01" else "2",
            "InsuredCardValidDate": "20200401",
            "InsurerName": NAMES[insurer]}


def limit(old):
    return {"LimitApplicationCertificateClassification": "01",
            "LimitApplicationCertificateClassificationFlag":
                "B10" if old else "A03",
            "LimitApplicationCertificateDate": "20260801",
            "LimitApplicationCertificateValidStartDate": "20260801",
            "LimitApplicationCertificateValidEndDate": "20270731"}


def aid(number):
    return {"InsuredCardClassification": "A1", "InsurerNumber": AID,
            "InsuredIdentificationNumber": "%07d" % number,
            "InsuredCardValidDate": "20240101", "InsurerName": NAMES[AID],
            "tickets": [{"own": True, "values": {
                "TicketType": "01", "IssueNumber": "%010d" % number,
                "MedicalTreatmentType": "02", "SelfPayAmount": "0",
                "SingleOrCombinedUse": "02"}}]}


def person(seed, number):
    """As terminal_people.json has them.  Of two neighbours a few are twins:
    born on one day, on one card, told apart by name and branch."""
    pair = number // 2
    both = dice(seed, pair, "pair")
    twins = both.randrange(1000) < TWINS
    rng = dice(seed, number)
    base = both if twins else rng
    old = not twins and rng.randrange(1000) < OLD
    sex = base.choice("12")
    family = base.choice(FAMILIES)
    born = birthdate(base, old)
    branch = "%02d" % (number % 2 + 1) if twins else "01"
    coverage = insurance(base, pair if twins else 500000 + number, branch,
                         old)
    if rng.randrange(1000) < LIMITED:
        coverage["LimitApplicationCertificateRelatedInfo"] = limit(old)
    name, kana = given(number, sex)
    made = {"id": "I%06d" % number, "Name": "%s　%s" % (family[0], name),
            "NameKana": "%s %s" % (family[1], kana), "Sex1": sex,
            "Birthdate": born, "prescription": "2",
            "ReferenceNumber": "R%06d" % number if number % 3 else "",
            "PostNumber": "100-0014",
            "Address": "見本県見本市見本町%d-99-99" % (number % 90 + 1),
            "consents": [{"care": "2" if number % 4 else "3",
                          "days_ago": rng.randrange(7),
                          "items": ITEMS if number % 5 else ITEMS[3:4]}],
            "coverages": [coverage]}
    if rng.randrange(1000) < GLYPHS:
        made["Name"] = LADDER[0] + made["Name"]
        made["NameShown"] = terminal_text.BULLET + made["Name"][1:]
        made["NameKana"] = LADDER[1] + made["NameKana"]
    if not old and rng.randrange(1000) < AIDED:
        made["coverages"].append(aid(number))
    return made


def people(seed, count):
    return (person(seed, number) for number in range(1, count + 1))


# The clinic's list of them

COLUMNS = ("chart_number", "name", "kana", "sex", "birthdate",
           "insurer_number", "insured_card_symbol",
           "insured_identification_number", "insured_branch_number",
           "reference_number")


def chart_number(number):
    return str(100000 + number)


def row(number, one):
    coverage = one["coverages"][0]
    return (chart_number(number), one["Name"], one["NameKana"], one["Sex1"],
            one["Birthdate"], coverage["InsurerNumber"],
            coverage.get("InsuredCardSymbol", ""),
            coverage["InsuredIdentificationNumber"],
            coverage.get("InsuredBranchNumber", ""), one["ReferenceNumber"])


def write_patients(path, seed, count):
    with open(path, "w", encoding="utf-8-sig", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(COLUMNS)
        for number, one in enumerate(people(seed, count), 1):
            rows.writerow(row(number, one))


# The answer

class Units:
    """The units of one answer as text; options as of parse_options."""

    def __init__(self, options):
        self.seed = options.seed
        self.kind = options.kind
        self.errors = options.errors
        self.shuffle = not options.layout_order
        self.glyphs = options.keep_glyphs
        self.now = options.now
        self.rng = None
        self.unit = {"OQSmuquc": self.confirmed, "OQSmuimm": self.linked,
                     "OQSmutic": self.ticketed, "OQSmuhvq": self.consented,
                     "OQSmuonq": self.consented}[options.kind]

    def is_error(self, number):
        """Known without the unit: the header counts them before."""
        return (number * 7919 + self.seed * 104729) % 1000 < self.errors

    def group(self, name, parts):
        if self.shuffle:
            self.mix(parts)
        return "<%s>%s</%s>\n" % (name, "".join(parts), name)

    def mix(self, parts):
        """Another order; like-named neighbours keep theirs."""
        by_name = {}
        for part in parts:
            by_name.setdefault(part[1:part.index(">")], []).append(part)
        names = [part[1:part.index(">")] for part in parts]
        self.rng.shuffle(names)
        queues = {name: iter(queue) for name, queue in by_name.items()}
        parts[:] = [next(queues[name]) for name in names]

    @staticmethod
    def leaves(values):
        return ["<%s>%s</%s>" % (name, escape(value), name)
                for name, value in values if value]

    def text(self, number):
        self.rng = dice(self.seed, number, self.kind)
        one = person(self.seed, number)
        return self.unit(number, one, self.is_error(number))

    def status(self, bad):
        rows = [("ProcessingResultStatus", "2" if bad else "1")]
        if bad:
            rows += [("ProcessingResultCode", "FAKE-STATUS"),
                     ("ProcessingResultMessage", "一時的な障害")]
        return self.leaves(rows)

    def question(self, number, coverage, *more):
        return self.leaves([
            ("InsurerNumber", coverage["InsurerNumber"].rjust(8)),
            ("InsuredCardSymbol", coverage.get("InsuredCardSymbol", "")),
            ("InsuredIdentificationNumber",
             coverage["InsuredIdentificationNumber"]),
            ("InsuredBranchNumber", coverage.get("InsuredBranchNumber", "")),
            *more])

    def record(self, one, coverage, flags, *groups):
        name = one["Name"] if self.glyphs else one.get("NameShown",
                                                       one["Name"])
        own = [(key, value) for key, value in coverage.items()
               if isinstance(value, str) and key != "InsurerNumber"]
        parts = self.leaves([
            ("InsurerNumber", coverage["InsurerNumber"].rjust(8)),
            ("Name", name), ("NameKana", one["NameKana"]),
            ("Sex1", one["Sex1"]), ("Birthdate", one["Birthdate"]),
            ("PostNumber", one["PostNumber"]), ("Address", one["Address"]),
            *own, *flags])
        return self.group("ResultOfQualificationConfirmation",
                          parts + [part for part in groups if part])

    def limited(self, coverage):
        given_to = coverage.get("LimitApplicationCertificateRelatedInfo")
        return self.group("LimitApplicationCertificateRelatedInfo",
                          self.leaves(given_to.items())) if given_to else ""

    def tickets(self, coverage):
        month = self.now.strftime("%Y%m")
        last = monthrange(self.now.year, self.now.month)[1]
        return "".join(self.group("PublicExpenseResultList", [self.group(
            "MedicalTicketInfo", self.leaves([
                *ticket["values"].items(),
                ("MedicalTreatmentMonth", month),
                ("MedicalTicketValidDate", month + "01"),
                ("MedicalTicketExpirationDate", "%s%02d" % (month, last)),
                ("DesignatedMedicalInstitutionFlag", "0")]))])
            for ticket in coverage.get("tickets", ()))

    def confirmed(self, number, one, bad):
        coverage = one["coverages"][0]
        parts = [self.group("QualificationConfirmSearchInfo", self.question(
            number, coverage, ("Birthdate", one["Birthdate"]),
            ("ArbitraryIdentifier", chart_number(number) + "_1")))]
        parts += self.status(bad)
        if not bad:
            draw = self.rng.randrange(1000)
            validity = next(code for up, code in OTHERS if draw < up)
            parts += self.leaves([("QualificationValidity", validity)])
            if validity != "4":
                parts += self.shown(one, validity)
        return self.group("BulkConfirmUnit", parts)

    def shown(self, one, validity):
        flags = [("LimitApplicationCertificateChanged",
                  "01"[self.rng.randrange(10) == 0])]
        coverage = dict(one["coverages"][0])
        if validity == "2":
            coverage.update(InsuredCardExpirationDate="20260331",
                            DisqualificationDate="20260401",
                            ReasonOfLoss="99")
        if validity == "3":
            coverage.update(InsuredIdentificationNumber=coverage[
                "InsuredIdentificationNumber"][::-1],
                            InsuredCardValidDate="20260401")
        return [self.record(one, coverage, flags)] + self.leaves([
            ("ReferenceNumber", one["ReferenceNumber"])])

    def consented(self, number, one, bad):
        if bad:
            return self.group("BulkConfirmUnit", self.status(bad))
        row_of = one["consents"][0]
        when = self.now - timedelta(days=row_of["days_ago"])
        time = when.strftime("%Y%m%d") + "090000"
        until = (when + timedelta(days=60)).strftime("%Y%m%d") + "235959"
        flags = []
        for family, item in FLAGS:
            given_to = item in row_of["items"]
            flags.append((family + "ConsFlg", "1" if given_to else "0"))
            if given_to:
                flags += [(family + "ConsTime", time),
                          (family + "AvailableTime", until)]
        yes = "1" if "limit" in row_of["items"] else "0"
        flags += [("LimitApplicationCertificateRelatedConsFlg", yes),
                  ("LimitApplicationCertificateRelatedConsTime",
                   time if yes == "1" else "")]
        parts = self.status(bad) + self.leaves([("QualificationValidity",
                                                 "1")])
        for coverage in one["coverages"]:
            parts.append(self.record(
                one, coverage, flags, self.tickets(coverage),
                self.limited(coverage) if yes == "1" else ""))
        parts += self.leaves([("ReferenceNumber", one["ReferenceNumber"])] *
                             len(one["coverages"]))
        return self.group("BulkConfirmUnit", parts)

    def ticketed(self, number, one, bad):
        if bad:
            return self.group("BulkConfirmUnit", self.status(bad))
        coverage = aid(number)
        return self.group("BulkConfirmUnit", self.status(bad) + self.leaves([
            ("QualificationValidity", "1")]) + [
                self.record(one, coverage, [], self.tickets(coverage))] +
            self.leaves([("ReferenceNumber", one["ReferenceNumber"])]))

    def linked(self, number, one, bad):
        question = self.leaves([("ReferenceNumber", chart_number(number))])
        return self.group("BulkRegistrationUnit", [self.group(
            "ReferenceNumberRegistrationInfo", question + self.question(
                number, one["coverages"][0]))] + self.status(bad))


ENCODINGS = {"utf-8": ("UTF-8", "0"), "cp932": ("Shift_JIS", "1")}
AT_ONCE = 500           # units of one write


def head(options, bad):
    name, code = ENCODINGS[options.encoding]
    now = options.now.strftime("%Y%m%d%H%M%S")
    rows = [("ProcessExecutionTime", now),
            ("QualificationConfirmationDate", now[:8]
             if options.kind == "OQSmuquc" else ""),
            ("MedicalInstitutionCode", options.institution),
            ("ArbitraryFileIdentifier", options.identifier),
            ("ReceptionNumber", options.reception),
            ("SegmentOfResult", "1"),
            ("NumberOfProcessingResult", str(options.units)),
            ("NumberOfNormalProcessing", str(options.units - bad)),
            ("NumberOfError", str(bad)), ("CharacterCodeIdentifier", code)]
    return ('<?xml version="1.0" encoding="%s" standalone="no"?>\n<XmlMsg>'
            '<MessageHeader>%s</MessageHeader>\n<MessageBody>\n' % (
                name, "".join(Units.leaves(rows))))


def texts(options):
    """The answer, in pieces."""
    units = Units(options)
    numbers = range(1, options.units + 1)
    yield head(options, sum(map(units.is_error, numbers)))
    for at in range(1, options.units + 1, AT_ONCE):
        yield "".join(units.text(number) for number in range(
            at, min(at + AT_ONCE, options.units + 1)))
    yield "</MessageBody></XmlMsg>\n"


def encoded(text, options):
    if options.encoding == "cp932":
        return terminal_text.shown(text)
    return text.encode("utf-8")


def write(options, out):
    for text in texts(options):
        out.write(encoded(text, options))


def write_answer(options, path):
    """XML, or a ZIP that holds one of the same name."""
    with open(path, "wb") as out:
        if not options.zip:
            write(options, out)
            return
        base = os.path.splitext(os.path.basename(path))[0]
        inner = zipfile.ZipInfo(base + ".xml", (1980, 1, 1, 0, 0, 0))
        inner.compress_type = zipfile.ZIP_DEFLATED
        with zipfile.ZipFile(out, "w") as archive, \
                archive.open(inner, "w", force_zip64=True) as file:
            write(options, file)


def parse_options(argv):
    parser = argparse.ArgumentParser(prog="bulk_rows.py", allow_abbrev=False)
    parser.add_argument("--units", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=KINDS, default="OQSmuhvq")
    parser.add_argument("--encoding", choices=ENCODINGS, default="utf-8")
    parser.add_argument("--errors", type=int, default=20,
                        help="units in a thousand")
    parser.add_argument("--zip", action="store_true")
    parser.add_argument("--layout-order", action="store_true")
    parser.add_argument("--keep-glyphs", action="store_true")
    parser.add_argument("--institution", default="1319999999")
    parser.add_argument("--identifier", default="bulk-rows")
    parser.add_argument("--reception", default="20261120120000000_0001")
    parser.add_argument("--now", default=datetime(2026, 11, 20, 12),
                        type=lambda text: datetime.strptime(text,
                                                            "%Y%m%d%H%M%S"))
    parser.add_argument("--patients", help="write the clinic's CSV, too")
    parser.add_argument("answer", nargs="?")
    return parser.parse_args(argv)


def main(argv):
    options = parse_options(argv)
    if options.patients:
        write_patients(options.patients, options.seed, options.units)
    if options.answer:
        write_answer(options, options.answer)


if __name__ == "__main__":
    main(sys.argv[1:])
