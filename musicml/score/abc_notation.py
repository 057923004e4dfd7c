"""Read ABC, the notation in which folk musicians write tunes as plain text.

    X: 5                        a tune begins with its number; T title, M metre, R rhythm,
    T: The Fun at Donnybrook    L the length that a bare letter stands for, K key (ends the header)
    M: 6/8
    L: 1/8
    K: Gm
    B/2-A/2 | G>FD C>D^F | G3 z2 :|

The reader works in three steps: text -> items (chords, bar lines, changes of key, metre, tempo),
items -> items in playing order (``repeats=True``), items -> notes with onsets in beats.

Grace notes, decorations, lyrics and chord names carry no time and are skipped.
Source: the ABC standard 2.1, https://abcnotation.com/wiki/abc:standard:v2.1
"""

import re
from collections import namedtuple
from dataclasses import dataclass
from fractions import Fraction

from ..errors import FileFormatError
from .notes import STEPS, Note, Part, Score

MAX_CHARACTERS = 5_000_000  # a file
MAX_TUNE = 100_000  # characters a tune
MAX_BEATS = 100_000  # a tune
MAX_VOICES = 64

METADATA = {
    "X": "number", "T": "title", "R": "rhythm", "C": "composer", "O": "origin", "A": "area",
    "B": "book", "S": "source",
    "D": "discography", "H": "history", "N": "notes", "Z": "transcription", "G": "group", "F": "file",
}  # fmt: skip

# Sharps in the signature of C major, C minor, ...: modes are shifts on the circle of fifths.
MODES = {
    "": (0, ""), "maj": (0, ""), "ion": (0, ""), "m": (-3, "m"), "min": (-3, "m"), "aeo": (-3, "m"),
    "mix": (-1, " mixolydian"), "dor": (-2, " dorian"), "phr": (-4, " phrygian"), "lyd": (1, " lydian"),
    "loc": (-5, " locrian"), "n": (-3, "m"),  # n: a slip for m in O'Neill's 745
}  # fmt: skip
FIFTHS = "FCGDAEB"
ALTER = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}

# In the time of how many a tuplet is played; None: 3 in compound metre, else 2.
TUPLETS = {2: 3, 3: 2, 4: 3, 5: None, 6: 2, 7: None, 8: 3, 9: None}

LENGTH = r"(?P<{0}length>\d*/*\d*)"
PITCH = r"(?:\^\^?|__?|=)?[A-Ga-g][,']*"
CHORD_NOTE = re.compile(rf"({PITCH})(\d*/*\d*)")
TOKEN = re.compile(
    "|".join(
        (
            r"(?P<skip>[H-W~]x(?![\d/])|[\s~.)`\\*;?@#$yH-Wh-w]|!\S*?!|\"[^\"]*\"|\{[^{}]*\}|!)",
            r"\[(?P<field>[A-Za-z]):(?P<value>[^\]]*)\]",
            r"(?P<ending>(?:\[|(?<=[|:]))[1-9](?:[,-]?[1-9])*)",
            r"(?P<bar>\[\|\]?|\.?:*\|[|:\]]*|::+)",
            rf"(?P<pitch>{PITCH}){LENGTH.format('')}",
            rf"[\[+](?P<chord>[^\[\]+|:]*)[\]+]{LENGTH.format('chord')}",  # +CEG+ is the old form
            rf"(?P<rest>[zxZX]){LENGTH.format('rest')}",
            r"\((?P<tuplet>[2-9])(?P<time>:\d*)?(?P<count>:\d*)?",
            r"(?P<broken>>{1,3}|<{1,3})",
            r"(?P<tie>-)",
            r"(?P<slur>[(\]+:])",  # a lone ] or : closes nothing: old files have them at line ends
        )
    )
)

# The items between text and notes.
Bar = namedtuple("Bar", "closes opens double ending", defaults=(False, False, False, ()))
Change = namedtuple("Change", "what value")


@dataclass
class Chord:
    """Notes that sound together; a rest has no pitches."""

    duration: Fraction
    pitches: list
    tied: bool = False  # to the same pitches that follow


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
    lines = text.lstrip("\ufeff").splitlines()
    starts = [i for i, line in enumerate(lines) if re.match(r"X:\s*\d", line)]
    if not starts:
        raise FileFormatError('the ABC text has no tune: no line starts with "X:" and a number.')
    # Only fields that set defaults are taken from before the first tune.
    header = [line for line in lines[: starts[0]] if re.match(r"[LMQRBSOZ]:", line)]
    ends = [*starts[1:], len(lines)]
    return [(a + 1, lines[a:b], header) for a, b in zip(starts, ends, strict=True)]


