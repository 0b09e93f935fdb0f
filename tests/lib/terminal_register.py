"""The server side: who is insured how, searched as spec/oqs-files.md 2.1,
2.3 and 3.5 (OQSCD006) say."""

import json
import unicodedata
from calendar import monthrange
from collections import namedtuple
from datetime import datetime, timedelta

VALID, LOST, MOVED, NONE, SEVERAL, UNREGISTERED = "123456"

# coverages: what a result may show, [] for validities 4 and 5.
Finding = namedtuple("Finding", "validity person coverages")
# items: consented; until: "" where nothing expires (4).
Consent = namedtuple("Consent", "person care day time examination items until")

ALL_ITEMS = ("limit", "disease", "checkup", "drug", "diagnosis", "operation")


def stamp(moment):
    return moment.strftime("%Y%m%d%H%M%S")


def fold(text):
    """5: symbols and numbers are compared without width and spaces."""
    return unicodedata.normalize("NFKC", text).replace(" ", "")


def number_key(text):
    return fold(text).lstrip("0")


def fits(coverage, asked):
    """Whether a coverage is the one asked for; a name is no key (2.1)."""
    branch = asked.get("InsuredBranchNumber", "")
    return (number_key(coverage["InsurerNumber"]) ==
            number_key(asked["InsurerNumber"]) and
            fold(coverage.get("InsuredCardSymbol", "")) ==
            fold(asked.get("InsuredCardSymbol", "")) and
            number_key(coverage["InsuredIdentificationNumber"]) ==
            number_key(asked["InsuredIdentificationNumber"]) and
            (not branch or
             branch == coverage.get("InsuredBranchNumber", "")))


def covers(coverage, day):
    return (coverage["InsuredCardValidDate"] <= day <=
            (coverage.get("InsuredCardExpirationDate") or "99999999"))


def month_end(day, later):
    """The last day of the month so many months after day's."""
    months = int(day[:4]) * 12 + int(day[4:6]) - 1 + later
    year, month = months // 12, months % 12 + 1
    return "%04d%02d%02d" % (year, month, monthrange(year, month)[1])


def viewable_until(care, time, examination):
    """24 hours for a visit (4); for home care the end of the third month
    after, as the one sample has it (features.md 1.13)."""
    if care == "2":
        return month_end(time[:8], 3) + "235959"
    start = examination + "000000" if examination else time
    return stamp(datetime.strptime(start, "%Y%m%d%H%M%S") +
                 timedelta(hours=24))


class Register:
    def __init__(self, path, now):
        with open(path, encoding="utf-8") as file:
            self.people = {p["id"]: p for p in json.load(file)["people"]}
        self.numbers = {p["id"]: p["ReferenceNumber"]
                        for p in self.people.values()
                        if p.get("ReferenceNumber")}
        self.consents = [self.stored(p, c, now)
                         for p in self.people.values()
                         for c in p.get("consents", ())]

    def stored(self, person, row, now):
        day = row.get("day") or \
            (now - timedelta(days=row["days_ago"])).strftime("%Y%m%d")
        return self.consented(person, row["care"], day + "090000",
                              row.get("examination", ""), row["items"])

    @staticmethod
    def consented(person, care, time, examination, items):
        return Consent(person, care, time[:8], time, examination,
                       tuple(items), viewable_until(care, time, examination))

    def face(self, name, time):
        """A card reading: every item consented for 24 hours."""
        consent = self.consented(self.people[name], "1", time, "", ALL_ITEMS)
        self.consents.append(consent)
        return consent

    def hits(self, asked):
        return [(person, coverage) for person in self.people.values()
                for coverage in person["coverages"] if fits(coverage, asked)]

    def find(self, asked, day):
        hits = [hit for hit in self.hits(asked)
                if hit[0]["Birthdate"] == asked["Birthdate"]]
        if not hits:
            return Finding(NONE, None, [])
        if len({person["id"] for person, _ in hits}) > 1:
            return Finding(SEVERAL, None, [])
        person = hits[0][0]
        current = [c for c in person["coverages"] if covers(c, day)]
        same = [c for _, c in hits if covers(c, day)]
        if same:
            unregistered = any(c.get("unregistered") for c in same)
            return Finding(UNREGISTERED if unregistered else VALID, person,
                           current)
        if current:
            return Finding(MOVED, person, current)
        return Finding(LOST, person, [hits[-1][1]])

    def register(self, asked, day):
        """2.3: keeps the number with the person, whatever the insurer will
        be; returns what is wrong, or ""."""
        holders = {person["id"] for person, coverage in self.hits(asked)
                   if covers(coverage, day)}
        if len(holders) != 1:
            return "SEVERAL" if holders else "NONE"
        holder = holders.pop()
        number = asked["ReferenceNumber"]
        if any(number == other and holder != owner
               for owner, other in self.numbers.items()):
            return "TAKEN"
        self.numbers[holder] = number
        return ""

    def consenting(self, care, first, last, visits):
        """Those who consented, or have their visit, in a period (2.4)."""
        return [c for c in self.consents if c.care == care and
                first <= (c.examination if visits else c.day) <= last]

    def current(self, person, day):
        """What a card reading finds: the person is known, not searched."""
        asked = dict(person["coverages"][-1], Birthdate=person["Birthdate"])
        return self.find(asked, day)

    def ticket_holders(self, month):
        """Those with a ticket for this institution in a month."""
        return [Finding(VALID, person, [coverage])
                for person in self.people.values()
                for coverage in person["coverages"]
                if covers(coverage, month + "01") and
                any(t["own"] for t in coverage.get("tickets", ()))]

    def viewer(self, asked, care, now):
        """The living consent of the one person asked for, or None (2.5)."""
        holders = {person["id"] for person, _ in self.hits(asked)}
        living = [c for c in self.consents if c.person["id"] in holders and
                  c.care == care and c.until > now]
        return living[-1] if len(holders) == 1 and living else None
