"""What a model may know before each voice of each step is written.

Four voices are written step by step, and in each step from the soprano down. So before voice v of step t is
written there are known: all earlier steps, the voices above v at step t, and how many steps have passed since
the piece began. Nothing else: nothing later, not the voices below at step t, not the length of the piece.

What is known is told as numbers from 0 to 1, most of them "is it so?", and seen from where the voice was:
"the alto is 9 semitones above me", not "the alto sings A4". So music that is moved up or down looks the same,
but for a rough register.

    T   steps (sixteenth notes) in the piece
    v   the voice that is to be written, 0 soprano to 3 bass
    u   any voice
"""

import numpy as np

from . import voice_choices as choices
from .repeats import earlier_match
from .transposition import REST
from .voice_choices import answers, as_voices, before, classes, homes

BAR = 16
DURATIONS = (0, 1, 2, 3, 4, 5, 7, 8, 12, 16)  # where a longer kind of note begins, in steps
MATCHES = (0, 1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64)  # where a longer kind of stretch begins


def inputs(grid):
    """(T, D) the step facts and the four views side by side: what ``recipes.four_voices`` reads."""
    return np.hstack([step_facts(grid), *(view(grid, v) for v in range(4))])


def widths():
    """[F, K_S, K_A, K_T, K_B]: how many numbers of ``inputs`` belong to the step and to each voice."""
    grid = np.full((1, 4), REST, np.int16)
    return [step_facts(grid).shape[1], *(view(grid, v).shape[1] for v in range(4))]


