"""What each note can see: rows of numbers for every note of every frame, all measured from the note itself.

Music moves up and down and stays the same music. So a note does not ask "does column 39 sound?" but "does the
note 5 semitones below me sound?". One small network, used for every note, then knows in all keys what it
has learned in one: a convolution along pitch, with its windows written out.

Only frames before t are seen at t. What may be seen of frame t itself is in ``notes_above``.

Dimension key
    T frames of a piece   P pitches   K numbers that a note sees
"""

import numpy as np

from ..errors import ShapeError
from .repeats import earlier_match

WINDOWS = (24, 12, 4, 4)  # how far a note sees to both sides: one frame back, two, three, four
COPY_WINDOW, LINE_WINDOW = 12, 4
LENGTHS = (1, 2, 3, 4, 6, 12)  # a match counts as "at least so many frames"
ABOVE = 36  # three octaves
DUE = 12  # how far a note sees the place of the note that is due
MOST = 5  # notes of a frame are counted up to here
RATES = (0.75, 0.97)  # how much of what was heard stays from frame to frame
REGISTERS = range(24, 80, 6)


def notes_see(roll, lowest=0, copy=True):
    """What each note sees of the frames before: float32 (T, P, K), row t from frames 0 to t - 1 only.

    Args:
        roll: (T, P), which notes sound.
        lowest: the place on the piano of column 0, 0 for its lowest key. Two groups of numbers ask for it,
            the register and the pitch class; all the others would be the same in another key.
        copy: False leaves out what followed earlier copies of the same music in this piece.

    The numbers, in their order: the frames before, each through a window around the note; how long the note
    has been held; with ``copy``, for the whole frame, its top line and its lowest line, what followed the
    longest earlier match and how long that match is (``earlier_match``); how much each pitch class was heard,
    lately and for long, counted from the note; its own pitch class; its register; how many notes lay above it
    in the last frame; the place of t in groups of 2, 3, 4, 8, 12 and 16.
    """
    roll = as_frames(roll, "notes_see")
    T, P = roll.shape
    parts = [around(back(roll, k + 1), width) for k, width in enumerate(WINDOWS)]
    parts.append(held(roll)[..., None])
    if copy:
        parts += [around_copy(roll, roll, COPY_WINDOW)]
        parts += [around_copy(roll, line[:, None], LINE_WINDOW) for line in outer_lines(roll)]
    parts += [around_classes(heard(roll, lowest, rate), lowest, P) for rate in RATES]
    parts += [np.broadcast_to(own, (T, *own.shape)) for own in (classes(lowest, P), registers(lowest, P))]
    parts.append(at_least(above(back(roll, 1)), range(1, MOST + 1)))
    parts.append(np.broadcast_to(place(T)[:, None], (T, P, place(1).shape[1])))
    return np.concatenate(parts, axis=-1, dtype="float32")


def notes_above(roll, expected=()):
    """What each note sees of the notes above it in its own frame: float32 (T, P, K).

    The notes of a frame are decided from the top down. In order: the next three octaves above the note;
    whether at least 1, 2, ... notes have been decided to sound; how far the nearest of them is; and for
    each roll of ``expected``, how far the note is from the one whose turn it would be there.

    Args:
        expected: rolls (T, P) known before t, such as the frame before. Where two notes have been decided,
            the third is due: its place in an expected frame is that of the third note from above.
    """
    roll = as_frames(roll, "notes_above")
    nearest = np.full(len(roll), 2 * ABOVE)
    distance = np.empty(roll.shape)
    for p in range(roll.shape[1])[::-1]:
        distance[:, p] = nearest = nearest + 1
        nearest = np.where(roll[:, p], 0, nearest)
    distance = np.minimum(distance, ABOVE) / ABOVE
    parts = [window(roll, 1, ABOVE), at_least(above(roll), range(1, MOST + 1)), distance[..., None]]
    for other in expected:
        other = as_frames(other, "notes_above")
        if other.shape != roll.shape:
            raise ShapeError(
                f"notes_above received an expected roll of shape {other.shape} beside a roll of shape "
                f"{roll.shape}. Pass rolls of one shape: what was expected of each frame."
            )
        parts.append(from_due(roll, other))
    return np.concatenate(parts, axis=-1, dtype="float32")


def from_due(roll, expected):
    """Where each note lies, seen from the note of ``expected`` that is due: (T, P, 2 DUE + 1) of 0 and 1."""
    P, nobody = roll.shape[1], -1000
    p = np.arange(P)
    highest_first = np.sort(np.where(expected, p, nobody), axis=1)[:, ::-1]
    due = np.take_along_axis(
        np.pad(highest_first, ((0, 0), (0, 1)), constant_values=nobody), above(roll), axis=1
    )
    return (p - due)[..., None] == np.arange(-DUE, DUE + 1)


