"""Which note is this? The pitch of a note from its spectrum: the article's program, repaired.

    python -m musicml.apps.hear_pitch                              Keras on JAX
    KERAS_BACKEND=tensorflow python -m musicml.apps.hear_pitch     Keras on TensorFlow, or torch
    python -m musicml.apps.hear_pitch --engine numpy               musicml.nn
    python -m musicml.apps.hear_pitch --folder recordings          your own: violin-A4.wav, flute-72.wav

The notes are those of Irish tunes, somewhat out of tune, played by seven instruments through small
loudspeakers, which swallow low tones, in noisy rooms. The network is judged on tunes it never met,
and once more on an instrument it never met.

Dimension key
    n notes   D strings of the ear
"""

import argparse
import sys

import numpy as np

from .. import evaluate, nn, recipes
from ..errors import MusicMLError
from . import heard_notes
from .heard_notes import STRINGS

BATCH = 32


def load(options):
    """{"train": Notes, and the names of the sets to judge by: Notes}."""
    for name in ("notes", "epochs"):
        if getattr(options, name) < 1:
            raise MusicMLError(f"--{name} is {getattr(options, name)}, expected 1 or more. Leave it away.")
    if options.read_notes:
        return heard_notes.read(options.read_notes)
    if not options.folder:
        return heard_notes.load(options.notes)
    groups, skipped = heard_notes.load_folder(options.folder, options.held_out)
    for name, why in skipped:
        print(f"left out: {name}: {why}", file=sys.stderr)
    return groups


def standardise(x, train):
    """x (n, D), each column shifted and scaled by the mean and spread it has in the training data (m, D)."""
    return (x - train.mean(axis=0)) / (train.std(axis=0) + 1e-3)  # a string that never moves divides by 0.001


def build(engine="keras", steps=7500):
    """The network, compiled for so many steps. The first weights are the same on every engine."""
    L, model = nn, recipes.pitch_from_spectrum(nn)
    model.build((None, len(STRINGS)))
    if engine == "keras":
        from .. import twin as L

        ours, model = model, recipes.pitch_from_spectrum(L)
        model.build((None, len(STRINGS)))
        L.copy_weights(ours, model)
    model.compile(optimizer=L.Adam(L.CosineDecay(0.01, steps)), loss=L.MeanSquaredError())
    return model


def train(model, notes, epochs=30):
    """Learn from Notes, in the order in which they came: History."""
    x = standardise(notes.spectra, notes.spectra).astype("float32")
    y = standardise(notes.pitch[:, None], notes.pitch[:, None]).astype("float32")
    return model.fit(x, y, batch_size=BATCH, epochs=epochs, verbose=0, shuffle=False)


def predict(model, spectra, notes):
    """Pitches (n,) of spectra (n, D), in MIDI numbers; ``notes`` are those the model learned from."""
    x = standardise(spectra, notes.spectra).astype("float32")
    return array(model(x))[:, 0] * (notes.pitch.std() + 1e-3) + notes.pitch.mean()


def array(tensor):
    """What an engine computed as an array (n, 1); PyTorch wants to be asked."""
    return np.asarray(tensor.detach().cpu() if hasattr(tensor, "detach") else tensor, dtype="float64")


def judge(predicted, pitch):
    """Mean error in cents, its 95 % interval, and the share of notes within a quarter tone (50 cents)."""
    error = 100 * np.abs(predicted - pitch)
    return error.mean(), evaluate.bootstrap_interval(error), (error < 50).mean()


def report(model, groups):
    """One line for each contestant and each set of notes that was held out."""
    for name, notes in groups.items():
        if name == "train":
            continue
        answers = {
            "mean pitch": np.full(len(notes.pitch), groups["train"].pitch.mean()),
            "loudest": notes.loudest,
            "network": predict(model, notes.spectra, groups["train"]),
        }
        for who, answer in answers.items():
            cents, (low, high), share = judge(answer, notes.pitch)
            yield f"{who:<12}{name:<26}{cents:>5.0f} cents  ({low:.0f} to {high:.0f}) {share:>6.0%}"


def fold(weights, notes):
    """The weights of a network that takes plain spectra and answers in MIDI numbers.

    (x - m) / s W + b  =  x (W / s) + (b - m / s W), so the scaling moves into the first layer, and
    likewise that of the answer into the last.
    """
    weights = [np.array(w, dtype="float64") for w in weights]
    mean, std = notes.spectra.mean(axis=0), notes.spectra.std(axis=0) + 1e-3
    weights[1] -= (mean / std) @ weights[0]
    weights[0] /= std[:, None]
    spread = notes.pitch.std() + 1e-3
    weights[-2] *= spread
    weights[-1] *= spread
    weights[-1] += notes.pitch.mean()
    return weights


def save(path, model, notes):
    """Write the network with its scaling folded in (.npz), for ``nn.load_weights`` on every machine."""
    whole = recipes.pitch_from_spectrum(nn)
    whole.build((None, len(STRINGS)))
    whole.set_weights(fold(model.get_weights(), notes))
    nn.save_weights(whole, path)


def parser():
    top = argparse.ArgumentParser(
        prog="python -m musicml.apps.hear_pitch", description=__doc__.splitlines()[0]
    )
    top.add_argument(
        "--engine", choices=("keras", "numpy"), default="keras", help="KERAS_BACKEND says on what"
    )
    top.add_argument("--notes", type=int, default=2000, help="how many to render for training")
    top.add_argument("--epochs", type=int, default=30)
    top.add_argument("--folder", help="learn from recordings named like violin-A4.wav")
    top.add_argument("--held-out", metavar="NAME", help="with --folder: the instrument to judge by")
    top.add_argument("--write-notes", metavar="FILE", help="write the notes (.npz) and stop")
    top.add_argument("--read-notes", metavar="FILE", help="take the notes from there, to compare engines")
    top.add_argument("--save", metavar="FILE", help="write the trained network (.npz)")
    return top


def main(arguments=None):
    options = parser().parse_args(arguments)
    try:
        groups = load(options)
        if options.write_notes:
            heard_notes.write(options.write_notes, groups)
            return 0
        steps = options.epochs * -(-len(groups["train"].pitch) // BATCH)
        model = build(options.engine, steps)
        loss = train(model, groups["train"], options.epochs).history["loss"]
        engine = "NumPy" if options.engine == "numpy" else f"Keras on {twin_backend()}"
        print(f"{engine}: {len(groups['train'].pitch):,} notes, loss {loss[0]:.4f} to {loss[-1]:.4f}")
        print(f"{'':<38}mean error  (95 %)  within a quarter tone")
        print(*report(model, groups), sep="\n")
        if options.save:
            save(options.save, model, groups["train"])
    except MusicMLError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def twin_backend():
    from .. import twin

    return twin.backend()


if __name__ == "__main__":
    sys.exit(main())