def read_tune(first_line, lines, header, repeats):
    """Read one tune as `split_tunes` cut it out."""
    tune = _Tune(first_line, header)
    for number, line in enumerate(lines, first_line):
        tune.line = number
        tune.read_line(line)
        if tune.ended:
            break
    return tune.score(repeats)


class _Voice:
    """Where one voice stands while its text is read."""

    def __init__(self, name, like=None):
        self.name, self.items = name, []
        self.unit, self.metre, self.signature = (
            (like.unit, like.metre, like.signature) if like else (None, (4, 4), {})
        )
        self.accidentals = {}  # letter -> alteration, until the bar line
        self.tied = {}  # (letter, octave) -> alteration carried over the bar line by a tie
        self.heard = []  # (letter, octave), alteration of the notes just read
        self.broken = 1  # factor that > or < left for the next note
        self.tuplet = (1, 0)  # factor, notes left
        self.last = None  # the last Chord

    def add(self, duration, pitches):
        factor, left = self.tuplet
        if left:
            duration *= factor
            self.tuplet = factor, left - 1
        if self.broken != 1:
            duration *= self.broken
            self.broken = 1
        self.last = Chord(duration, pitches)
        self.items.append(self.last)


class _Tune:
    """Text -> items, line by line."""

    def __init__(self, first_line, header):
        self.line, self.number, self.metadata = first_line, "?", {}
        self.in_header, self.ended, self.characters = True, False, 0
        self.voice = _Voice("")
        self.voices = {"": self.voice}
        for line in header:
            self.field(line[0], line[2:].split("%")[0].strip())

    def fail(self, text):
        raise FileFormatError(f"ABC tune {self.number[:20]}, line {self.line}: {text[:300]}")

    def read_line(self, line):
        self.characters += len(line)
        if self.characters > MAX_TUNE:
            self.fail(f"the tune has more than {MAX_TUNE:,} characters. Split it.")
        if line.strip() == "":  # ends the tune, but some files have one between header and music
            self.ended = any(voice.last for voice in self.voices.values())
        line = re.split(r"(?<!\\)%", line)[0].rstrip()
        line = re.sub(r"=(20|0D)?$", "", line)  # left by e-mail programs in old files
        field = re.match(r"([A-Za-z+]):(?![|:])(.*)", line)
        if field:
            self.field(field[1], field[2].strip())
        elif not self.in_header:
            self.music(line)

    def field(self, letter, value):
        voice = self.voice
        if letter == "X":
            self.number = value
        if letter in METADATA and value:
            self.metadata.setdefault(METADATA[letter], []).append(value)
        elif letter == "L":
            voice.unit = self.fraction(value) * 4
        elif letter == "M":
            voice.metre = self.metre(value)
            voice.items.append(Change("metre", voice.metre))
        elif letter == "Q" and (tempo := self.tempo(value)):
            voice.items.append(Change("tempo", tempo))
        elif letter == "K":
            name, voice.signature = self.key(value)
            voice.accidentals = {}
            voice.items.append(Change("key", name))
            if voice.unit is None:  # the rule of the standard, when the header has no L:
                voice.unit = (
                    Fraction(1, 4) if Fraction(*voice.metre or (1, 1)) < Fraction(3, 4) else Fraction(1, 2)
                )
            self.in_header = False
        elif letter == "V" and value:
            name = value.split()[0]
            if not self.in_header and name not in self.voices:
                if len(self.voices) > MAX_VOICES:
                    self.fail(f"more than {MAX_VOICES} voices. Split the tune.")
                self.voices[name] = _Voice(name, like=self.voices[""])
                if not self.voices[""].last:
                    self.voices[name].items += self.voices[""].items
            self.voice = self.voices.get(name, self.voice)

    def fraction(self, text):
        match = re.fullmatch(r"(\d{1,3})(?:/(\d{1,3}))?", text)
        if not match or 0 in (top := int(match[1]), bottom := int(match[2] or 1)):
            self.fail(f'expected a note length such as 1/8, came "{text}".')
        return Fraction(top, bottom)

    def metre(self, text):
        if text.lower() in ("", "none", "free"):
            return None
        match = re.match(
            r"\(?(\d{1,2}(?:\+\d{1,2})*)\)?/(\d{1,3})$", {"C": "4/4", "C|": "2/2"}.get(text, text)
        )
        if not match or not int(match[2]) or not (beats := sum(map(int, match[1].split("+")))):
            self.fail(f'expected a metre such as 6/8 or C, came "{text}".')
        return beats, int(match[2])

    def tempo(self, text):
        """Quarter notes a minute, or None where the field has only words."""
        match = re.search(r"([\d/\s]*)=\s*(\d+(?:\.\d+)?)|(\d+)", re.sub(r'"[^"]*"', "", text[:200]))
        if not match:
            return None
        if match[3] or not match[1].strip():
            beat = (
                1  # the old form, Q:80: quarter notes, as players take it; by the standard, notes of length L
            )
        else:
            beat = sum(self.fraction(part) for part in match[1].split()) * 4
        tempo = float(beat) * float(match[2] or match[3])
        if not 5 <= tempo <= 1000:
            self.fail(f'expected a tempo from 5 to 1000 quarter notes a minute, came "{text}".')
        return tempo

    def key(self, text):
        """'Dmix' -> ('D mixolydian', {'F': 1})."""
        match = re.match(r"([A-G])([#b]?)\s*([A-Za-z]*)(.*)", text)
        if not match:
            if text.split("=")[0].split()[:1] in ([], ["none"], ["clef"]):
                return None, {}
            if text[:2] in ("HP", "Hp"):  # Highland pipes
                return "D", {"F": 1, "C": 1}
            self.fail(f'expected a key such as G, Em or "D mixolydian", came "{text}".')
        mode = "" if match[3] == "M" else match[3].lower()[:3]
        if mode in ("cle", "tre", "bas", "alt", "ten", "per", "oct", "tra", "exp", "sta"):  # clef words
            mode = ""
        if mode not in MODES:
            self.fail(f'expected a key such as G, Em or "D mixolydian", came "{text}".')
        shift, name = MODES[mode]
        fifths = FIFTHS.index(match[1]) - 1 + 7 * {"": 0, "#": 1, "b": -1}[match[2]] + shift
        if abs(fifths) > 7:
            self.fail(f'the key "{text}" would need {abs(fifths)} sharps or flats, expected at most 7.')
        signature = (
            dict.fromkeys(FIFTHS[:fifths], 1) if fifths > 0 else dict.fromkeys(FIFTHS[7 + fifths :], -1)
        )
        for sign, letter in re.findall(r"(\^\^?|__?|=)([A-Ga-g])", match[4]):  # K:D =c
            signature[letter.upper()] = ALTER[sign]
        return match[1] + match[2] + name, signature

    def length(self, text):
        """'3/2' -> 3/2, '/' -> 1/2, '//' -> 1/4, in beats."""
        if not text:
            return self.voice.unit
        top, slashes, bottom = re.fullmatch(r"(\d*)(/*)(\d*)", text).groups()
        if len(top) > 3 or len(bottom) > 3 or len(slashes) > 6 or (bottom and len(slashes) > 1):
            self.fail(f'expected a length such as 2, 3/2, / or //, came "{text}".')
        divisor = int(bottom) if bottom else 2 ** len(slashes)
        if divisor == 0 or top and int(top) == 0:
            self.fail(f'a note has the length "{text}", expected more than 0.')
        return Fraction(int(top or 1), divisor) * self.voice.unit

    def pitch(self, text):
        """'^f' -> 78, with the key, the accidentals of this bar and ties over the bar line."""
        sign, letter, marks = re.fullmatch(r"(\W*|__?)([A-Ga-g])([,']*)", text).groups()
        voice, name = self.voice, letter.upper()
        octave = 5 + letter.islower() + marks.count("'") - marks.count(",")
        if sign:
            alter = voice.accidentals[name] = ALTER[sign]
        else:
            alter = voice.accidentals.get(name, voice.signature.get(name, 0))
            alter = voice.tied.get((name, octave), alter)
        voice.heard.append(((name, octave), alter))
        pitch = 12 * octave + STEPS[name] + alter
        if not 0 <= pitch <= 127:
            self.fail(f'the note "{text}" is MIDI number {pitch}, expected 0 to 127.')
        return pitch

    def music(self, line):
        at = 0
        while at < len(line):
            token = TOKEN.match(line, at)
            if not token or not token[0]:
                self.fail(
                    f'cannot read "{line[at : at + 12]}" (column {at + 1}). Correct the tune, or delete it.'
                )
            self.take(token.groupdict())
            at = token.end()

    def take(self, token):
        voice = self.voice
        if token["pitch"] or token["chord"]:
            voice.heard = []
            inside = token["chord"] or token["pitch"] + token["length"]
            found = CHORD_NOTE.findall(inside)
            if not found or re.search(r"[^\s~.()zH-Wh-w\d/-]", CHORD_NOTE.sub("", inside)):
                self.fail(f'expected the notes of a chord such as [CEG], came "[{inside}]".')
            pitches = [self.pitch(pitch) for pitch, _ in found]
            voice.tied = {}
            duration = self.length(found[0][1])  # a chord lasts as long as its first note
            if token["chordlength"]:
                duration *= self.length(token["chordlength"]) / voice.unit
            voice.add(duration, pitches)
            if "-" in inside:
                self.tie()
        elif token["rest"]:
            length = self.length(token["restlength"])
            if token["rest"] in "ZX" and voice.items[-1] is not voice.last:
                # Whole bars; inside a bar it is a slip for z.
                top, bottom = voice.metre or (4, 4)
                length = length / voice.unit * Fraction(4 * top, bottom)
            voice.add(length, [])
        elif token["bar"]:
            bar = token["bar"]
            voice.accidentals = {}
            voice.items.append(
                Bar(bar[0] == ":" or ":|" in bar, bar[-1] == ":", "||" in bar or "]" in bar or "[" in bar)
            )
        elif token["ending"]:
            voice.items.append(Bar(ending=_ending(token["ending"])))
        elif token["tie"]:
            self.tie()
        elif token["broken"]:
            small = Fraction(1, 2 ** len(token["broken"]))
            first, second = (2 - small, small) if token["broken"][0] == ">" else (small, 2 - small)
            if not voice.last or voice.broken != 1:
                self.fail(f'"{token["broken"]}" has no note before it. It joins two notes: A>B.')
            voice.last.duration *= first
            voice.broken = second
        elif token["tuplet"]:
            notes = int(token["tuplet"])
            compound = voice.metre and voice.metre[0] % 3 == 0 and voice.metre[0] > 3
            time = (token["time"] or "")[1:] or TUPLETS[notes] or (3 if compound else 2)
            count = (token["count"] or "")[1:] or notes
            if not 0 < int(time) < 100 or not 0 < int(count) < 100:
                self.fail(
                    f'a tuplet of {notes} in the time of {time} for {count} notes, expected "(3" or "(3:2:3".'
                )
            voice.tuplet = (Fraction(int(time), notes), int(count))
        elif token["field"]:
            self.field(token["field"], token["value"].strip())

    def tie(self):
        if self.voice.last:
            self.voice.last.tied = True
            self.voice.tied = dict(self.voice.heard) if self.voice.last.pitches else {}

    def score(self, repeats):
        if self.in_header:
            self.fail('the header does not end: expected a line "K:" with the key.')
        parts, maps, pickup = [], {"tempo": {}, "metre": {}, "key": {}}, None
        for voice in self.voices.values():
            items = play_order(voice.items) if repeats else voice.items
            notes, changes, first_bar = lay_out(items)
            if notes:
                parts.append(Part(notes, name=voice.name))
                pickup = first_bar if pickup is None else pickup
            for beat, change in changes:
                maps[change.what][beat] = change.value
        if not parts:
            self.fail("the tune has no notes.")
        if max(part.notes[-1].onset for part in parts) > MAX_BEATS:
            self.fail(f"the tune is longer than {MAX_BEATS:,} beats.")
        metres = _map({beat: metre or (4, 4) for beat, metre in maps["metre"].items()}, (4, 4))
        top, bottom = metres[0][1]
        titles = self.metadata.pop("title", [""])
        if titles[1:]:
            self.metadata["other titles"] = titles[1:]
        return Score(
            parts,
            title=titles[0],
            tempos=_map(maps["tempo"], 120.0),
            time_signatures=metres,
            keys=_map(maps["key"], None),
            pickup=pickup if pickup < Fraction(4 * top, bottom) else Fraction(0),
            metadata={name: "\n".join(values) for name, values in self.metadata.items()},
        )


