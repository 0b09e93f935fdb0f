#!/usr/bin/python3
"""The official terminal's folders: takes requests from req, judges them,
answers in res and pushes into face.  See README-terminal.md."""

import argparse
import json
import os
import re
import signal
import sys
import time
from collections import namedtuple
from datetime import datetime, timedelta, timezone

import bulk_rows
import terminal_check
import terminal_layout
from terminal_answer import Answers
from terminal_register import ALL_ITEMS, Register, stamp

POLL = 0.02
EXIT_OK, EXIT_VIOLATION, EXIT_USAGE, EXIT_UNFINISHED = range(4)
HERE = os.path.dirname(os.path.abspath(__file__))

# parts: [(path, mode, bytes)], written one after the other, gap ms between
# them; counts: one more for --once; repeat: --duplicate applies.
Job = namedtuple("Job", "due gap parts counts repeat")


# Options

def window(text, separator, length):
    first, second = (int(n) for n in text.split(separator))
    return (first, first + second if length else second)


def between(text):
    return window(text, "..", False)


def restart(text):
    return window(text, ":", True)


def pattern(text):
    try:
        return re.compile(text, re.I)
    except re.error as wrong:
        raise argparse.ArgumentTypeError(str(wrong)) from None


def rule(text):
    regex, value = text.split("=", 1)
    return pattern(regex), value


def push(text):
    person, _, when = text.partition("@")
    return person, int(when or 0)


def folder(text):
    if not os.path.isdir(text):
        raise argparse.ArgumentTypeError("not a folder")
    return text


def revocation(text):
    """PERSON[:REASON][@MS]"""
    who, _, when = text.partition("@")
    person, _, reason = who.partition(":")
    if reason not in ("", "0", "1", "2", "3"):
        raise argparse.ArgumentTypeError("not a reason of OQSCD031")
    return person, reason or "2", int(when or 0)


def numbered(text):
    name, _, stem = text.partition("=")
    number = terminal_layout.WORDS.get(name) or re.sub("^OQS-IF-", "", name)
    if number not in terminal_layout.NUMBERED or number == name or \
            not re.fullmatch("OQS(si|mu)[a-z]{3}0[12]", stem):
        raise argparse.ArgumentTypeError("not OQS-IF-NNN=STEM")
    return number, stem


def code(text):
    if not re.fullmatch("[0-9]{10}", text):
        raise argparse.ArgumentTypeError("not 10 digits")
    return text


def moment(text):
    return datetime.strptime(text, "%Y%m%d%H%M%S")


# Options with a value: name and what argparse is told.
VALUES = (
    ("req", dict(type=folder, required=True)),
    ("res", dict(type=folder, required=True)),
    ("face", dict(type=folder)),
    ("institution", dict(type=code, default="1319999999")),
    ("people", dict(default=os.path.join(HERE, "terminal_people.json"))),
    ("encoding", dict(choices=("utf-8", "cp932"), default="utf-8")),
    ("indent", dict(choices=("none", "lf", "crlf"), default="lf")),
    ("shuffle", dict(type=int)),
    ("delay", dict(type=int, default=0)),
    ("half-write", dict(type=int, default=0)),
    ("err", dict(type=rule, action="append", default=[])),
    ("err-encoding", dict(choices=("utf-8", "cp932"), default="utf-8")),
    ("err-gap", dict(type=int, default=0)),
    ("status-error", dict(type=rule, action="append", default=[])),
    ("unit-error", dict(type=rule, action="append", default=[])),
    ("unit-errors", dict(type=int, default=0)),
    ("revoke", dict(type=revocation, action="append", default=[])),
    ("stem", dict(type=numbered, action="append", default=[])),
    ("invent", dict(type=int, default=0)),
    ("seed", dict(type=int, default=1)),
    ("outage", dict(type=between, action="append", default=[])),
    ("restart-at", dict(type=restart, action="append", default=[])),
    ("no-answer", dict(type=pattern, action="append", default=[])),
    ("face-push", dict(type=push, action="append", default=[])),
    ("processing", dict(type=int, default=1)),
    ("bulk-max", dict(type=int, default=0)),
    ("stay", dict(type=float, default=0.0)),
    ("settle", dict(type=int, default=500)),
    ("temp-seconds", dict(type=float, default=10.0)),
    ("foreign", dict(type=pattern, action="append", default=[])),
    ("now", dict(type=moment)),
    ("ready-file", dict()),
    ("report", dict()),
    ("once", dict(type=int, default=0)),
    ("max-seconds", dict(type=float, default=0.0)),
)
SWITCHES = ("bom", "keep-glyphs", "nec-rows", "bare-invalid",
            "wrong-identifier", "wrong-institution", "duplicate", "zip",
            "require-rename", "unconfirmed", "any-day", "expect-violations")


