"""Train the composer of dance tunes: musicml/weights/tune_gru.npz and its card.

    python benchmarks/train_tune_gru.py
    python benchmarks/train_tune_gru.py --test       look at the test tunes, once
    python benchmarks/train_tune_gru.py --samples    draw tunes at several temperatures, beside real tunes

A recurrent network over the tunes of ``irish`` and ``fiddle``, all moved to one tonic. Before each note it is
told what a token cannot say: musicml/apps/compose/tune_facts.py. Metre, mode, upbeat and the number of bars
are given too, so its nats per note stand under these conditions; they cover every note and the end of the
tune. The epoch with the best validation loss is kept.

``--samples`` writes benchmarks/tune_gru.csv and, from that, tune_gru.md; the temperature that compose_tune
takes was chosen by reading it.
"""

import csv
import json
import os
import sys
import time
from collections import Counter
from fractions import Fraction
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # CPU time is counted on one thread

import numpy as np

from musicml import corpora, evaluate, generate, nn, recipes
from musicml.apps.compose import tune, tune_facts
from musicml.score import bar_length, read_key

COMMAND = "python benchmarks/train_tune_gru.py"
TABLE, PAGE = Path(__file__).parent / "tune_gru.csv", Path(__file__).parent / "tune_gru.md"
COLUMNS = ("group", "statistic", "mean", "deviation", "low", "high")
REAL, RUN = "held-out tunes", "longest copied run, notes"
SEED, EPOCHS, BATCH = 0, 12, 16
RATE, DECAY = 0.004, 0.02
FEWEST = 10  # a key or an upbeat that fewer tunes have is not drawn
GRID = ((0.8, 1.0), (0.9, 0.98), (0.9, 1.0), (1.0, 1.0))  # temperature, top_p
SAMPLES = 60

HEAD = """# Tunes of the recurrent network, beside real ones

Written by `python benchmarks/train_tune_gru.py --samples` from `tune_gru.csv`; do not edit.

The first column is the tunes of the validation splits of `irish` and `fiddle`, as written. The others are
{samples} tunes of 16 bars each (`musicml.apps.compose.tune.write_tune`), named by temperature and top_p;
`compose_tune` takes {chosen}. Each cell: mean (standard deviation of the tunes); for copied runs also the
band in which 95 % of the tunes lie. A star: the mean is further than two deviations of real tunes from their
mean. Definitions stand in the docstrings of `musicml.evaluate`. What was copied from the two training splits
is counted in any key.

"""


def examples(scores):
    """Tunes that have tokens -> list of (tokens (n,), facts uint8 (n, F))."""
    found = [pair for pair in map(tune_facts.learnable, scores) if pair is not None]
    return [(tokens, tune_facts.facts(tokens[:-1], plan)) for tokens, plan in found]


def padded(tunes):
    """Examples -> x (B, T, F), y (B, T), and which steps are real, (B, T)."""
    longest = max(len(tokens) for tokens, _ in tunes)
    x = np.zeros((len(tunes), longest, tune_facts.FACTS), np.float32)
    y, real = np.zeros((len(tunes), longest), np.int64), np.zeros((len(tunes), longest), bool)
    for row, (tokens, known) in enumerate(tunes):
        x[row, : len(tokens)], y[row, : len(tokens)], real[row, : len(tokens)] = known, tokens, True
    return x, y, real


def batches(tunes, rng):
    """All tunes once, those of about one length together: less padding."""
    lengths = np.array([len(tokens) for tokens, _ in tunes]) * np.exp(rng.normal(0, 0.1, len(tunes)))
    order = np.argsort(lengths)
    groups = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    for number in rng.permutation(len(groups)):
        yield padded([tunes[n] for n in groups[number]])


def log_probs(model, tunes):
    """Natural log p of each token, an array for each tune."""
    found = []
    for tokens, known in tunes:
        z = model(known[None].astype(np.float32))[0].astype(np.float64)
        z -= z.max(axis=1, keepdims=True)
        found.append((z - np.log(np.exp(z).sum(axis=1, keepdims=True)))[np.arange(len(tokens)), tokens])
    return found