def _ending(text):
    """'[1,3' -> (1, 3); '1-3' -> (1, 2, 3)."""
    turns = []
    for part in text.strip("[").split(","):
        first, last = part[0], part[-1]
        turns += range(int(first), int(last) + 1)
    return tuple(turns)


def _map(changes, default):
    """{beat: value} -> ((0, value), (beat, value), ...), only where the value changes."""
    rows = [(Fraction(0), changes.get(0, default))]
    for beat in sorted(changes):
        if changes[beat] != rows[-1][1]:
            rows.append((beat, changes[beat]))
    return tuple(rows)


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


def lay_out(items):
    """Items -> (notes, changes as (beat, Change), beats before the first bar line)."""
    notes, changes, ties = [], [], {}
    beat = pickup = Fraction(0)
    for item in items:
        if isinstance(item, Chord):
            for pitch in item.pitches:
                index = ties.pop(pitch, None)
                if index is not None and notes[index].end == beat:  # tied: one longer note
                    old = notes[index]
                    notes[index] = Note(old.onset, pitch, old.duration + item.duration)
                else:
                    index = len(notes)
                    notes.append(Note(beat, pitch, item.duration))
                if item.tied:
                    ties[pitch] = index
            beat += item.duration
        elif isinstance(item, Bar):
            pickup = pickup or beat
        else:
            changes.append((beat, item))
    return notes, changes, pickup
