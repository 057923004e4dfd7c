"""Read ABC, the notation in which folk musicians write tunes as plain text.

    X: 5                        a tune begins with its number; T title, M metre, R rhythm,
    T: The Fun at Donnybrook    L the length that a bare letter stands for, K key (ends the header)
    M: 6/8
    L: 1/8
    K: Gm
    B/2-A/2 | G>FD C>D^F | G3 z2 :|

The reader works in three steps: text -> items (chords, bar lines, changes of key, metre, tempo), items ->
items in playing order (``repeats=True``), items -> notes with onsets in beats. The first is in `abc_music`,
the others are in `abc_layout`.
Writing is done by `abc_writer`.

Grace notes, decorations, lyrics and chord names carry no time and are skipped; macros (m:) and the order of
parts (P:AABB) are not followed.
Source: the ABC standard 2.1, https://abcnotation.com/wiki/abc:standard:v2.1
"""

import re
from fractions import Fraction

from ..errors import FileFormatError
from .abc_layout import lay_out, play_order
from .abc_music import TuneText
from .notes import Part, Score

MAX_CHARACTERS = 5_000_000  # a file
MAX_BEATS = 100_000  # a tune
DRUMS = 10  # the MIDI channel, counted from 1


def read_abc(text, repeats=False):
    """Read the one tune in ``text``.

    Args:
        text: ABC source with one tune.
        repeats: False gives the tune as it is written, each bar once, a first and a second ending one
            after the other. True gives it as it is played: repeats are repeated with their endings.

    Returns:
        Score; one Part a voice. ``metadata`` holds the other header fields: number, rhythm, book, ...

    Raises:
        FileFormatError: naming the tune, the line and what stands there.
    """
    tunes = split_tunes(text)
    if len(tunes) != 1:
        raise FileFormatError(f"the ABC text holds {len(tunes)} tunes, expected one. Use read_abc_all(text).")
    return read_tune(*tunes[0], repeats)


def read_abc_all(text, repeats=False):
    """Read every tune in ``text``; see `read_abc`. Returns a list of Score."""
    return [read_tune(*tune, repeats) for tune in split_tunes(text)]


def split_tunes(text):
    """Cut ABC text at its ``X:`` lines. Returns a list of (number of the first line, lines, file header)."""
    if len(text) > MAX_CHARACTERS:
        raise FileFormatError(
            f"the ABC text has {len(text):,} characters; the limit is {MAX_CHARACTERS:,}. Split the file."
        )
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.removesuffix("\n").split("\n")
    starts = [i for i, line in enumerate(lines) if re.match(r"X:\s*\d", line)]
    if not starts:
        raise FileFormatError('the ABC text has no tune: no line starts with "X:" and a number.')
    # Only fields that set defaults are taken from before the first tune.
    header = [line for line in lines[: starts[0]] if re.match(r"[LMQRBSOZ]:", line)]
    ends = [*starts[1:], len(lines)]
    return [(a + 1, lines[a:b], header) for a, b in zip(starts, ends, strict=True)]


def read_tune(first_line, lines, header, repeats):
    """Read one tune as `split_tunes` cut it out."""
    tune = TuneText(first_line, header)
    for number, line in enumerate(lines, first_line):
        tune.line = number
        tune.read_line(line)
        if tune.ended:
            break
    return _score(tune, repeats)


def _score(tune, repeats):
    """The Score of a tune whose text has been read."""
    if tune.in_header:
        tune.fail('the header does not end: expected a line "K:" with the key.')
    parts, maps, pickup = [], {"tempo": {}, "metre": {}, "key": {}}, None
    for voice in tune.voices.values():
        items = play_order(voice.items) if repeats else voice.items
        notes, changes, first_bar = lay_out(items)
        if notes:
            program, drums = voice.midi.get("program", 0), voice.midi.get("channel") == DRUMS
            parts.append(Part(notes, name=voice.name, program=program, is_drums=drums))
            pickup = first_bar if pickup is None else pickup
        for beat, change in changes:
            maps[change.what][beat] = change.value
    if not parts:
        tune.fail("the tune has no notes.")
    if max(part.notes[-1].onset for part in parts) > MAX_BEATS:
        tune.fail(f"the tune is longer than {MAX_BEATS:,} beats.")
    metres = _map({beat: metre or (4, 4) for beat, metre in maps["metre"].items()}, (4, 4))
    top, bottom = metres[0][1]
    titles = tune.metadata.pop("title", [""])
    if titles[1:]:
        tune.metadata["other titles"] = titles[1:]
    return Score(
        parts,
        title=titles[0],
        tempos=_map(maps["tempo"], 120.0),
        time_signatures=metres,
        keys=_map(maps["key"], None),
        pickup=pickup if pickup < Fraction(4 * top, bottom) else Fraction(0),
        metadata={name: "\n".join(values) for name, values in tune.metadata.items()},
    )


def _map(changes, default):
    """{beat: value} -> ((0, value), (beat, value), ...), only where the value changes."""
    rows = [(Fraction(0), changes.get(0, default))]
    for beat in sorted(changes):
        if changes[beat] != rows[-1][1]:
            rows.append((beat, changes[beat]))
    return tuple(rows)
