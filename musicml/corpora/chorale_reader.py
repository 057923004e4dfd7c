"""One chorale file, read by music21, as plain lists.

music21 needs a while for each file, so this runs in worker processes when the
cache is built, and never again. ``python -m musicml.corpora.chorale_reader``
is a worker: a path on each line in, JSON on a line out.
"""

import json
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np

STEPS_PER_BEAT = 4  # sixteenth notes
REST = -1


class LeftOut(Exception):
    """Why a file cannot become a grid."""


def read(path):
    """Read one file.

    Returns a dict of JSON values with the fields of Chorale (``musicml/corpora/chorales.py``);
    or ``{"left_out": reason}``.
    """
    from music21 import converter

    try:
        score = converter.parse(path, forceSource=True, storePickle=False)
        return {"title": title(path), **grid(score)}
    except LeftOut as reason:
        return {"left_out": str(reason)}
    except Exception as error:  # music21 documents none; one bad file must not stop the others
        return {"left_out": f"music21 cannot read it ({type(error).__name__}: {error})"}


def title(path):
    """The first line of the hymn, from music21's table of the chorales; else the number, "BWV 99.6"."""
    from music21.corpus.chorales import ChoraleListRKBWV

    number = Path(path).stem.removeprefix("bwv")
    known = ChoraleListRKBWV().byBWV.get(number)
    return known["title"] if known else f"BWV {number}"


def grid(score):
    """The arrays of one music21 score, as nested lists; times in steps."""
    parts = list(score.parts)
    if len(parts) != 4:
        raise LeftOut(f"{len(parts)} parts")
    length = steps(max(part.highestTime for part in parts), "the end")
    pitch = np.full((length, 4), REST)
    onset, fermata = np.zeros((2, length, 4), int)
    for voice, part in enumerate(parts):
        write_voice(part, pitch[:, voice], onset[:, voice], fermata[:, voice])
    means = [pitch[pitch[:, voice] != REST, voice].mean() for voice in range(4)]
    if sorted(means, reverse=True) != means:
        raise LeftOut("the parts are not in the order soprano, alto, tenor, bass")
    measures = list(parts[0].getElementsByClass("Measure"))
    bars, pickup = bar_starts(measures)
    key = next(iter(parts[0].recurse().getElementsByClass("KeySignature")), None)
    return {
        "grid": pitch.tolist(),
        "onset": onset.tolist(),
        "fermata": fermata.tolist(),
        "bars": bars,
        "pickup": pickup,
        "time_signatures": [
            (steps(m.offset, "a bar line"), (m.timeSignature.numerator, m.timeSignature.denominator))
            for m in measures
            if m.timeSignature
        ],
        "sharps": key.sharps if key else 0,
        "mode": getattr(key, "mode", None),
    }


def write_voice(part, pitch, onset, fermata):
    """Write the notes of one part into its three columns."""
    for note in part.flatten().notes:
        if note.duration.isGrace:
            continue
        start = steps(note.offset, "a note")
        end = start + steps(note.duration.quarterLength, "a note")
        if note.isChord or (pitch[start:end] != REST).any():
            raise LeftOut("two notes at once in one part")
        pitch[start:end] = note.pitch.midi
        fermata[start:end] = any(type(mark).__name__ == "Fermata" for mark in note.expressions)
        tied = note.tie is not None and note.tie.type in ("stop", "continue")
        onset[start] = not (tied and start > 0 and pitch[start - 1] == note.pitch.midi)


def bar_starts(measures):
    """The steps at which full bars begin, and the steps before the first of them.

    A repeat sign cuts a bar in two ("3 beats :| 1 beat"); the second half is
    not a new bar.
    """
    bars, pickup, filled = [], 0, 0
    for index, measure in enumerate(measures):
        whole, here = measure.barDuration.quarterLength, measure.duration.quarterLength
        if index == 0 and here < whole:
            pickup = steps(here, "the first bar line")
        elif 0 < filled and filled + here <= whole:
            filled = (filled + here) % whole
        else:
            bars.append(steps(measure.offset, "a bar line"))
            filled = here % whole
    return bars, pickup


def steps(beats, what):
    count = Fraction(beats).limit_denominator(96) * STEPS_PER_BEAT
    if count.denominator != 1:
        raise LeftOut(f"{what} is not on the grid of sixteenths")
    return int(count)


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(read(line.rstrip("\n"))), flush=True)
