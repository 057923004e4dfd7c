"""MusicXML made plain: each number checked, and nothing left that can be understood in two ways.

`make_plain` works on the tree that `xml_guard.parse` gives, before music21 sees it. Afterwards pitches are
those that sound, percussion has its General MIDI number, tempos are quarter notes a minute, and the parts
have measures of the same length, so that they stay together.
"""

import re
from collections import namedtuple
from fractions import Fraction
from xml.etree.ElementTree import Element, SubElement

from ..errors import FileFormatError
from .notes import NAMES, STEPS
from .xml_guard import NEXT

MAX_BEATS = 100_000  # a piece
MAX_LENGTH = 1000  # beats, of one note
MAX_NOTES = 50_000
MAX_PARTS = 500
MAX_MEASURES = 2000  # of a part; music21 takes a time that grows with their square
MAX_CHANGES = 100  # of key, metre or divisions in one measure
DRUMS = "10"  # the channel, as MusicXML counts
QUARTERS = {
    "long": 16, "breve": 8, "whole": 4, "half": 2, "quarter": 1, "eighth": Fraction(1, 2),
    "16th": Fraction(1, 4), "32nd": Fraction(1, 8),
}  # fmt: skip

# The tonic of a mode stands so many places right of the major one on the line of fifths; what it is called.
MODES = {
    "major": (0, ""), "ionian": (0, ""), "minor": (3, "m"), "aeolian": (3, "m"), "dorian": (2, " dorian"),
    "phrygian": (4, " phrygian"), "lydian": (-1, " lydian"), "mixolydian": (1, " mixolydian"),
    "locrian": (5, " locrian"),
}  # fmt: skip

Facts = namedtuple("Facts", "title metadata parts")
About = namedtuple("About", "name program is_drums")
# Beats: how long a measure is, where its last note or rest ends and where its last note, where its last
# element leaves off, how long it should be; and the divisions of a beat there.
Size = namedtuple("Size", "length filled sounding at metre divisions")


def make_plain(name, root, max_notes=MAX_NOTES):
    """Check and rewrite a <score-partwise> in place.

    Returns:
        Facts: title, metadata, and About (name, program, is_drums) for each part.

    Raises:
        FileFormatError: naming the part and the measure.
    """
    listed = {part.get("id"): part for part in root.iterfind("part-list/score-part")}
    parts = root.findall("part")
    if not 1 <= len(parts) <= MAX_PARTS:
        raise FileFormatError(f"{name} holds {len(parts):,} parts, expected 1 to {MAX_PARTS}. {NEXT}")
    readers = [_Part(name, number, part, listed.get(part.get("id"))) for number, part in enumerate(parts, 1)]
    count = 0
    for reader in readers:
        reader.read()
        count += reader.notes
        if count > max_notes:
            raise FileFormatError(f"{name} has more than {max_notes:,} notes. Split the score.")
    if not count:
        raise FileFormatError(f"{name} has no notes, expected at least one. {NEXT}")
    _align(name, readers)
    title = _text(root, "work/work-title") or _text(root, "movement-title")
    metadata = {
        creator.get("type") or "creator": creator.text.strip()
        for creator in root.iterfind("identification/creator")
        if (creator.text or "").strip()
    }
    _list_parts(root, parts)
    return Facts(title, metadata, [reader.about for reader in readers])


def _align(name, readers):
    """Fill short measures with rests up to the longest of the parts, and bound the whole."""
    bars = max(len(reader.sizes) for reader in readers)
    lengths = [_length([r.sizes[i] for r in readers if i < len(r.sizes)]) for i in range(bars)]
    if sum(lengths) > MAX_BEATS:
        raise FileFormatError(
            f"{name} lasts {float(sum(lengths)):,.0f} beats; the limit is {MAX_BEATS:,}. Split it."
        )
    for reader in readers:
        for measure, size, length in zip(reader.measures, reader.sizes, lengths, strict=False):
            if size.length > length:  # rests that are too many become empty time, and then one rest
                for note in measure.findall("note"):
                    if note.find("rest") is not None:
                        note.tag, note[:] = "forward", [note.find("duration")]
                size = size._replace(filled=size.sounding)
            if size.filled < length:
                step = size.filled - size.at
                if step:
                    _timed(measure, "forward" if step > 0 else "backup", abs(step) * size.divisions)
                rest = _timed(measure, "note", (length - size.filled) * size.divisions)
                rest.insert(0, Element("rest"))


