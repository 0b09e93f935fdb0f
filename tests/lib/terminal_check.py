"""A request, byte for byte against spec/oqs-files.md 1.1, 1.2, 2 and 5."""

import re
from collections import namedtuple
from datetime import datetime, timedelta
from xml.parsers import expat

import terminal_text
from terminal_layout import KINDS, Group

Node = namedtuple("Node", "name children text")
Request = namedtuple("Request", "kind header groups nodes")
# What a request is held to: the institution's code; the days it may be of;
# the kinds that are served; whether one person may be asked about for a day
# that is over.
Terms = namedtuple("Terms", "institution days names any_day")

# A request of one day may be read on the next, around midnight.
SLACK = timedelta(minutes=10)


def terms(own, now, names, any_day):
    """now: Japan's time."""
    days = {(now + slack).strftime("%Y%m%d")
            for slack in (-SLACK, timedelta(0), SLACK)}
    return Terms(own, days, names, any_day)


class Violation(Exception):
    """The element ("" for the file as a whole) and the rule it breaks."""

    def __init__(self, element, rule):
        super().__init__(element, rule)
        self.element = element
        self.rule = rule


# 1.2: the form every source writes.
DECLARATION = re.compile(
    rb'<\?xml version="1\.0" encoding="(Shift_JIS|UTF-8)" standalone="no"\?>')
CODEC = {b"Shift_JIS": "cp932", b"UTF-8": "utf-8"}


