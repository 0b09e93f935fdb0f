#!/usr/bin/python3
"""What handing over costs: N invented people, in lists of 10,000, as CSV, as
XML for 日レセ, and one of them as FHIR.  Prints seconds and sizes, and ends by
itself.

    python3 -B tests/bench/export.py [N]        10000 without it"""

import hashlib
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ.get("SHIKAKU_BIN",
                     os.path.join(HERE, "..", "..", "build", "bin"))
NAME = "OQSmuhvq02res_20261120%06d.xml"
PART = 10000    # of one result
JOB = "11111111-2222-4333-8444-555555555555"


def make(path, part, units):
    subprocess.run([sys.executable, "-B",
                    os.path.join(HERE, "..", "lib", "bulk_rows.py"),
                    "--units", str(units), "--seed", str(part + 1),
                    "--patients", path("p.csv"), path(NAME % part)],
                   check=True)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    with tempfile.TemporaryDirectory(prefix="export.") as folder:
        def path(name):
            return os.path.join(folder, name)

        def run(what, *args):
            start = time.monotonic()
            subprocess.run([os.path.join(BIN, "shikaku"), *args],
                           env=dict(os.environ, SHIKAKU_CONF=path("conf")),
                           check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            print("%-24s %7.2f s  peak so far %d MiB" % (
                what, time.monotonic() - start, peak // 1024), flush=True)

        for name in ("req", "res", "orca"):
            os.mkdir(path(name))
        with open(path("conf"), "w", encoding="ascii") as f:
            f.write("[institution]\ncode = 9910000001\n[terminal]\n"
                    "req = req\nres = res\n[orca]\nfolder = orca\n")
        for part in range(0, count, PART):
            make(path, part, min(PART, count - part))
            if part == 0:
                run("patients import", "patients", "import", path("p.csv"))
            with open(path(NAME % part), "rb") as f:
                raw = f.read()
            with sqlite3.connect(path("shikaku.db")) as db:
                db.execute("INSERT INTO result (digest, file, received_at, "
                           "raw) VALUES (?, ?, ?, ?)",
                           (hashlib.sha256(raw).hexdigest(), NAME % part,
                            1795132800000, raw))
        run("findings derived", "export", "csv", "imports")
        with sqlite3.connect(path("shikaku.db")) as db:
            db.execute("UPDATE finding SET job = ?", (JOB,))
            chart = db.execute("SELECT chart_number FROM finding WHERE "
                               "chart_number IS NOT NULL").fetchone()
        run("CSV", "export", "csv", "findings", "--out", path("out.csv"))
        print("%-24s %7.1f MiB" % ("", os.path.getsize(path("out.csv")) /
                                   (1 << 20)))
        run("CSV in CP932", "export", "csv", "findings", "--encoding",
            "shift_jis", "--out", path("out932.csv"))
        run("XML for 日レセ", "export", "orca", "--job", JOB, "--yes")
        run("again: none is made", "export", "orca", "--job", JOB, "--yes")
        print("%-24s %7d" % ("files", len(os.listdir(path("orca")))))
        run("report", "export", "report", "check", "--job", JOB, "--html",
            "--out", path("out.html"))
        if chart is not None:
            run("FHIR of one", "export", "fhir", chart[0])


main()