def parse_options(argv):
    parser = argparse.ArgumentParser(prog="fake_terminal.py",
                                     allow_abbrev=False)
    for name, how in VALUES:
        parser.add_argument("--" + name, **how)
    for name in SWITCHES:
        parser.add_argument("--" + name, action="store_true")
    empty = parser.add_mutually_exclusive_group()
    empty.add_argument("--keep-empty", action="store_true")
    empty.add_argument("--drop-empty", dest="keep_empty",
                       action="store_false")
    options = parser.parse_args(argv)
    if options.bom and options.encoding != "utf-8":
        parser.error("--bom needs --encoding utf-8")
    if options.nec_rows and options.encoding != "cp932":
        parser.error("--nec-rows needs --encoding cp932")
    if options.stem and not options.unconfirmed:
        parser.error("--stem needs --unconfirmed")
    if options.face_push and not options.face:
        parser.error("--face-push needs --face")
    return options


# Parts of the terminal

class Report:
    """Violations as JSON lines: file, element and rule, never a value."""

    def __init__(self, path):
        self.path = path
        self.count = 0
        if path:
            open(path, "a", encoding="utf-8").close()

    def add(self, file, element, broken):
        self.count += 1
        row = json.dumps({"file": file, "element": element, "rule": broken})
        print("violation:", row, file=sys.stderr, flush=True)
        if self.path:
            with open(self.path, "a", encoding="utf-8") as out:
                out.write(row + "\n")


