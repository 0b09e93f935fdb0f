"""The fake terminal and requests made by hand, for its tests."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree as etree

SRC = os.environ.get("SHIKAKU_SRC") or os.path.dirname(os.path.dirname(
    os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(SRC, "tests", "lib", "fake_terminal.py")
PATIENTS = os.path.join(SRC, "tests", "data", "patients.csv")
PEOPLE = os.path.join(SRC, "tests", "lib", "terminal_people.json")
CODE = "1319999999"
DAY, BEFORE, AFTER = "20261120", "20261119", "20261121"
NOON = "120000"
LIMIT = 15.0        # seconds until a wait is given up as failed

HEAD = '<?xml version="1.0" encoding="%s" standalone="no"?>\n'
CODEC = {"UTF-8": "utf-8", "Shift_JIS": "cp932"}


# Requests by hand

def element(name, value):
    return "<%s>%s</%s>" % (name, value, name)


def message(header, body, encoding="UTF-8"):
    text = HEAD % encoding + element(
        "XmlMsg", element("MessageHeader", header) +
        element("MessageBody", body))
    # Python writes the NEC row's code of 髙, Windows IBM's.
    return text.encode(CODEC[encoding]).replace(b"\xee\xe0", b"\xfb\xfc")


def elements(rows):
    return "".join(element(*row) for row in rows if row[1] is not None)


def insurance(insurer, symbol, number, branch):
    return elements((("InsurerNumber", insurer.rjust(8)),
                     ("InsuredCardSymbol", symbol or None),
                     ("InsuredIdentificationNumber", number),
                     ("InsuredBranchNumber", branch or None)))


def header(identifier, day=None):
    return elements((("QualificationConfirmationDate", day),
                     ("MedicalInstitutionCode", CODE),
                     ("ArbitraryFileIdentifier", identifier)))


P02 = ("172010", "321", "654", ""), "19510401"
P03 = ("139980", "葛う10", "1639960291x001", "01"), "19600602"
P03_OLD = ("133033", "過１", "310", "01"), "19600602"
P05 = ("06140248", "10", "1639960291x005", "01"), "19900101"
P06 = ("06140248", "10", "005", "01"), "19701008"
P09 = ("06140248", "10", "1619931528x079", ""), "19700725"
P09_9 = ("06140248", "10", "1619931528x079", "02"), "19700725"
P10 = ("06140248", "10", "1619931528x009", "01"), "19741201"
P12 = ("019995", "十二", "012", "01"), "19480328"
P18 = ("060001", "葛う10", "001", "01"), "19600602"


def siquc(identifier, person=P03, flag="0", day=DAY, encoding="UTF-8"):
    who, birth = person
    return message(header(identifier, day), element(
        "QualificationConfirmSearchInfo", insurance(*who) +
        element("Birthdate", birth) +
        element("LimitApplicationCertificateRelatedConsFlg", flag) +
        element("ArbitraryIdentifier", "1_1")), encoding)


def registration(number, person):
    return element("ReferenceNumberRegistrationInfo",
                   element("ReferenceNumber", number) + insurance(*person[0]))


def siimm(identifier, number, person=P03):
    return message(header(identifier), registration(number, person))


def fetch(number):
    return message(element("MedicalInstitutionCode", CODE),
                   element("ReceptionNumber", number))


def listing(identifier, *rows):
    return message(header(identifier), element(
        "QualificationConfirmSearchInfo", elements(rows)))


def viewing(identifier, person, *rows):
    insurer, symbol, number, branch = person[0]
    return message(elements((
        ("MedicalInstitutionCode", CODE),
        ("InsurerNumber", insurer.rjust(8)),
        ("InsuranceCardSymbol", symbol),
        ("InsuredPersonIdentificationNumber", number),
        ("BranchNumber", branch),
        ("ArbitraryFileIdentifier", identifier))), elements(rows))


def name(serial, stem="OQSsiquc01req", day=DAY):
    return "%s_%s%04d.xml" % (stem, day, serial)


def result(serial, stem="OQSsiquc01res"):
    return name(serial, stem)


# The terminal under test

def until(look, what):
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        found = look()
        if found is not None:
            return found
        time.sleep(0.005)
    raise AssertionError("not seen in time: " + what)


def content(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


class Fake:
    def __init__(self, *options, prepare=None):
        self.top = tempfile.mkdtemp(prefix="fake-terminal-")
        for folder in ("req", "res", "face"):
            os.mkdir(os.path.join(self.top, folder))
        if prepare:
            prepare(self)
        self.started = time.time()
        self.process = subprocess.Popen(
            [sys.executable, "-B", PROGRAM, "--req", self.at("req"),
             "--res", self.at("res"), "--face", self.at("face"),
             "--ready-file", self.at("ready"), "--report", self.at("report"),
             "--settle", "150", "--max-seconds", "60", "--now", DAY + NOON] +
            [str(option) for option in options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)
        until(lambda: content(self.at("ready")) or self.died(), "ready")

    def died(self):
        if self.process.poll() is not None:
            raise AssertionError(self.process.communicate()[1].decode())

    def at(self, *parts):
        return os.path.join(self.top, *parts)

    def drop(self, file, raw):
        with open(self.at("req", file + ".new"), "wb") as out:
            out.write(raw)
        os.rename(self.at("req", file + ".new"), self.at("req", file))

    def whole(self, file, end=b"</XmlMsg>"):
        """A result when it is there to the end."""
        def look():
            self.died()
            raw = content(self.at("res", file))
            return raw if raw and raw.rstrip().endswith(end) else None
        return until(look, file)

    def ask(self, file, raw, end=b"</XmlMsg>", extension=".xml"):
        self.drop(file, raw)
        answer = file.replace("req_", "res_").replace(".xml", extension)
        return self.whole(answer, end)

    def tree(self, file, raw):
        return read(self.ask(file, raw))

    def rows(self):
        return [json.loads(line) for line in
                content(self.at("report")).decode().splitlines()]

    def stop(self):
        """(exit status, what it said)"""
        if self.process.poll() is None:
            self.process.terminate()
        said = self.process.communicate(timeout=LIMIT)[1].decode()
        shutil.rmtree(self.top, ignore_errors=True)
        return self.process.returncode, said


def read(raw):
    """xml.etree does not know Shift_JIS: decoded here, by declaration."""
    head, _, body = raw.partition(b"?>")
    codec = "cp932" if b'"Shift_JIS"' in head else "utf-8"
    return etree.fromstring(body.decode(codec))


def text(tree, tag):
    found = tree.find(".//" + tag)
    return None if found is None else found.text


class Case(unittest.TestCase):
    def fake(self, *options, **more):
        fake = Fake(*options, **more)
        self.addCleanup(fake.stop)
        return fake

    def clean(self, fake):
        """It ends well: no violation in the whole run."""
        rows = fake.rows()
        self.assertEqual((rows, fake.stop()[0]), ([], 0))
