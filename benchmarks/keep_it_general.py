"""What keeps a small network general: the table of the lesson keep_it_general.

    python benchmarks/keep_it_general.py [--test]

A dense network guesses the next eighth of a jig from the two bars before it. It learns from a few tunes of
``irish``, drawn anew for each of five seeds; the seed also sets its first weights and the order of the
batches. Each remedy learns from the same tunes, with early stopping on the validation tunes, and (but for
the long runs in other keys) once more for all 40 epochs. Then the same with more and with fewer tunes, and
with larger and smaller networks.

Writes keep_it_general.csv, a line for each run; losses are nats per eighth. All choices (step size, rates,
strength of the counting) were made on the validation tunes. With --test the test tunes are
looked at once, for the rows of the table; each look is written to test_log.csv. It takes 6 minutes of CPU.
"""

import argparse
import csv
import os
from pathlib import Path

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"  # before NumPy is imported

import numpy as np  # noqa: E402

from musicml import baselines, corpora, evaluate, nn  # noqa: E402

FILE = Path(__file__).with_suffix(".csv")
FIELDS = "part name stopping tunes units seed epochs train valid test".split()
SEEDS, EPOCHS, PATIENCE = range(5), 40, 5
LOWEST, V, T = 55, 35, 12  # G3, what an eighth can hold, eighths that the network sees
TUNES, UNITS = 40, 256
AMOUNTS, WIDTHS = (10, 20, 40, 80, 160, 320), (4, 16, 64, 256, 1024)
LOSS = nn.SparseCategoricalCrossentropy(from_logits=True)


def on_eighths(tune):
    """True for a jig, in 6/8 throughout, with at least 95 % of its notes on an eighth."""
    on = [(2 * note.onset).denominator == 1 for note in tune.notes]
    return [value for _, value in tune.time_signatures] == [(6, 8)] and np.mean(on) >= 0.95


def eighths(tune):
    """One number for each eighth, from a bar line on: 0 for hold, 1 for G3, 2 for G#3, ... (n,)."""
    row = np.zeros(int(2 * tune.duration), int)
    for note in tune.notes:
        if (2 * note.onset).denominator == 1:
            row[int(2 * note.onset)] = note.pitch - LOWEST + 1
    return np.concatenate([np.zeros(-int(2 * tune.pickup) % 6, int), row])


def look(before, place):
    """What the network sees: the last T eighths (n, T) and places in the bar (n,), one-hot: (n, T V + 6)."""
    return np.hstack(
        [np.eye(V, dtype="float32")[before].reshape(-1, T * V), np.eye(6, dtype="float32")[place]]
    )


def pairs(rows):
    """What comes before each eighth, and the eighth: x (n, T V + 6), y (n,)."""
    before = np.concatenate([np.lib.stride_tricks.sliding_window_view(row[:-1], T) for row in rows])
    place = np.concatenate([np.arange(T, len(row)) % 6 for row in rows])
    return look(before, place), np.concatenate([row[T:] for row in rows])


def moved(rows):
    """Every tune in up to twelve keys, 5 semitones lower to 6 higher, where all its notes have a number."""
    fits = [
        (row, k) for row in rows for k in range(-5, 7) if row[row > 0].min() + k > 0 and row.max() + k < V
    ]
    return [np.where(row > 0, row + k, 0) for row, k in fits]


def network(seed, units=UNITS, before=(), after=()):
    """One hidden layer; ``before`` and ``after`` its relu stand more layers."""
    return nn.Sequential([nn.Dense(units), *before, nn.Activation("relu"), *after, nn.Dense(V)], seed=seed)


def drawn(rows, tunes, seed):
    """So many of the training tunes, by chance."""
    return [rows[i] for i in np.random.default_rng(seed).permutation(len(rows))[:tunes]]


def learn(model, data, held_out, optimizer, stopping):
    """Train, and return the History; with stopping the model ends with its best weights."""
    model.compile(optimizer=optimizer, loss=LOSS)
    callbacks = [nn.EarlyStopping(patience=PATIENCE, restore_best_weights=True)] if stopping else []
    return model.fit(
        *data, batch_size=64, epochs=EPOCHS, verbose=0, callbacks=callbacks, validation_data=held_out
    ).history


def adam():
    return nn.Adam(0.002)


