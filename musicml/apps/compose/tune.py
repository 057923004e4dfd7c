"""Compose a dance tune: plan its bars, let a recurrent network write them note by note, play it with repeats.

    score = compose_tune("D", seconds=30, seed=1)

The network (recipe ``tune_gru``) was trained by benchmarks/train_tune_gru.py. Before each note it reads a row
of facts (tune_facts.py), and it remembers all rows before; it answers with a number for each token. What
would break the plan is forbidden before a token is drawn: a note over a bar line, a last note off the tonic.
"""

import math
from fractions import Fraction
from functools import cache

import numpy as np

from ... import generate
from ...errors import MusicMLError, unknown
from ...score import Note, Part, Score, bar_length, key_name, read_key, third_of_mode
from . import tune_facts
from .arguments import check_arguments
from .tune_facts import COLUMNS, DURATION_TICKS, METRES, MODES, TICKS, TONIC, VOCABULARY, Plan, facts

TEMPERATURE, TOP_P = 0.9, 0.98  # chosen on the validation tunes: benchmarks/generated_music.py
# How fast dancers take each metre, in quarter notes a minute, and how far from that a plan may go.
TEMPOS = {(6, 8): 180, (2, 2): 200, (4, 4): 170, (2, 4): 104, (3, 4): 150, (9, 8): 180}
STRETCH = 1.25
NAMES = {
    (6, 8): "Jig",
    (2, 2): "Reel",
    (4, 4): "Hornpipe",
    (2, 4): "Reel",
    (3, 4): "Waltz",
    (9, 8): "Slip jig",
}
LOWEST, HIGHEST, MIDDLE = 55, 88, 72  # pitches of the tunes learned from: a fiddle's G string, and up
VIOLIN = 40  # General MIDI program
PART = 8  # bars; dance tunes are made of parts so long, each played twice


def compose_tune(
    key=None, seconds=30.0, seed=0, temperature=TEMPERATURE, metre=None, tempo=None, progress=None
):
    """Write a new tune in the manner of Irish dances.

    Args:
        key: such as "D", "G minor" or "A dorian"; None draws one as often as the tunes have it.
        seconds: how long, 4 to 300. The tempo is chosen so that whole bars fill them; see ``form``.
        seed: the same seed gives the same tune.
        temperature: below 1 more careful, above 1 bolder; 0.1 to 3.
        metre: such as (6, 8) or "6/8"; None draws one.
        tempo: quarter notes a minute; None takes that of the dance. With a tempo the length is right to
            half a bar.
        progress: function of (bars written, bars to write), called after each note.

    Returns:
        A Score of one part in that key. It ends on the tonic with a full bar.
    """
    check_arguments("compose_tune", seconds, temperature, tempo, (40, 400), seed)
    model, card = _network()
    rng = np.random.default_rng(seed)
    metre = _metre(metre, card, rng)
    tonic, mode = _key(key, card, rng)
    pickup = _pickup(metre, card, rng)
    bar, upbeat = int(bar_length(metre) * TICKS), int(pickup * TICKS)
    tunes, tempo = form(seconds, metre, pickup, tempo)
    total, written, start, notes = sum(bars for bars, _ in tunes), 0, 0, []
    for bars, repeats in tunes:
        report = None if progress is None else lambda done: progress(written + done, total)  # noqa: B023
        tokens = write(model, Plan(metre, mode, pickup, bars), rng, temperature, progress=report)
        notes += [(start + onset, *note) for onset, *note in play(tokens, bar, repeats)]
        written, start = written + bars, start + (bars + PART * repeats) * bar
    shift = best_shift([pitch for _, pitch, _ in notes], tonic - TONIC)
    onset, pitch, _ = notes.pop()
    notes.append((onset, pitch, start + upbeat - onset))  # to the bar line
    return Score(
        [_part(notes, shift)],
        title=f"{NAMES[metre]} in {_name(tonic, mode, ' minor')}",
        tempos=((Fraction(0), tempo),),
        time_signatures=((Fraction(0), metre),),
        keys=((Fraction(0), _name(tonic, mode)),),
        pickup=pickup,
    )