def is_utf8(raw):
    """UTF-8 of Japanese, three bytes a character, often decodes as CP932."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    wide = [char for char in text if char > "\x7f"]
    return bool(wide) and min(wide) >= "\u0800"


def decode(raw):
    """The text behind the declaration."""
    if not raw:
        raise Violation("", "empty-file")
    if raw.startswith(b"\xef\xbb\xbf"):
        raise Violation("", "bom")
    found = DECLARATION.match(raw)
    if not found:
        raise Violation("", "declaration")
    codec = CODEC[found[1]]
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError:
        raise Violation("", "encoding") from None
    if codec == "cp932":
        if is_utf8(raw):
            raise Violation("", "encoding")
        if terminal_text.encode(text) != raw:
            raise Violation("", "not-canonical")
    return text[found.end():]


class Reader:
    """Builds nodes; refuses what a message never holds."""

    def __init__(self):
        self.root = None
        self.open = []
        self.parser = expat.ParserCreate("UTF-8")
        self.parser.ordered_attributes = True
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.data
        for handler, rule in (("StartDoctypeDeclHandler", "doctype"),
                              ("CommentHandler", "comment"),
                              ("ProcessingInstructionHandler", "instruction"),
                              ("StartCdataSectionHandler", "cdata")):
            setattr(self.parser, handler, self.refuse(rule))

    def refuse(self, rule):
        def handler(*_):
            raise Violation(self.open[-1][0] if self.open else "", rule)
        return handler

    def start(self, name, attributes):
        if attributes:
            raise Violation(name, "attribute")
        self.open.append((name, [], []))

    def data(self, text):
        self.open[-1][2].append(text)

    def end(self, _):
        name, children, text = self.open.pop()
        node = Node(name, children, "".join(text))
        if children and node.text.strip():
            raise Violation(name, "text-in-group")
        if self.open:
            self.open[-1][1].append(node)
        else:
            self.root = node


def parse(text):
    reader = Reader()
    try:
        reader.parser.Parse(text.encode("utf-8"), True)
    except expat.ExpatError:
        raise Violation("", "not-well-formed") from None
    # A bare & is not well-formed and CDATA is refused: this is a reference.
    if "&#" in text:
        raise Violation("", "numeric-reference")
    return reader.root


def shape(length, pattern):
    """Rule: this many characters, of this form."""
    def rule(text, _):
        if len(text) != length:
            return "length"
        return None if re.fullmatch(pattern, text) else "format"
    return rule


def real(form, length):
    def rule(text, _):
        broken = shape(length, "[0-9]+")(text, _)
        if broken:
            return broken
        try:
            # The first era of the registers began in 1868.
            return None if datetime.strptime(text, form).year >= 1868 \
                else "date"
        except ValueError:
            return "date"
    return rule


DATE = real("%Y%m%d", 8)


def today(text, held):
    """2.1: eligibility is asked for the day of the visit."""
    over = held.any_day and text < max(held.days)
    return DATE(text, held) or (None if over or text in held.days else "day")


MONTH = real("%Y%m", 6)


def past(text, held):
    """Nobody is born later, nor has consented."""
    return DATE(text, held) or \
        ("future" if text > max(held.days) else None)


def past_month(text, held):
    return MONTH(text, held) or \
        ("future" if text > max(held.days)[:6] else None)


def line(longest):
    """Rule: text of one line without blanks around it."""
    def rule(text, _):
        if longest and len(text) > longest:
            return "length"
        # A wide space inside is a character like others.
        printable = text.replace("\u3000", " ").isprintable()
        return None if text == text.strip() and printable else "format"
    return rule


def institution(text, held):
    broken = shape(10, "[0-9]+")(text, held)
    return broken or (None if text == held.institution else "institution")


def identifier(text, _):
    if len(text) > 50:
        return "length"
    return None if re.fullmatch("[!-~]+", text) else "format"


def insurer(text, _):
    """5: eight digits, or six behind two spaces; never padded with zeros."""
    broken = shape(8, "  [0-9]{6}|[0-9]{8}")(text, _)
    return broken or ("zero-padded" if text.startswith("00") else None)


def one_of(*codes):
    return lambda text, _: None if text in codes else "code"


RULES = {
    "institution": institution,
    "identifier": identifier,
    "insurer": insurer,
    "date": DATE,
    "day": today,
    "birth": past,
    "past": past,
    "month": MONTH,
    "pastmonth": past_month,
    "branch": shape(2, "0[1-9]|[1-9][0-9]"),      # 5: 00 is invented
    "text": line(0),
    "text20": line(20),
    "text50": line(50),
    "text100": line(100),
    "flag": one_of("0", "1"),
    "care": one_of("1", "2", "3", "4"),
    "remote": one_of("2", "3"),
    "form0to3": one_of("0", "1", "2", "3"),
    "revoked": one_of("TSR", "TKK", "YZK", "SRJ", "SHJ"),
    "form2": one_of("1", "2"),
    "form4": one_of("1", "2", "3", "4"),
    "limit": one_of("01", "02", "03"),
    "limitflag": one_of(*("A%02d" % n for n in range(1, 7)),
                        *("B%02d" % n for n in range(1, 11))),
}


def check_leaf(node, leaf, held):
    if node.children:
        raise Violation(node.name, "element-in-leaf")
    if not node.text:
        if leaf.need:
            raise Violation(node.name, "empty")
        return
    broken = RULES[leaf.rule](node.text, held)
    if broken:
        raise Violation(node.name, broken)
    try:
        node.text.translate(terminal_text.JIS_TO_CP932).encode("cp932")
    except UnicodeEncodeError:
        raise Violation(node.name, "charset") from None


def check_members(parent, members, held):
    """Layout order, nothing unknown, nothing missing."""
    places = {member.name: n for n, member in enumerate(members)}
    last, seen = 0, set()
    for node in parent.children:
        if node.name not in places:
            raise Violation(node.name, "unknown-element")
        place = places[node.name]
        member = members[place]
        many = isinstance(member, Group) and member.many
        if node.name in seen and not many:
            raise Violation(node.name, "repeated")
        if place < last:
            raise Violation(node.name, "order")
        last = place
        seen.add(node.name)
        if isinstance(member, Group):
            check_members(node, member.members, held)
        else:
            check_leaf(node, member, held)
    for member in members:
        if member.need and member.name not in seen:
            raise Violation(member.name, "missing")
    if parent.text.strip():
        raise Violation(parent.name, "text-in-group")


def values(node):
    return {child.name: values(child) if child.children else child.text
            for child in node.children}


def elderly(request, _):
    """2.1: 39 has neither symbol nor branch, and none is invented.  In a
    list no mark of ours stands twice, or the answers could not be told
    apart."""
    marks = set()
    for group in request.groups:
        no_card_parts(group, "InsuredCardSymbol", "InsuredBranchNumber")
        mark = group.get("ArbitraryIdentifier")
        if mark and mark in marks:
            raise Violation("ArbitraryIdentifier", "mark-reused")
        marks.add(mark)


def no_card_parts(group, *names):
    for name in names:
        if group.get("InsurerNumber", "").startswith("39") and \
                group.get(name):
            raise Violation(name, "elderly")


def period(asked, first, last):
    start, end = asked.get(first), asked.get(last)
    if bool(start) != bool(end):
        raise Violation(first if end else last, "missing")
    if start and start > end:
        raise Violation(last, "range")
    return bool(start)


def care(asked, code):
    if asked["MedicalTreatmentFlag"] != code:
        raise Violation("MedicalTreatmentFlag", "code")


def visits(request, _):
    asked = request.groups[0]
    if not period(asked, "ConsentDateFrom", "ConsentDateTo"):
        raise Violation("ConsentDateFrom", "missing")
    care(asked, "2")


def online(request, _):
    """2.4: by consent or by visit day, exactly one of them."""
    asked = request.groups[0]
    if period(asked, "ConsentDateFrom", "ConsentDateTo") == \
            period(asked, "ExaminationDateFrom", "ExaminationDateTo"):
        raise Violation("QualificationConfirmSearchInfo", "one-axis")
    care(asked, "3")


def again(request, suffix):
    """A person who consented is asked about with the care consented to."""
    elderly(request, suffix)
    care(request.groups[0],
         "2" if request.kind.stem == "OQSsihvq01" else "3")


def category(request, suffix):
    """1.1: the name begins with the file category in two digits."""
    asked = request.groups[0]
    no_card_parts(request.header, "InsuranceCardSymbol", "BranchNumber")
    period(asked, "StartDate", "EndDate")
    if int(suffix[:2]) != int(asked["FileCategory"]):
        raise Violation("FileCategory", "name")


EXTRA = {"": lambda *_: None, "elderly": elderly, "visits": visits,
         "online": online, "again": again, "category": category}


class Names:
    """The file names of requests."""

    def __init__(self, kinds=None):
        self.kinds = kinds or KINDS
        self.stem = re.compile("(%s)req_(.*)\\.xml" % "|".join(self.kinds),
                               re.I | re.S)

    def kind(self, name):
        """(kind, suffix) of a request's name, or None for a foreign one."""
        found = self.stem.fullmatch(name)
        return (self.kinds[found[1].lower()], found[2]) if found else None


