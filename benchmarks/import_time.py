"""How much longer does a Python with musicml in it take to start?

Each import runs in a fresh process, in turn with the others, so that a busy
moment of the machine strikes all alike. Reported is the median of the time in
excess of ``import numpy``. The bar is 300 ms for ``import musicml``.

    python benchmarks/import_time.py [--runs 11] [--out benchmarks/import_time.csv]
"""

import argparse
import csv
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

STATEMENTS = {
    "numpy": "import numpy",
    "musicml": "import numpy, musicml",
    "musicml.nn": "import numpy, musicml.nn",
    "musicml.score": "import numpy, musicml.score",
    "musicml.sound": "import numpy, musicml.sound",
    "musicml.corpora": "import numpy, musicml.corpora",
}
BAR = 300  # milliseconds


def seconds(statement):
    """Wall time of a process that runs the statement, its start included."""
    # As a learner has it: with compiled modules kept on disk.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, env=environment)
    return time.perf_counter() - start


def measure(runs):
    """Return one row for each import: a dict with milliseconds and the ratio to ``import numpy``."""
    times = {name: [] for name in STATEMENTS}
    for run in range(runs + 1):
        for name, statement in STATEMENTS.items():
            elapsed = 1000 * seconds(statement)
            if run > 0:  # the first run compiles and fills the disk cache
                times[name].append(elapsed)
    base = statistics.median(times["numpy"])
    rows = []
    for name, values in times.items():
        median = statistics.median(values)
        rows.append(
            {
                "import": name,
                "runs": runs,
                "median_ms": round(median, 1),
                "best_ms": round(min(values), 1),
                "more_than_numpy_ms": round(median - base, 1),
                "ratio": round(median / base, 3),
            }
        )
    return rows


def main():
    parser = argparse.ArgumentParser(description="Measure the time of import.")
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".csv"))
    options = parser.parse_args()
    rows = measure(options.runs)
    for row in rows:
        print(
            f"{row['import']:16s}{row['median_ms']:8.1f} ms"
            f"{row['more_than_numpy_ms']:+8.1f} ms{row['ratio']:8.3f}"
        )
    with open(options.out, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    more = rows[1]["more_than_numpy_ms"]
    print(f"import musicml costs {more:.0f} ms more than import numpy; the bar is {BAR} ms")
    return int(more > BAR)


if __name__ == "__main__":
    sys.exit(main())
