"""What keeping keys and values buys: the table of the lesson build_a_transformer.

    python benchmarks/kv_cache.py

A Transformer writes tokens one at a time, once with ``nn.KeyValueCache`` and once by running over all tokens
so far, for each new one. Both take turns in one process on one thread; both must write the same tokens. The
weights are those of the start, since the time does not hang on them.

Writes kv_cache.csv, a line for each length: seconds of processor for the whole piece, the least of three
rounds, and how many times longer it takes without. It takes about two minutes.
"""

import csv
import os
import platform
import time
from pathlib import Path

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"  # before NumPy is imported

import numpy as np  # noqa: E402

from musicml import nn  # noqa: E402

FILE = Path(__file__).with_suffix(".csv")
FIELDS = ("date", "numpy", "machine", "length", "seconds_with", "seconds_without", "ratio")
LENGTHS, ROUNDS = (16, 32, 64, 128, 256, 512, 1024), 3
V, D, N, F, BLOCKS = 62, 64, 4, 256, 2  # the vocabulary of ChoraleTokens; features, heads, features inside


def network():
    blocks = [nn.TransformerBlock(N, F) for _ in range(BLOCKS)]
    model = nn.Sequential(
        [
            nn.Embedding(V, D),
            nn.PositionEmbedding(max(LENGTHS)),
            *blocks,
            nn.LayerNormalization(),
            nn.Dense(V),
        ]
    )
    model.build((None, max(LENGTHS)))
    return model


def write(model, length, cached):
    """The likeliest token, again and again: (tokens (length + 1,), seconds of processor)."""
    tokens, cache = [0], nn.KeyValueCache(length)
    start = time.process_time()
    for _ in range(length):
        z = model(np.array([tokens[-1:]]), cache=cache) if cached else model(np.array([tokens]))
        tokens.append(int(z[0, -1].argmax()))
    return tokens, time.process_time() - start


def main():
    model, lines = network(), []
    write(model, 16, True)  # the first call is slower
    for length in LENGTHS:
        seconds = {True: [], False: []}
        for _ in range(ROUNDS):
            written = {}
            for cached in seconds:
                written[cached], taken = write(model, length, cached)
                seconds[cached].append(taken)
            if written[True] != written[False]:
                raise SystemExit(f"length {length}: with the cache other tokens are written.")
        best = {cached: min(taken) for cached, taken in seconds.items()}
        ratio = best[False] / best[True]
        lines.append(
            (
                time.strftime("%Y-%m-%d"),
                np.__version__,
                platform.machine(),
                length,
                f"{best[True]:.4f}",
                f"{best[False]:.4f}",
                f"{ratio:.1f}",
            )
        )
        print(f"{length:5} tokens: {best[True]:8.3f} s with, {best[False]:8.3f} s without, {ratio:.1f} times")
    with FILE.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([FIELDS, *lines])


if __name__ == "__main__":
    main()
