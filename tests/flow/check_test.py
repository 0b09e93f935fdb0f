"""One visit after another through the real pcscd: shikaku check."""

import os
import sqlite3
import unittest

from stand import Stand, StandCase

# Exit codes of host/cli/exit.h.
VALID, INVALID, INVALID_NEW, NO_COVERAGE, SEVERAL = 0, 10, 11, 12, 13
NO_MATCH, PIN_WRONG, PIN_BLOCKED, PIN_LAST_TRY = 20, 30, 31, 32
PIN_FORMAT = 33
CANCELLED, READER, CARD, TERMINAL, REFUSED = 40, 50, 51, 60, 61
DATA, USAGE, SETUP = 70, 64, 78


class Visits(StandCase):
    def visit(self, card, *args, **more):
        self.stand.card(card)
        self.stand.terminal()
        return self.stand.check(*args, **more)

    def verifies(self):
        return self.stand.count()["verify"].get("0018", 0)

    def test_right_pin(self):
        code, visit, said = self.visit("p03", "--prescription", "paper")
        self.assertEqual(code, VALID, said)
        self.assertEqual(visit["mode"], "pin")
        self.assertEqual(visit["state"], "answered")
        self.assertEqual(visit["identity"]["attributes"]["name"], "資格　一郎")
        self.assertEqual(visit["identity"]["attributes"]["birthdate"],
                         "19600602")
        cert = visit["identity"]["certificate"]
        self.assertEqual(cert["verdict"], "valid")
        self.assertEqual(cert["revocation"]["status"], "unknown")
        self.assertIn("not checked", cert["revocation"]["why"])
        self.assertEqual(visit["identity"]["proof"]["outcome"], "verified")
        self.assertTrue(all(visit["consent"][k] for k in (
            "limit", "disease", "checkup", "drug", "diagnosis", "operation")))
        self.assertEqual(visit["consent"]["prescription"], "paper")
        self.assertIsNotNone(visit["consent"]["confirmed_at"])
        self.assertRegex(visit["request"]["file"],
                         r"^OQSsiquc01req_\d{8}S\d{4}\.xml$")
        self.assertEqual(visit["result"]["validity"]["code"], "1")
        self.assertEqual(visit["result"]["validity"]["text"], "有効")
        self.assertEqual(visit["result"]["coverage"][0]["Name"], "資格　一郎")
        for step in ("recognise", "certificate", "tries", "verify", "sign"):
            self.assertIn(step, visit["timings_ms"])
        self.assertGreater(visit["bytes_up"], 100)
        self.assertGreater(visit["bytes_down"], 1600)
        self.assertEqual(self.verifies(), 1)
        self.assertEqual(self.stand.count()["forbidden"], 0)
        self.assertEqual(os.listdir(self.stand.path("req")), [])
        self.assertEqual(os.listdir(self.stand.path("res")), [])

    def test_login_takes_at_most_16_apdus(self):
        _, visit, said = self.visit("p03")
        self.assertLessEqual(visit["apdus"], 16, said)
        self.assertGreaterEqual(visit["apdus"], 13)
        counted = self.stand.count()["apdus"]
        self.assertEqual(visit["apdus"] + visit["attributes_apdus"], counted)

    def test_wrong_pin_counts_two_and_is_sent_once(self):
        code, visit, said = self.visit("p03", pin="9999")
        self.assertEqual(code, PIN_WRONG)
        self.assertEqual(visit["tries_left"], 2)
        self.assertEqual(visit["error"]["code"], "PIN_WRONG")
        self.assertIn("tries left: 2", said)
        self.assertEqual(self.verifies(), 1)
        self.assertEqual(self.stand.count()["verify"].get("0011", 0), 0)
        self.assertIsNone(visit["request"])

    def test_tries_are_said_before_asking(self):
        _, _, said = self.visit("p03")
        self.assertIn("PIN tries left: 3", said)

    def test_last_try_needs_a_yes(self):
        code, visit, _ = self.visit("onetry")
        self.assertEqual(code, PIN_LAST_TRY)
        self.assertEqual(visit["tries_left"], 1)
        self.assertEqual(self.verifies(), 0)

    def test_last_try_with_a_yes(self):
        code, visit, said = self.visit("onetry", "--last-try")
        self.assertEqual(code, VALID, said)
        self.assertEqual(self.verifies(), 1)
        self.assertEqual(visit["state"], "answered")

    def test_last_try_wrong_blocks(self):
        code, visit, _ = self.visit("onetry", "--last-try", pin="9999")
        self.assertEqual(code, PIN_BLOCKED)
        self.assertEqual(visit["tries_left"], 0)
        self.assertEqual(self.verifies(), 1)

    def test_wrong_shape_is_not_sent(self):
        for pin in ("123", "12345", "", "abcd", "12 4", "１２３４"):
            with self.subTest(length=len(pin)):
                card = self.stand.card("p03")
                code, _, _ = self.stand.check(pin=pin)
                self.assertIn(code, (PIN_FORMAT, CANCELLED))
                self.assertEqual(self.verifies(), 0)
                self.stand.stop(card)

    def test_blocked(self):
        for sw in ("6983", "6984"):
            with self.subTest(sw=sw):
                card = self.stand.card("blocked", "blocked_sw=" + sw)
                code, visit, _ = self.stand.check()
                self.assertEqual(code, PIN_BLOCKED)
                self.assertEqual(visit["tries_left"], 0)
                self.assertEqual(self.verifies(), 0)
                self.stand.stop(card)

    def test_blocked_said_as_63c0(self):
        # The empty VERIFY is the login's 12th command, with 6F00 the first.
        card = self.stand.card("p03")
        _, visit, _ = self.stand.check("--patient", "6")
        self.stand.stop(card)
        at = visit["apdus"] - 3
        self.stand.card("p03", "--sw-at", "%d=63C0" % at)
        code, visit, _ = self.stand.check()
        self.assertEqual((code, visit["tries_left"]), (PIN_BLOCKED, 0))
        self.assertEqual(self.verifies(), 0)

    def test_pinless_card(self):
        code, visit, said = self.visit("pinless")
        self.assertEqual(code, PIN_BLOCKED)
        self.assertIn("never set", said)
        self.assertEqual(self.verifies(), 0)

    def test_refused_certificates(self):
        for card, want in (
                ("expired", "CERT_EXPIRED"), ("not-yet-valid", "CERT_NOT_YET"),
                ("wrong-issuer", "CERT_CHAIN"), ("rogue-issuer", "CERT_CHAIN"),
                ("wrong-usage", "CERT_USAGE"), ("wrong-eku", "CERT_USAGE"),
                ("wrong-policy", "CERT_USAGE"), ("ca-true", "CERT_USAGE"),
                ("garbled-cert", "CERT_FORM"), ("huge-cert", "CERT_FORM")):
            with self.subTest(card=card):
                proc = self.stand.card(card)
                code, visit, _ = self.stand.check()
                self.assertEqual(visit["error"]["code"], want)
                self.assertEqual(code, DATA)
                self.assertEqual(self.verifies(), 0, "no PIN was asked for")
                self.stand.stop(proc)

    def test_second_generation_root(self):
        code, visit, said = self.visit("g2")
        self.assertEqual(code, VALID, said)
        self.assertNotEqual(visit["identity"]["certificate"]["generation"], "")

    def test_other_validities(self):
        for card, patient, want in (("p12", None, INVALID_NEW),
                                    ("p05", None, VALID),
                                    ("p13", None, VALID)):
            with self.subTest(card=card):
                proc = self.stand.card(card)
                term = self.stand.terminal()
                code, visit, said = self.stand.check()
                self.assertEqual(code, want, said)
                self.stand.stop(proc)
                self.stand.stop(term)

    def test_contradiction(self):
        code, visit, _ = self.visit("p05", "--patient", "13")
        self.assertEqual(code, NO_MATCH)
        self.assertEqual(visit["error"]["code"], "CONTRADICTS")
        self.assertIsNone(visit["request"])

    def test_unknown_chart_number(self):
        code, visit, _ = self.visit("p03", "--patient", "999999")
        self.assertEqual((code, visit["error"]["code"]),
                         (NO_MATCH, "NO_PATIENT"))
        self.assertEqual(self.verifies(), 0, "known before any PIN")

    def test_a_gap_in_the_name_waits_for_a_person(self):
        code, visit, _ = self.visit("p02-gap")
        self.assertEqual(code, NO_MATCH)
        self.assertEqual(visit["state"], "unmatched")
        self.assertIsNone(visit["request"])

    def test_variant_glyph_matches(self):
        code, visit, said = self.visit("p02")
        self.assertNotEqual(code, NO_MATCH, said)
        self.assertIsNotNone(visit["patient"])

    def test_phone_needs_the_desk(self):
        self.stand.terminal()
        card = self.stand.card("phone")
        code, visit, said = self.stand.check()
        self.assertEqual(code, NO_MATCH, said)
        self.assertIsNone(visit["identity"]["attributes"])
        self.assertEqual(visit["identity"]["card"], "phone")
        self.assertEqual(self.verifies(), 1)
        self.stand.stop(card)
        self.stand.card("phone")
        patient = self.patient_of("資格　一郎")
        code, visit, said = self.stand.check("--patient", patient)
        self.assertEqual(code, VALID, said)
        self.assertEqual(visit["identity"]["proof"]["outcome"], "verified")

    def patient_of(self, name):
        db = sqlite3.connect(self.stand.path("shikaku.db"))
        try:
            return db.execute("SELECT chart_number FROM patient WHERE "
                              "replace(name,' ','　')=?", (name,)).fetchone()[0]
        finally:
            db.close()

    def test_split_pins_are_not_tried_twice(self):
        code, visit, _ = self.visit("split-pins")
        self.assertEqual(code, NO_MATCH)
        self.assertEqual(visit["identity"]["attributes_missing"], "PIN_WRONG")
        self.assertEqual(self.stand.count()["verify"].get("0011"), 1)

    def test_low_text_counter_is_left_alone(self):
        code, visit, _ = self.visit("text-low")
        self.assertEqual(code, NO_MATCH)
        self.assertEqual(visit["identity"]["attributes_missing"],
                         "PIN_LAST_TRY")
        self.assertEqual(self.stand.count()["verify"].get("0011", 0), 0)

    def test_no_consent_to_the_limit_certificate(self):
        code, visit, said = self.visit("p03", consent="none")
        self.assertEqual(code, VALID, said)
        self.assertFalse(any(visit["consent"][k] for k in ("limit", "drug")))
        record = visit["result"]["coverage"][0]
        self.assertNotIn("LimitApplicationCertificateRelatedInfo", record)

    def test_nothing_stays_of_a_visit_without_consent(self):
        _, visit, _ = self.visit("p03", pin="9999")
        db = sqlite3.connect(self.stand.path("shikaku.db"))
        row = db.execute("SELECT state, identity, consent FROM visit WHERE "
                         "id=?", (visit["visit"],)).fetchone()
        db.close()
        self.assertEqual(row, ("refused", None, None))

    def test_no_card(self):
        code, visit, said = self.stand.check(timeout=30)
        self.assertEqual(code, CARD, said)

    def test_wrong_words(self):
        for args in (("--consent", "everything"), ("--consent", ""),
                     ("--prescription", "fax"), ("--unknown",), ("extra",)):
            with self.subTest(args=args):
                got = self.stand.run("check", "--pin-stdin", *args)
                self.assertEqual(got.returncode, USAGE, got.stderr)
                self.assertNotEqual(got.stderr, "")