def step_facts(grid):
    """(T, F) in row t the step before t, for a memory that reads the rows one after the other.

    Pitch classes are counted from the first bass note: mostly the tonic. In 88 % of the training pieces it
    has the pitch class of the last one.
    """
    grid = as_voices(grid)
    last, tonic = before(grid), first_bass(grid)
    came, lasted = homes(before(grid)), before_now(held(grid))
    parts = [place(len(grid))]
    for u in range(4):
        parts += [
            pitch_class(last[:, u], tonic),
            one_hot((last[:, u] - choices.FIRST[u]) // 4 + 4, 8),
            moves(last[:, u] - came[:, u], last[:, u] != REST),
            kinds(lasted[:, u], DURATIONS),
        ]
    return np.hstack(parts).astype(np.float32)


def view(grid, v):
    """(T, K_v) what voice v knows before it is written at step t, seen from its last pitch."""
    grid = as_voices(grid)
    here = homes(grid)[:, v]
    others = [neighbour(grid, v, u) for u in range(4) if u != v]
    parts = [place(len(grid)), own_past(grid, v), *others, harmony(grid, here), copies(grid, v)]
    return np.hstack(parts).astype(np.float32)


# --- the parts of a view


def place(length):
    """(T, 17) which step of a bar of four beats, if the piece begins with a bar; and if it is the first."""
    steps = np.arange(length)
    return np.hstack([one_hot(steps % BAR, BAR), (steps == 0)[:, None]])


def own_past(grid, v):
    """Where voice v is, how long it has been there (to 32 steps), and its last three moves."""
    last, here = before(grid)[:, v], homes(grid)[:, v]
    lasted = before_now(held(grid))[:, v]
    intervals, durations = last_moves(grid[:, v])
    return np.hstack(
        [
            pitch_class(here, first_bass(grid)),
            one_hot((here - choices.FIRST[v]) // 3 + 4, 9),  # the register, roughly
            (last == REST)[:, None],
            one_hot(np.minimum(lasted, 32), 33),
            moves(intervals, durations > 0).reshape(len(grid), -1),
            kinds(durations, DURATIONS).reshape(len(grid), -1),
        ]
    )


def neighbour(grid, v, u):
    """What voice v sees of voice u: at this step if u is above it, else at the step before."""
    home, last, lasts = homes(grid), before(grid)[:, u], held(grid)[:, u]
    lasted = before_now(lasts)
    now, has_lasted = (grid[:, u], lasts) if u < v else (last, lasted)
    here = home[:, v]
    parts = [
        pitch_class(now, here),
        one_hot(np.where(now == REST, -1, (now - here) // 6 + 4), 10),
        kinds(has_lasted, DURATIONS),
    ]
    if u < v:  # and what it did to get there
        parts += [pitch_class(last, here), moves(now - home[:, u], now != REST), kinds(lasted, DURATIONS)]
    return np.hstack(parts)


def harmony(grid, here):
    """Which pitch classes were heard of late, and the chords of one to four beats ago."""
    heard = [turned(heard_classes(grid, half_life), here) for half_life in (4, 16, 1000)]
    return np.hstack([*heard, *(chord(grid, lag, here) for lag in (4, 8, 12, 16))])


def copies(grid, v):
    """What the four ``pointers`` say, and how much of the past they rest on."""
    parts = []
    for again, length in pointers(grid, v):
        said = one_hot(again, choices.CLASSES)
        parts += [said, said & (length >= 8)[:, None], kinds(length, MATCHES)]
    return np.hstack(parts)


def pointers(grid, v):
    """Where has this been heard before, and what did voice v do there? Four answers, each (class, length).

    1. the longest stretch of all voices, up to the voices above v at this step
    2. the same at any pitch: a stretch whose voices moved alike
    3. the longest stretch of this voice alone, at any pitch
    4. the longest stretch of the voices above, up to this step; for the soprano, of the bass

    The class (T,) is what voice v did at the end of that stretch, -1 where there is none.
    """
    took, here = answers(grid), homes(grid)[:, v]

    def up_to_now(rows):  # each voice where it was known last
        return coming(np.hstack([rows[:, :v], before(rows)[:, v:]]))

    above = coming(grid[:, :v]) if v else grid[:, 3:]
    found = []
    for rows, at_any_pitch in [
        (up_to_now(grid), False),
        (up_to_now(took), True),
        (took[:, v], True),
        (above, False),
    ]:
        source, length = earlier_match(rows)
        again = took[source, v] if at_any_pitch else classes(grid[source, v], here)
        found.append((np.where(source < 0, -1, again), length))
    return found


# --- what they are made of


def held(grid):
    """(T, 4) for how many steps the pitch (or the rest) of step t has lasted, 1 where it is new."""
    steps = np.arange(len(grid))[:, None]
    new = np.vstack([np.ones((1, grid.shape[1]), bool), grid[1:] != grid[:-1]])
    return steps - np.maximum.accumulate(np.where(new, steps, 0), axis=0) + 1


def before_now(numbers):
    """The numbers of the step before; 0 before the first."""
    return np.concatenate([np.zeros_like(numbers[:1]), numbers[:-1]])


def coming(rows):
    """Row t + 1 in the place of row t, for ``earlier_match``, which at t reads the rows before t."""
    return np.concatenate([rows[1:], rows[:1]])


def last_moves(pitches, count=3):
    """What one voice did last before step t: (intervals, durations), each (T, count), the latest first.

    The duration is that of the note that ended with the move; 0 where there was no move yet.
    """
    notes = np.flatnonzero((pitches != REST) & np.append(True, pitches[1:] != pitches[:-1]))
    intervals = np.concatenate([np.zeros(count), np.diff(pitches[notes])]).astype(np.int64)
    durations = np.concatenate([np.zeros(count), np.diff(notes)]).astype(np.int64)
    begun = np.searchsorted(notes, np.arange(len(pitches)))  # how many notes began before t
    latest = np.maximum(begun, 1)[:, None] + count - 2
    return intervals[latest - np.arange(count)], durations[latest - np.arange(count)]


def heard_classes(grid, half_life):
    """(T, 12) which pitch classes were heard before step t, the recent ones counting more; the most is 1."""
    keep, heard = 0.5 ** (1 / half_life), np.zeros((len(grid), 12))
    for t in range(1, len(grid)):
        sung = grid[t - 1][grid[t - 1] != REST]
        heard[t] = keep * heard[t - 1] + np.bincount(sung % 12, minlength=12)
    return heard / np.maximum(heard.max(axis=1, keepdims=True), 1e-9)


def turned(histogram, here):
    """(T, 12) the histogram with the pitch class of ``here`` first."""
    return np.take_along_axis(histogram, (here[:, None] + np.arange(12)) % 12, axis=1)


def chord(grid, lag, here):
    """(T, 12) the pitch classes of step t - lag, counted from ``here``."""
    silence = np.full((min(lag, len(grid)), 4), REST)
    return pitch_class(np.vstack([silence, grid[:-lag]]), here[:, None]).any(axis=1)


def first_bass(grid):
    """(T,) the pitch class of the first bass note, known from the step after it on; -1 until then."""
    sounding = np.flatnonzero(grid[:, 3] != REST)
    if not sounding.size:
        return np.full(len(grid), -1)
    return np.where(np.arange(len(grid)) > sounding[0], grid[sounding[0], 3] % 12, -1)


def one_hot(values, size):
    """(..., size) with a one at the place that ``values`` names, and none where it names no place."""
    return np.asarray(values)[..., None] == np.arange(size)


def pitch_class(pitch, start):
    """One-hot (..., 12): the pitch class, counted from ``start``; none for a rest, or where start is -1."""
    return one_hot(np.where((pitch == REST) | (start < 0), -1, (pitch - start) % 12), 12)


def kinds(lengths, limits):
    """One-hot (..., len(limits)): the last of the limits that a length reaches."""
    return one_hot(np.searchsorted(limits, lengths, side="right") - 1, len(limits))


def moves(semitones, moved=True):
    """One-hot (..., 19) of an interval: -9 (or more) to 9 (or more); none where it did not move."""
    return one_hot(np.where(moved, np.clip(semitones, -9, 9) + 9, -1), 19)
