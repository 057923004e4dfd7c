"""Music from every model of the course beside real held-out music, by its numbers.

    python benchmarks/generated_music.py                 all families
    python benchmarks/generated_music.py tunes chorales  some; the rows of the others stay
    python benchmarks/generated_music.py --page          only write the page again

A family is one kind of music: real pieces that no model learned from, of the validation split, so that the
test split is not looked at; and at least 50 pieces of each model. The rows go into generated_music.csv, and
the page generated_music.md is made from them. The models of the downloaded corpora do not come with the
course: train them first (``benchmarks/frame_models.py``, ``benchmarks/jsb16.py``).
"""

import csv
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import music_statistics
import numpy as np
from pooch import os_cache

from musicml import baselines, corpora, evaluate, generate, score
from musicml.apps import four_voices
from musicml.apps.compose import compose_chorale
from musicml.apps.compose.tune import write_tune
from musicml.score import ChoraleTokens

FOLDER = Path(__file__).parent
TABLE, PAGE = FOLDER / "generated_music.csv", FOLDER / "generated_music.md"
COLUMNS = ("family", "group", "pieces", "statistic", "mean", "deviation", "low", "high", "above")
SAMPLES = 50
RUN, SHARE = "longest copied run", "share of runs of 8 copied"

HEAD = """# Music from every model, beside real music

Written by `python benchmarks/generated_music.py` from `generated_music.csv`; do not edit.

In each table the first column is real music that no model learned from (validation splits); the others
are {samples} pieces of each model, seeds 0 to {last}, none left out. Each cell: mean (standard deviation).
**A star marks a mean outside the human spread**, further than two standard deviations of real pieces from the
mean of real pieces. Definitions stand in the docstrings of `musicml.evaluate`.

What was copied is counted in notes, in any key, against what the model learned from. In brackets: the band in
which 95 % of the pieces lie, and the share of pieces above the human band; for real music that share is about
2.5 %. A star: the mean run is longer than the band of real pieces allows.
"""


def main():
    words = sys.argv[1:]
    if unknown := set(words) - {"--page", *FAMILIES}:
        sys.exit(f"unknown: {', '.join(unknown)}. Families: {', '.join(FAMILIES)}.")
    for name in FAMILIES if not words else [word for word in words if word != "--page"]:
        start = time.process_time()
        groups, train, steps = FAMILIES[name][0]()
        record(name, rows(name, groups, train, steps))
        print(f"{name}: {', '.join(groups)}, {time.process_time() - start:.0f} CPU seconds", flush=True)
    write_page()


# --- The families: each gives its groups, the real one first; what was learned from; what counts as a step -


def tunes():
    """Melodies written as tokens, which know no metre: real tunes go through the tokens, too."""
    found, train = music_statistics.groups()
    names = {"held-out tunes": "real", "network": "melody_mlp"}
    groups = {names.get(name, name): tunes for name, tunes in found.items() if name != "as written"}
    return groups, train, evaluate.note_steps


def dances():
    """Tunes with their metre, bars and upbeats."""
    irish, fiddle = corpora.load("irish"), corpora.load("fiddle")
    real = [*irish.valid, *fiddle.valid]
    groups = {"real": real, "tune_gru": [write_tune(seed) for seed in range(SAMPLES)]}
    return groups, [*irish.train, *fiddle.train], evaluate.note_steps


def chorales():
    corpus, tokens = corpora.load("chorales"), ChoraleTokens()
    learned = [tokens.encode(piece, ends=True) for piece in corpus.train]
    counts = baselines.KneserNey(12, tokens.size).fit(learned)
    lengths = [4 * len(piece.grid) for piece in corpus.valid]
    drawn = [
        generate.sample(counts.next_log_probs, [tokens.START], lengths[seed % len(lengths)], seed=seed)
        for seed in range(SAMPLES)
    ]
    real = [piece.score() for piece in corpus.valid]
    lasts = [min(max(real[seed % len(real)].duration, 8), 160) for seed in range(SAMPLES)]
    groups = {
        "real": real,
        "Kneser-Ney, 12": [tokens.decode(piece) for piece in drawn],
        "chorale_transformer": [
            compose_chorale(seconds=float(beats), seed=seed, tempo=60) for seed, beats in enumerate(lasts)
        ],
    }
    return groups, [piece.score() for piece in corpus.train], evaluate.note_steps


