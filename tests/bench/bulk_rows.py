"""A bulk result of many people: read, matched, stored.  By hand, after a build:

    python3 -B tests/bench/bulk_rows.py [UNITS ...] [--budget MS]

For each number of units (10000 and 100000), in both encodings and as a .zip:
makes the answer and the clinic's patients of the same people with
tests/lib/bulk_rows.py, takes it out of a folder of res into a new store, and
derives its findings.  Prints the seconds of both, of which 0.3 settle the
file, and the peak of memory.  Ends by itself, with 1 when a goal of features.md 4.3 is missed: 10,000 in 10 s, 100,000 in 120 s,
256 MiB."""

import argparse
import json
import os
import subprocess
import sys
import tempfile

SRC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
BIN = os.environ.get("SHIKAKU_BIN", os.path.join(SRC, "build", "bin"))
MAKE = os.path.join(SRC, "tests", "lib", "bulk_rows.py")
CODE = "9910000001"
FORMS = (("utf-8", False), ("cp932", False), ("utf-8", True))
MIB = 256


def seconds_for(units):
    return max(10.0, units * 120.0 / 100000)


def run(units, encoding, zipped, budget):
    name = "OQSmuhvq02res_202611200001" + (".zip" if zipped else ".xml")
    with tempfile.TemporaryDirectory() as room:
        res = os.path.join(room, "res")
        os.mkdir(res)
        csv = os.path.join(room, "patients.csv")
        subprocess.run([sys.executable, "-B", MAKE, "--units", str(units),
                        "--kind", "OQSmuhvq", "--encoding", encoding,
                        "--institution", CODE, "--patients", csv,
                        *(["--zip"] if zipped else []),
                        os.path.join(res, name)], check=True)
        size = os.path.getsize(os.path.join(res, name))
        done = subprocess.run([os.path.join(BIN, "bulk-rows"),
                               os.path.join(room, "store.db"), res, name,
                               CODE, csv, str(budget)], check=True,
                              stdout=subprocess.PIPE)
        row = json.loads(done.stdout)
        row["store_mib"] = os.path.getsize(
            os.path.join(room, "store.db")) / 2 ** 20
    row["file_mib"] = size / 2 ** 20
    return row


def main():
    p = argparse.ArgumentParser()
    p.add_argument("units", nargs="*", type=int, default=[10000, 100000])
    p.add_argument("--budget", type=int, default=0,
                   help="milliseconds of one call; 0: to the end")
    args = p.parse_args()
    missed = 0
    for units in args.units:
        for encoding, zipped in FORMS:
            row = run(units, encoding, zipped, args.budget)
            took = row["taken_s"] + row["derived_s"]
            bad = took > seconds_for(units) or row["peak_mib"] > MIB or \
                row["listed"] != units
            missed += bad
            print("%6d %-5s %s: %6.1f MiB, taken %5.2f s, findings %6.2f s "
                  "(%.1f s of a core) in %d calls, %d linked, peak %5.1f MiB, store %.0f MiB%s"
                  % (units, encoding, "zip" if zipped else "xml",
                     row["file_mib"], row["taken_s"], row["derived_s"],
                     row["cpu_s"], row["calls"], row["linked"], row["peak_mib"],
                     row["store_mib"], "  MISSED" if bad else ""),
                  flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
