"""The published piano-roll benchmark, with the counting models of the course in it.

    python benchmarks/literature.py            fit them again (about three minutes), then write the page
    python benchmarks/literature.py --page     only write benchmarks/literature.md from literature.csv

Every look at a test split is written to benchmarks/test_log.csv. All choices (how much to shrink the
weights, how to mix) are made on the validation split. In literature.csv the published rows were typed in
from the papers; those of the course are put there by ``record``, which other commands may call too.
"""

import csv
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # CPU time is counted on one thread

from pooch import os_cache

from musicml import baselines, corpora, evaluate

FOLDER = Path(__file__).parent
TABLE, PAGE = FOLDER / "literature.csv", FOLDER / "literature.md"
WEIGHTS = os_cache("musicml") / "frame_models"  # of networks that learned from downloads with terms
SEEDS = FOLDER / "seeds.csv"
SEED_COLUMNS = ("corpus", "model", "copy", "seed", "epoch", "valid", "cpu_seconds")
COMMAND = "python benchmarks/literature.py"
COLUMNS = ("corpus", "model", "by", "kind", "test", "low", "high", "valid", "cpu_seconds", "source")
CORPORA = ("jsb", "nottingham")
FRAMES = {"jsb": 2, "nottingham": 4}  # that logistic regression looks back
PENALTIES = (16, 8, 4, 2, 1)

HEAD = """# The published benchmark, and where our models stand

Written by `python benchmarks/literature.py` from `literature.csv`; do not edit.

The number is the negative log-likelihood of a frame on the test split: natural logarithm, summed over the 88
notes, mean over all frames of all pieces but the first frame of each piece. Lower is better. In brackets the
95 % interval when pieces are drawn again (bootstrap). Two columns for each corpus:

- *factorised*: one probability for each note. The notes of a frame count as independent, given the past.
- *joint*: one probability for the whole frame. The model may know that notes form chords. Never compare
  a number of this column with one of the other.

| model | JSB factorised | JSB joint | Nottingham factorised | Nottingham joint | CPU seconds | from |
|---|---|---|---|---|---|---|
"""

FOOT = """
Rows of the course are in bold; the command in their last column repeats them. CPU seconds (JSB / Nottingham)
are for fitting and for choosing on the validation split, on one thread; those of the whole-frame bigram
contain the logistic regression in it. How often the test splits were looked at stands in `test_log.csv`.

- *note unigram*: each note sounds as often as in the training split, counted with one extra observation
  of each kind. With frame 0 counted too, it is the published "Note 1-gram".
- *note copy*: a note stays as it was in the last frame, with two probabilities, the same for all notes.
- *note Markov*: the same, with two probabilities for each note.
- *logistic regression*: each note from all notes of the last {jsb} (JSB) or {nottingham} (Nottingham) frames,
  by L-BFGS. The weight of the squares was chosen among {penalties} on the validation split.
- *whole-frame bigram*: how often this frame followed the last one, mixed with how often it comes at all and,
  for frames never seen, with the logistic regression. The mixture is chosen on the validation split.
- *one network for all notes*: each note asks the same small network, and sees the frames before from where
  it is, so that what was learned in one key holds in all. **Rows that say so use an explicit copy of earlier
  frames**: what followed the longest earlier match in the same piece. No published row is known to do so:
  compare the rows without it with those. How often music repeats stands in `frame_copies.csv`: in Nottingham
  most frames follow such a match, and there the copy halves the number.
  Joint: the notes of a frame are decided one after the other, and each sees those decided before it. The
  network knows two orders, from the top and from the bottom; the probability is the mean of the two, an exact
  mixture with nothing fitted. The epoch was chosen on the validation split; CPU seconds count up to its end,
  without the time of evaluating.
- *..., NumPy*: the recurrent layers of `musicml.nn` and 88 sigmoids (recipe `roll_gru`), without a copy and
  without Keras. Pieces are moved by up to 5 semitones while it learns; `roll_gru.csv` has each epoch.

One seed says little about luck. The test split was looked at with seed 0 alone; these are the best epochs of
each seed on the validation split, in nats a frame (for Nottingham of one validation piece in six):

{seeds}
Three warnings.

- The published rows are a selection, and none is "the best there is". For tuned recurrent networks,
  factorised, 7.72 (JSB) and 2.92 (Nottingham) are named elsewhere, without a paper that we could find.
  Subakan and Smaragdis 2017 (factorised) and Walder 2016 (joint, the rhythm given) are left out, as we could
  not read their tables.
- The published split leaks: 42 of the 77 test chorales of JSB share half of their top line with a training
  one, for every row alike.
- Rows that are quoted by another paper than their own were not checked against the first one; where papers
  disagree, the row says so.
"""


def main():
    for name in CORPORA:
        corpus = corpora.load(name)
        rows = [score(name, corpus, *found) for found in fitted(name, corpus)]
        record(rows)
        for row in rows:
            print(f"{name:<12}{row['model']:<36}{row['test']:>9}   valid {row['valid']:>8}", flush=True)
    write_page()


