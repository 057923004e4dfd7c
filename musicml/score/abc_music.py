"""The text of an ABC tune -> items, line by line: what `abc_layout` then puts in time.

A voice remembers what holds until it changes (length, key, metre) and what holds until the bar line or
the next note (accidentals, ties, tuplets, broken rhythm).
"""

import re
from fractions import Fraction

from ..errors import FileFormatError
from . import abc_fields
from .abc_layout import Bar, Change, Chord, Overlay
from .notes import STEPS

MAX_TUNE = 100_000  # characters a tune
MAX_VOICES = 64

# In the time of how many a tuplet is played; None: 3 in compound metre, else 2.
TUPLETS = {2: 3, 3: 2, 4: 3, 5: None, 6: 2, 7: None, 8: 3, 9: None}

LENGTH = r"(?P<{0}length>\d*/*\d*)"
PITCH = r"(?:\^\^?|__?|=)?[A-Ga-g][,']*"
CHORD_NOTE = re.compile(rf"({PITCH})(\d*/*\d*)(-?)")
TOKEN = re.compile(
    "|".join(
        (
            r"(?P<skip>[H-W~]x(?![\d/])|y\d*|[\s~.)`\\*;?@#$H-Wh-w]|!\S*?!|\"[^\"]*\"|\{[^{}]*\}|!)",
            r"\[(?P<field>[A-Za-z]):(?P<value>[^\]]*)\]",
            r"(?P<ending>(?:\[|(?<=[|:]))[1-9](?:[,-]?[1-9])*)",
            r"(?P<bar>\[\|\]?|\.?:*\|[|:\]]*|::+)",
            rf"(?P<pitch>{PITCH}){LENGTH.format('')}",
            rf"[\[+](?P<chord>[^\[\]+|:]*)[\]+]{LENGTH.format('chord')}",  # +CEG+ is the old form
            rf"(?P<rest>[zxZX]){LENGTH.format('rest')}",
            r"\((?P<tuplet>[1-9]\d(?=:)|[2-9])(?P<time>:\d*)?(?P<count>:\d*)?",
            r"(?P<broken>>{1,3}|<{1,3})",
            r"(?P<tie>-)",
            r"(?P<overlay>&)",
            r"(?P<slur>[(\]+:])",  # a lone ] or : closes nothing: old files have them at line ends
        )
    )
)


class Voice:
    """Where one voice stands while its text is read."""

    def __init__(self, name, like=None):
        self.name, self.items = name, []
        self.unit, self.metre, self.signature, self.shift, self.midi = (
            (like.unit, like.metre, like.signature, like.shift, dict(like.midi))
            if like
            else (None, (4, 4), {}, 0, {})
        )
        self.accidentals = {}  # letter -> alteration, until the bar line
        self.layer, self.carried = 0, {}  # how many & since the bar line; see `tied`
        self.heard = []  # (letter, octave), alteration of the notes just read
        self.broken = 1  # factor that > or < left for the next note
        self.tuplet = (1, 0)  # factor, notes left
        self.last = None  # the last Chord

    @property
    def tied(self):
        """(letter, octave) -> alteration carried over the bar line by a tie; overlaid music has its own."""
        return self.carried.setdefault(self.layer, {})

    def bar_line(self):
        self.accidentals = {}
        self.carried = {layer: tied for layer, tied in self.carried.items() if layer <= self.layer}
        self.layer = 0

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


