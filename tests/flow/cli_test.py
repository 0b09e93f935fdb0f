"""Wrong words, wrong files, wrong settings: each is named with what to do."""

import hashlib
import json
import os
import subprocess
import unittest

from stand import StandCase, program

USAGE, DATA, SETUP, FOREIGN, WAITING = 64, 70, 78, 76, 75


class CommandLine(StandCase):
    readers = 0

    def shikaku(self, *argv, **env):
        return subprocess.run([program("shikaku"), *argv], text=True,
                              env=dict(self.stand.env, **env), check=False,
                              cwd=self.stand.dir, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=30)

    def test_wrong_words(self):
        for argv in ((), ("chek",), ("check", "--jason"), ("results",),
                     ("results", "explain"), ("trust", "add"),
                     ("patients", "import", "a", "b"), ("readers", "x"),
                     ("requests", "--limit"), ("help", "me")):
            with self.subTest(argv=argv):
                got = self.shikaku(*argv)
                self.assertEqual(got.returncode, USAGE, got.stderr)
                self.assertIn("shikaku", got.stderr)
                self.assertEqual(got.stdout, "")

    def test_help_names_every_command(self):
        got = self.shikaku("help")
        self.assertEqual(got.returncode, 0)
        for word in ("check", "card", "readers", "requests", "doctor",
                     "results explain", "patients import", "trust add",
                     "config check"):
            self.assertIn(word, got.stdout)
            self.assertEqual(self.shikaku("help", *word.split()).returncode, 0)

    def test_exit_codes_are_documented(self):
        got = self.shikaku("help", "exit-codes")
        for code in (0, 10, 11, 12, 13, 20, 30, 31, 32, 40, 50, 51, 60, 61,
                     64, 70, 78):
            self.assertRegex(got.stdout, r"(?m)^ *%d  " % code)

    def test_languages(self):
        self.assertIn("資格は有効", self.shikaku(
            "help", "exit-codes", LC_ALL="ja_JP.UTF-8").stdout)
        self.assertNotIn("資格", self.shikaku("help", "exit-codes").stdout)

    def conf(self, text):
        path = self.stand.path("other.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return self.shikaku("config", "check", "--config", path)

    GOOD = ("[institution]\ncode = 1319999999\n[trust]\nmode = test\n"
            "[terminal]\nreq = req\nres = res\n")

    def test_good_configuration(self):
        got = self.conf(self.GOOD)
        self.assertEqual(got.returncode, 0, got.stderr)

    def test_wrong_configurations(self):
        for extra, line, word in (
                ("[reader]\nnmae = x\n", 9, "nmae"),
                ("[raeder]\nname = x\n", 9, "raeder"),
                ("[reader]\ncard_wait = 0\n", 9, "card_wait"),
                ("[reader]\ncard_wait = 601\n", 9, "card_wait"),
                ("[reader]\ncard_wait = 5x\n", 9, "card_wait"),
                ("[reader]\ncard_wait =\n", 9, "card_wait"),
                ("[reader]\nname = a\nname = b\n", 10, "name"),
                ("[pin]\ntext_pin = always\n", 9, "text_pin"),
                ("[trust]\nrevocation = maybe\n", 9, "revocation"),
                ("[terminal]\nencoding = euc-jp\n", 9, "encoding"),
                ("[terminal]\nrestart = 25:00-26:00\n", 9, "restart"),
                ("[terminal]\nrestart = 03:58\n", 9, "restart"),
                ("nonsense\n", 8, "key = value"),
                ("[terminal\n", 8, "key = value"),
                ("[log]\nlevel = %s\n" % ("x" * 600), 9, "")):
            with self.subTest(extra=extra[:30]):
                got = self.conf(self.GOOD + extra)
                self.assertEqual(got.returncode, SETUP, got.stderr)
                self.assertIn("other.conf:%d" % line, got.stderr)
                self.assertIn(word, got.stderr)

    def test_missing_settings(self):
        for gone in ("code", "req", "res"):
            text = "".join(line + "\n" for line in self.GOOD.splitlines()
                           if not line.startswith(gone))
            got = self.conf(text)
            self.assertEqual(got.returncode, SETUP)
            self.assertIn(gone, got.stderr)

    def test_wrong_institution_codes(self):
        for code in ("131999999", "13199999990", "131999999x", ""):
            got = self.conf(self.GOOD.replace("1319999999", code))
            self.assertEqual(got.returncode, SETUP, code)
            self.assertIn("other.conf:2", got.stderr)

    def test_odd_institution_code_is_a_warning(self):
        got = self.conf(self.GOOD.replace("1319999999", "1329999999"))
        self.assertEqual(got.returncode, 0, got.stderr)
        self.assertRegex(got.stderr, r"other\.conf:2: code: warning: ")

    def test_share_that_is_not_mounted(self):
        """As the manuals for Windows write it; said is what to mount."""
        for share, said in ((r"\\10.51.1.2\req" + "\\",
                             "cifs '//10.51.1.2/req'"),
                            (r"\\10.51.1.2\req", "cifs '//10.51.1.2/req'"),
                            (r"\\tsclient\Z" + "\\", "remote desktop")):
            with self.subTest(share=share):
                got = self.conf(self.GOOD.replace("req = req",
                                                  "req = " + share))
                self.assertEqual(got.returncode, SETUP)
                self.assertRegex(got.stderr, r"other\.conf:\d+: req: ")
                self.assertIn(said, got.stderr)

    def test_unusable_folders(self):
        for key, value in (("req", "nowhere"), ("res", "shikaku.conf")):
            got = self.conf(self.GOOD.replace("%s = %s" % (key, key),
                                              "%s = %s" % (key, value)))
            self.assertEqual(got.returncode, SETUP)
            self.assertRegex(got.stderr, r"other\.conf:\d+: %s" % key)

    def test_no_configuration(self):
        got = self.shikaku("config", "check", "--config", "missing.conf")
        self.assertEqual(got.returncode, SETUP)
        self.assertIn("missing.conf", got.stderr)
        got = self.shikaku("config", "check", "--config", ".")
        self.assertEqual(got.returncode, SETUP)

    def test_the_example_is_read_back(self):
        text = self.shikaku("config", "example").stdout
        text = text.replace("\ncode =\n", "\ncode = 1319999999\n").replace(
            "\nreq =\n", "\nreq = req\n").replace("\nres =\n",
                                                   "\nres = res\n")
        with open(self.stand.path("shikaku-example.conf"), "w",
                  encoding="utf-8") as f:
            f.write(text)
        got = self.shikaku("trust", "list", "--config",
                           "shikaku-example.conf", "--json")
        # Read without a fault; its production mode refuses the test roots.
        self.assertNotIn("shikaku-example.conf:", got.stderr)

    def test_json_errors_are_json(self):
        got = self.shikaku("trust", "list", "--config", "missing", "--json")
        error = json.loads(got.stdout)["error"]
        self.assertEqual(error["code"], "NO_CONF")
        self.assertNotEqual(error["next"], "")
        self.assertNotEqual(error["next_en"], "")

    def test_trust_refusals(self):
        for root in ("prod.cer",):
            got = self.stand.run("trust", "add", self.stand.root(root))
            self.assertEqual(got.returncode, SETUP, got.stderr)
        for name, content in (("empty.cer", b""), ("text.cer", b"hello"),
                              ("big.cer", b"\x30" * 20000)):
            with open(self.stand.path(name), "wb") as f:
                f.write(content)
            got = self.stand.run("trust", "add", name)
            self.assertIn(got.returncode, (DATA, SETUP), got.stderr)
        got = self.stand.run("trust", "add", "nowhere.cer")
        self.assertNotEqual(got.returncode, 0)
        self.assertIn("nowhere.cer", got.stderr)

    def test_typed_pin_decides(self):
        with open(self.stand.root("prod.cer"), "rb") as f:
            pin = hashlib.sha256(f.read()).hexdigest()
        wrong = "0" * 64
        got = self.stand.run("trust", "add", self.stand.root("prod.cer"),
                             "--pin", wrong)
        self.assertEqual(got.returncode, SETUP)
        got = self.stand.run("trust", "add", self.stand.root("prod.cer"),
                             "--pin", "xyz")
        self.assertNotEqual(got.returncode, 0)
        got = self.stand.run("trust", "add", self.stand.root("auth-g3.cer"),
                             "--pin", wrong)
        self.assertNotEqual(got.returncode, 0)
        got = self.stand.run("trust", "add", self.stand.root("prod.cer"),
                             "--pin", pin)
        self.assertEqual(got.returncode, 0, got.stderr)

    def test_import_is_all_or_nothing(self):
        before = json.loads(self.stand.run("patients", "list",
                                           "--json").stdout)["patients"]
        path = self.stand.path("bad.csv")
        with open(path, "w", encoding="utf-8") as f:
            f.write("chart_number,name,birthdate\n"
                    "901,資格 一郎,19600602\n902,資格 三郎,19601302\n")
        got = self.stand.run("patients", "import", path)
        self.assertEqual(got.returncode, DATA)
        self.assertIn("line 3", got.stderr)
        after = json.loads(self.stand.run("patients", "list",
                                          "--json").stdout)["patients"]
        self.assertEqual(before, after)

    def test_explain_what_is_not_a_result(self):
        for name, content, want in (
                ("notes.txt", b"x", FOREIGN),
                ("OQSsiquc01res_202611200001.xml", b"", WAITING),
                ("OQSsiquc01res_202611200002.xml", b"<XmlMsg>", WAITING),
                ("OQSsiquc01res_202611200003.xml", b"</XmlMsg>", DATA),
                ("OQSsiquc01res_202611200004.xml",
                 b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
                 b"<XmlMsg>&e;</XmlMsg>", DATA)):
            with self.subTest(name=name):
                path = self.stand.path(name)
                with open(path, "wb") as f:
                    f.write(content)
                got = self.shikaku("results", "explain", path, "--json")
                self.assertEqual(got.returncode, want, got.stdout)
                self.assertNotIn("root:", got.stdout)
                self.assertTrue(os.path.exists(path))

    def test_explain_nothing(self):
        got = self.shikaku("results", "explain", "nowhere.xml")
        self.assertNotEqual(got.returncode, 0)
        self.assertIn("nowhere.xml", got.stderr)


if __name__ == "__main__":
    unittest.main()
