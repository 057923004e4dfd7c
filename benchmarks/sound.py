"""sound.transform beside librosa: how equal, and how fast; and what denoising gains.

    python benchmarks/sound.py [--rounds 7]

The functions and what they are compared with are the table of the tests, tests/sound_cases.py. Timed is
half a minute of a chorale at 22,050 Hz in float64, ours and theirs in turn, on one core; the difference is
the largest over all signals of the table. Writes sound.csv and the page sound.md.
"""

import argparse
import csv
import datetime
import importlib.metadata
import os
import platform
import statistics
import sys
import time
from pathlib import Path

for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ[f"{library}_NUM_THREADS"] = "1"  # before NumPy is imported

import numpy as np  # noqa: E402

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from sound_cases import CASES, coloured, difference, signal, snr  # noqa: E402

from musicml import corpora, sound  # noqa: E402
from musicml.sound import clean  # noqa: E402

FIELDS = (
    "date case function twin tolerance difference signals ours_ms theirs_ms ratio rounds versions".split()
)
PAGE = """\
# Sound: beside librosa

Made by `benchmarks/sound.py` on {date} from the table of the tests, `tests/sound_cases.py`; the numbers
are in `sound.csv` too. Versions: {versions}.
Machine: {machine}, one core; other programs ran beside.

## Equal, and how fast

*Difference*: the largest max|ours - theirs| / (max|theirs| + 1e-6) over the signals (chorales as plucked
strings and as an organ tuned 0.3 semitones high, a sound like speech, clicks, silence, one sample, an odd
length, a short sound; four sample rates). Both sides compute in float64. A test fails above the
*tolerance*, or when a public function has no row.

*Ours*, *theirs*: milliseconds for {seconds:.0f} s of a chorale at 22,050 Hz, the median of {rounds} rounds,
in turn, after a first call that is not counted (librosa compiles some functions then). *Ratio*: ours /
theirs, so below 1 ours is faster. `dft`, `idft`, `fft` and `dct` follow their equations and are for short
sounds (500, 499, 2048 and 640 samples here); `stft` calls NumPy's FFT. `onset_detect` and `beat_track` are
loops in Python, which librosa compiles.

| case | beside | tolerance | difference | signals | ours ms | theirs ms | ratio |
|---|---|---|---|---|---|---|---|
"""
DENOISING = """
## What denoising gains

`clean.denoise` on {count} chorales of the test split (the first {seconds} s of each, plucked and organ in
turn) with noise added: the signal-to-noise ratio (SNR) in dB before, and the mean gain in dB with the
smallest in brackets. *Given*: another second of such noise was given. *Not given*: the noise is estimated
from the recording. The last row has no noise added: its SNR compares what comes back with what went in.

| noise | SNR before | gain, noise given | gain, noise not given |
|---|---|---|---|
"""


def time_in_turn(ours, theirs, rounds):
    """Median seconds of a call, of both; short calls are repeated to fill 5 ms a round."""
    sides, seconds = (ours, theirs), ([], [])
    for call in sides:
        call()
    start = time.perf_counter()
    ours()
    repeats = max(1, min(200, int(0.005 / (time.perf_counter() - start))))
    for turn in range(rounds):
        for side in (0, 1) if turn % 2 else (1, 0):
            start = time.perf_counter()
            for _ in range(repeats):
                sides[side]()
            seconds[side].append((time.perf_counter() - start) / repeats)
    return map(statistics.median, seconds)


def compare(rounds, date, versions):
    rows = []
    long = signal("half_a_minute")
    for name, case in CASES.items():
        found = max(difference(case.ours(*signal(s)), case.theirs(*signal(s))) for s in case.signals)
        ours, theirs = time_in_turn(lambda c=case: c.ours(*long), lambda c=case: c.theirs(*long), rounds)
        row = [date, name, case.function, case.twin or case.function, f"{case.tolerance:.0e}", f"{found:.1e}"]
        row += [len(case.signals), f"{ours * 1e3:.3g}", f"{theirs * 1e3:.3g}", f"{ours / theirs:.2f}"]
        rows.append(dict(zip(FIELDS, [*row, rounds, versions], strict=True)))
        print(*row[1:], flush=True)
    return rows


def denoising(count, seconds, sr=22050):
    """Lines of the table."""
    pieces = [
        sound.synthesize(chorale.score(), sr, ("pluck", "organ")[i % 2])[: seconds * sr]
        for i, chorale in enumerate(corpora.load("chorales").test[:count])
    ]
    for noise, slope in (("white", 0), ("pink", 1)):
        for before in (0, 10, 20, 30):
            gains = {True: [], False: []}
            for i, wanted in enumerate(pieces):
                level = np.sqrt((wanted**2).mean()) / 10 ** (before / 20)
                heard = wanted + level * coloured(len(wanted), slope, i)
                for given in gains:
                    sample = level * coloured(sr, slope, 1000 + i) if given else None
                    gains[given].append(snr(wanted, clean.denoise(heard, sr, sample)) - before)
            cells = [f"{np.mean(g):.1f} ({min(g):.1f})" for g in gains.values()]
            yield f"| {noise} | {before} | {cells[0]} | {cells[1]} |"
    left = [snr(wanted, clean.denoise(wanted, sr)) for wanted in pieces]
    yield f"| none | | | SNR {np.mean(left):.1f} ({min(left):.1f}) |"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    date = datetime.date.today().isoformat()
    versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("librosa", "numpy", "scipy"))
    rows = compare(rounds, date, versions)
    out = Path(__file__)
    with open(out.with_suffix(".csv"), "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    seconds = len(signal("half_a_minute")[0]) / 22050
    page = PAGE.format(
        date=date, versions=versions, rounds=rounds, seconds=seconds,
        machine=f"{platform.machine()}, Python {platform.python_version()}",
    )  # fmt: skip
    columns = "case twin tolerance difference signals ours_ms theirs_ms ratio".split()
    page += "".join("| " + " | ".join(str(row[c]) for c in columns) + " |\n" for row in rows)
    page += DENOISING.format(count=8, seconds=15) + "\n".join(denoising(8, 15)) + "\n"
    out.with_suffix(".md").write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
