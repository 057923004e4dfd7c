"""From the items of an ABC voice to notes with onsets: repeats played or not, tied notes joined.

An item is a Chord, a Bar, a Change of metre, key or tempo, or the Overlay sign ``&``.
"""

from collections import namedtuple
from dataclasses import dataclass, field
from fractions import Fraction

from .notes import Note

Bar = namedtuple("Bar", "closes opens double ending", defaults=(False, False, False, ()))
Change = namedtuple("Change", "what value")
Overlay = namedtuple("Overlay", "")  # back to the last bar line: what follows sounds with what stands there


@dataclass
class Chord:
    """Notes that sound together; a rest has no pitches."""

    duration: Fraction
    pitches: list
    tied: set = field(default_factory=set)  # those that go on in the same pitches that follow


def play_order(items):
    """The items as they are played: each repeat twice, each ending on its turn.

    A repeat goes back to ``|:``, or where that is missing to the last double bar or repeat sign.
    """
    played, start, turn, i = [], 0, 1, 0
    while i < len(items):
        item = items[i]
        i += 1
        if not isinstance(item, Bar):
            played.append(item)
            continue
        played.append(Bar())
        if item.ending and turn not in item.ending:  # skip to the ending of this turn, or past the endings
            while i < len(items) and not (isinstance(items[i], Bar) and (items[i].ending or items[i].double)):
                i += 1
                closed = isinstance(items[i - 1], Bar) and items[i - 1].closes
                if closed and not (i < len(items) and isinstance(items[i], Bar) and items[i].ending):
                    break
        elif item.closes and turn < _turns(items, i):
            i, turn = start, turn + 1
        elif item.closes or item.opens or item.double:
            start, turn = i, 1
    return played


def _turns(items, i):
    """How often to play a section that closes before item i: twice, or as often as its endings say."""
    turns = 1
    while i < len(items) and isinstance(items[i], Bar) and items[i].ending and max(items[i].ending) > turns:
        turns = max(items[i].ending)
        i += 1
        while i < len(items) and not (isinstance(items[i], Bar) and (items[i].closes or items[i].double)):
            i += 1
        i += 1  # the ending that may follow this bar line
    return max(turns, 2)


def lay_out(items, velocity=80):
    """Items -> (notes, changes as (beat, Change), beats before the first bar line)."""
    notes, changes, ties = [], [], {}
    beat = pickup = bar = reach = Fraction(0)
    for item in items:
        if isinstance(item, Chord):
            for pitch in item.pitches:
                index = ties.pop((pitch, beat), None)
                if index is not None:  # tied: one longer note
                    old = notes[index]
                    notes[index] = Note(old.onset, pitch, old.duration + item.duration, velocity)
                else:
                    index = len(notes)
                    notes.append(Note(beat, pitch, item.duration, velocity))
                if pitch in item.tied:
                    ties[pitch, beat + item.duration] = index
            beat += item.duration
        elif isinstance(item, Overlay):
            reach, beat = max(reach, beat), bar
        elif isinstance(item, Bar):
            beat = bar = reach = max(beat, reach)
            pickup = pickup or beat
        else:
            changes.append((beat, item))
    return notes, changes, pickup
