"""PIN and card data appear in nothing that a full run writes: no log at any
level, no trace, no error text, no core."""

import os
import re
import resource
import signal
import subprocess
import unittest

from stand import PIN, Stand, program, wait_until

WRONG = "8642"
SPLIT = "5678"		# the text PIN of the card split-pins
# What the cards hold of people, as text and as it travels.
PERSONAL = ("資格", "一郎", "永田町", "19600602", "五郎")


def spellings(text):
    raw = text.encode()
    hexa = raw.hex()
    spaced = " ".join(hexa[i:i + 2] for i in range(0, len(hexa), 2))
    return (raw, hexa.encode(), hexa.upper().encode(), spaced.encode(),
            spaced.upper().encode())


def digits_alone(text):
    """A PIN in a longer number (a time, a port) is no PIN."""
    return re.compile(rb"(?<![0-9A-Fa-f-])" + text.encode() +
                      rb"(?![0-9A-Fa-f])")


class Secrets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Everything once: good, wrong PIN, pulled, blocked, refused,
        unmatched, with every line of every level, traced."""
        cls.stand = stand = Stand(1, {"log": {"level": "debug"}})
        cls.addClassCleanup(stand.close)
        cls.written = {}
        trace = "trace:%s:pcsc:%s" % (stand.path("trace.log"),
                                      "Shikaku?Test?Reader?A*00")
        stand.terminal()
        runs = [("p03", (), PIN, 0), ("p03", (), WRONG, 30),
                ("p03", ("--pull-half-at", "8"), PIN, 51),
                ("p03", ("--pull-lost-at", "13"), PIN, 51),
                ("blocked", (), PIN, 31), ("wrong-issuer", (), PIN, 70),
                ("odd-name", (), PIN, 20), ("split-pins", (), PIN, 20),
                ("p05", (), PIN, 0)]
        for i, (name, faults, pin, want) in enumerate(runs):
            card = stand.card(name, *faults)
            for json in (True, False):
                got = stand.run("check", "--consent", "all", "--pin-stdin",
                                "--reader", trace,
                                *(("--json",) if json else ()),
                                stdin=pin + "\n")
                cls.written["run %d stderr" % i] = got.stderr.encode()
                if json and got.returncode != want:
                    raise AssertionError("%s: %d, not %d\n%s" % (
                        name, got.returncode, want, got.stderr))
                if want != 0:
                    cls.written["run %d stdout" % i] = got.stdout.encode()
                    break
            stand.stop(card)
        for args in (("requests",), ("doctor",), ("readers",),
                     ("patients", "list"), ("trust", "list")):
            got = stand.run(*args)
            cls.written[" ".join(args)] = (got.stdout +
                                           got.stderr).encode()
        with open(stand.path("trace.log"), "rb") as f:
            cls.written["trace"] = f.read()
        with open(stand.path("pcsc", "pcscd.log"), "rb") as f:
            cls.written["pcscd"] = f.read()

    def test_the_run_wrote_something(self):
        self.assertIn(b"00 20 00 80 Lc=4 -> 9000", self.written["trace"])
        self.assertIn(b" info visit: ", self.written["run 0 stderr"])

    def test_no_pin_anywhere(self):
        for what, text in self.written.items():
            for pin in (PIN, WRONG, SPLIT):
                with self.subTest(what=what, pin=len(pin)):
                    self.assertIsNone(digits_alone(pin).search(text))
                    for form in spellings(pin)[1:]:
                        self.assertNotIn(form, text)

    def test_no_card_data_anywhere(self):
        for what, text in self.written.items():
            for word in PERSONAL:
                for form in spellings(word):
                    with self.subTest(what=what, word=word):
                        self.assertNotIn(form, text)

    def test_the_store_has_no_pin_and_no_certificate(self):
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
        stand.card("p03")
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
        proc.send_signal(signal.SIGSEGV)
        proc.stdin.close()
        proc.stderr.close()
        self.assertEqual(proc.wait(), -signal.SIGSEGV)
        self.assertEqual([n for n in os.listdir(stand.dir)
                          if n.startswith("core")], [])
        wait_until("the reader process has ended with its parent",
                   lambda: not self.readers())

    def readers(self):
        out = subprocess.run(["pgrep", "-f", "shikaku-reader --fd 3"],
                             capture_output=True, text=True, check=False)
        mine = []
        for pid in out.stdout.split():
            try:
                if os.readlink("/proc/%s/cwd" % pid) == self.stand.dir:
                    mine.append(pid)
            except OSError:
                pass
        return mine


if __name__ == "__main__":
    unittest.main()