class Inbox:
    """Watches req: what is whole, what is left lying about."""

    def __init__(self, options, report, names):
        self.options = options
        self.report = report
        self.names = names
        self.seen = {}
        self.strangers = {}     # name -> ms when first seen
        self.told = set()

    def look(self, ms):
        """The names of requests.  Everything else is a temporary file that
        must go soon, or somebody else's (--foreign)."""
        requests, strangers = [], []
        for entry in os.scandir(self.options.req):
            is_request = entry.is_file(follow_symlinks=False) and \
                self.names.kind(entry.name)
            (requests if is_request else strangers).append(entry.name)
        self.watch(strangers, ms)
        return sorted(requests)

    def watch(self, names, ms):
        self.strangers = {
            name: self.strangers.get(name, ms) for name in names
            if not any(regex.search(name) for regex in self.options.foreign)}
        self.told &= self.strangers.keys()
        for name, since in self.young().items():
            if ms - since >= self.options.temp_seconds * 1000:
                self.report.add(name, "", "left-behind")
                self.told.add(name)

    def young(self):
        """Strangers that may still go in time."""
        if not self.options.temp_seconds:
            return {}
        return {n: ms for n, ms in self.strangers.items()
                if n not in self.told}

    def whole(self, ms):
        """Requests that read the same twice and are complete, or that did
        not change for --settle: (name, bytes)."""
        names = self.look(ms)
        self.seen = {n: self.seen[n] for n in names if n in self.seen}
        for name in names:
            raw = self.read(name)
            if raw is not None and self.settled(name, raw, ms):
                yield name, raw

    def read(self, name):
        try:
            with open(os.path.join(self.options.req, name), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def settled(self, name, raw, ms):
        before, since = self.seen.get(name, (None, ms))
        if raw != before:
            if before is not None and self.options.require_rename:
                self.report.add(name, "", "changed-in-place")
            self.seen[name] = (raw, ms)
            return False
        return raw.rstrip().endswith(b"</XmlMsg>") or \
            ms - since >= self.options.settle

    def take(self, name):
        """Whoever removes the file has it: the agent may withdraw it."""
        self.seen.pop(name)
        try:
            os.unlink(os.path.join(self.options.req, name))
        except FileNotFoundError:
            return False
        return True


class Outbox:
    """Writes results under their final name, whole or piece by piece."""

    def __init__(self, options):
        self.options = options
        self.jobs = []
        self.written = []
        self.lying = []         # (ms when whole, path)
        self.forgotten = 0
        self.finished = 0

    def put(self, path, raw, due, again=False):
        gap, parts = self.options.half_write, [(path, "wb", raw)]
        if gap:
            third = len(raw) // 3
            parts = [(path, "wb", raw[:third]),
                     (path, "ab", raw[third:2 * third]),
                     (path, "ab", raw[2 * third:])]
        self.jobs.append(Job(due, gap, parts, not again, not again))

    def put_pair(self, path, raw, text, due):
        """A returned request and its .err, in this order (1)."""
        error = os.path.splitext(path)[0] + ".err"
        parts = [(path, "wb", raw),
                 (error, "wb", text.encode(self.options.err_encoding))]
        self.jobs.append(Job(due, self.options.err_gap, parts, True, False))

    def advance(self, ms):
        due = [job for job in self.jobs if job.due <= ms]
        self.jobs = [job for job in self.jobs if job.due > ms]
        for job in sorted(due, key=lambda job: job.due):
            self.write(job, ms)
        if self.options.stay:
            self.forget(ms - self.options.stay * 1000)
        if self.options.duplicate:
            self.repeat(ms)

    def forget(self, since):
        """1: what nobody takes goes after a while, and leaves a mark."""
        old = [row for row in self.lying if row[0] <= since]
        self.lying = [row for row in self.lying if row[0] > since]
        for _, path in old:
            if os.path.exists(path):
                os.unlink(path)
                self.forgotten += 1
                open(os.path.join(os.path.dirname(path),
                                  "DELFILE%04d" % self.forgotten),
                     "wb").close()

    def write(self, job, ms):
        parts = list(job.parts)
        while parts:
            path, mode, raw = parts.pop(0)
            with open(path, mode) as out:
                out.write(raw)
            if parts and job.gap:
                self.jobs.append(job._replace(due=ms + job.gap, parts=parts))
                return
        self.finished += job.counts
        self.lying += [(ms, p) for p in {row[0] for row in job.parts}]
        if job.repeat:
            with open(path, "rb") as whole:
                self.written.append((path, whole.read()))

    def repeat(self, ms):
        """Each consumed result once more."""
        gone = [row for row in self.written if not os.path.exists(row[0])]
        self.written = [row for row in self.written if row not in gone]
        for path, raw in gone:
            self.put(path, raw, ms, again=True)


def within(windows, ms):
    return any(first <= ms < last for first, last in windows)


def answered(base):
    """1: the same base name with req_ replaced by res_."""
    return re.sub("req_", "res_", base, count=1, flags=re.I)


class Terminal:
    def __init__(self, options):
        self.options = options
        self.started = time.monotonic()
        self.base = options.now or \
            datetime.now(timezone(timedelta(hours=9))).replace(tzinfo=None)
        self.report = Report(options.report)
        self.kinds = terminal_check.Names(terminal_layout.kinds_of(
            options.unconfirmed, options.stem))
        self.inbox = Inbox(options, self.report, self.kinds)
        self.outbox = Outbox(options)
        self.answers = Answers(options, Register(
            options.people, self.base,
            bulk_rows.people(options.seed, options.invent)), self.clock)
        self.pushes = list(options.face_push)
        self.revocations = list(options.revoke)
        self.pushed = 0
        self.names = set()
        self.identifiers = set()

    def elapsed(self):
        return (time.monotonic() - self.started) * 1000

    def clock(self):
        """Japan's time, or the one given."""
        return self.base + timedelta(milliseconds=self.elapsed())

    def step(self):
        ms = self.elapsed()
        if within(self.options.restart_at, ms):
            return
        self.revoke(ms)
        self.push_faces(ms)
        for name, raw in list(self.inbox.whole(ms)):
            if self.inbox.take(name):
                self.handle(name, raw, ms)
        self.outbox.advance(ms)

    def handle(self, name, raw, ms):
        base = os.path.splitext(name)[0]
        due = ms + self.options.delay
        back = os.path.join(self.options.res, name)
        try:
            request = self.judge(name, base, raw)
        except terminal_check.Violation as broken:
            self.report.add(name, broken.element, broken.rule)
            text = "電文形式エラー %s %s" % (broken.element, broken.rule)
            self.outbox.put_pair(back, raw, text, due)
            return
        for regex, text in self.options.err:
            if regex.search(name):
                self.outbox.put_pair(back, raw, text, due)
                return
        if any(regex.search(name) for regex in self.options.no_answer):
            self.outbox.finished += 1
            return
        answer_name = answered(base)
        answer = self.answers.answer(
            answer_name, request, within(self.options.outage, ms))
        path = os.path.join(self.options.res,
                            answer_name + "." + answer.extension)
        self.outbox.put(path, answer.raw, due)

    def judge(self, name, base, raw):
        """The single file, then what it must not share with others (1)."""
        answer = answered(base).lower()
        here = {os.path.splitext(n)[0].lower()
                for n in os.listdir(self.options.res)}
        used = name.lower() in self.names
        self.names.add(name.lower())
        if used:
            raise terminal_check.Violation("", "name-reused")
        if answer in here:
            raise terminal_check.Violation("", "result-present")
        request = terminal_check.check(name, raw, terminal_check.terms(
            self.options.institution, self.clock(), self.kinds,
            self.options.any_day))
        identifier = request.header.get("ArbitraryFileIdentifier")
        if identifier in self.identifiers:
            raise terminal_check.Violation("ArbitraryFileIdentifier",
                                           "identifier-reused")
        if identifier:
            self.identifiers.add(identifier)
        if 0 < self.options.bulk_max < len(request.groups):
            raise terminal_check.Violation(request.nodes[0].name, "too-many")
        return request

    def revoke(self, ms):
        """Patients who take back what they consented to."""
        due = [row for row in self.revocations if row[2] <= ms]
        self.revocations = [row for row in self.revocations if row[2] > ms]
        for person, why, _ in due:
            self.answers.register.revoke(person, "123", ALL_ITEMS,
                                         stamp(self.clock()), why)

    def push_faces(self, ms):
        due = [row for row in self.pushes if row[1] <= ms]
        self.pushes = [row for row in self.pushes if row[1] > ms]
        for person, _ in due:
            name = self.face_name()
            raw = self.answers.pushed(person, name)
            self.outbox.put(os.path.join(self.options.face, name + ".xml"),
                            raw, ms)
            if self.options.duplicate:
                again = os.path.join(self.options.face,
                                     self.face_name() + ".xml")
                self.outbox.put(again, raw, ms, again=True)

    def face_name(self):
        """1.1: the code, 20 characters like hex digits, the time."""
        self.pushed += 1
        return "OQSsiquc01res_face_%s%012X%08X_%s" % (
            self.options.institution, os.getpid(), self.pushed,
            stamp(self.clock()))

    def over(self):
        """(done, in time)"""
        options = self.options
        if options.once and self.outbox.finished >= options.once:
            return True, True
        late = 0 < options.max_seconds * 1000 <= self.elapsed()
        return late, not options.once

    def run(self, stop):
        done, in_time = False, True
        while not done and not stop:
            self.step()
            done, in_time = self.over()
            time.sleep(POLL)
        if done and not in_time:
            return EXIT_UNFINISHED
        self.linger()
        return EXIT_OK if bool(self.report.count) == \
            self.options.expect_violations else EXIT_VIOLATION

    def linger(self):
        """What is not a request goes, or gets old enough to be told; nothing
        is taken any more."""
        self.inbox.look(self.elapsed())
        while self.inbox.young():
            time.sleep(POLL)
            self.inbox.look(self.elapsed())


def announce(path):
    """Its pid in a file that is never seen empty."""
    with open(path + ".new", "w", encoding="ascii") as out:
        out.write("%d\n" % os.getpid())
    os.rename(path + ".new", path)


def main(argv):
    options = parse_options(argv)
    terminal = Terminal(options)
    unknown = [row[0] for row in options.face_push + options.revoke
               if row[0] not in terminal.answers.register.people]
    if unknown:
        print("fake_terminal.py: no such person:", *unknown, file=sys.stderr)
        return EXIT_USAGE
    stop = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.append(True))
    if options.ready_file:
        announce(options.ready_file)
    return terminal.run(stop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