class OtherSettings(unittest.TestCase):
    def one(self, conf, card, *args, **more):
        stand = Stand(1, conf)
        self.addCleanup(stand.close)
        stand.card(card, *more.pop("card_args", ()))
        stand.terminal()
        got = stand.check(*args, **more)
        self.assertEqual(stand.violations(), "")
        return stand, *got

    def test_short_ids_save_commands(self):
        _, code, visit, said = self.one({"reader": {"short_ids": "yes"}},
                                        "p03", card_args=("short_ids=1",))
        self.assertEqual(code, VALID, said)
        self.assertLessEqual(visit["apdus"], 13)

    def test_extended_reads_save_more(self):
        """Only where the reader and the card both declare them."""
        name = "pcsc:ext,Shikaku?Test?Reader?A*00"
        _, code, visit, said = self.one(
            {"reader": {"extended": "yes", "name": name}}, "p03",
            card_args=("extended=1",))
        self.assertEqual(code, VALID, said)
        self.assertLessEqual(visit["apdus"], 9)

    def test_no_extended_reads_to_a_card_that_does_not_declare_them(self):
        name = "pcsc:ext,Shikaku?Test?Reader?A*00"
        _, code, visit, said = self.one(
            {"reader": {"extended": "yes", "name": name}}, "p03")
        self.assertEqual(code, VALID, said)
        self.assertGreaterEqual(visit["apdus"], 13)

    def test_asks_for_the_other_pin(self):
        _, code, visit, said = self.one({"pin": {"text_pin": "ask"}},
                                        "split-pins", pin="1234\n5678")
        self.assertEqual(code, VALID, said)
        self.assertEqual(visit["identity"]["attributes"]["name"],
                         "資格　一郎")

    def test_never_reads_the_attributes(self):
        stand, code, visit, _ = self.one({"pin": {"text_pin": "never"}}, "p03")
        self.assertEqual(code, NO_MATCH)
        self.assertEqual(stand.count()["verify"].get("0011", 0), 0)
        self.assertEqual(visit["attributes_apdus"], 0)

    def test_production_refuses_the_test_organisation(self):
        stand = Stand(1)
        self.addCleanup(stand.close)
        stand.write_conf({"trust": {"mode": "production"}})
        stand.card("p03")
        code, visit, _ = stand.check()
        self.assertIn(visit["error"]["code"], ("NO_ANCHOR", "CERT_TEST",
                                               "PIN_OF_ROOT"))
        self.assertIn(code, (DATA, SETUP))

    def test_revocation_required_fails_closed(self):
        _, code, visit, _ = self.one({"trust": {
            "revocation": "crl", "crl_file": "missing.crl",
            "required": "yes"}}, "p03")
        self.assertEqual((code, visit["error"]["code"]),
                         (DATA, "REVOCATION_UNKNOWN"))
        self.assertEqual(visit["identity"]["certificate"]["verdict"],
                         "REVOCATION_UNKNOWN")

    def test_crl(self):
        for card, crl, want in (("p03", "crl-good.der", VALID),
                                ("revoked", "crl-revoked.der", DATA)):
            with self.subTest(card=card):
                stand = Stand(1)
                self.addCleanup(stand.close)
                stand.write_conf({"trust": {"revocation": "crl",
                                            "required": "yes", "crl_file":
                                            stand.root(crl)}})
                stand.card(card)
                stand.terminal()
                code, visit, said = stand.check()
                self.assertEqual(code, want, said)
                self.assertEqual(visit["identity"]["certificate"]
                                 ["revocation"]["status"],
                                 "good" if want == VALID else "revoked")


if __name__ == "__main__":
    unittest.main()
