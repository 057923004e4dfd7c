"""The published benchmark with one small network for every note, trained on Keras.

    python benchmarks/frame_models.py                               both corpora, both kinds
    python benchmarks/frame_models.py --corpus jsb --kind joint     one of the four
    python benchmarks/frame_models.py --steps                       what each idea gains, on validation (JSB)
    python benchmarks/frame_models.py --copies                      how often music repeats, on validation
    python benchmarks/frame_models.py --only train                  without a look at the test split
    python benchmarks/frame_models.py --only test                   score what was trained
    python benchmarks/frame_models.py --without-copy                the same models without the explicit copy
    python benchmarks/frame_models.py --seed 1                      trained again; on validation alone

Factorised: each note sees the frames before, from where it is, and an explicit copy of earlier frames of the
same piece (score.notes_see). Joint: it sees the notes of its own frame that are decided already, too, from
the top down or from the bottom up; the network learns both orders, and the model is the mean of the two.

Keras trains (AdamW, cosine schedule, averaged weights); ``musicml.nn``, with the same weights, is what is
scored. The epoch with the best validation loss is kept, and the test split is looked at once, at the end.
CPU seconds count from the start of fitting to the end of the best epoch, on one thread, what the notes see
included, the time of evaluating not. Each epoch is a line of benchmarks/frame_models_epochs.csv, the result
goes to literature.csv; what each seed comes to on validation goes to seeds.csv. The weights, each file with a
card, go to the cache of the user: they are no part of the course, as the rolls are a download with terms of
their own.
"""

import argparse
import csv
import itertools
import json
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # CPU time is counted on one thread

import literature
import numpy as np

from musicml import baselines, corpora, evaluate, nn, recipes, score
from musicml.score import planes

COMMAND = "python benchmarks/frame_models.py"
CURVES = Path(__file__).parent / "frame_models_epochs.csv"
STEPS_TABLE = Path(__file__).parent / "frame_models.csv"
COPIES_TABLE = Path(__file__).parent / "frame_copies.csv"
COPY_COLUMNS = ("corpus", "frames", "follow_a_match_of_4", "copy_is_right")
CURVE_COLUMNS = ("corpus", "kind", "copy", "epoch", "train", "valid", "cpu_seconds")
STEP_COLUMNS = ("corpus", "model", "kind", "copy", "weights", "epoch", "valid", "cpu_seconds")
KINDS = {"factorised": (), "joint": ("down", "up")}
SEED, BATCH, DECAY, AVERAGE, WARM_UP, CLIP = 0, 1024, 0.01, 0.998, 200, 1.0
NEAR, RECENT, RARE = 3, 8, 4  # see ``plausible``
# A share of the training pieces makes an epoch. After "every" so many of them, one validation piece in "thin"
# is heard, to choose the best epoch; literature.csv has the figure of them all.
JSB = {"epochs": 20, "share": 1, "every": 4, "thin": 1, "rate": 0.002}
NOTTINGHAM = {"epochs": 6, "share": 0.25, "every": 3, "thin": 6, "rate": 0.002}
SETTINGS = {
    ("jsb", "factorised"): JSB | {"units": (256, 128), "dropout": 0.3},
    ("jsb", "joint"): JSB | {"units": (192, 128, 64), "dropout": 0.3},
    ("nottingham", "factorised"): NOTTINGHAM | {"epochs": 4, "every": 4, "units": (192, 128), "dropout": 0.1},
    ("nottingham", "joint"): NOTTINGHAM | {"units": (192, 128, 64), "dropout": 0.1},
}


# The smaller ones of ``steps``: kind, orders of the notes, copy; each for so many epochs.
STEPS = (
    ("factorised", (), False),
    ("factorised", (), True),
    ("joint", ("down",), False),
    ("joint", ("down",), True),
    ("joint", ("down", "up"), True),
)
SHORT = 6
GRU = {"units": 256, "dropout": 0.5, "epochs": 70, "rate": 0.004, "batch": 8, "every": 5}


def network(L, settings, model, notes=None):
    sees = model.inputs(np.zeros((1, 88)), *model.orders[:1]).shape[-1]
    built = recipes.note_by_note(L, settings["units"], settings["dropout"])
    built.build((None, notes or model.P, sees))
    return built


def plausible(model, roll):
    """The notes (T, P) to learn from in every epoch: near those of the frame before, or heard lately, or
    sounding. Of the others a few come, each counted so much more, and the mean stays what it is."""
    roll = model.asked(roll)
    lately = [planes.back(roll, k) for k in range(1, RECENT + 1)]
    return planes.around(lately[0], NEAR).any(axis=-1) | np.any(lately, axis=0) | roll


