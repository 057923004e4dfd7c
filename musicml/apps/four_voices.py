"""A network that writes four voices step by step: how it is asked, and how it composes.

    python benchmarks/jsb16.py --folder here            trains it on the published chorales

    model = four_voices.load("here/four_voices.npz")
    log_probs = four_voices.log_probs(model, grid)      (T, 4) nats, of a piece of jsb16
    grid = four_voices.compose(model, steps=192)        (T, 4) a new piece
    grid = four_voices.compose(model, steps=192, ranges=four_voices.ranges(corpus.train))

The network is ``recipes.four_voices``; what it is told is in ``score.voice_facts``.
"""

import numpy as np

from .. import generate, nn, recipes
from ..errors import MusicMLError, ShapeError
from ..score import voice_choices as choices
from ..score import voice_facts as facts
from ..score.transposition import REST, as_grid


def network(L=nn, **arguments):
    """``recipes.four_voices`` over the facts of today, built: in NumPy, or with ``L = twin`` in Keras."""
    widths = facts.widths()
    model = recipes.four_voices(L, widths, choices.CLASSES, **arguments)
    model.build((None, None, sum(widths)))
    return model


def load(path, **arguments):
    """The NumPy network with the weights that ``benchmarks/jsb16.py`` wrote; arguments as then."""
    model = network(**arguments)
    nn.load_weights(model, path)
    return model


def class_log_probs(model, grid):
    """(T, 4, 27) log p of each class of each voice, given what is known before it is written."""
    logits = np.asarray(model(facts.inputs(grid)[None]))[0]
    return generate.log_softmax(logits)


def log_probs(model, grid):
    """(T, 4) log p of what each voice sang, in nats."""
    return choices.sung_log_probs(class_log_probs(model, grid), grid)


def ranges(grids):
    """(4, 2) the lowest and the highest pitch that each voice sings in pieces (T, 4)."""
    steps = np.concatenate([choices.as_voices(grid) for grid in grids]).astype(np.int64)
    lowest = np.where(steps == REST, 128, steps).min(axis=0)
    return np.stack([lowest, steps.max(axis=0)], axis=1)


def compose(model, steps, seed=0, temperature=1.0, prompt=None, ranges=None, progress=None):
    """Write a piece step by step, and in each step from the soprano down.

    Args:
        model: the NumPy network.
        steps: how many sixteenths the piece has, those of the prompt included.
        temperature: see ``generate.to_probabilities``; 0 always takes the likeliest pitch.
        prompt: (n, 4) steps to begin with.
        ranges: (4, 2) the lowest and the highest pitch of each voice; None for any. The network knows only
            roughly how high it is, and without ranges a voice may drift out of what people can sing.
        progress: called as progress(steps done, steps) now and then.

    Returns:
        int16 (steps, 4) MIDI pitches, -1 for a rest.
    """
    if not isinstance(steps, (int, np.integer)) or steps < 0 or not temperature >= 0:  # nan is not
        raise MusicMLError(
            f"compose received steps={steps} and temperature={temperature}, expected a whole number of "
            "sixteenths and a temperature of 0 or more. 192 steps are 12 bars of 4/4; 1 is the model itself."
        )
    if ranges is not None and np.shape(ranges) != (4, 2):
        raise ShapeError(
            f"compose received ranges of shape {np.shape(ranges)}, expected (4, 2): the lowest and the "
            "highest pitch of each voice. Take ranges(corpus.train)."
        )
    rng = np.random.default_rng(seed)
    (branches,) = model.layers
    memory = branches.trunk.layers[0]
    grid = np.full((steps, 4), REST, np.int16)
    prompt = grid[:0] if prompt is None else as_grid(prompt)
    given = len(prompt)
    if prompt.shape[1] != 4 or given > steps:
        raise ShapeError(
            f"compose received a prompt of shape {prompt.shape} for a piece of {steps} steps, expected "
            "(n, 4) with n at most the steps: a column for each voice, soprano first. Cut the prompt."
        )
    grid[:given] = prompt
    state = np.zeros((1, memory.units), np.float32)
    for t in range(steps):
        written = grid[: t + 1]
        state = memory(facts.step_facts(written)[None, -1:], initial_state=state)[:, -1]
        for v in range(4 if t >= given else 0):
            heard = np.concatenate([state, facts.view(written, v)[-1:]], axis=1)
            log_p = generate.log_softmax(branches.branches[v](heard[None])[0, 0])
            log_p = choices.pitch_log_probs(log_p, choices.homes(written)[-1, v])
            if ranges is not None:
                lowest, highest = ranges[v]
                log_p[:lowest] = log_p[highest + 1 : 128] = -np.inf
            grid[t, v] = draw(rng, log_p, temperature)
        if progress and t % 16 == 15:
            progress(t + 1, steps)
    return grid


def draw(rng, log_p, temperature):
    """A MIDI pitch, or REST, from the log p of 128 pitches and the rest."""
    if temperature == 0:
        choice = log_p.argmax()
    else:
        p = generate.to_probabilities(log_p, temperature)
        choice = rng.choice(len(p), p=p)
    return REST if choice == 128 else choice
