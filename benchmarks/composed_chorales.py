"""Chorales by `musicml compose` beside real ones, by their numbers.

    python benchmarks/composed_chorales.py            measures, and writes composed_chorales.csv and .md
    python benchmarks/composed_chorales.py --page     writes the page again from the CSV

The real ones are those of the validation split, so that the test split is not looked at.
"""

import csv
import sys
from pathlib import Path

import numpy as np

from musicml import corpora, evaluate
from musicml.apps.compose import chorale as composer
from musicml.apps.compose import part_writing
from musicml.score import chorale_plan, final_chord, find_key, key_name

CSV, PAGE = (Path(__file__).with_name(f"composed_chorales.{ending}") for ending in ("csv", "md"))
SAMPLES, BARS = 50, 12

HEAD = """# Composed chorales and real ones, by their numbers

Written by `python benchmarks/composed_chorales.py`; do not edit.

- *real*: the chorales of the validation split of `chorales`.
- *composed*: {samples} pieces of {bars} bars as `compose_chorale` makes them, seeds 0 to {last}: drawn at
  temperature {temperature}, nucleus {top_p}, by the rules, and of {pieces} the one with the fewest faults.
- *network alone*: as many, to the same plans and at the same temperature, without any rule or choice.

Mean (standard deviation over the pieces). *from real*: how many deviations of real pieces the mean of the
composed ones is away from theirs. Definitions: `musicml.evaluate.all_statistics`, `part_writing.py` in
`musicml.apps.compose`, `evaluate.Originality` (against the train split, whatever the key). The rules see to
parallels and last chords, so those say nothing about the network; *network alone* does.
"""


def measure(original, score, grid, plan):
    """All numbers of one piece."""
    ends = part_writing.line_ends(plan.fermata)
    chord = {(pitch - plan.tonic) % 12 for pitch in final_chord(score)}
    return evaluate.all_statistics(score) | {
        "parallels in 100 beats": 400 * part_writing.parallels(grid) / len(grid),
        "steps with crossed voices": part_writing.crossings(grid) / len(grid),
        "lines that end on a triad": np.mean([part_writing.is_triad(grid[step]) for step in ends]),
        "ends on its tonic triad": float(chord in ({0, 4, 7}, {0, 3, 7}, {0, 4}, {0, 3})),
        "key found is key asked": float(find_key(score).name == key_name(plan.tonic, plan.mode)),
        "longest copied run, notes": original.longest_run(score),
        "runs of 8 copied": original.overlap(score, 8),
    }


def compose(original, seed, rules):
    model, card = composer.network()
    plan = composer.chorale_form(BARS, *composer.draw_key(seed), seed)
    pieces = composer.PIECES if rules else 1
    drawn = composer.write(model, card["context"], plan, pieces, seed, rules=rules)
    tokens = min(drawn, key=lambda piece: composer.faults(piece, plan))
    return measure(original, composer.as_score(tokens, plan), composer.TOKENS.grid(tokens)[0], plan)


def main():
    corpus = corpora.load("chorales")
    original = evaluate.Originality([piece.score() for piece in corpus.train])
    groups = {
        "real": [measure(original, p.score(), p.grid, chorale_plan(p)) for p in corpus.valid],
        "composed": [compose(original, seed, True) for seed in range(SAMPLES)],
        "network alone": [compose(original, seed, False) for seed in range(SAMPLES)],
    }
    with CSV.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["statistic", "group", "pieces", "mean", "deviation", "low_95", "high_95"])
        for name in groups["real"][0]:
            for group, rows in groups.items():
                values = [row[name] for row in rows]
                numbers = (np.nanmean(values), np.nanstd(values), *evaluate.band(values))
                writer.writerow([name, group, len(rows), *(f"{number:.4f}" for number in numbers)])


def page():
    with CSV.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    table = {}
    for row in rows:
        table.setdefault(row["statistic"], {})[row["group"]] = row
    lines = [HEAD.format(samples=SAMPLES, bars=BARS, last=SAMPLES - 1, temperature=composer.TEMPERATURE,
                         top_p=composer.TOP_P, pieces=composer.PIECES)]  # fmt: skip
    lines += ["| | real | composed | from real | network alone |", "|---|---|---|---|---|"]
    for name, groups in table.items():
        mean = {group: float(row["mean"]) for group, row in groups.items()}
        spread = float(groups["real"]["deviation"])
        away = f"{(mean['composed'] - mean['real']) / spread:+.1f}" if spread else ""
        real, composed, alone = (
            f"{float(row['mean']):.2f} ({float(row['deviation']):.2f})" for row in groups.values()
        )
        lines.append(f"| {name} | {real} | {composed} | {away} | {alone} |")
    bands = {
        g: (float(r["low_95"]), float(r["high_95"])) for g, r in table["longest copied run, notes"].items()
    }
    lines += ["", "Longest copied run, the middle 95 % of pieces, in notes: " + ", ".join(
        f"{group} {low:.0f} to {high:.0f}" for group, (low, high) in bands.items()) + "."]  # fmt: skip
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    if "--page" not in sys.argv:
        main()
    page()