def fitted(name, corpus):
    """Every model that needs no training loop: (title, kind, fitted model, CPU seconds, count frame 0?)."""
    start = time.process_time()
    clock = lambda: time.process_time() - start  # noqa: E731
    unigram = baselines.NoteUnigram().fit(corpus.train)
    found = [("note unigram", "factorised", unigram, clock(), score_first) for score_first in (False, True)]
    for title, make in (("note copy", baselines.NoteCopy), ("note Markov", baselines.NoteMarkov)):
        start = time.process_time()
        found.append((title, "factorised", make().fit(corpus.train), clock(), False))
    start = time.process_time()
    candidates = [baselines.LogisticRegression(FRAMES[name], p).fit(corpus.train) for p in PENALTIES]
    best = min(candidates, key=lambda model: nll(model, corpus.valid))
    print(f"{name:<12}penalty {best.penalty} chosen on the validation split", flush=True)
    found.append(("logistic regression", "factorised", best, clock(), False))
    bigram = baselines.FrameBigram(best).fit(corpus.train, corpus.valid)
    return [*found, ("whole-frame bigram", "joint", bigram, clock(), False)]


def nll(model, rolls, score_first=False):
    return evaluate.frame_nll([model.log_probs(roll) for roll in rolls], score_first)


def score(name, corpus, title, kind, model, seconds, score_first, command=COMMAND):
    """Look at the test split, log the look, and return a row of the table."""
    log_probs = [model.log_probs(roll) for roll in corpus.test]
    test = evaluate.frame_nll(log_probs, score_first)
    scored = [part[not score_first :] for part in log_probs]
    low, high = evaluate.bootstrap_interval([-part.mean() for part in scored], [len(part) for part in scored])
    title += ", frame 0 counted" * score_first
    evaluate.log_test(name, title, "frame NLL", test, command)
    valid = nll(model, corpus.valid, score_first)
    numbers = {"test": test, "low": low, "high": high, "valid": valid}
    return {
        **dict(zip(COLUMNS, (name, title, "course", kind), strict=False)),
        **{key: f"{value:.4f}" for key, value in numbers.items()},
        "cpu_seconds": f"{seconds:.1f}",
        "source": command,
    }


def read():
    with TABLE.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def record(rows):
    """Put rows of the course into the table, in the place of those of the same corpus and model."""
    new = {(row["corpus"], row["model"]) for row in rows}
    kept = [r for r in read() if r["by"] == "published" or (r["corpus"], r["model"]) not in new]
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept + rows)


def record_seed(corpus, model, copy, seed, epoch, valid, seconds):
    """Put what one seed came to on the validation split into seeds.csv."""
    row = (corpus, model, copy, seed, epoch, f"{valid:.4f}", f"{seconds:.1f}")
    replace_rows(SEEDS, SEED_COLUMNS, [row], 4)


def seed_table(names):
    """seeds.csv as Markdown, the lines of these corpora: a line for each model, a column for each seed."""
    models = {}
    with SEEDS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["corpus"] in names:
                key = row["corpus"], row["model"], row["copy"] or "no copy"
                models.setdefault(key, {})[row["seed"]] = f"{float(row['valid']):.3f}"
    seeds = sorted({seed for found in models.values() for seed in found}, key=int)
    lines = [["corpus", "model", "copy", *(f"seed {seed}" for seed in seeds)], ["---"] * (3 + len(seeds))]
    lines += [[*key, *(found.get(seed, "") for seed in seeds)] for key, found in sorted(models.items())]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def replace_rows(path, columns, rows, key):
    """Put rows into a CSV, in the place of those with the same first ``key`` columns."""
    rows = [[str(value) for value in row] for row in rows]
    new, kept = {tuple(row[:key]) for row in rows}, []
    if path.exists():
        with path.open(encoding="utf-8") as file:
            kept = [row for row in list(csv.reader(file))[1:] if tuple(row[:key]) not in new]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([columns, *kept, *rows])


def write_page():
    PAGE.write_text(page(read()), encoding="utf-8", newline="\n")
    print(f"wrote {PAGE}")


def page(rows):
    """The page as Markdown: factorised models, then joint ones, the highest number first."""
    models = {}
    for row in rows:
        key = row["kind"], row["model"], row["by"], row["source"]
        models.setdefault(key, {})[row["corpus"]] = row
    order = lambda item: (item[0][0], -float(next(iter(item[1].values()))["test"]))  # noqa: E731
    lines = []
    for (kind, model, by, source), found in sorted(models.items(), key=order):
        cells = [
            cell(found.get(name), kind == column) for name in CORPORA for column in ("factorised", "joint")
        ]
        seconds = " / ".join(row["cpu_seconds"] for row in found.values() if row["cpu_seconds"])
        names = (f"**{model}**", f"`{source}`") if by == "course" else (model, source)
        lines.append(f"| {' | '.join([names[0], *cells, seconds, names[1]])} |\n")
    return (
        HEAD
        + "".join(lines)
        + FOOT.format(penalties=", ".join(map(str, PENALTIES)), seeds=seed_table(CORPORA), **FRAMES)
    )


def cell(row, here):
    if row is None or not here:
        return ""
    interval = f" [{float(row['low']):.2f}, {float(row['high']):.2f}]" if row["low"] else ""
    return f"{float(row['test']):.2f}{interval}"


if __name__ == "__main__":
    write_page() if "--page" in sys.argv[1:] else main()