def examples(model, rolls, rng):
    """Notes to learn from, of all frames but the first, as rows: what they see (past; present in each order),
    whether they sound, what each counts. Of those that are not plausible one in RARE is drawn."""
    found = []
    for roll in rolls:
        likely, expected = plausible(model, roll), model.expected(roll)
        rows = likely | (rng.random(likely.shape) < 1 / RARE)
        rows[0] = False
        seen = (model.past(roll), *(model.present(roll, order, expected) for order in model.orders))
        known = (model.asked(roll), np.where(likely, 1, RARE))
        found.append([a[rows] for a in (*seen, *known)])
    return [np.concatenate(part, dtype="float32") for part in zip(*found, strict=True)]


def batches(data, orders, rng):
    """Notes shuffled, each with its frame in a drawn order: x (B, 1, K), y (B, 1), weights (B,)."""
    past, *present, y, counts = data
    shuffled = rng.permutation(len(y))
    for start in range(0, len(y) - BATCH + 1, BATCH):
        rows = shuffled[start : start + BATCH]
        x = past[rows]
        if orders:
            drawn = rng.integers(len(orders), size=(BATCH, 1))
            x = np.concatenate([x, np.choose(drawn, [part[rows] for part in present])], axis=-1)
        yield x[:, None], y[rows, None], counts[rows]


def count(model, roll):
    """About how many notes of a roll come in an epoch."""
    share = plausible(model, roll)[1:]
    return share.sum() + (~share).sum() / RARE


def fit(model, corpus, settings, seed=SEED):
    """Train on Keras; leave the weights of the best epoch in ``model``. Returns a line for each epoch."""
    from musicml import twin

    twin.keras.utils.set_random_seed(seed)
    rng, start = np.random.default_rng(seed), time.process_time()
    keras_model, model.network = network(twin, settings, model, 1), network(nn, settings, model)
    share, epochs = settings["share"], settings["epochs"]
    data = examples(model, corpus.train, rng) if share == 1 else None
    rows = np.mean([count(model, roll) / (len(roll) - 1) for roll in corpus.train])  # of a frame in an epoch
    steps = int(epochs * share * rows * sum(len(roll) - 1 for roll in corpus.train) / BATCH)
    rate = twin.CosineDecay(0.0, steps, 0.01, warmup_target=settings["rate"], warmup_steps=WARM_UP)
    keras_model.compile(
        optimizer=twin.AdamW(rate, weight_decay=DECAY, global_clipnorm=CLIP),
        loss=twin.BinaryCrossentropy(from_logits=True),
    )
    average, step, seconds, curve, best = keras_model.get_weights(), 0, 0.0, [], (np.inf, None)
    for epoch in range(1, epochs + 1):
        if share < 1:
            pieces = rng.permutation(len(corpus.train))[: int(share * len(corpus.train))]
            data = examples(model, [corpus.train[n] for n in pieces], rng)
        losses = []
        for x, y, weights in batches(data, model.orders, rng):
            losses.append(float(keras_model.train_on_batch(x, y, sample_weight=weights)))
            step += 1
            kept = min(AVERAGE, (1 + step) / (10 + step))  # a short memory as long as all is new
            average = [
                kept * old + (1 - kept) * new
                for old, new in zip(average, keras_model.get_weights(), strict=True)
            ]
        seconds += time.process_time() - start
        if epoch % settings["every"] == 0:
            model.network.set_weights(average)
            valid = literature.nll(model, corpus.valid[:: settings["thin"]])
            curve.append((epoch, np.mean(losses) * rows, valid, seconds))
            best = min(best, (valid, average), key=lambda pair: pair[0])
            print(f"epoch {epoch}: train {curve[-1][1]:.3f}, valid {valid:.4f}, {seconds:.0f} s", flush=True)
        start = time.process_time()
    model.network.set_weights(best[1])
    return curve


