"""The published benchmark with the recurrent layers of ``musicml.nn``: no Keras, one core.

    python benchmarks/roll_gru.py                        the GRU on jsb and nottingham
    python benchmarks/roll_gru.py --corpus jsb --model LSTM
    python benchmarks/roll_gru.py --only train           only the weights: no look at the test split
    python benchmarks/roll_gru.py --seed 1               train again; on validation alone, into seeds.csv

A network reads the frames of a piece one after the other and gives each of the 88 notes its probability in
the next frame (recipe ``roll_gru``). It learns from whole pieces of about one length, padded, the padding
masked; most times a piece comes it is moved up or down by some semitones. The epoch with the best validation
loss is kept, and the test split is looked at once, at the end.

CPU seconds count from the start of fitting to the end of the best epoch, on one thread, without the time of
evaluating. Each epoch is a line of benchmarks/roll_gru.csv; the result goes to literature.csv. The weights go
to the cache of the user, as those of frame_models.py.
"""

import argparse
import os
import time
from pathlib import Path
from types import SimpleNamespace

os.environ.setdefault("OMP_NUM_THREADS", "1")  # CPU time is counted on one thread

import literature
import numpy as np

from musicml import corpora, evaluate, generate, nn, recipes
from musicml.score import transpose_roll

CURVES = Path(__file__).parent / "roll_gru.csv"
COLUMNS = ("corpus", "model", "epoch", "train", "valid", "cpu_seconds")
COMMAND = "python benchmarks/roll_gru.py"
SEED, BATCH, NOTES = 0, 8, 88
EPOCHS = {"jsb": 220, "nottingham": 60}
UNITS, DROPOUT = 256, {"jsb": 0.5, "nottingham": 0.3}
RATE, DECAY = 0.006, 0.02
SHIFT, MOVED = 5, 0.8  # a piece moves by up to so many semitones, with this probability


def padded(rolls):
    """Rolls -> x (B, T, 88) the frames, y (B, T, 88) the frame after each, and which are real, (B, T)."""
    longest = max(map(len, rolls)) - 1
    x = np.zeros((len(rolls), longest, NOTES), np.float32)
    y, real = np.zeros_like(x), np.zeros((len(rolls), longest), bool)
    for row, roll in enumerate(rolls):
        x[row, : len(roll) - 1], y[row, : len(roll) - 1], real[row, : len(roll) - 1] = (
            roll[:-1],
            roll[1:],
            True,
        )
    return x, y, real


def moved(roll, rng):
    """The roll some semitones higher or lower, as far as its notes stay on the keyboard; or as it is."""
    if rng.random() >= MOVED:
        return roll
    columns = np.flatnonzero(roll.any(axis=0))
    shift = int(np.clip(rng.integers(-SHIFT, SHIFT + 1), -columns[0], NOTES - 1 - columns[-1]))
    return transpose_roll(roll, shift)


def batches(rolls, rng):
    """All pieces once, moved, those of about one length together: less padding."""
    lengths = np.array([len(roll) for roll in rolls]) * np.exp(rng.normal(0, 0.15, len(rolls)))
    order = np.argsort(lengths)
    groups = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    for number in rng.permutation(len(groups)):
        yield padded([moved(rolls[n], rng) for n in groups[number]])


def build(memory, dropout, seed=SEED):
    """The recipe with the GRU, or the same with another memory in its place."""
    if memory == "GRU":
        model = recipes.roll_gru(nn, NOTES, UNITS, dropout)
    else:
        layer = getattr(nn, memory)(UNITS, return_sequences=True)
        model = nn.Sequential([layer, nn.Dropout(dropout), nn.Dense(NOTES)])
    model.rng = np.random.default_rng(seed)
    model.build((None, None, NOTES))
    return model


def log_probs(model, rolls):
    """log p of each frame of each roll; nan for frame 0."""
    logits = [model(roll[None, :-1].astype(np.float32))[0] for roll in rolls]
    return [
        evaluate.frame_log_probs(z, roll, from_logits=True) for z, roll in zip(logits, rolls, strict=True)
    ]


