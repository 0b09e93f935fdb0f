"""Drug and check-up documents against the fake terminal: asked for by consent,
sealed, listed, opened; a consent that is missing or has ended, and the
terminal's refusal."""

import glob
import json
import os
import re
import stat
import subprocess
import sys
import unittest

import agent
from stand import SRC, program, wait_until

sys.path.insert(0, os.path.join(SRC, "tests", "lib"))
import terminal_wire  # noqa: E402

CHART = "13"            # P03 of the register
PDF = terminal_wire.pdf("fixture")


class Documents(unittest.TestCase):
    def setUp(self):
        self.stand = agent.AgentStand(0, {"face": {"folder": "face"}})
        self.addCleanup(self.stand.close)

    def run_(self, *args, fails=None):
        got = self.stand.run("documents", *args, "--json")
        said = json.loads(got.stdout)
        if fails:
            self.assertEqual(said["error"]["code"], fails, got.stderr)
            self.assertNotEqual(got.returncode, 0)
        else:
            self.assertEqual(got.returncode, 0, got.stderr)
        return said

    def standing(self, kind):
        said = self.run_("list", "--patient", CHART)["standing"]
        return next(s for s in said if s["kind"] == kind)

    def terminal(self, *args):
        return self.stand.terminal("--face", self.stand.path("face"), *args)

    def allowed(self, *ask):
        """Asked for as soon as the pushed consent is known."""
        def probe():
            got = self.stand.run("documents", "ask", CHART, *ask, "--json")
            said = json.loads(got.stdout)
            if got.returncode == 0:
                return said
            self.assertEqual(said["error"]["code"], "NO_CONSENT", said)
            return None
        return wait_until("consent is known", probe)

    def ended(self, kind, state):
        def probe():
            found = self.standing(kind)
            return found if found["state"] != "asked" else None
        found = wait_until("an answer", probe)
        self.assertEqual(found["state"], state, found)
        return found

    def take_back(self):
        """The same person at the reader again, every consent ended."""
        pushed = glob.glob(self.stand.path("face", "*.xml"))[0]
        with open(pushed, encoding="utf-8") as f:
            text = f.read()
        text = re.sub("(InfoConsFlg>)1<", r"\g<1>2<", text)
        text = re.sub("(<ProcessExecutionTime>....)(......)",
                      lambda m: m[1] + "%06d" % (int(m[2]) + 1), text)
        stamp = pushed[-18:-4]
        again = pushed.replace(stamp, "%014d" % (int(stamp) + 1))
        with open(again, "w", encoding="utf-8") as f:
            f.write(text)

    def in_clear(self, *parts):
        """Files of the stand, but the terminal's, that hold one of them."""
        found = []
        for path in glob.glob(self.stand.path("*")):
            if os.path.isfile(path):
                with open(path, "rb") as f:
                    held = f.read()
                found += [path for part in parts if part in held]
        return found

    def test_consent_answers_and_ends(self):
        # Nothing is known, and nothing is said to be none.
        for kind in ("drug", "checkup"):
            self.assertEqual(self.standing(kind)["state"], "none_asked")
        self.run_("ask", CHART, "drug", fails="NO_CONSENT")
        self.assertEqual(self.standing("drug")["state"], "not_consented")
        self.assertEqual(os.listdir(self.stand.path("req")), [])

        self.stand.agent()
        first = self.terminal("--face-push", "P03")
        asked = self.allowed("drug")
        self.assertEqual(asked["state"], "asked")
        self.assertRegex(asked["file"], r"^YZKsiquc01req_01\d{10}")
        delivered = self.ended("drug", "delivered")
        self.pdf(delivered["document"])
        self.checkup()
        self.drugs()
        self.job()
        self.assertEqual(self.in_clear(PDF[:200], b"/Helvetica",
                                       "収縮期".encode()), [])
        self.assertEqual(os.listdir(self.stand.path("res")), [])

        # Another terminal knows of no consent given here.
        self.stand.stop(first)
        second = self.terminal()
        self.run_("ask", CHART, "drug", "--form", "xml")
        refused = self.ended("drug", "refused")
        self.assertIn("有効な同意がありません", refused["message"])
        self.stand.stop(second)

        self.take_back()
        self.stand_off()
        self.assertEqual(self.standing("drug")["state"], "ended")
        self.assertEqual(os.listdir(self.stand.path("req")), [])

    def stand_off(self):
        """Until the end of the consent is known, a request is taken back."""
        def probe():
            got = self.stand.run("documents", "ask", CHART, "drug", "--months",
                                 "202601-202602", "--json")
            said = json.loads(got.stdout)
            for name in os.listdir(self.stand.path("req")):
                os.unlink(self.stand.path("req", name))
            return (got.returncode != 0 and
                    said["error"]["code"] == "CONSENT_ENDED")
        wait_until("the end is known", probe)

    def pdf(self, document):
        out = self.stand.path("out.pdf")
        self.run_("open", document, "--out", out)
        with open(out, "rb") as f:
            self.assertEqual(f.read(), PDF)
        self.assertEqual(stat.S_IMODE(os.stat(out).st_mode), 0o600)
        self.run_("open", document, "--out", out, fails="NEW_FILE")
        os.unlink(out)
        # In a folder it has the name it came with.
        os.mkdir(self.stand.path("pdf"))
        said = self.run_("open", document, "--out", self.stand.path("pdf"))
        self.assertEqual(os.listdir(self.stand.path("pdf")), [said["file"]])
        self.assertRegex(said["file"], r"^YZKsiquc01res_01\d{10}.*\.pdf$")
        self.run_("open", document, fails="USAGE")
        self.run_("open", "nobody", "--out", out, fails="NO_SUCH")
        self.assertFalse(os.path.exists(out))

    def checkup(self):
        self.run_("ask", CHART, "checkup", "--form", "xml")
        document = self.ended("checkup", "delivered")["document"]
        item = self.run_("open", document)["checkups"][0]["items"][0]
        self.assertEqual((item["name"], item["value"], item["mark"]),
                         ("収縮期血圧", "128", ""))
        # Not asked again on the same day.
        again = self.run_("ask", CHART, "checkup", "--form", "xml")
        self.assertEqual((again["state"], again["document"]),
                         ("delivered", document))
        kept = self.run_("list")["documents"]
        self.assertEqual(sorted(d["kind"] for d in kept),
                         ["checkup", "drug"])

    def drugs(self):
        """By month and source, nothing of them left unnamed."""
        self.run_("ask", CHART, "drug", "--form", "xml", "--treatments",
                  "--months", "202605-202607")
        document = self.ended("drug", "delivered")["document"]
        shown = self.run_("open", document)
        self.assertEqual(
            [(m["source"], m.get("month")) for m in shown["months"]],
            [("receipt", "202605"), ("receipt", "202606"),
             ("receipt", "202607"), ("dispensing", None),
             ("prescription", None)])
        for month in shown["months"]:
            date = month["dates"][0]
            self.assertTrue(date["drugs"][0]["name"])
            self.assertNotIn("other", json.dumps(month))
        self.assertTrue(shown["months"][0]["dates"][0]["treatments"])

    def jobs(self, *args):
        got = subprocess.run(
            [program("shikaku"), "jobs", *args, "--json", "--config",
             self.stand.path("shikaku.conf")], env=self.stand.env, text=True,
            capture_output=True, timeout=60, check=False)
        self.assertIn(got.returncode, (0, 1), got.stderr)
        return json.loads(got.stdout)

    def job(self):
        """Of two patients, one of whom has not consented."""
        job = self.jobs("request", "drug", "--chart", CHART + ",6", "--from",
                        "202601", "--to", "202603")["id"]

        def probe():
            rows = {p["chart_number"]: p
                    for p in self.jobs("persons", job)["persons"]}
            return rows if all(p["state"] != "waiting" for p in
                               rows.values()) else None
        rows = wait_until("the job is done", probe)
        self.assertEqual(rows[CHART]["state"], "answered", rows)
        self.assertEqual(rows["6"]["code"], "NO_CONSENT", rows)
        months = [(d["from"], d["to"]) for d in self.run_("list")["documents"]]
        self.assertIn(("202601", "202603"), months)

    def test_a_key_that_others_read_stops_it(self):
        os.mkdir(self.stand.path("keys"), 0o700)
        self.stand.write_conf({"documents": {"key": "documents.key"},
                               "face": {"folder": "face"}})
        got = self.stand.run("config", "check")
        self.assertNotEqual(got.returncode, 0)
        self.assertIn("in the folder of the store", got.stdout + got.stderr)
        self.stand.write_conf({"face": {"folder": "face"}})
        self.assertEqual(self.stand.run("config", "check").returncode, 0)
        key = self.stand.path("keys", "documents.key")
        with open(key, "w", encoding="ascii") as f:
            f.write("shikaku-vault-1 " + "00" * 32 + "\n")
        os.chmod(key, 0o640)
        got = self.stand.run("config", "check")
        self.assertNotEqual(got.returncode, 0)
        self.assertIn("chmod 600", got.stdout + got.stderr)
        rows = json.loads(self.stand.run("doctor", "--json").stdout)["checks"]
        row = next(r for r in rows if r["check"] == "documents")
        self.assertEqual((row["verdict"], row["code"]),
                         ("broken", "VAULT_KEY"))


if __name__ == "__main__":
    unittest.main()
