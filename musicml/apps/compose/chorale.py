"""Compose in four voices: plan the lines of a hymn, and let a Transformer write its notes.

    score = compose_chorale("G minor", seconds=30, seed=1)

The network (recipe ``chorale_transformer``) was trained by benchmarks/train_chorale_transformer.py on
chorales by Bach. It draws soprano, alto, tenor and bass of each sixteenth in turn, several pieces side by
side. What would break the plan is forbidden before a token is drawn: a note that the voice cannot sing, a
last chord that is not the tonic. Of the pieces, the one with the fewest faults is kept (part_writing.py).

    T   steps (sixteenths)      B   pieces side by side      V   tokens
"""

from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np

from ... import generate, nn
from ...errors import MusicMLError
from ...score import ChoralePlan, ChoraleTokens, chorale_inputs, grid_score, key_name, read_key
from ...score.chorale_plan import NUM_FACTS
from . import part_writing
from .arguments import check_arguments

TEMPOS = (40, 160)  # quarter notes a minute, slowest and fastest
TEMPERATURE, TOP_P, PIECES = 0.95, 0.98, 4  # chosen on the validation chorales
BAR, LINE = 16, 2  # sixteenths in a bar of 4/4; bars in a line of a hymn, mostly
KEYS = ("G", "D", "A", "F", "C", "Bb", "Am", "Gm", "Em", "Dm", "Bm")  # the commonest of the chorales
LOW, HIGH = (57, 53, 48, 36), (81, 74, 69, 64)  # what soprano, alto, tenor and bass sing in them
TOKENS = ChoraleTokens()
PITCHES = np.arange(TOKENS.size) - TOKENS.token(TOKENS.LOWEST) + TOKENS.LOWEST  # of each token from 4 on


def compose_chorale(key=None, seconds=30.0, seed=0, temperature=TEMPERATURE, tempo=72.0, progress=None):
    """Write a new chorale in the manner of Bach.

    Args:
        key: such as "G minor", "F# major", "Bb" or "Am"; None draws one.
        seconds: how long, 4 to 300. The piece has whole bars of 4/4, so it is right to half a bar.
        seed: the same seed gives the same piece.
        temperature: below 1 more careful, above 1 bolder; 0.1 to 3.
        tempo: quarter notes a minute, 40 to 160.
        progress: function of (steps written, steps to write), called after each step.

    Returns:
        A Score of four parts in that key, which ends on the chord of its tonic.
    """
    check_arguments("compose_chorale", seconds, temperature, tempo, TEMPOS, seed)
    tonic, mode = draw_key(seed) if key is None else _key(key)
    bars = max(round(seconds * tempo / 60 * 4 / BAR), 1)
    plan = chorale_form(bars, tonic, mode, seed)
    model, card = network()
    pieces = write(model, card["context"], plan, PIECES, seed, temperature, progress=progress)
    return as_score(min(pieces, key=lambda tokens: faults(tokens, plan)), plan, tempo)


