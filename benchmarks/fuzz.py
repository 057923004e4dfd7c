"""Damage good files at random and read them: how many load, how many are refused, and the worst of each.

    python benchmarks/fuzz.py --per-format 2000

Writes benchmarks/fuzz.csv and fuzz.md. The same files come on every run; ``--seed`` gives others. The
files, the limits and what counts as a fault stand in tests/robust. Files that showed a fault are kept with
``--keep FOLDER``. Ends with exit code 1 if there was any.
"""

import argparse
import csv
import platform
import sys
import tempfile
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from robust import bad_abc, bad_audio, bad_midi, bad_musicxml, bad_mxl  # noqa: E402
from robust.good_files import FORMATS  # noqa: E402
from robust.mutation import READERS, damaged  # noqa: E402
from robust.verdict import MAX_CPU, MAX_MEGABYTES, verdict  # noqa: E402
from robust.worker import Worker  # noqa: E402

COLUMNS = ("what", "files", "loaded", "refused", "faults", "worst_seconds", "worst_megabytes")
TABLES = {"MIDI": bad_midi, "ABC": bad_abc, "MusicXML": bad_musicxml, ".mxl": bad_mxl, "sound": bad_audio}
HEAD = f"""# No file breaks it

Written by `python benchmarks/fuzz.py`; do not edit. A reader may do two things with a file: load it as what
it is, or refuse it with a `MusicMLError` that names the file and says what to do. Everything else is a
fault: another exception, a warning, printed text, a file left behind, the network, more than {MAX_CPU:g} s of
processor time or {MAX_MEGABYTES} MB of memory (once everything is imported).
"""


class Tally:
    """Counts the outcomes of one row of the table."""

    def __init__(self, what, keep=None):
        self.what, self.keep = what, keep
        self.counts, self.seconds, self.megabytes, self.faults = Counter(), 0.0, 0.0, Counter()

    def take(self, outcome, path, case=None):
        wrong = verdict(outcome, path.name, case)
        self.counts[outcome.kind] += 1
        self.seconds = max(self.seconds, outcome.seconds)
        self.megabytes = max(self.megabytes, outcome.megabytes)
        for sentence in wrong:
            if sentence not in self.faults:
                print(f"{self.what}: {path.name}: {sentence[:400]}", file=sys.stderr)
            self.faults[sentence] += 1
        if wrong:
            self.counts["faults"] += 1
            if self.keep:
                number = self.counts["faults"]
                (self.keep / f"{path.stem}_{number}{path.suffix}").write_bytes(path.read_bytes())

    def row(self):
        c = self.counts
        files = sum(c.values()) - c["faults"]
        numbers = (
            files,
            c["loaded"],
            c["refused"],
            c["faults"],
            f"{self.seconds:.2f}",
            f"{self.megabytes:.0f}",
        )
        return dict(zip(COLUMNS, (self.what, *numbers), strict=True))


def curated(name, worker, folder, keep):
    """The files of one table, made by code."""
    tally = Tally(name, keep)
    for case in TABLES[name].CASES:
        path = folder / case.name
        path.write_bytes(case.content())
        tally.take(worker.read(case.reader, path), path, case)
        path.unlink()
    return tally.row()


def fuzzed(form, count, number, worker, folder, keep):
    """Files of one format, damaged at random."""
    path, tally = folder / f"damaged.{form}", Tally(form, keep)

    @seed(number)
    @settings(
        max_examples=count, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(damaged(form))
    def read(data):
        path.write_bytes(data)
        tally.take(worker.read(READERS.get(form, "score"), path), path)

    read()
    return tally.row()


def table(rows, first):
    lines = [
        f"| {first} | files | loaded | refused | faults | worst time | worst memory |\n",
        "|---|---:|---:|---:|---:|---:|---:|\n",
    ]
    for row in rows:
        what, files, loaded, refused, faults, seconds, megabytes = (row[name] for name in COLUMNS)
        lines.append(
            f"| {what} | {int(files):,} | {int(loaded):,} | {int(refused):,} | {int(faults):,} "
            f"| {float(seconds):.2f} s | {int(megabytes):,} MB |\n"
        )
    return "".join(lines)


def page(made, damaged):
    versions = ", ".join(f"{name} {version(name)}" for name in ("mido", "music21", "soundfile", "hypothesis"))
    return (
        f"{HEAD}\n## Made to break it\n\nFiles made by code, each with what must come out of it "
        f"(`tests/robust/bad_*.py`).\n\n{table(made, 'made as')}\n"
        "## Good files, damaged at random\n\nBytes are turned over, lost, moved, repeated; numbers and words "
        "replaced (`tests/robust/mutation.py`).\nA file that loads has only notes, times and samples that "
        f"are possible.\n\n{table(damaged, 'format')}\n"
        f"Python {platform.python_version()}, {versions}.\n"
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--per-format", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--formats", nargs="+", default=FORMATS, choices=FORMATS, help="writes no page")
    parser.add_argument("--keep", type=Path, help="folder for the files that showed a fault")
    options = parser.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    with Worker() as worker, tempfile.TemporaryDirectory() as folder:
        where = worker, Path(folder), options.keep
        whole = tuple(options.formats) == FORMATS
        made = [curated(name, *where) for name in TABLES] if whole else []
        damaged_files = []
        for form in options.formats:
            damaged_files.append(fuzzed(form, options.per_format, options.seed, *where))
            print(damaged_files[-1], flush=True)
    text = page(made, damaged_files)
    print(text)
    if whole:
        with open(ROOT / "benchmarks" / "fuzz.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(made + damaged_files)
        (ROOT / "benchmarks" / "fuzz.md").write_text(text, encoding="utf-8")
    return 1 if any(int(row["faults"]) for row in made + damaged_files) else 0


if __name__ == "__main__":
    sys.exit(main())
