"""Which part of a Transformer earns its place: the table of the lesson build_a_transformer.

    python benchmarks/build_a_transformer.py

The small chorale Transformer (two blocks of 64 features, windows of 128 tokens), trained once as it is and
once without each of its parts. All runs have the same data, seed, step size, number and order of steps:

    whole                  as the recipe chorale_transformer
    without attention      each moment hears itself alone
    without positions      no PositionEmbedding; the facts still tell the place in the bar
    without residuals      f(x) in place of x + f(x)
    without normalisation  no LayerNormalization

The rows of facts tell much that attention and positions are for. So three of the runs come a second time,
told the last token alone, and not which voice comes or what the others sing.

The steps follow a cosine down to zero, and the weights at the end are measured: no epoch is chosen. Writes
build_a_transformer.csv, a line for each run: nats per token on the validation chorales, by how much that is
more than the whole network, with a 95 % interval (chorales drawn anew), and seconds of processor of the
training (time.process_time(), the fit calls alone). One seed.
"""

import csv
import os
import time
from pathlib import Path

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"  # before NumPy is imported

import numpy as np  # noqa: E402

from musicml import corpora, evaluate, nn  # noqa: E402
from musicml.score import ChoraleTokens, chorale_example  # noqa: E402

FILE = Path(__file__).with_suffix(".csv")
FIELDS = ("date", "seed", "epochs", "cpu_seconds", "weights", "told", "run", "nats", "worse", "low", "high")
WIDTH, HEADS, BLOCKS, CONTEXT, DROPOUT = 64, 4, 2, 128, 0.1
SEED, EPOCHS, BATCH, RATE = 0, 8, 8, 0.003
PARTS = ("attention", "positions", "residuals", "normalisation")
V = 62
RUNS = {"the facts": (None, *PARTS), "the last token": (None, "attention", "positions")}


class Causal(nn.MultiHeadAttention):
    """Attention that never looks ahead, as a link of a chain."""

    def call(self, x, training=False, mask=None, cache=None):
        return super().call(x, training=training, use_causal_mask=True)


def network(without=None):
    """The network of the recipe, or the same without one of its PARTS."""
    norm = [] if without == "normalisation" else [nn.LayerNormalization]

    def change(*layers):
        chain = [*(make() for make in norm), *layers, nn.Dropout(DROPOUT)]
        return chain if without == "residuals" else [nn.Residual(chain)]

    layers = [nn.Dense(WIDTH)]
    if without != "positions":
        layers.append(nn.PositionEmbedding(CONTEXT))
    for _ in range(BLOCKS):
        if without != "attention":
            layers += change(Causal(HEADS, WIDTH // HEADS))
        layers += change(nn.Dense(4 * WIDTH, activation="gelu"), nn.Dense(WIDTH))
    return nn.Sequential([*layers, *(make() for make in norm), nn.Dense(V)], seed=SEED)


def example(chorale, told):
    """What is known before each token, by the facts or by the last token alone, and the tokens."""
    x, y = chorale_example(chorale)
    if told == "the last token":
        x = np.eye(V, dtype=x.dtype)[np.append(ChoraleTokens.START, y[:-1])]
    return x, y


def crops(examples, rng):
    """Windows of CONTEXT tokens, the first one of each piece beginning at a step drawn by chance."""
    found = [
        (x[a : a + CONTEXT], y[a : a + CONTEXT])
        for x, y in examples
        for a in range(4 * rng.integers(CONTEXT // 4), len(y) - CONTEXT + 1, CONTEXT)
    ]
    x, y = zip(*found, strict=True)
    return np.array(x), np.array(y)


def surprises(model, x, y):
    """-ln p of each token of a piece (n,). At least half a window is heard before it, where there is one."""
    found, done = [], 0
    while done < len(y):
        first = max(0, done - CONTEXT // 2)
        z = model(x[None, first : first + CONTEXT])[0].astype("float64")
        z -= z.max(axis=1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        here = log_p[np.arange(len(z)), y[first : first + CONTEXT]]
        found.append(-here[done - first :])
        done = first + len(z)
    return np.concatenate(found)


def train(model, examples):
    rng = np.random.default_rng(SEED)
    model.compile(optimizer=nn.Adam(RATE), loss=nn.SparseCategoricalCrossentropy(from_logits=True))
    seconds = 0
    for epoch in range(EPOCHS):
        x, y = crops(examples, rng)
        model.optimizer.learning_rate = RATE * (1 + np.cos(np.pi * epoch / EPOCHS)) / 2
        start = time.process_time()
        loss = model.fit(x, y, batch_size=BATCH, verbose=0).history["loss"][0]
        seconds += time.process_time() - start
        print(f"  epoch {epoch + 1}: train {loss:.3f} after {seconds:.0f} s", flush=True)
    return seconds


def main():
    corpus, lines, whole = corpora.load("chorales"), [], None
    for told, without in [(told, without) for told, parts in RUNS.items() for without in parts]:
        run = f"without {without}" if without else "whole"
        print(f"{run}, told {told}", flush=True)
        model = network(without)
        seconds = train(model, [example(chorale, told) for chorale in corpus.train])
        pieces = [surprises(model, *example(chorale, told)) for chorale in corpus.valid]
        means, counts = (np.array([f(piece) for piece in pieces]) for f in (np.mean, len))
        if not without:
            whole = means
        low, high = evaluate.bootstrap_interval(means - whole, counts)
        nats, worse = (np.average(values, weights=counts) for values in (means, means - whole))
        print(f"  valid {nats:.3f} nats per token, {worse:+.3f} ({low:+.3f} to {high:+.3f})", flush=True)
        facts = (time.strftime("%Y-%m-%d"), SEED, EPOCHS, f"{seconds:.0f}", model.count_params())
        lines.append((*facts, told, run, f"{nats:.3f}", f"{worse:.3f}", f"{low:.3f}", f"{high:.3f}"))
    with FILE.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([FIELDS, *lines])


if __name__ == "__main__":
    main()