def _length(sizes):
    """How long a measure is: the longest part decides, but not by rests beyond the metre that others keep."""
    longest, metre = max(size.length for size in sizes), sizes[0].metre
    kept = any(size.length == metre for size in sizes) and all(size.sounding <= metre for size in sizes)
    return metre if kept else longest


def _timed(measure, tag, duration):
    element = SubElement(measure, tag)
    whole = Fraction(duration).denominator == 1
    SubElement(element, "duration").text = str(int(duration) if whole else float(duration))
    return element


def _list_parts(root, parts):
    """Leave in the root the parts, and a list of them that fits."""
    root[:] = [Element("part-list"), *parts]
    root.attrib.clear()
    for number, part in enumerate(parts, 1):
        part.attrib = {"id": f"P{number}"}
        SubElement(SubElement(root[0], "score-part", id=f"P{number}"), "part-name")


def _text(element, path):
    return (element.findtext(path) or "").strip()


class _Part:
    """The reading of one part: divisions and transposition last until they change."""

    def __init__(self, name, number, part, listed):
        self.place, self.where = f"{name}, part {number}", f"{name}, part {number}"
        self.measures, self.sizes, self.notes = part.findall("measure"), [], 0
        self.divisions, self.shift, self.metre = Fraction(1), 0, Fraction(4)
        self.at = Fraction(0)  # beats since the measure began
        self.after_note = False  # so that a <chord/> has something to join
        self.drums, program, channel = {}, 0, ""
        listed = Element("score-part") if listed is None else listed
        for instrument in listed.iterfind("midi-instrument"):
            channel = channel or _text(instrument, "midi-channel")
            program = program or max(self.integer(instrument, "midi-program", 1, 128, default=1) - 1, 0)
            drum = self.integer(instrument, "midi-unpitched", 1, 128, default=0)
            if drum:
                self.drums[instrument.get("id")] = drum - 1
        self.about = About(_text(listed, "part-name"), program, channel == DRUMS)

    def fail(self, text):
        raise FileFormatError(f"{self.where}: {text}")

    def number(self, element, path, low, high, default=None):
        """The number in ``element/path`` as a Fraction, between ``low`` and ``high``."""
        text = _text(element, path)
        return default if default is not None and not text else self.check(path, text, low, high)

    def check(self, what, text, low, high):
        try:
            value = Fraction(text) if len(text) <= 30 and not re.search("[eE/]", text) else None
        except (ValueError, ZeroDivisionError):
            value = None
        if value is None or not low <= value <= high:
            low, high = float(low), float(high)
            self.fail(f'<{what}> is "{text[:30]}", expected a number from {low:,g} to {high:,g}. {NEXT}')
        return value

    def integer(self, element, path, low, high, default=None):
        value = self.number(element, path, low, high, default)
        if value != int(value):
            self.fail(f'<{path}> is "{_text(element, path)[:30]}", expected a whole number. {NEXT}')
        return int(value)

    def read(self):
        if len(self.measures) > MAX_MEASURES:
            self.fail(f"{len(self.measures):,} measures; the limit is {MAX_MEASURES:,}. Split the score.")
        if self.measures and self.measures[0].find("attributes/divisions") is None:
            self.measures[0].insert(0, Element("attributes"))
            SubElement(self.measures[0][0], "divisions").text = "1"  # music21 would take another number
        for index, measure in enumerate(self.measures, 1):
            self.where = f"{self.place}, measure {(measure.get('number') or str(index))[:10]}"
            measure.attrib = {"number": str(index)}
            self.at = length = filled = sounding = Fraction(0)
            kept = []
            if len(measure.findall("attributes")) > MAX_CHANGES:
                self.fail(f"more than {MAX_CHANGES} <attributes> in one measure. {NEXT}")
            for element in measure:
                take = getattr(self, "take_" + element.tag, None)
                plain = take(element) if take else None
                if plain is not None:
                    kept.append(plain)
                length = max(length, self.at)
                if element.tag == "note":
                    filled = max(filled, self.at)
                    if plain is not None and plain.find("pitch") is not None:
                        sounding = max(sounding, self.at)
            if length > MAX_BEATS:
                self.fail(f"the measure lasts {float(length):,.0f} beats. {NEXT}")
            measure[:] = kept
            self.sizes.append(Size(length, filled, sounding, self.at, self.metre, self.divisions))

    def duration(self, element):
        return self.number(element, "duration", 0, MAX_LENGTH * self.divisions) / self.divisions

    def take_backup(self, element):
        self.at = max(self.at - self.duration(element), Fraction(0))
        return self.only_duration(element)

    def take_forward(self, element):
        self.at += self.duration(element)
        return self.only_duration(element)

    def only_duration(self, element):
        self.after_note = False
        plain = Element(element.tag)
        SubElement(plain, "duration").text = _text(element, "duration")
        return plain

    def take_attributes(self, element):
        if element.find("divisions") is not None:
            self.divisions = self.number(element, "divisions", Fraction(1, 1000), 1_000_000)
        if (transpose := element.find("transpose")) is not None:
            octaves = self.integer(transpose, "octave-change", -9, 9, default=0)
            self.shift = round(self.number(transpose, "chromatic", -60, 60, default=0)) + 12 * octaves
            element.remove(transpose)
        for time in element.findall("time"):
            beats, units = time.findall("beats"), time.findall("beat-type")
            if not beats:  # without metre
                element.remove(time)
                continue
            unit = self.integer(time, "beat-type", 1, 128)
            top = sum(self.add_up(beat) * Fraction(unit, self.add_up(u)) for beat, u in zip(beats, units))  # noqa: B905
            if top != int(top) or not 1 <= top <= 99:
                self.fail(f"<time> is {top}/{unit}, expected a metre such as 6/8. {NEXT}")
            self.metre = Fraction(4 * int(top), unit)
            time[:] = []
            SubElement(time, "beats").text, SubElement(time, "beat-type").text = str(top), str(unit)
        for key in element.findall("key"):
            if key.find("fifths") is None:  # accidentals of a free kind
                element.remove(key)
                continue
            fifths = self.integer(key, "fifths", -7, 7) + (7 * self.shift + 6) % 12 - 6
            fifths -= 12 * (fifths > 7) - 12 * (fifths < -7)
            mode = _text(key, "mode")
            key[:] = []
            SubElement(key, "fifths").text = str(fifths)
            if mode in MODES:
                SubElement(key, "mode").text = mode
        return element

    def add_up(self, element):
        """'3+2' -> 5."""
        digits = (element.text or "").split("+")
        if not all(d.strip().isascii() and d.strip().isdigit() and len(d) < 4 and int(d) for d in digits):
            self.fail(
                f'<{element.tag}> is "{(element.text or "")[:30]}", expected a number such as 3. {NEXT}'
            )
        return sum(map(int, digits))

    def take_note(self, note):
        if note.find("grace") is not None:
            return None
        duration = self.duration(note)
        is_chord = note.find("chord") is not None
        if not is_chord:
            self.at += duration
        pitch = note.find("pitch")
        unpitched = note.find("unpitched")
        if note.find("cue") is not None or (pitch is None and unpitched is None) or not duration:
            if is_chord or not duration:
                return None
            self.after_note = False
            return self.rewrite(note, "rest")
        if is_chord and not self.after_note:
            self.fail(f"a note with <chord/> has no note before it to join. {NEXT}")
        self.after_note = True
        self.notes += 1
        if unpitched is not None:
            self.about = self.about._replace(is_drums=True)
            instrument = note.find("instrument")
            midi = self.drums.get(instrument.get("id") if instrument is not None else None)
            if midi is None and len(self.drums) == 1:
                [midi] = self.drums.values()
            if midi is None:
                midi = self.midi(unpitched, "display-step", "display-octave", default=("C", 4))
        else:
            midi = self.midi(pitch, "step", "octave") + self.shift
        if not 0 <= midi <= 127:
            self.fail(f"a note sounds as MIDI number {midi}, expected 0 to 127. {NEXT}")
        return self.rewrite(note, "pitch", midi)

    def midi(self, pitch, step_tag, octave_tag, default=(None, None)):
        step = _text(pitch, step_tag) or default[0]
        if step not in STEPS:
            self.fail(f'<{step_tag}> is "{(step or "")[:30]}", expected a letter from A to G. {NEXT}')
        octave = self.integer(pitch, octave_tag, -1, 10, default=default[1])
        alter = self.number(pitch, "alter", -4, 4, default=0)
        return 12 * (octave + 1) + STEPS[step] + round(alter)

    def rewrite(self, note, what, midi=None):
        """The note with nothing but a plain pitch or rest, its duration, ties and loudness."""
        plain = Element("note")
        if note.find("chord") is not None:
            SubElement(plain, "chord")
        element = SubElement(plain, what)
        if what == "pitch":
            SubElement(element, "step").text = NAMES[midi % 12][0]
            SubElement(element, "alter").text = str(NAMES[midi % 12].count("#"))
            SubElement(element, "octave").text = str(midi // 12 - 1)
            if note.get("dynamics"):
                loudness = min(float(self.check("note dynamics", note.get("dynamics"), 0, 1000)), 141)
                plain.set("dynamics", str(loudness))
        SubElement(plain, "duration").text = _text(note, "duration")
        for kind in ("stop", "start") if what == "pitch" else ():
            if any(tie.get("type") == kind for tie in note.findall("tie")):
                SubElement(plain, "tie", type=kind)
        return plain

    def take_direction(self, direction):
        """Only tempos stay, as <sound tempo="">, in quarter notes a minute."""
        sound = next((s for s in direction.iterfind("sound") if s.get("tempo")), None)
        metronome = direction.find("direction-type/metronome")
        if sound is not None:
            tempo = self.tempo(sound.get("tempo"))
        elif metronome is not None and _text(metronome, "per-minute"):
            units = [element.tag for element in metronome]
            dots = Fraction(2) - Fraction(1, 2 ** min(units.count("beat-unit-dot"), 2))
            if units.count("beat-unit") != 1 or _text(metronome, "beat-unit") not in QUARTERS:
                return None  # "a quarter as fast as the half before"
            beat = QUARTERS[_text(metronome, "beat-unit")] * dots
            tempo = self.tempo(_text(metronome, "per-minute"), beat)
        else:
            return None
        if tempo is None:
            return None
        plain = Element("direction")
        if direction.find("offset") is not None:
            SubElement(plain, "offset").text = str(
                float(
                    self.number(
                        direction, "offset", -MAX_LENGTH * self.divisions, MAX_LENGTH * self.divisions
                    )
                )
            )
        SubElement(plain, "sound", tempo=str(tempo))
        return plain

    def take_sound(self, sound):
        direction = Element("direction")
        direction.append(sound)
        return self.take_direction(direction)

    def tempo(self, text, beat=1):
        """Quarter notes a minute; None for words such as "c. 60" and for 0, which some programs write."""
        try:
            tempo = float(beat) * float(text[:30])
        except ValueError:
            return None
        if tempo == 0:
            return None
        if not 1 <= tempo <= 10_000:
            self.fail(f'a tempo of "{text[:30]}", expected 1 to 10,000 quarter notes a minute. {NEXT}')
        return tempo
