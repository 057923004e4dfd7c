"""Every statistic of the library, for held-out tunes and for music that models make, in one table.

    python benchmarks/music_statistics.py

It needs about a minute and writes benchmarks/music_statistics.md. The tunes are those of ``irish``; the
held-out ones are of the validation split, so that the test split is not looked at.
"""

import os
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from musicml import baselines, corpora, evaluate, generate
from musicml.score import MelodyTokens

PAGE = Path(__file__).parent / "music_statistics.md"
SAMPLES, LENGTH = 50, 400

HEAD = """# Held-out tunes and made-up ones, by their numbers

Written by `python benchmarks/music_statistics.py`; do not edit.

- *held-out tunes*: the {real} tunes of the validation split of `irish` that have tokens, written as tokens
  and read back: what a model could write at best. Tokens have no metre, so all bars count as 4/4.
- *as written*: the same tunes with their own metres and upbeats.
- *memory of 2*, *memory of 8*: tables of counts (`baselines.MarkovChain`), {samples} tunes each.
- *Kneser-Ney, 12*: n-grams with back-off over 12 notes (`baselines.KneserNey`), {samples} tunes.
- *network*: `generate.pretrained("melody_mlp")`, {samples} tunes.

All draw at temperature 1. Each definition stands in the docstring of the function in `musicml.evaluate`. A
star marks a mean that is further than two deviations of real tunes from the mean of real tunes. The first
column of *distance* and *overlapping area* compares one half of the held-out tunes with the other half.
*Copied* is against the {train} training tunes, in any key. {seconds} CPU seconds in all, {build} of them
to read the training tunes for what was copied.

```
{table}
```

How to read it: a model may be beside real music in every mean and still copy. A longest run above the band of
the held-out tunes (its second number in brackets) is copied by human standards.
"""


def groups():
    """Held-out tunes, and tunes of each model: name -> scores; and the tunes that were learned from."""
    vocabulary, corpus = MelodyTokens(), corpora.load("irish")
    train, real = list(corpus.train), [tune for tune in corpus.valid if vocabulary.fits(tune)]
    learned = [vocabulary.encode(tune, ends=True) for tune in train if vocabulary.fits(tune)]
    network, card = generate.pretrained("melody_mlp")
    models = {
        "memory of 2": baselines.MarkovChain(2, vocabulary.size, 5).fit(learned).next_log_probs,
        "memory of 8": baselines.MarkovChain(8, vocabulary.size, 5).fit(learned).next_log_probs,
        "Kneser-Ney, 12": baselines.KneserNey(12, vocabulary.size).fit(learned).next_log_probs,
        "network": generate.next_token_logits(network, card["context"]),
    }
    read_back = [vocabulary.decode(vocabulary.encode(tune)) for tune in real]
    found = {"held-out tunes": read_back, "as written": real}
    for name, next_logits in models.items():
        drawn = [
            generate.sample(next_logits, [vocabulary.START], LENGTH, seed=seed, stop=vocabulary.END)
            for seed in range(SAMPLES)
        ]
        found[name] = [vocabulary.decode(tokens) for tokens in drawn]
        print(f"{name}: {SAMPLES} tunes", flush=True)
    return found, train


def main():
    start = time.process_time()
    found, train = groups()
    built = time.process_time()
    evaluate.Originality(train)
    built = time.process_time() - built
    table = evaluate.report(found, train)
    print(table)
    seconds = time.process_time() - start
    text = HEAD.format(
        real=len(found["as written"]),
        samples=SAMPLES,
        train=len(train),
        table=table,
        seconds=round(seconds),
        build=f"{built:.1f}",
    )
    PAGE.write_text(text, encoding="utf-8", newline="\n")
    print(f"wrote {PAGE}")


if __name__ == "__main__":
    main()