def train(model, corpus, epochs, seed=SEED):
    """Fit, and keep the weights of the best epoch. Returns the curve: (epoch, train, valid, CPU seconds)."""
    loss, rng = nn.BinaryCrossentropy(from_logits=True), np.random.default_rng(seed)
    steps = epochs * -(-len(corpus.train) // BATCH)
    optimizer = nn.AdamW(nn.CosineDecay(RATE, steps), weight_decay=DECAY, global_clipnorm=1.0)
    curve, best, seconds = [], np.inf, 0.0
    for epoch in range(1, epochs + 1):
        start, total, count = time.process_time(), 0.0, 0
        for x, y, real in batches(corpus.train, rng):
            model.zero_grads()
            value = loss(y, model(x, training=True), mask=real)
            model.backward(loss.backward())
            optimizer.apply(model.named_weights())
            total, count = total + NOTES * value * real.sum(), count + real.sum()
        seconds += time.process_time() - start
        valid = evaluate.frame_nll(log_probs(model, corpus.valid))
        curve.append((epoch, total / count, valid, seconds))
        if valid < best:
            best, weights = valid, model.get_weights()
        if epoch % 10 == 0 or epoch == epochs:
            print(f"epoch {epoch}: train {total / count:.3f}, valid {valid:.3f}, {seconds:.0f} s", flush=True)
    model.set_weights(weights)
    return curve


def read_model(path):
    """The GRU whose weights ``run`` saved."""
    model = build("GRU", 0.0)
    nn.load_weights(model, path)
    return model


def sample(model, starts, frames, seed):
    """A roll (1 + frames, 88): one of ``starts``, then frame by frame, with the memory carried on."""
    rng, memory = np.random.default_rng(seed), None
    roll = [starts[rng.integers(len(starts))]]
    for _ in range(frames):
        logits, memory = generate.recurrent_step(model, roll[-1].astype(np.float32), memory)
        roll.append(rng.random(NOTES) < nn.ACTIVATIONS["sigmoid"](logits))
    return np.array(roll)


def run(name, memory, epochs, only_train=False, seed=SEED):
    corpus, model = corpora.load(name), build(memory, DROPOUT[name], seed)
    print(f"{name}, {memory}: {model.count_params():,} weights", flush=True)
    curve = train(model, corpus, epochs, seed)
    epoch, _, valid, seconds = min(curve, key=lambda line: line[2])
    print(f"{name}, {memory}: valid {valid:.4f} in epoch {epoch}, {seconds:.0f} CPU seconds")
    literature.record_seed(name, f"{memory}, NumPy", "", seed, epoch, valid, seconds)
    if seed != SEED:
        return
    literature.WEIGHTS.mkdir(parents=True, exist_ok=True)
    nn.save_weights(model, literature.WEIGHTS / f"roll_{name}_{memory}.npz")
    if only_train:
        return
    lines = [(name, memory, epoch, *(f"{value:.4f}" for value in values)) for epoch, *values in curve]
    literature.replace_rows(CURVES, COLUMNS, lines, 2)
    title = f"{memory}, NumPy, {model.count_params() // 1000}k weights"
    scored = SimpleNamespace(log_probs=lambda roll: log_probs(model, [roll])[0])
    row = literature.score(name, corpus, title, "factorised", scored, seconds, False, COMMAND)
    literature.record([row])
    print(f"{name}, {memory}: test {row['test']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", nargs="+", choices=EPOCHS, default=list(EPOCHS))
    parser.add_argument("--model", nargs="+", choices=("SimpleRNN", "LSTM", "GRU"), default=["GRU"])
    parser.add_argument("--epochs", type=int, help="fewer, to try it out; nothing is looked at or written")
    parser.add_argument("--only", choices=("train",), help="train and keep the weights; look at nothing")
    parser.add_argument("--seed", type=int, default=SEED, help="other than 0: validation figures alone")
    options = parser.parse_args()
    for name in options.corpus:
        for memory in options.model:
            if options.epochs:
                train(build(memory, DROPOUT[name]), corpora.load(name), options.epochs)
            else:
                run(name, memory, EPOCHS[name], options.only == "train", options.seed)


if __name__ == "__main__":
    main()