def chorale_form(bars, tonic, mode, seed=0):
    """A ChoralePlan of so many bars of 4/4: lines of two bars, each with a fermata at its end.

    Where the number is odd, one line has three. Two pieces of three begin with an upbeat of one beat; then
    each line does. In every other piece the last chord comes two beats early and is longer, as in Bach's.
    """
    rng = np.random.default_rng(seed)
    upbeat = 4 if rng.random() < 2 / 3 else 0
    lines = [LINE] * (bars // LINE) or [0]
    lines[rng.integers(len(lines))] += bars % LINE
    steps = np.arange(BAR * bars)
    fermata = np.zeros(len(steps), dtype=bool)
    for end in BAR * np.cumsum(lines):
        fermata[end - 8 + upbeat : end] = True  # on the third beat, until the next line begins
    if lines[-1] > 1 and rng.random() < 1 / 2:
        fermata[upbeat - BAR :] = True
    return ChoralePlan((steps - upbeat) % BAR, BAR, fermata, tonic, mode)


def write(
    model, context, plan, pieces=1, seed=0, temperature=TEMPERATURE, top_p=TOP_P, rules=True, progress=None
):
    """Draw pieces of four voices to one plan, side by side.

    Args:
        model: a chorale_transformer of ``musicml.nn``.
        context: how many tokens it sees. When they are full, it goes on with the latter half.
        rules: draw only what is `allowed`; without, the network may do as it likes.

    Returns:
        (B, 4T) tokens, with the tonic moved to C, as `chorale_inputs` wants them.
    """
    total, rng = 4 * len(plan.place), np.random.default_rng([seed, 1])
    tokens = np.zeros((pieces, total), dtype=np.int64)
    facts = np.zeros((pieces, total, NUM_FACTS), dtype=bool)
    start, heard = 0, nn.KeyValueCache(context)  # the first token of which there are keys and values
    for n in range(total):
        for piece in range(pieces):
            facts[piece, n] = chorale_inputs(tokens[piece, :n], plan, n)[0]
        new = n
        if n - start == context:
            start = new = n - context // 2
            heard = nn.KeyValueCache(context)
        logits = model(facts[:, new : n + 1].astype("float32"), cache=heard)[:, -1]
        for piece in range(pieces):
            may = allowed(tokens[piece, :n], plan) if rules else np.arange(TOKENS.size) > TOKENS.END
            z = np.where(may, logits[piece], -np.inf)
            p = generate.keep_nucleus(generate.to_probabilities(z, temperature), top_p)
            tokens[piece, n] = rng.choice(len(p), p=p)
        if progress is not None and n % 4 == 3:
            progress(n // 4 + 1, total // 4)
    return tokens


def log_probs(model, x, context):
    """log p of every token at each place of a piece, given the facts x (4T, F): (4T, V).

    Read as the model writes: in windows of ``context`` tokens that overlap by half.
    """
    half, parts = context // 2, []
    for start in range(0, max(len(x) - half, 1), half):
        z = np.asarray(model(x[None, start : start + context]))[0, half if start else 0 :]
        parts.append(generate.log_softmax(z))
    return np.concatenate(parts)


def allowed(tokens, plan):
    """(V,) which tokens may follow: a note the voice can sing, or a held one; at the end, the tonic chord."""
    step, voice = divmod(len(tokens), 4)
    may = np.zeros(TOKENS.size, dtype=bool)
    may[TOKENS.token(LOW[voice] + plan.shift) : TOKENS.token(HIGH[voice] + plan.shift) + 1] = True
    may[TOKENS.HOLD] = step > 0
    last = len(plan.place) - 1  # where the last chord begins
    while plan.fermata[last - 1] and last:
        last -= 1
    if step > last:
        may[:] = False
        may[TOKENS.HOLD] = True
    elif step == last:
        sung = [TOKENS.pitch(token) for token in tokens[4 * step :]]
        settled = {pitch % 12 for pitch in sung}
        thirds = {4} if plan.mode == "major" else {3, 4}  # in minor also major: "Picardy third"
        thirds = settled & thirds or thirds
        classes = {0} if voice == 3 else {0, 7} | thirds if settled & thirds or voice < 2 else thirds
        may[TOKENS.HOLD] = False
        if voice == 3:  # the bass is the lowest
            may[TOKENS.token(min(sung)) :] = False
        may &= np.isin(PITCHES % 12, list(classes))
    good = may & ~parallel(tokens)
    return good if good.any() else may


def parallel(tokens):
    """(V,) which tokens would move in parallel fifths or octaves with a voice above, as pupils may not."""
    step, voice = divmod(len(tokens), 4)
    wrong = np.zeros(TOKENS.size, dtype=bool)
    if step == 0 or voice == 0:
        return wrong
    recent = tokens[4 * max(step - 100, 0) :]  # no note is held for so long
    before, now = TOKENS.grid(recent)[0][-2:].astype(int)
    moves = PITCHES - before[voice]
    for above in range(voice):
        gap, move = (before[above] - before[voice]) % 12, now[above] - before[above]
        if gap in (0, 7) and move:
            same_way = moves * move > 0
            wrong |= same_way & ((now[above] - PITCHES) % 12 == gap) & (PITCHES >= TOKENS.LOWEST)
    return wrong


def as_score(tokens, plan, tempo=72.0):
    """Tokens (4T,) with the tonic on C -> Score in the key of the plan."""
    grid, onset = TOKENS.grid(TOKENS.transpose(tokens, -plan.shift))
    name = key_name(plan.tonic, plan.mode)
    return replace(
        grid_score(grid, onset, tempo=tempo, title=f"Chorale in {name.removesuffix('m')} {plan.mode}"),
        keys=((Fraction(0), name),),
        pickup=Fraction(int(-plan.place[0]) % plan.bar, 4),
    )


def faults(tokens, plan):
    """How much a teacher of part writing would mark; see part_writing.faults."""
    return part_writing.faults(*TOKENS.grid(tokens), plan.fermata)


@cache
def network():
    """(model, card) of the network that comes with the course."""
    return generate.pretrained("chorale_transformer")


def draw_key(seed):
    """One of the commonest keys: (tonic, "major" or "minor")."""
    return read_key(KEYS[np.random.default_rng([seed, 2]).integers(len(KEYS))])


def _key(key):
    """(tonic, "major" or "minor")."""
    tonic, mode = read_key(key)
    mode = {"ionian": "major", "aeolian": "minor"}.get(mode, mode)
    if mode not in ("major", "minor"):
        note = str(key).split()[0]
        raise MusicMLError(
            f'"{key}" is not a key of the chorale model, which knows major and minor. Write "{note}" or '
            f'"{note} minor".'
        )
    return tonic, mode
