"""Frames of notes from one small network that serves every note, alone or one after the other.

Dimension key
    T frames of a piece   N notes of the roll (88)   P of them that the network decides
    K numbers that a note sees
"""

import numpy as np

from ..errors import MusicMLError, ShapeError, unknown
from ..score.planes import back, followed, notes_above, notes_see
from .frames import as_rolls, frame_log_probs, log_odds

ORDERS = ("down", "up")


class NoteByNote:
    """The probability of each frame given those before, with the same network asked about every note.

    Equation: factorised, no ``orders``:  p(frame t) = product over notes n of p(note n | frames before t)
              joint, one order:           p(frame t) = product over notes n of p(note n | notes decided
                                                       before n in frame t, frames before t)
              both orders:                the mean of the two, an exact mixture with a half each

    The only difference is what a note sees: ``notes_see`` of the frames before, and for a joint model
    ``notes_above`` of its own frame. The chain rule makes any order right; "down" decides from the top.

    Args:
        network: called on (B, n, K) rows of ``inputs``, gives (B, n) logits; recipes.note_by_note.
        rolls: the training rolls. They tell how pieces begin, and which notes the network is not asked about:
            those below the lowest and above the highest of them, silent but for a chance of about 1 in T.
        orders: (), ("down",), ("up",) or both.
        copy: whether notes see an explicit copy of earlier frames.

    The idea of one network for all notes: Johnson 2017, "Generating polyphonic music using tied parallel
    networks"; of deciding the notes of a frame in turn: Larochelle and Murray 2011 (NADE), with
    Boulanger-Lewandowski et al. 2012.
    """

    def __init__(self, network, rolls, orders=(), copy=True):
        if wrong := [order for order in orders if order not in ORDERS]:
            raise unknown("order", wrong[0], ORDERS)
        frames = np.concatenate(as_rolls(rolls, "NoteByNote"))
        on = frames.sum(axis=0)
        sounding = np.flatnonzero(on)
        if not sounding.size:
            raise MusicMLError("NoteByNote received rolls without a note. Pass corpora.load('jsb').train.")
        self.network, self.orders, self.copy = network, tuple(orders), copy
        self.lowest, self.highest = int(sounding[0]), int(sounding[-1])
        self.z = log_odds(on, len(frames) - on)
        self.starts = np.stack([np.asarray(roll)[0] for roll in rolls]).astype(bool)  # frame 0 is not learned

    @property
    def P(self):
        return self.highest - self.lowest + 1

    def asked(self, roll):
        """The part of a roll that the network is asked about: (T, P)."""
        return self.as_roll(roll)[:, self.lowest : self.highest + 1]

    def as_roll(self, roll):
        """One roll as booleans (T, N), with the N of the training rolls."""
        roll = np.asarray(roll).astype(bool)
        if roll.ndim != 2 or roll.shape[1] != len(self.z):
            raise ShapeError(
                f"NoteByNote received a roll of shape {roll.shape}, expected (T, {len(self.z)}): frames, "
                "notes. Pass one piece of the corpus that the model was made with."
            )
        return roll

    def past(self, roll):
        """What the notes see of the frames before: (T, P, K)."""
        return notes_see(self.asked(roll), self.lowest, self.copy)

    def expected(self, roll):
        """What each frame may be like, from the frames before it: a list of rolls (T, P)."""
        roll = self.asked(roll)
        return [back(roll, 1), followed(roll)] if self.copy else [back(roll, 1)]

    def present(self, roll, order, expected=None):
        """What the notes see of their own frame (T, P, K); nothing in a factorised model."""
        expected, roll = self.expected(roll) if expected is None else expected, self.asked(roll)
        if order == "down":
            seen = notes_above(roll, expected)
        elif order == "up":  # from below: the same, with all rolls turned over
            seen = notes_above(roll[:, ::-1], [other[:, ::-1] for other in expected])[:, ::-1]
        else:
            return np.zeros((*roll.shape, 0), "float32")
        blank = np.zeros_like(seen)
        return np.concatenate([seen if order == mine else blank for mine in self.orders], axis=-1)

    def inputs(self, roll, order=None):
        """All that each note sees, (T, P, K); ``order`` is None in a factorised model."""
        return np.concatenate([self.past(roll), self.present(roll, order)], axis=-1)

    def logits(self, x):
        return np.asarray(self.network(x), "float64")

    def log_probs(self, roll):
        """(T,): log p of each frame given those before it, all notes counted."""
        roll = self.as_roll(roll)
        rest = np.ones(roll.shape[1], bool)
        rest[self.lowest : self.highest + 1] = False
        alone = frame_log_probs(np.broadcast_to(self.z, roll.shape)[:, rest], roll[:, rest], from_logits=True)
        past, orders = self.past(roll), self.orders or (None,)
        each = [
            frame_log_probs(
                self.logits(np.concatenate([past, self.present(roll, order)], axis=-1)),
                self.asked(roll),
                from_logits=True,
            )
            for order in orders
        ]
        return alone + np.logaddexp.reduce(each, axis=0) - np.log(len(orders))

    def sample(self, roll, rng, temperature=1.0):
        """A frame (N,) to follow the roll (T, N), drawn from the model; notes never heard stay silent."""
        longer = np.concatenate([self.as_roll(roll), np.zeros((1, len(self.z)), bool)])
        return self.decide(
            self.past(longer)[-1:], [other[-1:] for other in self.expected(longer)], rng, temperature
        )

    def decide(self, past, expected, rng, temperature=1.0):
        """A frame (N,) from what its notes see of the past (1, P, K), and the frames (1, P) expected."""
        frame = np.zeros((1, len(self.z)), bool)
        if not self.orders:
            p = sigmoid(self.logits(past)[0] / temperature)
            frame[0, self.lowest : self.highest + 1] = rng.random(self.P) < p
            return frame[0]
        order = self.orders[rng.integers(len(self.orders))]
        for n in range(self.P)[:: -1 if order == "down" else 1]:
            seen = np.concatenate([past, self.present(frame, order, expected)], axis=-1)[:, n : n + 1]
            frame[0, self.lowest + n] = rng.random() < sigmoid(self.logits(seen)[0, 0] / temperature)
        return frame[0]