def check_suffix(kind, suffix, held):
    """1.1: date and serial, 12 or 13 places; category, time, patient."""
    pattern, form = {
        "serial": ("([0-9]{8})[0-9A-Za-z]{4,5}", "%Y%m%d"),
        "viewing": ("0[1-4]([0-9]{10})[0-9A-Za-z]{1,20}", "%y%m%d%H%M"),
    }[kind.suffix]
    found = re.fullmatch(pattern, suffix)
    try:
        made = datetime.strptime(found[1] if found else "", form)
    except ValueError:
        raise Violation("", "name") from None
    if made.strftime("%Y%m%d") not in held.days:
        raise Violation("", "day")


def check(name, raw, held):
    """The request in a file, or Violation; held: Terms."""
    kind, suffix = held.names.kind(name)
    check_suffix(kind, suffix, held)
    root = parse(decode(raw))
    if root.name != "XmlMsg":
        raise Violation(root.name, "root")
    message = Group("XmlMsg", (
        Group("MessageHeader", kind.header, True, False),
        Group("MessageBody", kind.body, True, False)), True, False)
    check_members(root, message.members, held)
    header, body = root.children
    leaves = kind.body and not isinstance(kind.body[0], Group)
    nodes = [body] if leaves else body.children
    request = Request(kind, values(header), [values(n) for n in nodes], nodes)
    EXTRA[kind.extra](request, suffix)
    return request