def train(name, kind, copy, seed, folder):
    """Train one model, without a look at the test split. Seed 0 leaves its curve, weights and card, too."""
    corpus, settings = corpora.load(name), SETTINGS[name, kind]
    model = baselines.NoteByNote(None, corpus.train, KINDS[kind], copy)
    curve = fit(model, corpus, settings, seed)
    epoch, _, valid, seconds = min(curve, key=lambda line: line[2])
    told, copied = f"{name}, {kind}{'' if copy else ', without copy'}, seed {seed}", "copy" if copy else ""
    print(f"{told}: valid {valid:.4f} in epoch {epoch}, {seconds:.0f} CPU seconds", flush=True)
    literature.record_seed(name, f"one network, {kind}", copied, seed, epoch, valid, seconds)
    if seed != SEED:
        return
    lines = [(name, kind, copied, epoch, *(f"{value:.4f}" for value in values)) for epoch, *values in curve]
    literature.replace_rows(CURVES, CURVE_COLUMNS, lines, 3)
    folder.mkdir(parents=True, exist_ok=True)
    path = weights_path(name, kind, copy, folder)
    nn.save_weights(model.network, path.with_suffix(".npz"))
    card = {
        "recipe": "note_by_note",
        "arguments": {"units": settings["units"], "dropout": settings["dropout"]},
        "inputs": "musicml.baselines.NoteByNote",
        "orders": model.orders,
        "copy": copy,
        "made_by": f"{command(copy)} --corpus {name} --kind {kind} --folder FOLDER",
        "data": f"{name}, train split: a download with terms of its own; do not pass these weights on",
        "seed": SEED,
        "best_epoch": epoch,
        "weights": model.network.count_params(),
        "valid_nats_per_frame": round(valid, 4),
        "cpu_seconds": round(seconds, 1),
    }
    path.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def weights_path(name, kind, copy, folder):
    return folder / f"frames_{name}_{kind}{'' if copy else '_without_copy'}"


def command(copy):
    return COMMAND if copy else f"{COMMAND} --without-copy"


def read_model(name, kind, folder, copy=True):
    """The model that ``train`` wrote, and its card."""
    path = weights_path(name, kind, copy, folder)
    card = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    model = baselines.NoteByNote(None, corpora.load(name).train, card["orders"], copy)
    model.network = network(nn, card["arguments"], model)
    nn.load_weights(model.network, path.with_suffix(".npz"))
    return model, card


def look(name, kind, copy, folder):
    """Look at the test split once, and record it."""
    model, card = read_model(name, kind, folder, copy)
    title = "one network for all notes" + ", both orders of a frame" * (kind == "joint")
    title += ", copy of earlier frames" * copy + f", Keras, {card['weights'] // 1000}k weights"
    corpus, source = corpora.load(name), command(copy)
    row = literature.score(name, corpus, title, kind, model, card["cpu_seconds"], False, source)
    drop(name, kind, source)
    literature.record([row])
    literature.write_page()
    print(f"{name}, {kind}: test {row['test']} [{row['low']}, {row['high']}], valid {row['valid']}")


def steps(name="jsb"):
    """What each idea gains, on validation: a row of frame_models.csv for each. The test split is not seen."""
    corpus, rows = corpora.load(name), []
    for copy in (False, True):
        weights, *found = fit_gru(corpus, copy)
        rows.append((name, "GRU over frames", "factorised", copy, weights, *found))
        literature.replace_rows(STEPS_TABLE, STEP_COLUMNS, [step_line(row) for row in rows], 4)
    for kind, orders, copy in STEPS:
        model = baselines.NoteByNote(None, corpus.train, orders, copy)
        curve = fit(model, corpus, SETTINGS[name, kind] | {"epochs": SHORT, "every": 2})
        epoch, _, *found = min(curve, key=lambda line: line[2])
        title = "one network for all notes" + "".join(f", {order}" for order in orders)
        rows.append((name, title, kind, copy, model.network.count_params(), epoch, *found))
        literature.replace_rows(STEPS_TABLE, STEP_COLUMNS, [step_line(row) for row in rows], 4)


def step_line(row):
    *start, copy, weights, epoch, valid, seconds = row
    return (*start, "copy" if copy else "", weights, epoch, f"{valid:.4f}", f"{seconds:.1f}")


