"""Music from the models of the course beside real held-out music, by its numbers.

    python benchmarks/generated_music.py                 all families
    python benchmarks/generated_music.py tunes chorales  some; the rows of the others stay
    python benchmarks/generated_music.py --page          only write the page again

A family is one kind of music: real pieces that no model learned from, of the validation split, so that the
test split is not looked at; and 50 pieces of each model. They stand in music_families.py. The rows go into
generated_music.csv, and the page generated_music.md is made from them.
"""

import csv
import inspect
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from music_families import FAMILIES, SAMPLES

from musicml import evaluate, sound

FOLDER = Path(__file__).parent
TABLE, PAGE = FOLDER / "generated_music.csv", FOLDER / "generated_music.md"
COLUMNS = ("family", "group", "pieces", "statistic", "mean", "deviation", "low", "high", "above")
RUN, SHARE = "longest copied run", "share of runs of 8 copied"
PEAK, SILENT = "loudest sample", -60  # dB, below which a tenth of a second is silent
MOST_ABOVE = 0.05  # of the pieces of a model may copy more than the human band; of real ones 0.025 do

HEAD = """# Music from our models, beside real music

Written by `python benchmarks/generated_music.py` from `generated_music.csv`; do not edit.

In each table the first column is real music that no model learned from (validation splits); the others
are {samples} pieces of each model, seeds 0 to {last}, none left out. Each cell: mean (standard deviation). A
model may end a piece before its first note: that counts in *notes* and *longest copied run*, as 0, alone.
**A star marks a mean outside the human spread**, further than two standard deviations of real pieces from the
mean of real pieces. Definitions stand in the docstrings of `musicml.evaluate`; of the numbers that only one
family has, in `music_families.py`. Left out are models that are only scored, never made to write: the counts
of `jsb16.md`; in `literature.md` the counts, the SimpleRNN, the LSTM and the rows without a copy.

What was copied is counted in notes, in any key, against what the model learned from. In brackets: the band in
which 95 % of the pieces lie, and the share of pieces above the human band; for real music that share is about
2.5 %. A star: more than 5 % of the pieces, or their mean, lie above the human band.

Each piece is heard, too, as `sound.synthesize` plays it: its loudest sample (a star: above 1 in any piece,
so cut off), its loudness, and the longest silence between two sounds, below {silent} dB.

Temperatures and rules of the composers were chosen on the same real pieces, by these numbers among others.
"""


def main():
    words = sys.argv[1:]
    if unknown := set(words) - {"--page", *FAMILIES}:
        sys.exit(f"unknown: {', '.join(unknown)}. Families: {', '.join(FAMILIES)}.")
    for name in FAMILIES if not words else [word for word in words if word != "--page"]:
        start = time.process_time()
        found = FAMILIES[name]()
        record(name, rows(name, **found))
        seconds = time.process_time() - start
        print(f"{name}: {', '.join(found['groups'])}; {seconds:.0f} CPU seconds", flush=True)
    write_page()


def rows(family, groups, train, steps=evaluate.note_steps, extra=lambda piece: {}):
    """A row for each group and statistic; the arguments as the families return them."""
    original, found = evaluate.Originality(train, steps), []
    for group, pieces in groups.items():
        measured = [
            evaluate.all_statistics(piece) | heard(piece) | extra(piece) if piece.notes else {"notes": 0}
            for piece in pieces
        ]
        values = {key: [m[key] for m in measured if key in m] for key in max(measured, key=len)}
        values[RUN] = [original.longest_run(piece) for piece in pieces]
        values[SHARE] = [original.overlap(piece) for piece in pieces]
        if group == "real":
            tops = {key: evaluate.band(values[key])[1] for key in (RUN, SHARE)} | {PEAK: 1}
        for key, numbers in values.items():
            numbers = np.array([number for number in numbers if np.isfinite(number)])
            row = dict.fromkeys(COLUMNS, "") | {
                "family": family, "group": group, "pieces": len(pieces), "statistic": key
            }  # fmt: skip
            if numbers.size:
                low, high = evaluate.band(numbers)
                told = {"mean": numbers.mean(), "deviation": numbers.std(), "low": low, "high": high}
                if key in tops:
                    told["above"] = (numbers > tops[key]).mean()
                row |= {name: f"{value:.4f}" for name, value in told.items()}
            found.append(row)
    return found


