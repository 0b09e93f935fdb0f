"""A support bundle of a full store holds nothing of anybody: every value of
every fixture person, PIN, token, passcode and code is looked for in it."""

import csv
import glob
import json
import os
import re
import shutil
import tarfile
import tempfile
import unicodedata
import unittest

from agent import AgentStand
from stand import INSTITUTION, SRC
from vpcd_test import free_port

PIN, WRONG = "7391", "8642"
CARDS = ("p02", "p03", "p07", "p10", "p13")
FILES = ["README.txt", "versions.txt", "config.txt", "doctor.json",
         "readers.json", "modules.txt", "counts.json", "log.txt"]
STAMP = "2026-11-20T09:00:00.123+09:00 warn visit: "


def leaves(o):
    """Every text and number of a JSON value."""
    if isinstance(o, dict):
        for v in o.values():
            yield from leaves(v)
    elif isinstance(o, list):
        for v in o:
            yield from leaves(v)
    elif not isinstance(o, bool):
        yield str(o)


def hiragana(text):
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c
                   for c in text)


def spellings(text):
    """As it stands, folded, in hiragana, and its parts."""
    folded = unicodedata.normalize("NFKC", text)
    for t in (text, folded, hiragana(folded)):
        yield t
        yield from t.split()


class Support(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.listen = "127.0.0.1:%d" % free_port()
        cls.stand = stand = AgentStand(1, {
            "log": {"level": "debug"}, "devices": {"listen": cls.listen},
            "face": {"folder": "Suzuki Clinic faces"},
            "alias": {"suzuki-reader": "pcsc:Suzuki"}}, csv=cls.register())
        faces = stand.path("Suzuki Clinic faces")
        os.mkdir(faces)
        cls.addClassCleanup(stand.close)
        cls.addClassCleanup(os.unlink, cls.csv)
        stand.terminal()
        for card in CARDS:
            cls.visit(card, PIN)
        cls.visit("p03", WRONG)
        cls.secrets = {INSTITUTION, PIN, WRONG,
                       stand.passcode().replace("-", "")}
        for client in stand.clients.values():
            cls.secrets.add(client.token)
        got = stand.run("clients", "add", "kiosk-9", "--role", "kiosk",
                        "--json", check=True)
        cls.secrets.add(json.loads(got.stdout)["code"])
        agent = stand.agent()
        stand.run("devices", "invite", "suzuki-tablet", check=True)
        stand.stop(agent)
        # What the house calls its own.
        cls.own = {cls.listen, "suzuki-reader", "suzuki-tablet", "kiosk-9",
                   faces}
        cls.people()
        cls.log()
        cls.bundle = stand.path("bundle.tar.gz")
        cls.said = stand.run("support-bundle", "--out", cls.bundle, "--log",
                             stand.path("agent.log"), check=True).stdout
        with tarfile.open(cls.bundle) as tar:
            cls.files = {m.name: tar.extractfile(m).read().decode()
                         for m in tar.getmembers()}
            cls.members = tar.getmembers()

    @classmethod
    def register(cls):
        """The sample register with chart numbers that are like no other."""
        with open(os.path.join(SRC, "tests", "data", "patients.csv"),
                  encoding="utf-8-sig", newline="") as f:
            cls.rows = list(csv.DictReader(f))
        for i, row in enumerate(cls.rows):
            row["chart_number"] = str(774400 + i)
        fd, cls.csv = tempfile.mkstemp(prefix="shikaku-", suffix=".csv")
        with open(fd, "w", encoding="utf-8", newline="") as f:
            out = csv.DictWriter(f, cls.rows[0].keys())
            out.writeheader()
            out.writerows(cls.rows)
        return cls.csv

    @classmethod
    def visit(cls, name, pin):
        card = cls.stand.card(name, "auth_pin=" + PIN, "text_pin=" + PIN)
        cls.stand.check(pin=pin)
        cls.stand.stop(card)

    @classmethod
    def people(cls):
        """What is known of anybody; what is shorter than 4 characters and
        ASCII stands in any text."""
        with open(os.path.join(SRC, "tests", "lib", "terminal_people.json"),
                  encoding="utf-8") as f:
            known = list(leaves(json.load(f)))
        cls.texts = set()
        for value in known + [v for row in cls.rows for v in row.values()]:
            for text in spellings(value):
                if len(text) > 3 or (len(text) > 1 and not text.isascii()):
                    cls.texts.add(text)
        # Words of the interface, not of a person.
        cls.texts -= {"disease", "checkup", "drug", "diagnosis", "operation",
                      "limit", "disease-names", "infections", "allergies",
                      "contraindications", "tests", "prescriptions", "患者"}

    @classmethod
    def log(cls):
        """Behind what the agent wrote: everything, as no agent would."""
        with open(cls.stand.path("agent.log"), "a", encoding="utf-8") as f:
            for text in sorted(cls.texts | cls.secrets):
                f.write("%s%s\n%s\n%sread %s=%s, \"%s\" /srv/%s/x %s/x\n" % (
                    STAMP, text, text, STAMP, text, text, text, text, text))
            for text in sorted(cls.own):
                f.write("%s%s: gone\n%sa device:%s, (%s)\n" % (
                    STAMP, text, STAMP, text, text))

    @staticmethod
    def host_name():
        """None for a name that is a word of the program or of the system,
        which stand in any bundle."""
        name = os.uname().nodename
        paths = glob.glob(os.path.join(SRC, "host", "**", "*.[ch]"),
                          recursive=True)
        paths += glob.glob(os.path.join(SRC, "base", "*.h"))
        words = set(os.uname()) - {name}
        words.update(*(k.split(".") for k in os.uname().release.split("-")))
        for path in paths + ["/etc/os-release"]:
            with open(path, encoding="utf-8") as f:
                words.update(re.findall(r"[\w-]+", f.read()))
        return None if name in words or name.lower() in words else name

    def test_it_is_worth_the_search(self):
        self.assertGreater(len(self.texts), 200)
        with open(self.stand.path("shikaku.db"), "rb") as f:
            store = f.read()
        wal = self.stand.path("shikaku.db-wal")
        if os.path.exists(wal):
            with open(wal, "rb") as f:
                store += f.read()
        for row in self.rows:
            self.assertIn(row["name"].encode(), store)
        counts = json.loads(self.files["counts.json"])
        self.assertEqual(sum(v["visits"] for v in counts["visits"]),
                         len(CARDS) + 1)
        self.assertIn({"kind": "OQSsiquc01", "state": "answered",
                       "outcome": "accepted"},
                      [{k: r[k] for k in ("kind", "state", "outcome")}
                       for r in counts["requests"]])
        self.assertIn("PIN_WRONG", [v["outcome"] for v in counts["visits"]])

    def test_it_holds_nothing_of_anybody(self):
        for name, content in self.files.items():
            for text in self.texts | self.secrets:
                # Four digits may stand in a longer number that is none.
                pattern = re.escape(text)
                if text.isdigit():
                    pattern = r"(?<!\d)%s(?!\d)" % pattern
                self.assertIsNone(re.search(pattern, content),
                                  "%s in %s" % (text, name))
            self.assertNotIn(self.stand.dir, content)
            self.assertNotIn("BEGIN", content)
            if self.host_name() is not None:
                self.assertNotRegex(content, r"(?<![\w-])%s(?![\w-])" %
                                    re.escape(self.host_name()))

    def test_it_does_not_name_the_house(self):
        self.assertIn('"detail": "port %s' % self.listen.rsplit(":", 1)[1],
                      self.files["doctor.json"])
        with open(self.stand.path("agent.log"), encoding="utf-8") as f:
            log = f.read()
        for name in self.own:
            self.assertIn(name, log)
        for name, content in self.files.items():
            for text in self.own | {"Suzuki", "suzuki", "Clinic", "faces"}:
                self.assertNotIn(text, content, name)

    def test_it_helps(self):
        self.assertEqual([m.name for m in self.members], FILES)
        self.assertEqual({m.mode for m in self.members}, {0o600})
        self.assertEqual(os.stat(self.bundle).st_mode & 0o777, 0o600)
        doctor = json.loads(self.files["doctor.json"])
        self.assertEqual(doctor["first"], "card")
        self.assertIn("code = (set)\n", self.files["config.txt"])
        self.assertIn("req = (set, there)\n", self.files["config.txt"])
        self.assertIn("card_wait = 8\n", self.files["config.txt"])
        self.assertRegex(self.files["versions.txt"], r"(?m)^shikaku: \d")
        self.assertIn("Shikaku Test Reader A 00 00",
                      self.files["readers.json"])
        # Lines of the agent's own are still to be understood.
        self.assertRegex(self.files["log.txt"], r"(?m)^20\S+ \w+ \w+: \w+")
        self.assertRegex(self.files["log.txt"],
                         r"\([1-9]\d* lines of other form left out\)")

    def test_it_lists_first(self):
        for name in FILES:
            self.assertRegex(self.said, r"(?m)^ *\d+  %s " % re.escape(name))
        got = self.stand.run("support-bundle", "--list", "--json", check=True)
        listed = json.loads(got.stdout)
        self.assertIsNone(listed["file"])
        self.assertEqual([f["name"] for f in listed["files"]], FILES[:-1])

    def test_it_refuses(self):
        shutil.copy(self.bundle, self.bundle + ".kept")
        for args, code in (((), 64), (("--out", self.bundle), 78),
                           (("--out", self.stand.path("no", "x")), 78),
                           (("--out", self.stand.path("new.tar.gz"),
                             "--log", self.stand.path("none")), 78)):
            got = self.stand.run("support-bundle", *args)
            self.assertEqual(got.returncode, code, got.stderr)
        with open(self.bundle, "rb") as a, open(self.bundle + ".kept",
                                                "rb") as b:
            self.assertEqual(a.read(), b.read())
        self.assertFalse(os.path.exists(self.stand.path("new.tar.gz")))


if __name__ == "__main__":
    unittest.main()