def train(model, tunes, valid):
    """Fit, and keep the weights of the best epoch: (epoch, its valid loss, CPU seconds to its end)."""
    loss, rng = nn.SparseCategoricalCrossentropy(from_logits=True), np.random.default_rng(SEED)
    steps = EPOCHS * -(-len(tunes) // BATCH)
    optimizer = nn.AdamW(nn.CosineDecay(RATE, steps), weight_decay=DECAY, global_clipnorm=1.0)
    best, start = (0, np.inf, 0.0), time.process_time()
    for epoch in range(1, EPOCHS + 1):
        total = count = 0
        for x, y, real in batches(tunes, rng):
            model.zero_grads()
            value = loss(y, model(x, training=True), mask=real)
            model.backward(loss.backward())
            optimizer.apply(model.named_weights())
            total, count = total + value * real.sum(), count + real.sum()
        seconds = time.process_time() - start
        held_out = evaluate.nats_per_note(log_probs(model, valid))
        print(f"epoch {epoch}: train {total / count:.3f}, valid {held_out:.3f}, {seconds:.0f} s", flush=True)
        if held_out < best[1]:
            best, weights = (epoch, held_out, seconds), model.get_weights()
    model.set_weights(weights)
    return best


def habits(scores):
    """What is drawn before the first note: upbeats of each metre, and keys, with how many tunes have them."""
    plans = [found[1] for score in scores if (found := tune_facts.learnable(score)) is not None]
    pickups = {}
    for metre in tune_facts.METRES:
        counts = Counter(str(plan.pickup) for plan in plans if plan.metre == metre)
        pickups["{}/{}".format(*metre)] = {k: n for k, n in counts.most_common() if n >= FEWEST}
    modes = lambda key: key is not None and read_key(key)[1] in tune_facts.MODES  # noqa: E731
    keys = Counter(score.key for score in scores if modes(score.key))
    return {"pickups": pickups, "keys": {key: n for key, n in keys.most_common() if n >= FEWEST}}


def main():
    books = [corpora.load(name) for name in ("irish", "fiddle")]
    scores = [score for book in books for score in book.train]
    tunes = examples(scores)
    model = recipes.tune_gru(nn)
    model.build((None, None, tune_facts.FACTS))
    irish, fiddle = (examples(book.valid) for book in books)
    epoch, _, seconds = train(model, tunes, irish + fiddle)
    card = {
        "recipe": "tune_gru",
        "arguments": {},
        "input_shape": [None, tune_facts.FACTS],
        "made_by": COMMAND,
        "data": f"irish and fiddle, train splits: {len(tunes)} tunes, all moved to the tonic G",
        "terms": "both books are in the public domain; see datasets/irish.md and datasets/fiddle.md",
        "given": "metre, mode, upbeat and number of bars; then each note, and the end, from all before it"
        "; of these also an explicit copy: what followed the longest earlier match, "
        "and what stood 1, 2, 4 and 8 bars back",
        "seed": SEED,
        "best_epoch": epoch,
        "cpu_minutes": round(seconds / 60, 1),
        "weights": model.count_params(),
        "valid_nats_per_note": round(evaluate.nats_per_note(log_probs(model, irish)), 3),
        "valid_nats_per_note_fiddle": round(evaluate.nats_per_note(log_probs(model, fiddle)), 3),
        **habits(scores),
    }
    nn.save_weights(model, generate.WEIGHTS / "tune_gru.npz")
    write_card(card)


def test():
    """Look at the test splits with the weights that are there, log the looks, and add them to the card."""
    model, card = generate.pretrained("tune_gru")
    for name, end in (("irish", ""), ("fiddle", "_fiddle")):
        found = log_probs(model, examples(corpora.load(name).test))
        value = evaluate.nats_per_note(found)
        evaluate.log_test(name, "tune_gru", "nats per note", value, f"{COMMAND} --test")
        bounds = evaluate.bootstrap_interval([-part.mean() for part in found], [len(part) for part in found])
        card[f"test_nats_per_note{end}"] = round(value, 3)
        card[f"test_interval_95{end}"] = [round(bound, 3) for bound in bounds]
    write_card(card)


def write_card(card):
    text = json.dumps(card, indent=2) + "\n"
    (generate.WEIGHTS / "tune_gru.json").write_text(text, encoding="utf-8")
    print(text)


def samples():
    """Real tunes of the validation splits, and tunes drawn at each temperature, by their numbers."""
    books = [corpora.load(name) for name in ("irish", "fiddle")]
    real = [score for book in books for score in book.valid if tune_facts.learnable(score) is not None]
    original = evaluate.Originality([score for book in books for score in book.train])
    groups = {REAL: real}
    for temperature, top_p in GRID:
        name = f"{temperature:g}, {top_p:g}"
        groups[name] = [tune.write_tune(seed, temperature, top_p) for seed in range(SAMPLES)]
        print(name, flush=True)
    rows = []
    for group, scores in groups.items():
        found = [evaluate.all_statistics(score) | ending(score) for score in scores]
        for score, numbers in zip(scores, found, strict=True):
            numbers[RUN] = original.longest_run(score)
            numbers["share of runs of 8 copied"] = original.overlap(score)
        for statistic in found[0]:
            values = np.array([numbers[statistic] for numbers in found], float)
            values = values[np.isfinite(values)]
            row = (values.mean(), values.std(), *evaluate.band(values))
            rows.append((group, statistic, *(f"{value:.4f}" for value in row)))
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
    write_page()


def ending(score):
    """How a tune ends, and whether its notes keep to the bars."""
    bar, notes = bar_length(score.time_signature), score.notes
    crossed = [(note.onset - score.pickup) % bar + note.duration > bar for note in notes]
    return {
        "ends on the tonic": notes[-1].pitch % 12 == read_key(score.key)[0],
        "beats of the last note": float(notes[-1].duration),
        "notes over a bar line": np.mean(crossed),
        "notes off the sixteenths": np.mean([note.onset % Fraction(1, 4) != 0 for note in notes]),
    }


def write_page():
    with TABLE.open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    groups = list(dict.fromkeys(row["group"] for row in table))
    cells = {(row["statistic"], row["group"]): row for row in table}
    lines = [f"| | {' | '.join(groups)} |\n|---|{'---|' * len(groups)}\n"]
    for statistic in dict.fromkeys(row["statistic"] for row in table):
        real, line = cells[statistic, REAL], [statistic]
        for group in groups:
            row = cells[statistic, group]
            mean, spread = float(row["mean"]), float(real["deviation"])
            star = " *" if abs(mean - float(real["mean"])) > 2 * spread + 1e-9 else ""
            top = f" [{float(row['low']):.0f}, {float(row['high']):.0f}]" if statistic == RUN else ""
            line.append(f"{mean:.2f} ({float(row['deviation']):.2f}){top}{star}")
        lines.append(f"| {' | '.join(line)} |\n")
    text = HEAD.format(samples=SAMPLES, chosen=f"{tune.TEMPERATURE:g}, {tune.TOP_P:g}") + "".join(lines)
    PAGE.write_text(text, encoding="utf-8", newline="\n")
    print(f"wrote {PAGE}")


if __name__ == "__main__":
    {"": main, "--test": test, "--samples": samples}["".join(sys.argv[1:])]()