def fit_gru(corpus, copy):
    """The recurrent network of recipes.roll_gru on Keras, its input with or without the copied frame.
    Returns how many weights it has, the best epoch, its validation NLL and the CPU seconds up to there."""
    from musicml import twin

    def views(roll):  # (T - 1, 88 or more): what is known before frames 1 to T - 1
        parts = [roll[:-1]]
        if copy:
            frames, length = planes.copied(roll, roll)
            parts += [frames[1:], planes.at_least(length[1:], planes.LENGTHS)]
        return np.concatenate(parts, axis=1).astype("float32")

    twin.keras.utils.set_random_seed(SEED)
    rng, start = np.random.default_rng(SEED), time.process_time()
    pairs = [(views(roll), roll[1:].astype("float32")) for roll in corpus.train]
    keras_model = recipes.roll_gru(twin, 88, GRU["units"], GRU["dropout"])
    ours = recipes.roll_gru(nn, 88, GRU["units"], GRU["dropout"])
    for model in (keras_model, ours):
        model.build((None, None, pairs[0][0].shape[1]))
    rate = twin.CosineDecay(GRU["rate"], GRU["epochs"] * (len(pairs) // GRU["batch"]))
    optimizer = twin.AdamW(rate, weight_decay=DECAY, global_clipnorm=CLIP)
    keras_model.compile(optimizer=optimizer, loss=twin.BinaryCrossentropy(from_logits=True))
    seconds, best = 0.0, (np.inf,)
    for epoch in range(1, GRU["epochs"] + 1):
        order = np.argsort([len(x) * np.exp(rng.normal(0, 0.15)) for x, _ in pairs])
        groups = [order[n : n + GRU["batch"]] for n in range(0, len(order), GRU["batch"])]
        for group in (groups[n] for n in rng.permutation(len(groups))):
            T = -(-max(len(pairs[n][0]) for n in group) // 32) * 32  # few lengths: each is compiled once
            x, y = (np.zeros((GRU["batch"], T, a.shape[1]), "float32") for a in pairs[0])
            real = np.zeros((GRU["batch"], T), "float32")
            for row, n in enumerate(group):
                x[row, : len(pairs[n][0])], y[row, : len(pairs[n][0])] = pairs[n]
                real[row, : len(pairs[n][0])] = 1
            keras_model.train_on_batch(x, y, sample_weight=real * real.size / real.sum())
        seconds += time.process_time() - start
        if epoch % GRU["every"] == 0:
            twin.copy_weights(keras_model, ours)
            logits = [ours(views(roll)[None])[0] for roll in corpus.valid]
            found = map(baselines.frame_log_probs, logits, corpus.valid, itertools.repeat(True))
            valid = evaluate.frame_nll(list(found))
            best = min(best, (valid, epoch, seconds))
            print(f"GRU{', copy' * copy}: epoch {epoch}, valid {valid:.4f}, {seconds:.0f} s", flush=True)
        start = time.process_time()
    valid, epoch, seconds = best
    return ours.count_params(), epoch, valid, seconds


def drop(name, kind, source):
    """Take an older row of the same model out of the table; its title may name another number of weights."""
    rows = [
        row for row in literature.read()
        if (row["corpus"], row["kind"], row["source"]) != (name, kind, source)
    ]  # fmt: skip
    with literature.TABLE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, literature.COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def copies(shortest=4):
    """How often music repeats: a row of frame_copies.csv for the validation split of each corpus."""
    rows = []
    for name in literature.CORPORA:
        follows, right = [], []
        for roll in corpora.load(name).valid:
            source, length = score.earlier_match(roll)
            follows.append(length[1:] >= shortest)
            right.append((roll[source] == roll).all(axis=1)[1:])
        follows, right = np.concatenate(follows), np.concatenate(right)
        rows.append((name, len(follows), f"{follows.mean():.4f}", f"{right[follows].mean():.4f}"))
    literature.replace_rows(COPIES_TABLE, COPY_COLUMNS, rows, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", nargs="+", choices=literature.CORPORA, default=list(literature.CORPORA))
    parser.add_argument("--kind", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--folder", type=Path, default=literature.WEIGHTS, help="for weights")
    parser.add_argument(
        "--only", choices=("train", "test"), help="only train; or only score what was trained"
    )
    parser.add_argument("--steps", action="store_true", help="what each idea gains, on validation")
    parser.add_argument("--copies", action="store_true", help="how often music repeats, on validation")
    parser.add_argument("--without-copy", action="store_true", help="without the explicit copy of frames")
    parser.add_argument("--seed", type=int, default=SEED, help="other than 0: validation figures alone")
    options = parser.parse_args()
    if options.steps:
        return steps()
    if options.copies:
        return copies()
    for name, kind in itertools.product(options.corpus, options.kind):
        copy = not options.without_copy
        if options.only != "test":
            train(name, kind, copy, options.seed, options.folder)
        if options.only != "train" and options.seed == SEED:
            look(name, kind, copy, options.folder)


if __name__ == "__main__":
    main()
