"""What was copied from the training data, whatever the key: the longest run, and the share of runs.

Real music repeats other music too. So a number means something only beside the
same number for held-out human pieces, against the same training data.
"""

import numpy as np

from ..errors import MusicMLError


def note_steps(score):
    """The notes of a Score as steps from note to note: one list for each part.

    A step is (semitones, beats from onset to onset). Steps are the same in every key; a run of n steps is
    n + 1 notes. How long a note is held before a rest makes no difference.
    """
    return [
        [(b.pitch - a.pitch, b.onset - a.onset) for a, b in zip(part.notes, part.notes[1:], strict=False)]
        for part in score.parts
        if not part.is_drums
    ]


def frame_steps(roll):
    """The frames of a roll (T, N) as steps from frame to frame: one list.

    A step is the notes of a frame, in semitones above the lowest note of the last frame that had any.
    """
    steps, lowest = [], None
    for frame in np.asarray(roll).astype(bool):
        notes = np.flatnonzero(frame)
        if lowest is not None:
            steps.append(tuple((notes - lowest).tolist()))
        if len(notes):
            lowest = int(notes[0])
    return [steps]


class Originality:
    """All runs of the training data, ready to be asked which runs of another piece are among them.

        originality = Originality(corpus.train)
        originality.longest_run(score)      in notes
        originality.overlap(score, notes=8) share of its runs of eight notes

    It is a suffix automaton: a graph in which every run of the training data is a path from the root, with
    at most two states for each note. It is built once, in time that grows with the number of notes; asking
    takes the time of reading the piece.

    Source: Blumer et al. 1985, "The smallest automaton recognizing the subwords of a text".

    Args:
        train: scores, or whatever ``steps`` takes.
        steps: ``note_steps`` for scores, ``frame_steps`` for rolls.
    """

    def __init__(self, train, steps=note_steps):
        self.steps = steps
        # State 0 is the root. length: of the longest run that leads to a state; link: the state of the
        # longest end of that run which also stands elsewhere.
        self.next, self.length, self.link = [{}], [0], [-1]
        last, sequences = 0, 0
        for piece in train:
            for sequence in steps(piece):
                for step in sequence:
                    last = self.extend(last, step)
                sequences += 1
                last = self.extend(last, object())  # a mark like no other: no run goes on across pieces
        if len(self.next) == sequences + 1:
            raise MusicMLError(
                f"Originality received {sequences} parts without two notes in a row, expected training data "
                "to compare with. Pass the scores of a corpus, such as corpora.load('irish').train."
            )

    def extend(self, last, step):
        """Add the state for the sequence so far, one step longer, and return it."""
        new = len(self.next)
        self.next.append({})
        self.length.append(self.length[last] + 1)
        self.link.append(0)
        state = last
        while state != -1 and step not in self.next[state]:
            self.next[state][step] = new
            state = self.link[state]
        if state == -1:
            return new
        known = self.next[state][step]
        if self.length[known] == self.length[state] + 1:
            self.link[new] = known
            return new
        # The known state also stands for longer runs, which do not end here: split it in two.
        short = len(self.next)
        self.next.append(dict(self.next[known]))
        self.length.append(self.length[state] + 1)
        self.link.append(self.link[known])
        self.link[known] = self.link[new] = short
        while state != -1 and self.next[state].get(step) == known:
            self.next[state][step] = short
            state = self.link[state]
        return new

    def matches(self, piece):
        """For each step of each part, how many steps that end there are in the training data: int arrays."""
        result = []
        for sequence in self.steps(piece):
            state, length, lengths = 0, 0, []
            for step in sequence:
                while state and step not in self.next[state]:
                    state = self.link[state]
                    length = self.length[state]
                if step in self.next[state]:
                    state, length = self.next[state][step], length + 1
                lengths.append(length)
            result.append(np.array(lengths, dtype=int))
        return result

    def longest_run(self, piece):
        """The longest run that also stands in the training data, in notes (or frames); 0 if none."""
        longest = max((int(lengths.max(initial=0)) for lengths in self.matches(piece)), default=0)
        return longest + 1 if longest else 0

    def overlap(self, piece, notes=8):
        """Share of the runs of ``notes`` successive notes (or frames) that stand in the training data.

        nan when the piece has no run so long.
        """
        if notes < 2:
            raise MusicMLError(f"overlap received notes={notes}, expected 2 or more: a step has two notes.")
        ends = np.concatenate([np.zeros(0, int), *[lengths[notes - 2 :] for lengths in self.matches(piece)]])
        return float((ends >= notes - 1).mean()) if len(ends) else float("nan")


def band(values, level=0.95):
    """(low, high): between them lies the middle ``level`` of the values, such as those of human pieces."""
    values = np.asarray(values, dtype=float)
    if not np.isfinite(values).any():
        raise MusicMLError("band received no number. Pass the values of some pieces.")
    low, high = np.quantile(values[np.isfinite(values)], [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