class TuneText:
    """Text -> items of each voice, and the metadata of the tune."""

    def __init__(self, first_line, header):
        self.line, self.number, self.metadata = first_line, "?", {}
        self.in_header, self.ended, self.characters, self.block = True, False, 0, ""
        self.voice = Voice("")
        self.voices = {"": self.voice}
        for line in header:
            self.field(line[0], line[2:].split("%")[0].strip())

    def fail(self, text):
        text = re.sub(
            r'"([^"]{40})[^"]+"', r'"\1..."', f"ABC tune {self.number[:20]}, line {self.line}: {text}"
        )
        text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
        raise FileFormatError(
            f"{text if len(text) < 300 else text[:300] + '...'} Correct the tune, or delete it."
        )

    def read_line(self, line):
        self.characters += len(line)
        if self.characters > MAX_TUNE:
            self.fail(f"the tune has more than {MAX_TUNE:,} characters. Split it.")
        if line.startswith("%%"):
            self.directive(line[2:])
        if self.block:  # text between %%begintext and %%endtext
            return
        if line.strip() == "":  # ends the tune, but some files have one between header and music
            self.ended = any(voice.last for voice in self.voices.values())
        line = re.split(r"(?<!\\)%", line)[0].rstrip()
        line = re.sub(r"=(20|0D)?$", "", line)  # left by e-mail programs in old files
        field = re.match(r"([A-Za-z+]):(?![|:])(.*)", line)
        if field:
            self.field(field[1], field[2].strip())
        elif not self.in_header:
            self.music(line)

    def directive(self, text):
        word = text.split(maxsplit=1)[0] if text.split() else ""
        if self.block:
            if word == "end" + self.block:
                self.block = ""
        elif word.startswith("begin"):
            self.block = word[5:]
        elif setting := abc_fields.midi_setting(text.split("%")[0].strip()):
            self.voice.midi[setting[0]] = setting[1]

    def field(self, letter, value):
        voice = self.voice
        try:
            if letter == "X":
                self.number = value
            if letter in abc_fields.METADATA and value:
                value = value.replace("\\%", "%")
                self.metadata.setdefault(abc_fields.METADATA[letter], []).append(value)
            elif letter == "L":
                voice.unit = abc_fields.fraction(value) * 4
            elif letter == "M":
                voice.metre = abc_fields.metre(value)
                voice.items.append(Change("metre", voice.metre))
            elif letter == "Q" and (tempo := abc_fields.tempo(value)):
                voice.items.append(Change("tempo", tempo))
            elif letter == "K":
                self.key(value)
            elif letter == "V" and value:
                self.enter(value)
            elif letter == "I":
                self.directive(value)
        except abc_fields.FieldError as error:
            self.fail(str(error))

    def key(self, value):
        voice, key = self.voice, abc_fields.key(value)
        if self.in_header or key.name or not re.match(r"\w+=|(treble|bass|alto|tenor)\b", value):
            voice.signature, voice.accidentals = key.signature, {}
            voice.items.append(Change("key", key.name))
        if shift := abc_fields.transposition(value):
            voice.shift = shift
        if voice.unit is None:
            voice.unit = abc_fields.unit_length(voice.metre)
        self.in_header = False

    def enter(self, value):
        """V: the music that follows belongs to this voice; in the header it only says how the voice is."""
        name = value.split()[0]
        if name not in self.voices:
            if len(self.voices) > MAX_VOICES:
                self.fail(f"more than {MAX_VOICES} voices. Split the tune.")
            self.voices[name] = Voice(name)
            self.voices[name].unit = 0  # until the music begins
        voice = self.voices[name]
        if not self.in_header and voice.unit == 0:
            first = self.voices[""]
            known = voice.name, voice.shift
            self.voices[name] = voice = Voice(name, like=first)
            voice.name, voice.shift = known[0], known[1] or first.shift
            if not first.last:
                voice.items += first.items
        title = abc_fields.voice_name(value)
        voice.name = voice.name if title is None else title
        voice.shift = abc_fields.transposition(value) or voice.shift
        if not self.in_header:
            self.voice = voice

    def length(self, text):
        """'3/2' -> 3/2, '/' -> 1/2, '//' -> 1/4, in beats."""
        if not text:
            return self.voice.unit
        top, slashes, bottom = re.fullmatch(r"(\d*)(/*)(\d*)", text).groups()
        if len(top) > 4 or len(bottom) > 4 or len(slashes) > 6 or (bottom and len(slashes) > 1):
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
            alter = voice.accidentals[name] = abc_fields.ALTER[sign]
        else:
            alter = voice.accidentals.get(name, voice.signature.get(name, 0))
            alter = voice.tied.get((name, octave), alter)
        pitch = 12 * octave + STEPS[name] + alter + voice.shift
        if not 0 <= pitch <= 127:
            self.fail(f'the note "{text}" is MIDI number {pitch}, expected 0 to 127.')
        voice.heard.append(((name, octave), alter, pitch))
        return pitch

    def music(self, line):
        at = 0
        while at < len(line):
            token = TOKEN.match(line, at)
            if not token or not token[0]:
                self.fail(f'cannot read "{line[at : at + 12]}" (column {at + 1}).')
            self.take(token.groupdict())
            at = token.end()

    def take(self, token):
        voice = self.voice
        if token["pitch"] or token["chord"]:
            self.notes(token)
        elif token["rest"]:
            length = self.length(token["restlength"])
            if token["rest"] in "ZX" and voice.items[-1] is not voice.last:
                # Whole bars; inside a bar it is a slip for z.
                top, bottom = voice.metre or (4, 4)
                length = length / voice.unit * Fraction(4 * top, bottom)
            voice.add(length, [])
        elif token["bar"]:
            bar = token["bar"]
            voice.bar_line()
            voice.items.append(
                Bar(bar[0] == ":" or ":|" in bar, bar[-1] == ":", "||" in bar or "]" in bar or "[" in bar)
            )
        elif token["ending"]:
            voice.items.append(Bar(ending=_ending(token["ending"])))
        elif token["tie"]:
            if voice.last:
                self.tie(set(voice.last.pitches))
        elif token["overlay"]:
            voice.accidentals = {}
            voice.layer += 1
            voice.items.append(Overlay())
        elif token["broken"]:
            small = Fraction(1, 2 ** len(token["broken"]))
            first, second = (2 - small, small) if token["broken"][0] == ">" else (small, 2 - small)
            if not voice.last or voice.broken != 1:
                self.fail(f'"{token["broken"]}" has no note before it. It joins two notes: A>B.')
            voice.last.duration *= first
            voice.broken = second
        elif token["tuplet"]:
            self.tuplet(token)
        elif token["field"]:
            self.field(token["field"], token["value"].strip())

    def notes(self, token):
        """A note, or the notes of a chord."""
        voice, inside = self.voice, token["chord"] or token["pitch"] + token["length"]
        voice.heard = []
        found = CHORD_NOTE.findall(inside)
        if not found or re.search(r"[^\s~.()zH-Wh-w\d/-]", CHORD_NOTE.sub("", inside)):
            self.fail(f'expected the notes of a chord such as [CEG], came "[{inside}]".')
        pitches = [self.pitch(pitch) for pitch, _, _ in found]
        voice.tied.clear()
        duration = self.length(found[0][1])  # a chord lasts as long as its first note
        if token["chordlength"]:
            duration *= self.length(token["chordlength"]) / voice.unit
        voice.add(duration, pitches)
        self.tie({pitch for pitch, (_, _, dash) in zip(pitches, found, strict=True) if dash})

    def tie(self, pitches):
        voice = self.voice
        voice.last.tied |= pitches
        if voice.last.pitches:
            voice.tied.update({place: alter for place, alter, pitch in voice.heard if pitch in pitches})

    def tuplet(self, token):
        """(p:q:r -- p notes in the time of q, for the next r notes."""
        notes, metre = int(token["tuplet"]), self.voice.metre
        compound = metre and metre[0] % 3 == 0 and metre[0] > 3
        time = (token["time"] or "")[1:] or TUPLETS.get(notes) or (3 if compound else 2)
        count = (token["count"] or "")[1:] or notes
        if not (0 < int(str(time)[:4]) < 100 and 0 < int(str(count)[:4]) < 1000):
            self.fail(
                f'a tuplet of {notes} in the time of {time} for {count} notes, expected "(3" or "(3:2:3".'
            )
        self.voice.tuplet = (Fraction(int(time), notes), int(count))


def _ending(text):
    """'[1,3' -> (1, 3); '1-3' -> (1, 2, 3)."""
    turns = []
    for part in text.strip("[").split(","):
        first, last = part[0], part[-1]
        turns += range(int(first), int(last) + 1)
    return tuple(turns)
