"""PIN and card data appear in nothing that a full run writes: no output but
what was asked for, no log at any level, no trace, no store, no core."""

import glob
import json
import os
import re
import resource
import signal
import sqlite3
import subprocess
import unittest

from stand import Stand, program, wait_until

# None of them stands anywhere in the sample data, which has 1234 as a symbol.
PIN, WRONG, SPLIT = "7391", "8642", "5967"
PINS = (PIN, WRONG, SPLIT)
# What the cards hold of people, as text and as it travels.
PERSONAL = ("資格", "一郎", "永田町", "19600602", "五郎")
FOREIGN = os.path.join(os.path.dirname(__file__), "foreign.py")

# Numbers that may hold any four digits: identifiers, digests, files, times.
NO_PIN = re.compile(
    rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    rb"|[0-9A-Fa-f]{32,}"
    rb"|SK\d{14}-[0-9a-f]{8}"
    rb"|OQS[a-z]{4}\w*\.(xml|err|zip|tmp)"
    rb"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?"
    rb"|0x[0-9A-F]{8}\b"
    rb"|/tmp/shikaku-\w+")
# Columns of the store that are times, by name.
TIMES = re.compile(r"_at$|^at$")


def spellings(text):
    raw = text.encode()
    hexa = raw.hex()
    spaced = " ".join(hexa[i:i + 2] for i in range(0, len(hexa), 2))
    return (raw, hexa.encode(), hexa.upper().encode(), spaced.encode(),
            spaced.upper().encode())


def pins_in(text):
    """Which PINs stand there; in a longer number they are none.  A digest may
    hold any four digits, but hardly the eight of one in hexadecimal, which
    a dump would."""
    stripped = NO_PIN.sub(b"#", text)
    return [pin for pin in PINS if
            re.search(rb"(?<!\d)" + pin.encode() + rb"(?!\d)", stripped) or
            any(form in text for form in spellings(pin)[1:])]


def unasked(out, is_json):
    """Standard output without what a person is shown on purpose: what the
    terminal answered and whose card it is."""
    if not is_json:
        return re.sub(r"(?m)^  (name|kana): .*$", "", out)
    visit = json.loads(out)
    visit["result"] = None
    visit["identity"]["attributes"] = None
    return json.dumps(visit, ensure_ascii=False)


