"""Clients and passcodes from the command line: who may talk to the agent is
decided all or nothing, and no secret goes where it was not asked to go."""

import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import tempfile
import unittest

from stand import program

OK, USAGE, DATA, SETUP = 0, 64, 70, 78
CODE = r"[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}"
TOKEN = r"[A-Za-z0-9_-]{43}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+09:00"
CLIENT = {"name", "role", "home", "enrolled", "evidence_key", "reader",
          "created_at", "started_at", "revoked_at"}
PASSCODE = {"id", "state", "length", "issued_by", "issued_at", "expires_at",
            "revoked_at"}


class Access(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="shikaku-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        for name in ("req", "res"):
            os.mkdir(self.path(name))
        with open(self.path("shikaku.conf"), "w", encoding="ascii") as f:
            f.write("[institution]\ncode = 1319999999\n"
                    "[terminal]\nreq = req\nres = res\n"
                    "[store]\nfile = shikaku.db\n[log]\nlevel = debug\n")

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def start(self, *argv, **env):
        env = {**os.environ, "LC_ALL": "C.UTF-8",
               "SHIKAKU_CONF": self.path("shikaku.conf"), **env}
        return subprocess.Popen([program("shikaku"), *argv], cwd=self.dir,
                                env=env, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE,
                                stdin=subprocess.DEVNULL)

    def shikaku(self, *argv, want=OK, **env):
        """Exit code as wanted; returns both outputs."""
        proc = self.start(*argv, **env)
        out, err = proc.communicate(timeout=60)
        self.assertEqual(proc.returncode, want, (argv, out, err))
        return out, err

    def json(self, *argv, want=OK):
        """The one object of one line; an error's code is in it too."""
        out, _ = self.shikaku(*argv, "--json", want=want)
        self.assertEqual(len(out.splitlines()), 1, out)
        got = json.loads(out)
        self.assertEqual("error" in got, want != OK, got)
        return got

    def error(self, *argv, want):
        return self.json(*argv, want=want)["error"]["code"]

    def clients(self):
        return {c["name"]: c for c in self.json("clients", "list")["clients"]}

    def read(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def store(self):
        """Every byte of the store's files."""
        return b"".join(self.read(name) for name in sorted(
            os.listdir(self.dir)) if name.startswith("shikaku.db"))

    def pem(self, name, *how):
        subprocess.run(["openssl", *how, "-out", self.path(name)], check=True,
                       capture_output=True)
        return name

    # -- clients --------------------------------------------------------
    def test_add_prints_a_code(self):
        out, err = self.shikaku("clients", "add", "front", "--role", "kiosk")
        self.assertEqual(err, "")
        code = re.search(r"(?m)^enrolment code: (%s)$" % CODE, out)
        self.assertIsNotNone(code, out)
        self.assertNotIn(code[1].encode(), self.store())
        self.assertNotIn(code[1].replace("-", "").encode(), self.store())
        got = self.clients()["front"]
        self.assertEqual(set(got), CLIENT)
        self.assertEqual((got["role"], got["enrolled"], got["home"],
                          got["evidence_key"], got["started_at"],
                          got["revoked_at"]),
                         ("kiosk", False, False, False, None, None))
        self.assertRegex(got["created_at"], TIME)

    def test_add_as_json(self):
        got = self.json("clients", "add", "tablet", "--role", "kiosk",
                        "--home", "--reader", "ACS ACR1252")
        self.assertEqual(set(got), CLIENT | {"code", "expires_at"})
        self.assertRegex(got["code"], "^%s$" % CODE)
        self.assertRegex(got["expires_at"], TIME)
        self.assertTrue(got["home"])
        self.assertEqual(got["reader"], "pcsc:ACS ACR1252")

    def test_every_role(self):
        for role in ("kiosk", "desk", "medical", "admin", "monitor"):
            self.assertEqual(self.json("clients", "add", "the-" + role,
                                       "--role", role)["role"], role)
        self.assertEqual(len(self.clients()), 5)

    def test_wrong_clients(self):
        for argv in (("Front", "--role", "kiosk"), ("-", "--role", "kiosk"),
                     ("a" * 33, "--role", "kiosk"), ("受付", "--role", "desk"),
                     ("a/b", "--role", "kiosk"), ("", "--role", "kiosk"),
                     ("a", "--role", "root"), ("a", "--role", "Kiosk"),
                     ("a",), ("a", "--role="),
                     ("a", "--role", "desk", "--home"),
                     ("a", "--role", "admin", "--reader", "ACS"),
                     ("a", "--role", "kiosk", "--reader", "A\nB"),
                     ("a", "--role", "kiosk", "--reader", "x" * 600),
                     ("a", "--role", "kiosk", "--reader", "bogus:1"),
                     ("a", "--role", "kiosk", "--reader", "nfc:"),
                     ("a", "--role", "kiosk", "--reader", "pcsc:A@usb="),
                     ("a", "--role", "kiosk", "--reader",
                      "vpcd:0.0.0.0:35963"),
                     ("a", "--role", "kiosk", "--reader", "device:"),
                     ("a", "--role", "kiosk", "--reader", "device:A b"),
                     ("a", "b", "--role", "kiosk"), ("--role", "kiosk"),
                     ("a", "--role", "kiosk", "--token", "x"),
                     ("a", "--role", "kiosk", "--home=yes")):
            with self.subTest(argv=argv):
                self.assertEqual(self.error("clients", "add", *argv,
                                            want=USAGE), "USAGE")
        self.assertEqual(self.clients(), {})

    def test_a_name_is_used_once(self):
        self.shikaku("clients", "add", "a", "--role", "desk")
        self.assertEqual(self.error("clients", "add", "a", "--role", "admin",
                                    want=DATA), "ROW")
        self.shikaku("clients", "revoke", "a")
        self.assertEqual(self.error("clients", "add", "a", "--role", "admin",
                                    want=DATA), "ROW")
        self.assertEqual(self.clients()["a"]["role"], "desk")

    def test_one_of_two_at_once_gets_the_name(self):
        procs = [self.start("clients", "add", "a", "--role", "kiosk",
                            "--token-file", name) for name in ("1", "2")]
        said = [proc.communicate(timeout=60) for proc in procs]
        self.assertEqual(sorted(proc.returncode for proc in procs),
                         [OK, DATA], said)
        self.assertEqual(len([n for n in ("1", "2")
                              if os.path.exists(self.path(n))]), 1)

    def test_code_for_one_that_is_there(self):
        first = self.json("clients", "add", "a", "--role", "desk")["code"]
        second = self.json("clients", "code", "a")["code"]
        self.assertNotEqual(first, second)
        out, _ = self.shikaku("clients", "code", "a", LC_ALL="ja_JP.UTF-8")
        self.assertRegex(out, "登録コード: " + CODE)
        self.assertIn("窓口  未登録", out)

    # -- token files ----------------------------------------------------
    def test_token_goes_to_the_file_alone(self):
        old = os.umask(0)
        try:
            out, err = self.shikaku("clients", "add", "a", "--role", "kiosk",
                                    "--token-file", "a.token")
        finally:
            os.umask(old)
        token = self.read("a.token").decode()
        self.assertRegex(token, r"\A%s\n\Z" % TOKEN)
        mode = os.stat(self.path("a.token")).st_mode
        self.assertEqual(stat.S_IMODE(mode), 0o600)
        self.assertNotIn(token.strip(), out + err)
        self.assertNotIn("enrolment code", out)
        self.assertNotIn(token.strip().encode(), self.store())
        self.assertTrue(self.clients()["a"]["enrolled"])

    def test_new_token(self):
        self.shikaku("clients", "add", "a", "--role", "kiosk")
        self.assertFalse(self.clients()["a"]["enrolled"])
        got = self.json("clients", "token", "a", "--token-file", "1")
        self.assertEqual(set(got), CLIENT | {"token_file"})
        self.shikaku("clients", "token", "a", "--token-file", "2")
        self.assertNotEqual(self.read("1"), self.read("2"))

    def unchanged(self, *argv, want=SETUP):
        """Refused, and the store holds what it held."""
        before = self.token_digests()
        code = self.error(*argv, want=want)
        self.assertEqual(self.token_digests(), before)
        return code

    def token_digests(self):
        db = sqlite3.connect(self.path("shikaku.db"))
        try:
            return db.execute("SELECT name, token FROM client").fetchall()
        finally:
            db.close()

    def test_files_that_are_refused(self):
        self.shikaku("clients", "add", "a", "--role", "kiosk",
                     "--token-file", "there")
        held = self.read("there")
        os.symlink("nowhere", self.path("dangling"))
        os.symlink("there", self.path("link"))
        for name in ("there", "link", "dangling", "req", "missing/token",
                     "/dev/full", "x" * 300):
            with self.subTest(name=name):
                self.assertEqual(self.unchanged(
                    "clients", "token", "a", "--token-file", name),
                    "NEW_FILE")
                self.assertEqual(self.unchanged(
                    "clients", "add", "b", "--role", "kiosk",
                    "--token-file", name), "NEW_FILE")
        self.assertEqual(self.read("there"), held)
        self.assertFalse(os.path.exists(self.path("nowhere")))

    def test_no_token_leaves_no_file(self):
        self.shikaku("clients", "add", "a", "--role", "kiosk")
        self.shikaku("clients", "revoke", "a")
        for name in ("a", "nobody"):
            self.assertEqual(self.unchanged(
                "clients", "token", name, "--token-file", "x"), "NO_CLIENT")
        self.assertEqual(self.unchanged("clients", "add", "B", "--role",
                                        "kiosk", "--token-file", "x",
                                        want=USAGE), "USAGE")
        self.assertFalse(os.path.exists(self.path("x")))
        self.assertEqual(self.unchanged("clients", "token", "a", want=USAGE),
                         "USAGE")

    # -- keys, readers, the end -----------------------------------------
    def test_key_comes_and_goes(self):
        self.shikaku("clients", "add", "a", "--role", "kiosk")
        private = self.pem("private.pem", "genpkey", "-algorithm", "ed25519")
        public = self.pem("public.pem", "pkey", "-in", self.path(private),
                          "-pubout")
        der = self.pem("public.der", "pkey", "-in", self.path(private),
                       "-pubout", "-outform", "DER")
        rsa = self.pem("rsa.pem", "pkey", "-pubout", "-in", self.path(
            self.pem("rsa.key", "genpkey", "-algorithm", "rsa")))
        for name in (public, der):
            self.assertTrue(self.json("clients", "key", "a", "--key",
                                      name)["evidence_key"])
        for name in (private, rsa, "rsa.key", "shikaku.conf"):
            self.assertEqual(self.error("clients", "key", "a", "--key", name,
                                        want=SETUP), "KEY_FILE", name)
        self.assertEqual(self.error("clients", "key", "a", "--key", "missing",
                                    want=SETUP), "NOT_FOUND")
        self.assertEqual(self.error("clients", "key", "a", want=USAGE),
                         "USAGE")
        self.assertTrue(self.clients()["a"]["evidence_key"])
        self.assertFalse(self.json("clients", "key", "a", "--key",
                                   "none")["evidence_key"])

    def test_only_a_kiosk_has_key_and_reader(self):
        self.shikaku("clients", "add", "d", "--role", "desk")
        for argv in (("key", "d", "--key", "none"),
                     ("reader", "d", "--reader", "ACS")):
            self.assertEqual(self.error("clients", *argv, want=USAGE),
                             "USAGE")

    def test_reader_is_changed(self):
        self.shikaku("clients", "add", "a", "--role", "kiosk")
        for given, kept in (("ACS", "pcsc:ACS"), ("vpcd:127.0.0.1:1",
                                                  "vpcd:127.0.0.1:1")):
            self.assertEqual(self.json("clients", "reader", "a", "--reader",
                                       given)["reader"], kept)
        for wrong in ((), ("--reader", "bogus:1"), ("--reader", "nfc:")):
            self.assertEqual(self.error("clients", "reader", "a", *wrong,
                                        want=USAGE), "USAGE")
        _, err = self.shikaku("clients", "reader", "a", "--reader",
                              "device:nowhere")
        self.assertIn("nowhere", err)

    def test_revoked_is_over(self):
        self.shikaku("clients", "add", "a", "--role", "kiosk",
                     "--token-file", "t")
        got = self.json("clients", "revoke", "a")
        self.assertFalse(got["enrolled"])
        self.assertRegex(got["revoked_at"], TIME)
        # Again is no mistake, and not later.
        self.assertEqual(self.json("clients", "revoke", "a"), got)
        out, _ = self.shikaku("clients", "list", LC_ALL="ja_JP.UTF-8")
        self.assertIn("取消済", out)
        for argv in (("code", "a"), ("reader", "a", "--reader", "ACS"),
                     ("key", "a", "--key", "none")):
            self.assertEqual(self.error("clients", *argv, want=SETUP),
                             "NO_CLIENT")

    def test_nobody_of_that_name(self):
        for argv in (("clients", "code", "x"), ("clients", "revoke", "x"),
                     ("clients", "reader", "x", "--reader", "ACS"),
                     ("clients", "key", "x", "--key", "none"),
                     ("passcodes", "unlock", "x")):
            self.assertEqual(self.error(*argv, want=SETUP), "NO_CLIENT")
            _, err = self.shikaku(*argv, want=SETUP, LC_ALL="ja_JP.UTF-8")
            self.assertIn("登録されていません (x)", err)

    # -- passcodes ------------------------------------------------------
    def test_passcode_is_shown_once(self):
        out, err = self.shikaku("passcodes", "issue")
        digits = re.search(r"(?m)^passcode: (\d{8})$", out)[1]
        self.assertEqual(err, "")
        row, = self.json("passcodes", "list")["passcodes"]
        self.assertEqual(set(row), PASSCODE)
        self.assertEqual((row["state"], row["length"], row["revoked_at"]),
                         ("valid", 8, None))
        self.assertRegex(row["id"], "^[0-9a-f]{16}$")
        self.assertTrue(row["issued_by"].startswith("cli:"))
        out, err = self.shikaku("passcodes", "list")
        self.assertIn(row["id"], out)
        self.assertNotIn(digits, out.replace(row["id"], "") + err)
        self.assertNotIn(b":" + digits.encode(), self.store())

    def test_length_and_days(self):
        for length, days in ((6, 1), (12, 366)):
            got = self.json("passcodes", "issue", "--length", str(length),
                            "--days", str(days))
            self.assertEqual(set(got), {"passcode", "row"})
            self.assertRegex(got["passcode"], r"^\d{%d}$" % length)
            self.assertEqual(set(got["row"]), PASSCODE)
            self.assertEqual(got["row"]["length"], length)
        for argv in (("--length", "5"), ("--length", "13"), ("--length", "8x"),
                     ("--length", "+8"), ("--length", " 8"), ("--length", ""),
                     ("--length", "-8"), ("--length", "4294967304"),
                     ("--length", "99999999999999999999"), ("--days", "0"),
                     ("--days", "367"), ("--days", "1.5"), ("--days", "x"),
                     ("12345678",)):
            with self.subTest(argv=argv):
                self.assertEqual(self.error("passcodes", "issue", *argv,
                                            want=USAGE), "USAGE")
        self.assertEqual(len(self.json("passcodes", "list")["passcodes"]), 2)

    def test_revoking_a_passcode(self):
        ident = self.json("passcodes", "issue")["row"]["id"]
        got = self.json("passcodes", "revoke", ident)
        self.assertEqual(set(got), PASSCODE)
        self.assertEqual((got["id"], got["state"]), (ident, "revoked"))
        self.assertEqual(self.json("passcodes", "revoke", ident), got)
        for wrong in ("0" * 16, "x", ident.upper() + "0", ident[:-1]):
            self.assertEqual(self.error("passcodes", "revoke", wrong,
                                        want=DATA), "NO_SUCH")
        out, _ = self.shikaku("passcodes", "list", LC_ALL="ja_JP.UTF-8")
        self.assertIn("取消済", out)

    def test_unlocking(self):
        self.shikaku("clients", "add", "a", "--role", "kiosk")
        db = sqlite3.connect(self.path("shikaku.db"))
        self.addCleanup(db.close)
        db.execute("INSERT INTO lockout VALUES ('a', 5, 99999999999999)")
        db.commit()
        self.assertEqual(self.json("passcodes", "unlock", "a"),
                         {"name": "a", "locked_until": None})
        self.assertEqual(db.execute("SELECT * FROM lockout").fetchall(),
                         [("a", 0, 0)])


if __name__ == "__main__":
    unittest.main()
