"""Writing music: from the probabilities of a model to tokens.

Dimension key
    V vocabulary   T context: how many tokens the model sees
"""

import json
from pathlib import Path

import numpy as np

from . import nn, recipes
from .errors import MusicMLError, unknown

WEIGHTS = Path(__file__).parent / "weights"


def to_probabilities(logits, temperature=1.0):
    """Softmax of logits / temperature: below 1 the likely gets likelier, above 1 all get more alike."""
    z = np.asarray(logits, dtype="float64") / temperature
    e = np.exp(z - z.max())
    return e / e.sum()


def recurrent_step(model, row, memory=None):
    """One moment of a Sequential with one GRU: a row (D,) and the memory (1, U) -> (V,) and the new memory.

    What a GRU puts out is its memory, so nothing else is carried on.
    """
    x = row[None, None]
    for layer in model.layers:
        if isinstance(layer, nn.GRU):
            x = layer(x, initial_state=memory)
            memory = x[:, -1]
        else:
            x = layer(x)
    return x[0, 0], memory


def log_softmax(logits):
    """log p in float64 from logits (..., V), over the last axis."""
    z = np.asarray(logits, dtype="float64")
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def keep_top_k(p, k):
    """Set all but the k largest probabilities to zero, and make the rest sum to 1."""
    order = np.argsort(-p, kind="stable")
    kept = np.zeros_like(p)
    kept[order[:k]] = p[order[:k]]
    return kept / kept.sum()


def keep_nucleus(p, top_p):
    """Keep the fewest likely tokens that together have probability top_p. Source: Holtzman et al. 2020."""
    order = np.argsort(-p, kind="stable")
    before = np.cumsum(p[order]) - p[order]  # the probability of all likelier tokens
    kept = np.zeros_like(p)
    kept[order[before < top_p]] = p[order[before < top_p]]
    return kept / kept.sum()


def sample(next_logits, prompt, length, temperature=1.0, top_k=None, top_p=None, seed=0, stop=None):
    """Continue a prompt by drawing one token at a time.

    Args:
        next_logits: function from the tokens so far, an int array (n,), to (V,) logits or log-probabilities.
        prompt: the tokens to start from, at least one.
        length: how many tokens to add at most.
        temperature: see ``to_probabilities``; 0 always takes the likeliest token.
        top_k, top_p: see ``keep_top_k`` and ``keep_nucleus``.
        seed: start of the random numbers; the same seed gives the same music.
        stop: a token that ends the music (it is kept).

    Returns:
        int array: the prompt and what was added.
    """
    if not len(prompt):
        raise MusicMLError(
            "sample received an empty prompt. Start with one token, such as MelodyTokens.START."
        )
    if temperature < 0 or (top_k is not None and top_k < 1) or (top_p is not None and not 0 < top_p <= 1):
        raise MusicMLError(
            f"sample received temperature={temperature}, top_k={top_k}, top_p={top_p}; "
            "expected temperature >= 0, top_k >= 1 and 0 < top_p <= 1."
        )
    rng = np.random.default_rng(seed)
    tokens = [int(token) for token in prompt]
    for _ in range(length):
        logits = np.asarray(next_logits(np.array(tokens)))
        if temperature == 0:
            tokens.append(int(logits.argmax()))
        else:
            p = to_probabilities(logits, temperature)
            p = p if top_k is None else keep_top_k(p, top_k)
            p = p if top_p is None else keep_nucleus(p, top_p)
            tokens.append(int(rng.choice(len(p), p=p)))
        if tokens[-1] == stop:
            break
    return np.array(tokens)


def windows(tokens, context, pad=0):
    """All (last ``context`` tokens, next token) pairs of one sequence.

    Returns:
        x (n - 1, context) and y (n - 1,): the first rows of x are filled from the left with ``pad``.
    """
    tokens = np.asarray(tokens)
    padded = np.concatenate([np.full(context - 1, pad, tokens.dtype), tokens])
    x = np.lib.stride_tricks.sliding_window_view(padded, context)[: len(tokens) - 1]
    return x.copy(), tokens[1:].copy()


def next_token_logits(model, context, pad=0):
    """Turn a network that sees ``context`` tokens, (1, T) -> (1, V), into a function for ``sample``."""

    def next_logits(tokens):
        seen = np.concatenate([np.full(context, pad), tokens])[-context:]
        return np.asarray(model(seen[None]))[0]

    return next_logits


def pretrained(name):
    """Load a network that comes with the course: (model, card).

    The card (musicml/weights/NAME.json) says which recipe it is, what it was trained
    on, by which command, and how well it does on held-out music.
    """
    path = WEIGHTS / f"{name}.json"
    if not path.exists():
        raise unknown("pretrained network", name, [p.stem for p in WEIGHTS.glob("*.json")])
    card = json.loads(path.read_text(encoding="utf-8"))
    model = getattr(recipes, card["recipe"])(nn, **card["arguments"])
    model.build((None, *card["input_shape"]))
    nn.load_weights(model, path.with_suffix(".npz"))
    return model, card
