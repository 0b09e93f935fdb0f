"""/desk beside the day's list: what is asked without a visit, whose it is,
taking it over, the history, consents and figures."""

import json
import os
import sqlite3
import unittest
import urllib.parse
import xml.etree.ElementTree as ElementTree

from browser import BrowserCase, World, plays
from stand import SRC, wait_until

STAFF = "受付09"
# The manual's list (DEN-11).
APRIL = {"category": "home", "axis": "consent", "from": "2024-04-01",
         "to": "2024-04-17", "staff": STAFF}
ENDS = ("done", "failed", "cancelled")
MOST = 10000
KANA = "ｼｶｸ ﾆｼﾞｭｳﾆﾛｳｻﾞｴﾓﾝﾉﾅｶﾞｲﾅﾏｴｦﾖﾝｼﾞｭｳﾓｼﾞﾏﾃﾞﾉﾊﾞｼﾏｼﾀ"[:40]
# In the register with an older insurance.
LONG = ("90,資格　二十二郎左衛門,%s,1,19550505,06140248,10,1639960291x090,01,\n"
        % KANA)


def people(path):
    """The terminal's people, with whom these pages have trouble."""
    with open(os.path.join(SRC, "tests", "lib", "terminal_people.json"),
              encoding="utf-8") as f:
        rows = {p["id"]: p for p in json.load(f)["people"]}
    consents = rows["P08-8"]["consents"]
    rows["P02"]["consents"] = consents
    rows["P09-9"]["NameShown"] = "扶助　●郎"
    rows["LONG"] = dict(
        rows["P08-8"], id="LONG", Name="資格　二十二郎左衛門", NameKana=KANA,
        Birthdate="19550505", coverages=[dict(
            rows["P08-8"]["coverages"][0],
            InsuredIdentificationNumber="1639960291x091",
            InsurerName="見本の名前がとても長い健康保険組合連合会東京第一支部")])
    with open(path, "w", encoding="utf-8") as f:
        json.dump({"people": list(rows.values())}, f, ensure_ascii=False)


class LedgerWorld(World):
    def __init__(self, stand):
        super().__init__(stand)
        self._made = {}
        self._desk = stand.clients["desk"]

    def terminal(self, *args):
        super().terminal("--processing", "0", "--people",
                         self._stand.path("people.json"), *args)
        self._odd = args != ()

    def _get(self, path):
        return self._desk.must(200, self._desk.get(path))

    def job(self, ask):
        """A job of the API, when it has ended."""
        job = self._desk.must(201, self._desk.post("/jobs", dict(
            ask, staff=STAFF)))["id"]

        def probe():
            now = self._get("/jobs/" + job)
            return now if now["state"] in ENDS else None
        return wait_until("the job's end", probe, 40)

    def _list(self, ask):
        """The findings of a list that is asked for once, by name."""
        key = json.dumps(ask)
        if key not in self._made:
            self._made[key] = self.job(ask)["id"]
        rows = self._get("/findings?limit=100&job=" + self._made[key])
        return {row["name"]: row for row in rows["findings"]}

    def april(self):
        return self._list(APRIL)

    def recent(self):
        return self._list({"category": "home"})

    def patient(self, chart):
        return self._get("/patient?chart_number=" +
                         urllib.parse.quote(chart))

    def _store(self, *steps):
        db = sqlite3.connect(self._stand.path("shikaku.db"), timeout=20)
        try:
            db.execute("PRAGMA synchronous = OFF")
            with db:
                for sql, *args in steps:
                    got = db.execute(sql, args).fetchall()
            return got
        finally:
            db.close()

    def crowd(self, more):
        """Copies of one finding beside those there are: 10,000 and more."""
        like = self.april()["資格　訪四子"]["id"]
        columns = [row[1] for row in self._store(
            ("PRAGMA table_info(finding)",))]
        have, = self._store(("SELECT COUNT(*) FROM finding",))[0]
        digest = "e" * 64
        self._store(
            ("INSERT INTO result (digest, file, received_at, raw, findings) "
             "VALUES (?, 'x', 0, x'00', 1)", digest),
            ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
             "WHERE i < ?) INSERT INTO finding (%s) SELECT %s FROM finding, n "
             "WHERE id = ?" % (", ".join(columns), ", ".join({
                 "id": "printf('%08x-0000-4000-8000-000000000000', i)",
                 "digest": "'%s'" % digest, "unit": "i"}.get(c, c)
                 for c in columns)), MOST + more - have, like))

    def disperse(self):
        digest = "e" * 64
        self._store(("DELETE FROM finding WHERE digest = ?", digest),
                    ("DELETE FROM result WHERE digest = ?", digest))

    def handed(self):
        """The names in what was handed over, as another parser reads it."""
        folder = self._stand.path("orca")
        return sorted(
            node.text for name in os.listdir(folder)
            for node in ElementTree.parse(os.path.join(folder, name)).iter(
                "Name") if name.endswith(".xml"))


@plays("ledger_scenes.mjs")
class Ledger(BrowserCase):
    readers = 0
    world = LedgerWorld
    settings = {"terminal": {"bulk_poll": "1", "retry_pause": "1"},
                "orca": {"folder": "orca"}}

    @classmethod
    def make(cls):
        stand = cls.stand
        os.mkdir(stand.path("orca"))
        people(stand.path("people.json"))
        with open(stand.path("long.csv"), "w", encoding="utf-8") as f:
            f.write("chart_number,name,kana,sex,birthdate,insurer_number,"
                    "insured_card_symbol,insured_identification_number,"
                    "insured_branch_number,reference_number\n" + LONG)
        stand.run("patients", "import", stand.path("long.csv"), check=True)


if __name__ == "__main__":
    unittest.main()
