"""The fake card is judged by programs that are not ours: OpenSC and openssl."""

import os
import shutil
import subprocess
import unittest

from stand import StandCase

MODULE = None
for place in ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
              "/usr/lib"):
    if os.path.exists(os.path.join(place, "opensc-pkcs11.so")):
        MODULE = os.path.join(place, "opensc-pkcs11.so")


@unittest.skipUnless(MODULE and shutil.which("pkcs15-tool"),
                     "skipped, because opensc is not installed")
class OpenSC(StandCase):
    def tool(self, *argv):
        return subprocess.run(argv, env=dict(self.stand.env,
                                             OPENSC_DRIVER="jpki"),
                              cwd=self.stand.dir, capture_output=True,
                              check=False, timeout=60)

    def read_certificate(self):
        got = self.tool("pkcs15-tool", "-r", "0", "--read-certificate", "1")
        self.assertEqual(got.returncode, 0, got.stderr)
        with open(self.stand.path("auth.pem"), "wb") as f:
            f.write(got.stdout)

    def test_recognised(self):
        self.stand.card("p03", "first_6f00=0")
        got = self.tool("opensc-tool", "-r", "0", "-n")
        self.assertIn(b"jpki", got.stdout.lower() + got.stderr.lower())

    def test_certificate_is_the_one_put_in(self):
        self.stand.card("p03", "first_6f00=0")
        self.read_certificate()
        der = subprocess.run(["openssl", "x509", "-in",
                              self.stand.path("auth.pem"), "-outform", "DER"],
                             capture_output=True, check=True).stdout
        with open(os.path.join(self.stand.pki, "cards", "p03",
                               "jpki-000a.bin"), "rb") as f:
            self.assertEqual(der, f.read(len(der)))
        self.assertEqual(len(der), 1600)

    def sign(self, pin, data=b"checked by openssl"):
        with open(self.stand.path("data"), "wb") as f:
            f.write(data)
        return self.tool("pkcs11-tool", "--module", MODULE, "--slot-index",
                         "0", "--login", "--pin", pin, "--sign", "-m",
                         "SHA256-RSA-PKCS", "--id", "01", "-i", "data", "-o",
                         "sig")

    def test_login_and_sign_verified_by_openssl(self):
        self.stand.card("p03", "first_6f00=0")
        self.read_certificate()
        got = self.sign("1234")
        self.assertEqual(got.returncode, 0, got.stderr)
        key = subprocess.run(["openssl", "x509", "-in", "auth.pem", "-pubkey",
                              "-noout"], cwd=self.stand.dir, check=True,
                             capture_output=True).stdout
        with open(self.stand.path("key.pem"), "wb") as f:
            f.write(key)
        argv = ["openssl", "dgst", "-sha256", "-verify", "key.pem",
                "-signature", "sig", "data"]
        self.assertIn(b"Verified OK", subprocess.run(
            argv, cwd=self.stand.dir, check=True, capture_output=True).stdout)
        with open(self.stand.path("data"), "ab") as f:
            f.write(b"!")
        self.assertNotEqual(subprocess.run(argv, cwd=self.stand.dir,
                                           capture_output=True,
                                           check=False).returncode, 0)

    def test_wrong_pin(self):
        self.stand.card("p03", "first_6f00=0")
        got = self.sign("9999")
        self.assertIn(b"CKR_PIN_INCORRECT", got.stderr)
        self.assertEqual(self.stand.count()["tries"]["0018"], 2)

    def test_blocked_card(self):
        """OpenSC asks for the tries first and gives the card up then."""
        self.stand.card("blocked", "first_6f00=0")
        got = self.sign("1234")
        self.assertIn(b"CKR_TOKEN_NOT_RECOGNIZED", got.stderr)
        self.seen_blocked({}, 0)

    def test_blocked_at_the_login(self):
        card = self.stand.card("p03", "first_6f00=0")
        self.sign("9999")
        verify = self.stand.count()["apdus"]	# its last command
        self.stand.stop(card)
        for sw, want in (("6983", b"CKR_PIN_LOCKED"),
                         ("6984", b"CKR_GENERAL_ERROR")):
            with self.subTest(sw=sw):
                card = self.stand.card("onetry", "first_6f00=0", "--sw-at",
                                       "%d=%s" % (verify, sw))
                got = self.sign("1234")
                self.assertIn(want, got.stderr)
                self.seen_blocked({"0018": 1}, 1)
                self.stand.stop(card)

    def seen_blocked(self, verified, tries):
        seen = self.stand.count()
        self.assertEqual({pin: n for pin, n in seen["verify"].items() if n},
                         verified)
        self.assertEqual((seen["tries"]["0018"], seen["sign"]), (tries, 0))

    def test_same_root_as_openssl_sees_it(self):
        self.stand.card("p03", "first_6f00=0")
        self.read_certificate()
        subprocess.run(["openssl", "x509", "-inform", "DER", "-in",
                        self.stand.root("auth-g3.cer"), "-out", "root.pem"],
                       cwd=self.stand.dir, check=True)
        # OpenSSL 3.0 knows every extension of the profile but IAN by name.
        got = subprocess.run(["openssl", "verify", "-CAfile", "root.pem",
                              "auth.pem"], cwd=self.stand.dir,
                             capture_output=True, check=False)
        self.assertIn(b"OK", got.stdout, got.stderr)


if __name__ == "__main__":
    unittest.main()