REMEDIES = {  # name -> (copies of the tunes, layers before relu, layers after relu, optimizer)
    "nothing": (None, list, list, adam),
    "weight decay": (None, list, list, lambda: nn.AdamW(0.002, weight_decay=1.0)),
    "dropout": (None, list, lambda: [nn.Dropout(0.5)], adam),
    "batch normalisation": (None, lambda: [nn.BatchNormalization(momentum=0.9)], list, adam),
    "layer normalisation": (None, lambda: [nn.LayerNormalization()], list, adam),
    "other keys": (moved, list, list, adam),
    "other keys, dropout": (moved, list, lambda: [nn.Dropout(0.5)], adam),
}


def run(name, rows, parts, seed, units=UNITS, stopping=True, test=False):
    """One remedy, one seed: the fields of a line."""
    copies, before, after, optimizer = REMEDIES[name]
    model = network(seed, units, before(), after())
    history = learn(model, pairs(copies(rows) if copies else rows), parts["valid"], optimizer(), stopping)
    best = int(np.argmin(history["val_loss"])) if stopping else EPOCHS - 1
    line = {"epochs": best + 1, "train": history["loss"][best], "valid": history["val_loss"][best]}
    return line | ({"test": model.evaluate(*parts["test"], batch_size=512)} if test else {})


def counting(name, order, strength, rows, held):
    """A table of counts, learned from the same tunes and asked about the same eighths."""
    table = baselines.MarkovChain(order, V, strength).fit(moved(rows) if "keys" in name else rows)
    surprise = lambda rows: evaluate.nats_per_note([table.log_probs(row)[T - 1 :] for row in rows])  # noqa: E731
    return {part: surprise(of) for part, of in held.items()}


TABLES = {  # name -> (order, strength)
    "counting, memory 0": (0, 5),
    "counting, memory 1": (1, 10),
    "counting, memory 4": (4, 40),
    "counting, memory 4, other keys": (4, 40),
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--test", action="store_true", help="look at the test tunes too, and log it")
    looking = parser.parse_args().test
    irish, lines = corpora.load("irish"), []
    rows = {
        part: [eighths(tune) for tune in getattr(irish, part) if on_eighths(tune)]
        for part in ("train", "valid", "test")
    }
    parts = {part: pairs(rows[part]) for part in ("valid", "test")}
    held = {part: rows[part] for part in (("valid", "test") if looking else ("valid",))}
    print({part: len(of) for part, of in rows.items()}, "tunes")

    def keep(part, name, tunes, seed, found, units=0, stopping=True):
        line = dict(zip(FIELDS, (part, name, int(stopping), tunes, units, seed), strict=False))
        lines.append(line | {key: round(value, 4) for key, value in found.items()})
        print(*lines[-1].values(), flush=True)

    for seed in SEEDS:
        tunes = drawn(rows["train"], TUNES, seed)
        for name, choices in TABLES.items():
            keep("remedy", name, TUNES, seed, counting(name, *choices, tunes, held))
        for name in REMEDIES:
            keep("remedy", name, TUNES, seed, run(name, tunes, parts, seed, test=looking), UNITS)
            if "keys" not in name:  # no row of the table but "nothing" is tested without stopping
                test = looking and name == "nothing"
                found = run(name, tunes, parts, seed, stopping=False, test=test)
                keep("remedy", name, TUNES, seed, found, UNITS, stopping=False)
        for units in WIDTHS:
            for stopping in (True, False):
                found = run("nothing", tunes, parts, seed, units, stopping)
                keep("width", "nothing", TUNES, seed, found, units, stopping)
        for amount in AMOUNTS:
            tunes = drawn(rows["train"], amount, seed)
            found = counting("", *TABLES["counting, memory 4"], tunes, {"valid": rows["valid"]})
            keep("amount", "counting, memory 4", amount, seed, found)
            keep("amount", "nothing", amount, seed, run("nothing", tunes, parts, seed), UNITS)

    with FILE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    tested = {(line["name"], line["stopping"]) for line in lines if "test" in line}
    for name, stopping in sorted(tested):
        values = [v["test"] for v in lines if (v["name"], v["stopping"]) == (name, stopping) and "test" in v]
        model = f"{name}{'' if stopping else ', no stopping'}: {TUNES} jigs, mean of {len(values)} seeds"
        command = "python benchmarks/keep_it_general.py --test"
        evaluate.log_test("irish", model, "nats per eighth", float(np.mean(values)), command)


if __name__ == "__main__":
    main()
