"""Train the composer that comes with the course: musicml/weights/chorale_transformer.npz and its card.

    python benchmarks/train_chorale_transformer.py

It is the network of the lesson build_a_transformer, larger and trained for longer, by the NumPy layers of
the course. Each epoch hears every chorale of the train split once, in a key in which its voices can sing
it, cut into windows. What is kept are running averages of the weights, at the epoch with the best
validation score; the test split is looked at once, at the end, and the look is written to
benchmarks/test_log.csv.

    L   tokens in a window      nats: minus log p of the real token, given the plan and all before it
"""

import json
import time

import numpy as np

from musicml import baselines, corpora, evaluate, generate, nn, recipes
from musicml.apps.compose.chorale import HIGH, LOW, log_probs
from musicml.score import ChoraleTokens, allowed_transpositions, chorale_example
from musicml.score.chorale_plan import NUM_FACTS

ARGUMENTS = {"width": 128, "heads": 4, "blocks": 3, "context": 256, "dropout": 0.25, "forget": 0.0}
SEED, EPOCHS, BATCH = 0, 16, 8
RATE, DECAY, AVERAGE = 0.0012, 0.02, 0.998  # of the optimizer; weight decay; of the running averages


def windows(chorales, L, rng):
    """One epoch: x (n, L, F) bool and y (n, L), each piece in a key in which its voices can sing it."""
    x, y = [], []
    for piece in chorales:
        facts, tokens = chorale_example(piece, int(rng.choice(allowed_transpositions(piece, LOW, HIGH))))
        starts = np.arange(-4 * rng.integers(L // 4), len(tokens), L).clip(0, len(tokens) - L)
        for start in np.unique(starts):
            x.append(facts[start : start + L].astype(bool))
            y.append(tokens[start : start + L])
    return np.stack(x), np.stack(y)


def scores(model, chorales, L):
    """Of each piece: (nats, tokens, notes, right, right where a note or rest begins, those beginnings)."""
    rows = []
    for piece in chorales:
        x, y = chorale_example(piece)
        logs = log_probs(model, x, L)
        log_p, right = logs[np.arange(len(y)), y], logs.argmax(axis=-1) == y
        new = y != ChoraleTokens.HOLD
        rows.append((-log_p.sum(), len(y), (y >= 4).sum(), right.sum(), right[new].sum(), new.sum()))
    return np.array(rows, dtype=float)


def summary(rows):
    nats, tokens, notes, right, right_new, new = rows.sum(axis=0)
    return {
        "nats_per_token": round(nats / tokens, 4),
        "nats_per_note": round(nats / notes, 3),
        "accuracy": round(right / tokens, 4),
        "accuracy_where_a_note_begins": round(right_new / new, 4),
    }


def train(chorales, valid, arguments, epochs, seed=SEED, rate=RATE, decay=DECAY, average=AVERAGE):
    """The model with the best averaged weights; (valid nats per token, epoch, CPU seconds until then)."""
    L, rng = arguments["context"], np.random.default_rng(seed)
    start = time.process_time()
    model = recipes.chorale_transformer(nn, **arguments)
    model.rng = np.random.default_rng(seed)
    model.build((None, L, NUM_FACTS))
    steps = epochs * (len(windows(chorales, L, np.random.default_rng(seed))[0]) // BATCH)
    schedule = nn.CosineDecay(0.0, steps - 200, warmup_target=rate, warmup_steps=200)
    model.compile(
        nn.AdamW(schedule, weight_decay=decay, global_clipnorm=1.0),
        nn.SparseCategoricalCrossentropy(from_logits=True),
    )
    averages, best, step = model.get_weights(), (np.inf, 0, 0.0, None), 0
    for epoch in range(1, epochs + 1):
        x, y = windows(chorales, L, rng)
        order, losses = rng.permutation(len(x)), []
        for at in range(0, len(x), BATCH):
            batch = order[at : at + BATCH]
            losses.append(model.train_step(x[batch].astype("float32"), y[batch]))
            step += 1
            keep = min(average, step / (step + 10))
            for mean, weight in zip(averages, model.weights, strict=True):
                mean += (1 - keep) * (weight - mean)
        trained = model.get_weights()
        model.set_weights(averages)
        rows = scores(model, valid, L).sum(axis=0)
        seconds = time.process_time() - start
        if rows[0] / rows[1] < best[0]:
            best = (rows[0] / rows[1], epoch, seconds, model.get_weights())
        model.set_weights(trained)
        print(
            f"epoch {epoch}: train {np.mean(losses):.4f}, valid {rows[0] / rows[1]:.4f}, {seconds:.0f} s CPU",
            flush=True,
        )
    model.set_weights(best[3])
    return model, best[:3]


def counted(chorales, held_out):
    """Baselines on the same tokens, nats per token: the share of each token, and n-grams (Kneser-Ney)."""

    def tokens(pieces):
        return [np.append(ChoraleTokens.START, chorale_example(piece)[1]) for piece in pieces]

    learned, judged = tokens(chorales), tokens(held_out)
    models = {"unigram": baselines.MarkovChain(0, ChoraleTokens().size)}
    models |= {f"{n}-gram": baselines.KneserNey(n - 1, ChoraleTokens().size) for n in (5, 9, 13)}
    return {
        name: round(evaluate.nats_per_note([model.fit(learned).log_probs(piece) for piece in judged]), 3)
        for name, model in models.items()
    }


def ship(model, epoch, seconds, corpus):
    """Look at the test split, and write the weights and their card."""
    L, command = ARGUMENTS["context"], "python benchmarks/train_chorale_transformer.py"
    rows = scores(model, corpus.test, L)
    test = summary(rows)
    evaluate.log_test("chorales", "chorale_transformer", "nats per token", test["nats_per_token"], command)
    low, high = evaluate.bootstrap_interval(rows[:, 0] / rows[:, 1], rows[:, 1])
    valid = scores(model, corpus.valid, L)
    hold = np.concatenate([chorale_example(piece)[1] for piece in corpus.valid]) == ChoraleTokens.HOLD
    card = {
        "recipe": "chorale_transformer",
        "arguments": ARGUMENTS,
        "context": L,
        "input_shape": [L, NUM_FACTS],
        "input": "musicml.score.chorale_inputs: it is told key, length, bars and fermatas of the whole piece",
        "tokens": "musicml.score.ChoraleTokens, S A T B of each sixteenth, moved so that the tonic is C",
        "made_by": command,
        "data": f"chorales, train split: {len(corpus.train)} chorales, each epoch in keys that can be sung",
        "terms": "Bach's music is in the public domain, in the files of music21; see datasets/chorales.md",
        "seed": SEED,
        "best_epoch": epoch,
        "cpu_minutes": round(seconds / 60, 1),  # from the start of training to the end of the best epoch
        "weights": model.count_params(),
        "valid": summary(valid),
        "valid_nats_of_pieces": {
            piece.name: round(pieces[0] / pieces[1], 4)
            for piece, pieces in zip(corpus.valid[:3], valid[:3], strict=True)
        },
        "test": test,
        "test_interval_95": [round(low, 4), round(high, 4)],
        "valid_baselines_nats_per_token": counted(corpus.train, corpus.valid),
        "valid_accuracy_of_hold": round(hold.mean(), 4),
    }
    nn.save_weights(model, generate.WEIGHTS / "chorale_transformer.npz")
    path = generate.WEIGHTS / "chorale_transformer.json"
    path.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(card, indent=2))


if __name__ == "__main__":
    chorales = corpora.load("chorales")
    trained, (_, best_epoch, cpu) = train(chorales.train, chorales.valid, ARGUMENTS, EPOCHS)
    ship(trained, best_epoch, cpu, chorales)
