"""Train the composer of dance tunes: musicml/weights/tune_gru.npz and its card.

    python benchmarks/train_tune_gru.py
    python benchmarks/train_tune_gru.py --test    look at the test tunes, once

A recurrent network over the tunes of ``irish`` and ``fiddle``, all moved to one tonic. Before each note it is
told what a token cannot say: musicml/apps/compose/tune_facts.py. Metre, mode, upbeat and the number of bars
are given too, so its nats per note stand under these conditions; they cover every note and the end of the
tune. The epoch with the best validation loss is kept.
"""

import json
import os
import sys
import time
from collections import Counter

os.environ.setdefault("OMP_NUM_THREADS", "1")  # CPU time is counted on one thread

import numpy as np

from musicml import corpora, evaluate, generate, nn, recipes
from musicml.apps.compose import tune_facts
from musicml.score import read_key

COMMAND = "python benchmarks/train_tune_gru.py"
SEED, EPOCHS, BATCH = 0, 12, 16
RATE, DECAY = 0.004, 0.02
FEWEST = 10  # a key or an upbeat that fewer tunes have is not drawn


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
        log_p = generate.log_softmax(model(known[None].astype(np.float32))[0])
        found.append(log_p[np.arange(len(tokens)), tokens])
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


if __name__ == "__main__":
    {"": main, "--test": test}["".join(sys.argv[1:])]()