def voices():
    """Four voices by sixteenths, without holds, from the downloaded corpus."""
    corpus, model = corpora.load("jsb16"), four_voices.load(trained("four_voices.npz"))
    real = [score.grid_score(grid) for grid in corpus.valid]
    lengths = [len(grid) for grid in corpus.valid]
    drawn = [four_voices.compose(model, lengths[seed % len(lengths)], seed) for seed in range(SAMPLES)]
    groups = {"real": real, "four_voices": [score.grid_score(grid) for grid in drawn]}
    return groups, [score.grid_score(grid) for grid in corpus.train], evaluate.note_steps


def rolls():
    """Frames of a quarter note, from the downloaded corpus; copied runs are counted in frames."""
    import frame_models

    corpus = corpora.load("jsb")
    groups = {"real": [as_score(roll) for roll in corpus.valid]}
    for kind in frame_models.KINDS:
        model, _ = frame_models.read_model("jsb", kind, trained(f"frames_jsb_{kind}.npz").parent)
        groups[f"note_by_note, {kind}"] = [
            as_score(baselines.sample_roll(model, len(corpus.valid[seed % len(corpus.valid)]), seed=seed))
            for seed in range(SAMPLES)
        ]
    return groups, corpus.train, steps_of_roll


def as_score(roll):
    made = score.from_pianoroll(roll, steps_per_beat=1, lowest=21 - 12)  # the rolls lie an octave high
    return replace(made, metadata={"roll": roll})


def steps_of_roll(piece):
    return evaluate.frame_steps(piece.metadata["roll"] if hasattr(piece, "metadata") else piece)


def trained(name):
    path = os_cache("musicml") / "frame_models" / name
    if not path.exists():
        sys.exit(f"{name} is not there. Run python benchmarks/frame_models.py and benchmarks/jsb16.py first.")
    return path


DANCES = (
    "Irish and fiddle tunes as written. *tune_gru* writes as `musicml compose --model tune` does: 16 bars, "
    "each part once; it may not write notes over a bar line, and ends on the tonic."
)
CHORALES = (
    "Bach's chorales, by sixteenths. *chorale_transformer* writes as `musicml compose` does: no voice leaves "
    "its range, no parallel fifths or octaves, the tonic chord at the end; of four pieces it keeps the one "
    "with the fewest faults of part writing (`musicml.apps.compose.part_writing`)."
)
ROLLS = "The corpus jsb: frames of a quarter note, all in C. Copied runs are counted in frames."
FAMILIES = {
    "tunes": (tunes, "Tunes as tokens", "Irish tunes. Tokens have no metre, so all bars count as 4/4."),
    "dances": (dances, "Dance tunes with their bars", DANCES),
    "chorales": (chorales, "Chorales in four voices", CHORALES),
    "voices": (
        voices,
        "Chorales of the published benchmark, by sixteenths",
        "The corpus jsb16, without holds.",
    ),
    "rolls": (rolls, "Published chorales as rolls", ROLLS),
}


# --- Numbers and the page ----------------------------------------------------------------------------------


def rows(family, groups, train, steps):
    """A row for each group and statistic."""
    original, found = evaluate.Originality(train, steps), []
    for group, pieces in groups.items():
        measured = [evaluate.all_statistics(piece) for piece in pieces]
        values = {key: [m[key] for m in measured] for key in measured[0]}
        values[RUN] = [original.longest_run(piece) for piece in pieces]
        values[SHARE] = [original.overlap(piece) for piece in pieces]
        if group == "real":
            tops = {key: evaluate.band(values[key])[1] for key in (RUN, SHARE)}
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
    lines = [HEAD.format(samples=SAMPLES, last=SAMPLES - 1)]
    for name, (_, title, text) in FAMILIES.items():
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
    return f"outside the human spread in {', '.join(keys)}." if keys else "inside the human spread in all."


def is_outside(statistic, row, real):
    if statistic in (RUN, SHARE):
        return float(row["mean"]) > float(real["high"])
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