def heard(piece, sr=22050):
    """What an ear would notice first: is it cut off, is it silent?"""
    samples = sound.synthesize(piece, sr)
    tenths = samples[: len(samples) // (sr // 10) * (sr // 10)].reshape(-1, sr // 10)
    sounding = np.flatnonzero(decibels(tenths) > SILENT)
    return {
        PEAK: np.abs(samples).max(),
        "loudness, dB": decibels(samples),
        "longest silence, s": (np.diff(sounding, prepend=sounding[0] - 1).max() - 1) / 10,
    }


def decibels(samples):
    """Root mean square of the last axis, in dB; 0 dB is a square wave as loud as can be."""
    return 10 * np.log10(np.maximum(np.square(samples).mean(axis=-1), 1e-12))


def read():
    if not TABLE.exists():
        return []
    with TABLE.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def record(family, new):
    kept = [row for row in read() if row["family"] != family]
    order = list(FAMILIES)
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(kept + new, key=lambda row: order.index(row["family"])))


def write_page():
    PAGE.write_text(page(read()), encoding="utf-8", newline="\n")
    print(f"wrote {PAGE.name}")


def page(found):
    lines = [HEAD.format(samples=SAMPLES, last=SAMPLES - 1, silent=SILENT)]
    for name, family in FAMILIES.items():
        title, _, text = inspect.getdoc(family).partition("\n\n")
        table = {}
        for row in found:
            if row["family"] == name and row["mean"]:
                table.setdefault(row["statistic"], {})[row["group"]] = row
        if table:
            lines.append(f"\n## {title}\n\n{text}\n\n{tell(table)}")
    return "".join(lines)


def tell(table):
    """One family as a Markdown table, and below it a sentence for each model about what lies outside."""
    groups = list(table["notes"])
    real, *models = groups
    heads = [f"{group} ({row['pieces']})" for group, row in table["notes"].items()]
    lines = [f"| | {' | '.join(heads)} |"]
    lines.append("|---" * (len(groups) + 1) + "|")
    outside = {model: [] for model in models}
    for statistic, cells in table.items():
        shown = []
        for group in groups:
            if group not in cells:
                shown.append("-")
                continue
            star = group != real and is_outside(statistic, cells[group], cells[real])
            if star:
                outside[group].append(statistic)
            shown.append(cell(statistic, cells[group]) + " *" * star)
        lines.append(f"| {statistic} | {' | '.join(shown)} |")
    told = [f"- *{model}*: {verdict(keys)}" for model, keys in outside.items()]
    return "\n".join([*lines, "", *told, ""])


def verdict(keys):
    return f"outside the human spread in {'; '.join(keys)}." if keys else "inside the human spread in all."


def is_outside(statistic, row, real):
    if statistic in (RUN, SHARE):
        return float(row["above"]) > MOST_ABOVE or float(row["mean"]) > float(real["high"])
    if statistic == PEAK:
        return float(row["above"]) > 0
    away = abs(float(row["mean"]) - float(real["mean"]))
    return away > 2 * float(real["deviation"]) + 1e-9


def cell(statistic, row):
    if statistic in (RUN, SHARE):
        digits = 1 if statistic == RUN else 2
        mean, low, high = (f"{float(row[key]):.{digits}f}" for key in ("mean", "low", "high"))
        return f"{mean} [{low}, {high}], above {100 * float(row['above']):.0f} %"
    return f"{float(row['mean']):.2f} ({float(row['deviation']):.2f})"


if __name__ == "__main__":
    main()
