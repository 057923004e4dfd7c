"""Train the network that comes with the course: musicml/weights/melody_mlp.npz and its card.

    python benchmarks/train_melody_mlp.py

It is the network of the lesson guess_the_next_note, trained for longer and on
tunes moved up and down: in each epoch every tune is heard in another key. The
epoch with the best validation loss is kept; the test tunes are looked at once,
at the end, and the look is written to benchmarks/test_log.csv.
"""

import json
import time

import numpy as np

from musicml import corpora, evaluate, generate, nn, recipes
from musicml.score import MelodyTokens

CONTEXT, WIDTH, UNITS = 16, 24, 256
SEED, EPOCHS, BATCH = 0, 16, 128
SHIFTS = (-3, -2, -1, 0, 0, 0, 1, 2, 3)  # semitones; the key as written counts three times


def pairs(sequences):
    """Training pairs of many tunes: x (n, CONTEXT), y (n,)."""
    x, y = zip(
        *[generate.windows(tokens, CONTEXT, pad=MelodyTokens.START) for tokens in sequences], strict=True
    )
    return np.concatenate(x), np.concatenate(y)


def main():
    vocabulary, corpus = MelodyTokens(), corpora.load("irish")
    train, valid, test = (
        [tune for tune in part if vocabulary.fits(tune)] for part in (corpus.train, corpus.valid, corpus.test)
    )
    # Every tune in every key of SHIFTS, where it stays inside the vocabulary.
    shifted = {
        shift: [
            vocabulary.encode(moved, ends=True) if vocabulary.fits(moved := tune.transpose(shift)) else None
            for tune in train
        ]
        for shift in set(SHIFTS)
    }
    x_valid, y_valid = pairs([vocabulary.encode(tune, ends=True) for tune in valid])
    arguments = {"vocab_size": vocabulary.size, "width": WIDTH, "units": UNITS}
    model = recipes.melody_mlp(nn, **arguments)
    model.build((None, CONTEXT))
    loss = nn.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=nn.Adam(), loss=loss)
    rng, start = np.random.default_rng(SEED), time.process_time()
    best = (np.inf, 0, model.get_weights())
    for epoch in range(1, EPOCHS + 1):
        # From 0.001 down to 0 along half a cosine.
        model.optimizer.learning_rate = 0.0005 * (1 + np.cos(np.pi * (epoch - 1) / EPOCHS))
        keys = rng.choice(SHIFTS, len(train))
        tunes = [shifted[key][n] for n, key in enumerate(keys)]
        tunes = [shifted[0][n] if tokens is None else tokens for n, tokens in enumerate(tunes)]
        history = model.fit(*pairs(tunes), batch_size=BATCH, verbose=0).history
        valid_loss = model.evaluate(x_valid, y_valid, batch_size=512)
        print(f"epoch {epoch}: train {history['loss'][0]:.3f}, valid {valid_loss:.3f}", flush=True)
        if valid_loss < best[0]:
            best = (valid_loss, epoch, model.get_weights())
    minutes = (time.process_time() - start) / 60
    model.set_weights(best[2])

    per_tune = []
    for tune in test:
        x, y = generate.windows(vocabulary.encode(tune, ends=True), CONTEXT, pad=MelodyTokens.START)
        per_tune.append((loss(y, model.predict(x, batch_size=512)), len(y)))
    losses, counts = np.array(per_tune).T
    test_loss = float((losses * counts).sum() / counts.sum())
    low, high = evaluate.bootstrap_interval(losses, counts)
    card = {
        "recipe": "melody_mlp",
        "arguments": arguments,
        "context": CONTEXT,
        "input_shape": [CONTEXT],
        "tokens": "musicml.score.MelodyTokens",
        "made_by": "python benchmarks/train_melody_mlp.py",
        "data": f"irish, train split: {len(train)} tunes, each epoch in keys up to 3 semitones away",
        "terms": "O'Neill's Music of Ireland (1903) is in the public domain; see datasets/irish.md",
        "seed": SEED,
        "best_epoch": best[1],
        "cpu_minutes": round(minutes, 1),
        "weights": model.count_params(),
        "valid_nats_per_note": round(best[0], 3),
        "test_nats_per_note": round(test_loss, 3),
        "test_interval_95": [round(low, 3), round(high, 3)],
    }
    generate.WEIGHTS.mkdir(exist_ok=True)
    nn.save_weights(model, generate.WEIGHTS / "melody_mlp.npz")
    (generate.WEIGHTS / "melody_mlp.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    evaluate.log_test("irish", "melody_mlp", "nats per note", test_loss, card["made_by"])
    print(json.dumps(card, indent=2))


if __name__ == "__main__":
    main()
