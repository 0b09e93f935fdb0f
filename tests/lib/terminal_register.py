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

ALL_ITEMS = ("limit", "disease", "checkup", "drug", "diagnosis", "operation")

# OQSCD016 and 031
NO, YES, ENDED = "0", "1", "2"
BY_TIME, BY_US, BY_PATIENT, BY_USE = "0123"


class Consent:
    """What a person consented to on one occasion, and how it ended."""

    def __init__(self, person, care, time, examination, items):
        self.person = person
        self.care = care
        self.time = time
        self.day = time[:8]
        self.examination = examination
        self.items = set(items)
        self.until = viewable_until(care, time, examination)
        self.ended = {}         # item -> (time, OQSCD031)

    def end(self, items, time, reason):
        """What had ended before stays as it was."""
        for item in self.items & set(items):
            if self.state(item, time) == YES:
                self.ended[item] = (time, reason)

    def available(self, item):
        return self.ended[item][0] if item in self.ended else self.until

    def state(self, item, now):
        if item not in self.items:
            return NO
        return YES if self.available(item) > now else ENDED

    def reason(self, item):
        return self.ended[item][1] if item in self.ended else BY_TIME


def stamp(moment):
    return moment.strftime("%Y%m%d%H%M%S")


def fold(text):
    """5: symbols and numbers are compared without width and spaces."""
    return unicodedata.normalize("NFKC", text).replace(" ", "")


def number_key(text):
    return fold(text).lstrip("0")


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


def card_key(asked):
    """What a coverage is searched by, without the branch."""
    return (number_key(asked["InsurerNumber"]),
            fold(asked.get("InsuredCardSymbol", "")),
            number_key(asked["InsuredIdentificationNumber"]))


class Register:
    def __init__(self, path, now, invented=()):
        with open(path, encoding="utf-8") as file:
            self.people = {p["id"]: p for p in json.load(file)["people"]}
        self.people.update((p["id"], p) for p in invented)
        self.cards = {}         # card_key -> [(person, coverage)]
        for person in self.people.values():
            for coverage in person["coverages"]:
                self.cards.setdefault(card_key(coverage), []).append(
                    (person, coverage))
        # OQSCD037-039: used, on paper and electronically, when checked
        self.settings = {"VisitingUse": "1", "OnlineUse": "1",
                         "PrescriptionIssueForm": "2", "ConsentTiming": "2"}
        self.activations = []
        self.urls = {}          # OQSCD033 -> how often it was changed
        self.numbers = {p["id"]: p["ReferenceNumber"]
                        for p in self.people.values()
                        if p.get("ReferenceNumber")}
        self.owners = {number: name for name, number in self.numbers.items()}
        self.consents = []
        self.given = {}         # person -> consents
        for person in self.people.values():
            for row in person.get("consents", ()):
                self.give(self.stored(person, row, now))

    def stored(self, person, row, now):
        day = row.get("day") or \
            (now - timedelta(days=row["days_ago"])).strftime("%Y%m%d")
        consent = Consent(person, row["care"], day + "090000",
                          row.get("examination", ""), row["items"])
        if "ended" in row:      # on the day after, the reason of OQSCD031
            after = datetime.strptime(day, "%Y%m%d") + timedelta(days=1)
            consent.end(row["items"], stamp(after), row["ended"])
        return consent

    def face(self, name, time):
        """A card reading: every item consented for 24 hours."""
        consent = Consent(self.people[name], "1", time, "", ALL_ITEMS)
        self.give(consent)
        return consent

    def give(self, consent):
        self.consents.append(consent)
        self.given.setdefault(consent.person["id"], []).append(consent)

    def revoke(self, name, cares, items, time, reason):
        """How many standing consents this ends."""
        standing = [c for c in self.of(name) if c.care in cares and
                    any(c.state(item, time) == YES for item in items)]
        for consent in standing:
            consent.end(items, time, reason)
        return len(standing)

    def of(self, name):
        return self.given.get(name, [])

    def newest(self, name, care):
        """The last consent to this care, standing or not; None without."""
        given = sorted((c for c in self.of(name) if c.care == care),
                       key=lambda c: c.time)
        return given[-1] if given else None

    def hits(self, asked):
        """Coverages that are the one asked for; a name is no key (2.1)."""
        branch = asked.get("InsuredBranchNumber", "")
        return [(person, coverage)
                for person, coverage in self.cards.get(card_key(asked), ())
                if not branch or
                branch == coverage.get("InsuredBranchNumber", "")]

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
        if self.owners.get(number, holder) != holder:
            return "TAKEN"
        self.owners.pop(self.numbers.get(holder), None)
        self.owners[number] = holder
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

    def viewer(self, asked, care, items, now):
        """The one person asked for, if all the items may be seen (2.5)."""
        holders = {person["id"]: person for person, _ in self.hits(asked)}
        if len(holders) != 1:
            return None
        name, person = holders.popitem()
        may = any(all(c.state(item, now) == YES for item in items)
                  for c in self.of(name) if c.care == care)
        return person if may else None
