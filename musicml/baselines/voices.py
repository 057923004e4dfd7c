"""Counting models of four voices in steps (``corpora.load("jsb16")``), voice by voice, S A T B.

model.class_log_probs(grid) -> (T, 4, 27)   log p of each class of ``score.voice_choices``, given what is
                                            known before that voice of that step is written
model.log_probs(grid) -> (T, 4)             log p of what was sung
"""

from collections import defaultdict

import numpy as np

from ..score import voice_choices as choices
from ..score import voice_facts as facts
from ..score.transposition import REST


class VoiceModel:
    """Base class; subclasses write ``fit`` and ``class_log_probs``."""

    def log_probs(self, grid):
        """(T, 4) log p of the pitch (or rest) of each voice at each step, in nats."""
        return choices.sung_log_probs(self.class_log_probs(grid), grid)


class VoiceCopy(VoiceModel):
    """The voice stays as it was, with a probability counted for each voice; all else is equally likely.

    Equation: p(again) = c,  p(each other pitch, or the rest) = (1 - c) / 128
    """

    def fit(self, grids):
        again = np.concatenate([grid == choices.before(grid) for grid in grids])
        self.c = again.mean(axis=0)
        return self

    def class_log_probs(self, grid):
        p = np.repeat((1 - self.c)[:, None] / 128, choices.CLASSES, axis=1)
        p[:, choices.ELSEWHERE] *= choices.OTHERS
        p = np.repeat(p[None], len(grid), axis=0)
        again = choices.classes(choices.before(grid), choices.homes(grid))
        np.put_along_axis(p, again[..., None], self.c[:, None], axis=2)
        return np.log(p)


class VoiceCounts(VoiceModel):
    """Counts what each voice did next, and backs off to coarser descriptions of the moment.

    From coarse to fine, each with all before it: nothing; the place in the beat; how long the voice has held
    its note; whether the voice above moved, by how much, and how far above (in pitch class) it is now. The
    soprano, with no voice above, looks at its own last move and at the bass of the step before.

    Equation: p_k(class) = (count_k(class) + s p_{k-1}(class)) / (count_k + s),  p_{-1} = 1 / 27
    Source:   as ``MarkovChain``.

    Args:
        strength: s, how many observations the coarser description is worth; choose it on validation data.
    """

    def __init__(self, strength=5.0):
        self.strength = strength

    def contexts(self, grid):
        """(T, 4, levels) whole numbers: the same number, the same description."""
        T, home, took = len(grid), choices.homes(grid), choices.answers(grid)
        beat = np.repeat((np.arange(T) % 4)[:, None], 4, axis=1)
        held = np.vstack([np.zeros((1, 4), np.int64), facts.held(grid)[:-1].clip(max=17)])
        # The voice above has moved at this step already; above the soprano stands its own last move.
        moved, last = np.roll(took, 1, axis=1), choices.before(grid)
        intervals, durations = facts.last_moves(grid[:, 0], count=1)
        moved[:, 0] = np.where(durations[:, 0] > 0, intervals[:, 0].clip(-12, 12), 13)
        above = np.where(np.arange(4) > 0, np.roll(grid, 1, axis=1), last[:, 3:])
        apart = np.where(above == REST, 12, (above - home) % 12)
        again = (moved == choices.STAY).astype(np.int64)
        levels = [np.zeros((T, 4), np.int64)]
        for new, size in ((beat, 4), (held, 18), (again, 2), (apart, 13), (moved + 13, 64)):
            levels.append(levels[-1] * size + new)
        return np.stack(levels, axis=2)

    def fit(self, grids):
        levels = self.contexts(grids[0]).shape[2]
        self.counts = [[defaultdict(self.nothing) for _ in range(levels)] for _ in range(4)]
        for grid in grids:
            took = choices.answers(grid)
            for t, voices in enumerate(self.contexts(grid).tolist()):
                for v, context in enumerate(voices):
                    for level, name in enumerate(context):
                        self.counts[v][level][name][took[t, v]] += 1
        return self

    def nothing(self):
        return np.zeros(choices.CLASSES)

    def class_log_probs(self, grid):
        p = np.full((len(grid), 4, choices.CLASSES), 1 / choices.CLASSES)
        for t, voices in enumerate(self.contexts(grid).tolist()):
            for v, context in enumerate(voices):
                for level, name in enumerate(context):
                    seen = self.counts[v][level].get(name)
                    if seen is None:
                        break
                    p[t, v] = (seen + self.strength * p[t, v]) / (seen.sum() + self.strength)
        return np.log(p)