def sample_roll(model, frames, prompt=None, temperature=1.0, seed=0):
    """Continue a roll frame by frame: (T, N) booleans, the prompt and ``frames`` new frames.

    Args:
        model: a NoteByNote.
        prompt: (T, N), the beginning; none: the first frame of a training piece, drawn by chance.
        temperature: below 1 surer, above 1 more surprising; each note's logit is divided by it.

    A joint model with both orders draws one of them for each frame: that is what a mixture says.
    The published rolls of JSB lie an octave high: ``from_pianoroll(roll, steps_per_beat=1, lowest=21 - 12)``.
    """
    if not temperature > 0:  # nan is not
        raise MusicMLError(
            f"sample_roll received temperature={temperature}, expected a number above 0. Take 1."
        )
    if not isinstance(frames, (int, np.integer)) or frames < 0:
        raise MusicMLError(f"sample_roll received frames={frames}, expected a whole number, 0 or more.")
    rng = np.random.default_rng(seed)
    start = (
        model.starts[[rng.integers(len(model.starts))]] if prompt is None else np.asarray(prompt).astype(bool)
    )
    if start.ndim != 2 or start.shape[1] != len(model.z) or not len(start):
        raise MusicMLError(
            f"sample_roll received a prompt of shape {start.shape}, expected (T, {len(model.z)}), at least "
            "one frame. Pass the beginning of a piece of the corpus that the model was trained on."
        )
    roll = start
    for _ in range(frames):
        roll = np.concatenate([roll, model.sample(roll, rng, temperature)[None]])
    return roll


def sigmoid(z):
    return np.exp(-np.logaddexp(0, -z))