def write_tune(seed=0, temperature=TEMPERATURE, top_p=TOP_P):
    """One tune of 16 bars as a book has it, each part once: what the network writes, on the tonic G.

    Metre, mode and upbeat are drawn as the tunes of the corpus have them: compare it with those.
    """
    model, card = _network()
    rng = np.random.default_rng(seed)
    metre, (_, mode) = _metre(None, card, rng), _key(None, card, rng)
    plan = Plan(metre, mode, _pickup(metre, card, rng), 2 * PART)
    notes = play(write(model, plan, rng, temperature, top_p), plan.bar, 0)
    return Score(
        [_part(notes, best_shift([pitch for _, pitch, _ in notes], 0))],
        time_signatures=((Fraction(0), metre),),
        keys=((Fraction(0), _name(TONIC, mode)),),
        pickup=plan.pickup,
    )


def form(seconds, metre, pickup, tempo=None):
    """Which tunes fill the time, and how fast.

    Returns:
        (list of (bars to write, how many parts of 8 bars are repeated), tempo). Tunes are of 32 bars: two
        parts of 8, each played twice. The last tune takes what bars are left.

    Without a tempo as many bars are taken as are the roundest number near the dance's own tempo, multiples
    of 32 before those of 16 and so on; the tempo then fills the time exactly.
    """
    bar = bar_length(metre)
    if tempo is None:
        natural = (seconds * TEMPOS[metre] / 60 - pickup) / bar
        for unit in (32, 16, 8, 4, 2, 1):
            count = max(round(natural / unit), 1) * unit
            if max(count / natural, natural / count) <= STRETCH or unit == 1:
                break
        tempo = float(count * bar + pickup) * 60 / seconds
    else:
        count = round((seconds * tempo / 60 - pickup) / bar)
        if count < 2:
            raise MusicMLError(
                f"seconds={seconds:g} at tempo={tempo:g} are less than two bars of {_text(metre)}. Take a "
                f"faster tempo, or at least {math.ceil(float(2 * bar + pickup) * 60 / tempo)} seconds."
            )
    lengths = [4 * PART] * max(round(count / (4 * PART)), 1)
    lengths[-1] += count - sum(lengths)
    repeats = [min(max(n // PART - 2, 0), 2) for n in lengths]
    return [(n - PART * r, r) for n, r in zip(lengths, repeats, strict=True)], tempo


def write(model, plan, rng, temperature=TEMPERATURE, top_p=TOP_P, progress=None):
    """Let the network write one tune, each part once: a list of tokens, on the tonic TONIC."""
    end, tokens, memory = plan.bars * plan.bar - int(plan.pickup * TICKS), [], None
    while (now := int(tune_facts.onsets(tokens, plan)[-1])) < end:
        logits, memory = generate.recurrent_step(model, facts(tokens, plan)[-1], memory)
        logits = np.where(allowed(tokens, now, end, plan), logits, -np.inf)
        p = generate.keep_nucleus(generate.to_probabilities(logits, temperature), top_p)
        tokens.append(int(rng.choice(len(p), p=p)))
        if progress is not None:
            progress(min(max(now // plan.bar + 1, 0), plan.bars))
    return tokens


def allowed(tokens, now, end, plan):
    """(V,) bool: which tokens may come next.

    No note crosses a bar line (in the tunes 3 of 1,000 do), nor the place where a part begins again with its
    upbeat; no gap is left that no note fills; the first is no rest. The last is the tonic, a beat or longer.
    """
    upbeat, part = int(plan.pickup * TICKS), PART * plan.bar
    stops = ((now // plan.bar + 1) * plan.bar, ((now + upbeat) // part + 1) * part - upbeat, end)
    left = min(stops) - now - DURATION_TICKS  # until the next stop, after each of the durations
    rest = end - now - DURATION_TICKS
    last = rest == 0
    fits = fillable(left) & np.where(last, DURATION_TICKS >= TICKS, fillable(rest - TICKS))
    rows = np.ones((tune_facts.ROWS, COLUMNS), bool) & fits
    rows[0] &= len(tokens) > 0
    is_tonic = (np.arange(tune_facts.ROWS) + VOCABULARY.LOWEST - 1) % 12 == TONIC
    is_tonic[0] = False
    rows &= ~last | is_tonic[:, None]
    return np.concatenate([[False, False], rows.reshape(-1)])


def fillable(ticks):
    """Whether durations of the vocabulary can fill so many ticks, each: 3, 4 and all from 6 on."""
    return (ticks == 0) | (ticks == 3) | (ticks == 4) | (ticks >= 6)


def play(tokens, bar, repeats):
    """Tokens -> list of (onset, pitch, duration) in ticks from 0; the first ``repeats`` parts come twice."""
    notes, now = [], 0
    for token in tokens:
        pitch, duration = VOCABULARY.split(token)
        ticks = int(duration * TICKS)
        if pitch is not None:
            notes.append((now, pitch, ticks))
        now += ticks
    part, played, now = PART * bar, [], 0  # now: where the part is played
    for number in range(repeats + 1):
        rest = number == repeats
        here = [note for note in notes if note[0] // part == number or (rest and note[0] // part > number)]
        for start in [now] if rest else [now, now + part]:
            played += [(start + onset - number * part, *note) for onset, *note in here]
        now += 2 * part
    return played


def best_shift(pitches, wanted):
    """``wanted`` semitones and some octaves: all pitches in a fiddle's range, their middle near MIDDLE."""
    low, high = min(pitches), max(pitches)
    outside = lambda s: max(LOWEST - low - s, 0) + max(high + s - HIGHEST, 0)  # noqa: E731
    return min(
        (wanted + 12 * octave for octave in range(-4, 5)),
        key=lambda s: (outside(s), abs((low + high) / 2 + s - MIDDLE)),
    )


def _part(notes, shift):
    """(onset, pitch, duration) in ticks -> Part."""
    return Part(
        [Note(Fraction(on, TICKS), pitch + shift, Fraction(lasts, TICKS)) for on, pitch, lasts in notes],
        name="fiddle",
        program=VIOLIN,
    )


@cache
def _network():
    return generate.pretrained("tune_gru")


def _draw(counts, rng):
    """One of the keys of a dict of counts, as often as they say."""
    names, often = list(counts), np.array(list(counts.values()), float)
    return names[rng.choice(len(names), p=often / often.sum())]


def _pickup(metre, card, rng):
    return Fraction(_draw(card["pickups"][_text(metre)], rng))


def _metre(metre, card, rng):
    if metre is None:
        metre = _draw({name: sum(counts.values()) for name, counts in card["pickups"].items()}, rng)
    names = {_text(known): known for known in METRES}
    name = _text(metre) if isinstance(metre, (tuple, list)) else str(metre)
    if name not in names:
        raise unknown("metre of a tune", name, names)
    return names[name]


def _key(key, card, rng):
    """(pitch class of the tonic, mode)"""
    tonic, mode = read_key(_draw(card["keys"], rng) if key is None else key)
    mode = {"ionian": "major", "aeolian": "minor"}.get(mode, mode)
    if mode not in MODES:
        raise MusicMLError(
            f'a tune in "{key}": there were too few {mode} tunes to learn from, expected {", ".join(MODES)}. '
            f'Try "{_name(tonic, "minor" if mode != "lydian" else "major")}".'
        )
    return tonic, mode


def _name(tonic, mode, minor="m"):
    """As Score.keys has it: "G", "Gm", "G dorian"."""
    letter = key_name(tonic, third_of_mode(mode)).removesuffix("m")
    return letter + {"major": "", "minor": minor}.get(mode, f" {mode}")


def _text(metre):
    return "/".join(map(str, metre))