class Secrets(unittest.TestCase):
    # Card, its arguments, PIN, exit code.
    RUNS = (("p03", (), PIN, 0), ("p03", (), WRONG, 30),
            ("p03", ("--pull-half-at", "8"), PIN, 51),
            ("p03", ("--pull-lost-at", "13"), PIN, 51),
            ("blocked", (), PIN, 31), ("wrong-issuer", (), PIN, 70),
            ("odd-name", (), PIN, 20), ("split-pins", (), PIN, 20),
            ("p05", (), PIN, 0))

    @classmethod
    def setUpClass(cls):
        """Everything once: good, wrong PIN, pulled, blocked, refused,
        unmatched, busy, with every line of every level, traced."""
        cls.stand = stand = Stand(1, {"log": {"level": "debug"}})
        cls.addClassCleanup(stand.close)
        # As long as it is open, the write-ahead log stays.
        cls.db = sqlite3.connect(stand.path("shikaku.db"))
        cls.db.execute("SELECT count(*) FROM visit").fetchone()
        cls.addClassCleanup(cls.db.close)
        cls.said = {}		# by run and stream, whole
        cls.written = {}	# ... without what was asked for
        stand.terminal()
        for i, (name, faults, pin, want) in enumerate(cls.RUNS):
            card = cls.put(name, *faults)
            # A person sees what a program gets, but a card is pulled once
            # and tries are few.
            for is_json in (True, False) if want == 0 else (True,):
                cls.visit("%d %s" % (i, name), pin, want, is_json)
            stand.stop(card)
        cls.busy()
        for args in (("requests",), ("doctor",), ("readers",),
                     ("patients", "list"), ("trust", "list")):
            got = stand.run(*args)
            cls.keep(" ".join(args), got.stdout + got.stderr)
        for name, path in (("trace", stand.path("trace.log")),
                           ("pcscd", stand.path("pcsc", "pcscd.log"))):
            with open(path, encoding="utf-8") as f:
                cls.keep(name, f.read())

    @classmethod
    def put(cls, name, *args):
        text_pin = SPLIT if name == "split-pins" else PIN
        return cls.stand.card(name, *args, "auth_pin=" + PIN,
                              "text_pin=" + text_pin)

    @classmethod
    def keep(cls, key, text, unasked_for=None):
        if key in cls.said:
            raise AssertionError("two things are called " + key)
        cls.said[key] = text.encode()
        cls.written[key] = (text if unasked_for is None else
                            unasked_for).encode()

    @classmethod
    def visit(cls, name, pin, want, is_json):
        trace = "trace:%s:pcsc:Shikaku?Test?Reader?A*00" % cls.stand.path(
            "trace.log")
        got = cls.stand.run("check", "--consent", "all", "--pin-stdin",
                            "--reader", trace,
                            *(("--json",) if is_json else ()),
                            stdin=pin + "\n")
        if got.returncode != want:
            raise AssertionError("%s: %d, not %d\n%s" % (
                name, got.returncode, want, got.stderr))
        name += " JSON" if is_json else " human"
        cls.keep(name + " stdout", got.stdout, unasked(got.stdout, is_json))
        cls.keep(name + " stderr", got.stderr)

    @classmethod
    def busy(cls):
        """Another program has the card, so that PC/SC has to refuse."""
        card = cls.put("p03")
        holder = cls.stand.start(
            "/usr/bin/python3", "-B", FOREIGN, "hold", "Reader A 00",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if holder.stdout.readline() != "held\n":
            raise AssertionError("the other program has no card")
        cls.visit("busy", PIN, 50, True)
        holder.communicate("")
        cls.stand.stop(holder)
        cls.stand.stop(card)

    def test_the_run_wrote_something(self):
        """The search is worth what it searches: every process at every
        level, and each word where it is asked for."""
        self.assertIn(b"00 20 00 80 Lc=4 -> 9000", self.said["trace"])
        self.assertIn(b" info visit: ", self.said["0 p03 JSON stderr"])
        self.assertRegex(self.said["busy JSON stderr"],
                         rb"(?m)^\S+ info pcsc: SCardConnect: 0x8010000B")
        for stream in ("0 p03 JSON stdout", "0 p03 human stdout"):
            self.assertIn("一郎".encode(), self.said[stream])
            self.assertNotEqual(self.said[stream], self.written[stream])

    def test_the_search_finds_a_pin(self):
        for text in ("pin 7391", '{"pin":"7391"}', "a7391b", "PIN=7391.",
                     "37333931", "37 33 39 31", "7391",
                     "00200080043733393100000000000000000000"):
            with self.subTest(text=text):
                self.assertEqual(pins_in(text.encode()), [PIN])
        for text in ("17391", "2026-11-20T10:00:00.7391Z",
                     "0a7391bc-7391-4739-9173-917391739100",
                     "SK20261120007391-00007391", "a7391" * 13,
                     "OQSsiquc01req_202611207391.xml"):
            with self.subTest(text=text):
                self.assertEqual(pins_in(text.encode()), [])

    def test_no_pin_anywhere(self):
        for what, text in self.said.items():
            with self.subTest(what=what):
                self.assertEqual(pins_in(text), [])

    def test_no_card_data_anywhere(self):
        for what, text in self.written.items():
            for word in PERSONAL:
                for form in spellings(word):
                    with self.subTest(what=what, word=word):
                        self.assertNotIn(form, text)

    def values(self):
        """Every value of every table, with its place."""
        for (table,) in self.db.execute("SELECT name FROM sqlite_master "
                                        "WHERE type='table'").fetchall():
            rows = self.db.execute('SELECT * FROM "%s"' % table)
            columns = [c[0] for c in rows.description]
            for row in rows:
                for column, value in zip(columns, row):
                    yield table, column, value

    def test_the_store_has_no_pin(self):
        """Each value alone, as neighbours make longer numbers in the file;
        then the files, which also hold what was deleted."""
        seen = set()
        for table, column, value in self.values():
            seen.add(table)
            if value is None or TIMES.search(column):
                continue
            text = value if isinstance(value, bytes) else str(value).encode()
            with self.subTest(table=table, column=column):
                self.assertEqual(pins_in(text), [])
        self.assertLessEqual({"patient", "visit", "visit_event", "request",
                              "result"}, seen)
        files = glob.glob(self.stand.path("shikaku.db*"))
        self.assertIn(self.stand.path("shikaku.db-wal"), files)
        for path in files:
            with self.subTest(path=path), open(path, "rb") as f:
                self.assertEqual(pins_in(f.read()), [])

    def test_the_store_has_no_certificate(self):
        store = b""
        for name in os.listdir(self.stand.dir):
            if name.startswith("shikaku.db"):
                with open(self.stand.path(name), "rb") as f:
                    store += f.read()
        with open(os.path.join(self.stand.pki, "cards", "p03",
                               "jpki-000a.bin"), "rb") as f:
            der = f.read()
        for at in range(0, len(der) - 32, 32):
            self.assertNotIn(der[at:at + 32], store)
        subject = subprocess.run(
            ["openssl", "x509", "-inform", "DER", "-noout", "-serial",
             "-subject", "-nameopt", "sep_multiline,utf8"], input=der,
            capture_output=True, check=True).stdout.decode()
        serial = re.search(r"serial=([0-9A-F]+)", subject).group(1)
        name = re.search(r"CN *= *(\S+)", subject).group(1)
        for word in (serial, str(int(serial, 16)), name):
            self.assertIsNone(re.search(
                rb"(?<![0-9A-Fa-f])" + word.encode() + rb"(?![0-9A-Fa-f])",
                store))
        self.assertNotIn(bytes.fromhex(serial), store)

    def test_a_crash_while_the_pin_is_entered_leaves_no_core(self):
        stand = self.stand
        self.put("p03")
        proc = subprocess.Popen(
            [program("shikaku"), "check", "--config",
             stand.path("shikaku.conf"), "--consent", "none", "--pin-stdin"],
            env=stand.env, cwd=stand.dir, stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            preexec_fn=lambda: resource.setrlimit(
                resource.RLIMIT_CORE,
                (resource.RLIM_INFINITY, resource.RLIM_INFINITY)))
        said = b""
        while b"tries left" not in said:
            line = proc.stderr.readline()
            self.assertNotEqual(line, b"", said)
            said += line
        with open("/proc/%d/limits" % proc.pid, encoding="ascii") as f:
            core = [line for line in f if line.startswith("Max core")][0]
        self.assertRegex(core, r"Max core file size +0 +0 ")
        (reader,) = self.readers(proc.pid)
        # Not SIGSEGV, which the address sanitizer takes for itself.
        proc.send_signal(signal.SIGABRT)
        proc.stdin.close()
        proc.stderr.close()
        self.assertEqual(proc.wait(), -signal.SIGABRT)
        self.assertEqual([n for n in os.listdir(stand.dir)
                          if n.startswith("core")], [])
        wait_until("the reader process has ended with its parent",
                   lambda: self.has_ended(reader))

    def readers(self, parent):
        out = subprocess.run(["pgrep", "-P", str(parent), "-x",
                              "shikaku-reader"], capture_output=True,
                             text=True, check=False)
        return out.stdout.split()

    def has_ended(self, pid):
        """Where nobody reaps orphans it stays, as a zombie."""
        try:
            with open("/proc/%s/stat" % pid, encoding="ascii") as f:
                return f.read().rpartition(")")[2].split()[0] == "Z"
        except (FileNotFoundError, ProcessLookupError):
            return True


if __name__ == "__main__":
    unittest.main()