def followed(roll):
    """For each frame what followed the longest earlier copy of the frames before it: (T, P) booleans."""
    roll = as_frames(roll, "followed")
    return copied(roll, roll)[0]


def window(plane, first, last):
    """(T, P) -> (T, P, last - first + 1): at note p the values of notes p + first to p + last, 0 outside."""
    padded = np.pad(plane, ((0, 0), (max(0, -first), max(0, last))))
    windows = np.lib.stride_tricks.sliding_window_view(padded, last - first + 1, axis=1)
    start = max(0, first)
    return windows[:, start : start + plane.shape[1]]


def around(plane, width):
    return window(plane, -width, width)


def back(roll, frames):
    """The frame so many before each frame; silence before the first."""
    return np.concatenate([np.zeros_like(roll[:frames]), roll])[: len(roll)]


def held(roll):
    """For how many frames before t each note has sounded without a break, up to 8, as a share of 8."""
    t = np.arange(len(roll))[:, None]
    silent = np.maximum.accumulate(np.where(roll, -1, t), axis=0)  # when it was last silent
    return np.minimum(back(t - silent, 1), 8) / 8


def around_copy(roll, rows, width):
    """What followed the longest earlier match of ``rows``: a window around each note; the match's length;
    and both at once, whether the note itself sounds there, for each length."""
    frames, length = copied(roll, rows)
    length = at_least(length, LENGTHS)[:, None]
    own = frames[..., None] * length
    return np.concatenate([around(frames, width), np.broadcast_to(length, own.shape), own], axis=-1)


def copied(roll, rows):
    """The frames that followed the longest earlier matches of ``rows`` (T, P), and their lengths (T,)."""
    source, length = earlier_match(rows)
    return roll[source] & (source >= 0)[:, None], length


def outer_lines(roll):
    """The highest and the lowest note of each frame, two arrays (T,); P where it is silent."""
    P, sounds = roll.shape[1], roll.any(axis=1)
    highest = P - 1 - roll[:, ::-1].argmax(axis=1)
    return np.where(sounds, highest, P), np.where(sounds, roll.argmax(axis=1), P)


def heard(roll, lowest, rate):
    """How much each pitch class was heard before t: (T, 12). The past fades by ``rate`` each frame."""
    now = roll @ classes(lowest, roll.shape[1])
    memory = np.zeros_like(now)
    for t in range(1, len(roll)):
        memory[t] = rate * memory[t - 1] + (1 - rate) * now[t - 1]
    return memory


def around_classes(memory, lowest, P):
    """(T, 12) -> (T, P, 12): the same twelve numbers, for each note counted from its own pitch class."""
    own = np.arange(P)[:, None] + key_of(lowest)
    return memory[:, (own + np.arange(12)) % 12]


def classes(lowest, P):
    """The pitch class of each column, C first: (P, 12) of 0 and 1."""
    return np.eye(12)[(np.arange(P) + key_of(lowest)) % 12]


def key_of(lowest):
    return lowest + 21  # the lowest key of a piano is MIDI pitch 21


def registers(lowest, P):
    """How near each column is to ten places on the piano, half an octave apart: (P, 10)."""
    p = np.arange(P)[:, None] + lowest
    return np.exp(-(((p - np.array(REGISTERS)) / 4) ** 2))


def above(roll):
    """How many notes sound above each note: (T, P)."""
    return roll[:, ::-1].cumsum(axis=1)[:, ::-1] - roll


def at_least(counts, steps):
    """Is the count at least each of the steps? One more axis, of 0 and 1."""
    return np.asarray(counts)[..., None] >= np.array(steps)


def place(T):
    """Where each frame stands in groups of frames, counted from the start of the piece: (T, K)."""
    t = np.arange(T)
    parts = [
        (t % 4, 4),
        (t % 8 // 4, 2),
        (t % 16 // 8, 2),
        (t % 3, 3),
        (t % 12 // 3, 4),
        (np.minimum(t, 4), 5),
    ]
    return np.concatenate([np.eye(n)[where] for where, n in parts], axis=1)


def as_frames(roll, who):
    roll = np.asarray(roll).astype(bool)
    if roll.ndim != 2:
        raise ShapeError(f"{who} received a roll of shape {roll.shape}, expected (T, P): frames, pitches.")
    return roll
