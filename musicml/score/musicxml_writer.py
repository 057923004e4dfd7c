"""A Score as the text of a MusicXML file (partwise, version 4.0): to look at, or to keep.

`to_musicxml` is for the eye: one voice a part, what is very short moves a little, no sound. `file_text` is
for a file: every time is exact, overlapping notes have voices of their own, and tempo, loudness and
instruments are in it. Bars and notes are written by the same functions.
"""

import re
from math import lcm
from xml.sax.saxutils import escape, quoteattr

from ..errors import MusicMLError
from . import exact_notation
from .notation import (
    LETTERS,
    bar_length,
    bar_lines,
    fifths_at,
    key_fifths,
    key_words,
    spell,
    write_voice,
)

DIVISIONS = 48  # MusicXML counts lengths in these parts of a beat; 48 holds 64ths beside triplet 32nds
MAX_DIVISIONS = 16383  # more than this other programs do not read
ACCIDENTALS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
STANDARD_VELOCITY = 80  # needs no mention
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<score-partwise version="4.0">'


def to_musicxml(score, bars=None):
    """A Score as MusicXML to be engraved.

    Args:
        score: a Score of one to eight parts; drums are left out.
        bars: only so many bars, and the pickup before them.
    """
    parts = [part for part in score.parts if part.notes and not part.is_drums]
    if not 1 <= len(parts) <= 8:
        raise MusicMLError(
            f'score "{score.title}" has {len(parts)} parts with notes, expected 1 to 8. '
            "Look at score.parts, and make a Score of some of them."
        )
    lines = bar_lines(score, max(note.end for part in parts for note in part.notes))
    if bars is not None:
        lines = lines[: bars + (0 < score.pickup < bar_length(score.time_signature))]
    keys = fifths_at(score)
    names = [escape(part.name) if len(parts) > 1 else "" for part in parts]
    listed = "".join(
        f'<score-part id="P{i + 1}"><part-name>{name}</part-name></score-part>'
        for i, name in enumerate(names)
    )
    body = "".join(
        f'<part id="P{i + 1}">{_Writer(part, lines, keys).measures([write_voice(part.notes, lines)])}</part>'
        for i, part in enumerate(parts)
    )
    return (
        f"{HEAD}<work><work-title>{escape(score.title or 'Untitled')}</work-title></work>"
        f"<part-list>{listed}</part-list>{body}</score-partwise>"
    )


def file_text(score):
    """A Score as the MusicXML of a file; see `musicxml.write_musicxml` for what it holds."""
    parts = [part for part in score.parts if part.notes]
    if not parts:
        raise MusicMLError(f'score "{score.title}" has no notes to write. Look at score.parts.')
    lines, keys = exact_notation.all_bars(score), fifths_at(score)
    title = f"<work><work-title>{_clean(score.title)}</work-title></work>" if score.title else ""
    composer = _clean(score.metadata.get("composer", ""))
    if composer:
        composer = f'<identification><creator type="composer">{composer}</creator></identification>'
    listed, body = [], []
    for number, part in enumerate(parts, 1):
        low = min(note.pitch for note in part.notes)
        if low < 12 and not part.is_drums:
            raise MusicMLError(
                f"part {number} has the pitch {low}, MusicXML goes down to 12 (C0). Transpose it, or save "
                "it as .mid."
            )
        listed.append(_listed(f"P{number}", part, number))
        voices = [exact_notation.write_exactly(v, lines) for v in exact_notation.split_voices(part.notes)]
        divisions = _divisions(score, voices, lines)
        writer = _Writer(part, lines, keys, f"P{number}", divisions, score)
        body.append(f'<part id="P{number}">{writer.measures(voices, with_tempos=number == 1)}</part>')
    return (
        f"{HEAD}{title}{composer}<part-list>{''.join(listed)}</part-list>{''.join(body)}</score-partwise>\n"
    )


def _clean(text):
    """Text without the control characters that XML does not allow."""
    return escape(re.sub(r"[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", str(text)))


def _listed(name, part, number):
    if not 0 <= part.program <= 127:
        raise MusicMLError(f"part {number} has program {part.program}, expected 0 to 127; 0 is piano.")
    if part.is_drums:
        pitches = sorted({note.pitch for note in part.notes})
        ids = [(f"{name}-I{pitch + 1}", f"<midi-unpitched>{pitch + 1}</midi-unpitched>") for pitch in pitches]
        channel = 10
    else:
        ids, channel = [(f"{name}-I1", "")], [c for c in range(1, 17) if c != 10][(number - 1) % 15]
    instruments = "".join(
        f'<score-instrument id="{i}"><instrument-name>{_clean(part.name)}</instrument-name>'
        "</score-instrument>"
        for i, _ in ids
    )
    sounds = "".join(
        f'<midi-instrument id="{i}"><midi-channel>{channel}</midi-channel>'
        f"<midi-program>{part.program + 1}</midi-program>{unpitched}</midi-instrument>"
        for i, unpitched in ids
    )
    part_name = f"<part-name>{_clean(part.name)}</part-name>"
    return f'<score-part id="{name}">{part_name}{instruments}{sounds}</score-part>'


def _divisions(score, voices, lines):
    """Parts of a beat that make every length whole."""
    divisions = DIVISIONS
    lengths = [sign.length for voice in voices for signs in voice for sign in signs]
    times = [*lengths, *(stop - start for start, stop, _ in lines), *(beat for beat, _ in score.tempos)]
    for time in times:
        divisions = lcm(divisions, time.denominator)
        if divisions > MAX_DIVISIONS:
            raise MusicMLError(
                f'score "{score.title}" has times that MusicXML cannot count: they need {divisions:,} parts '
                f"of a beat or more, the limit is {MAX_DIVISIONS:,}. Quantise the score, or save it as .mid."
            )
    return divisions


class _Writer:
    """Writes the measures of one part."""

    def __init__(self, part, lines, keys, name="", divisions=DIVISIONS, score=None):
        self.part, self.lines, self.keys = part, lines, keys
        self.name, self.divisions, self.score = name, divisions, score
        self.drums = part.is_drums

    def measures(self, voices, with_tempos=False):
        """Measures with the Signs of each voice; a voice is a list with a list of Signs for each bar."""
        mean = sum(note.pitch for note in self.part.notes) / len(self.part.notes)
        clef = (
            "<clef><sign>G</sign><line>2</line></clef>"
            if mean >= 57
            else "<clef><sign>F</sign><line>4</line></clef>"
        )
        clef = "<clef><sign>percussion</sign></clef>" if self.drums else clef
        xml, last_key, last_time = [], None, None
        pickup = self.lines[0][1] - self.lines[0][0] < bar_length(self.lines[0][2])
        for i, (start, stop, signature) in enumerate(self.lines):
            fifths = [value for onset, value in self.keys if onset < stop][-1]
            key = self._key_xml(fifths, stop)
            head = f"<divisions>{self.divisions}</divisions>" if i == 0 else ""
            if key != last_key:
                head += key
            if signature != last_time:
                head += f"<time><beats>{signature[0]}</beats><beat-type>{signature[1]}</beat-type></time>"
            head += clef if i == 0 else ""
            last_key, last_time = key, signature
            number = i if pickup else i + 1
            implicit = ' implicit="yes"' if i == 0 and pickup else ""
            attributes = f"<attributes>{head}</attributes>" if head else ""
            tempos = self._tempos_xml(start, stop) if with_tempos else ""
            xml.append(
                f'<measure number="{number}"{implicit}>{attributes}{tempos}'
                f"{self._voices_xml([voice[i] for voice in voices], fifths, stop - start)}</measure>"
            )
        return "".join(xml)

    def _key_xml(self, fifths, stop):
        """In a file a key has its mode, and a key that is not known is not written."""
        mode = ""
        if self.score is not None:
            name = [value for onset, value in self.score.keys if onset < stop][-1]
            if name is None:
                return ""
            if key_fifths(name) is None:
                raise MusicMLError(
                    f'the key "{name}" cannot be written, expected one like G, Em or "D dorian".'
                )
            mode = f"<mode>{key_words(name).split()[1]}</mode>"
        return f"<key><fifths>{fifths}</fifths>{mode}</key>"

    def _tempos_xml(self, start, stop):
        xml = ""
        for beat, bpm in self.score.tempos:
            if start <= beat < stop:
                offset = round((beat - start) * self.divisions)
                offset = f'<offset sound="yes">{offset}</offset>' if offset else ""
                xml += (
                    "<direction><direction-type><metronome><beat-unit>quarter</beat-unit>"
                    f"<per-minute>{bpm:g}</per-minute></metronome></direction-type>{offset}"
                    f"<sound tempo={quoteattr(repr(float(bpm)))}/></direction>"
                )
        return xml

    def _voices_xml(self, voices, fifths, length):
        xml = self._signs_xml(voices[0], fifths, length, 1)
        for number, signs in enumerate(voices[1:], 2):
            if any(sign.pitches for sign in signs):
                xml += f"<backup><duration>{int(length * self.divisions)}</duration></backup>"
                xml += self._signs_xml(signs, fifths, length, number)
        return xml

    def _signs_xml(self, signs, fifths, length, voice):
        if not any(sign.pitches for sign in signs):
            duration = int(length * self.divisions)
            return f'<note><rest measure="yes"/><duration>{duration}</duration><voice>{voice}</voice></note>'
        in_force = {}  # (letter, octave) -> alteration, until the bar line
        by_key = {letter: (fifths - i + 6) // 7 for i, letter in enumerate(LETTERS)}
        xml = []
        for sign in signs:
            for i in range(max(len(sign.pitches), 1)):
                xml.append(self._note_xml(sign, i, fifths, by_key, in_force, voice))
        return "".join(xml)

    def _note_xml(self, sign, place, fifths, by_key, in_force, voice):
        name, dots = sign.value
        accidental = tie = notations = instrument = loudness = ""
        if not sign.pitches:
            what = "<rest/>"
        else:
            letter, alter, octave = spell(sign.pitches[place], fifths)
            altered = f"<alter>{alter}</alter>" if alter else ""
            what = f"<pitch><step>{letter}</step>{altered}<octave>{octave}</octave></pitch>"
            if self.drums:
                what = _unpitched(letter, octave)
                instrument = f'<instrument id="{self.name}-I{sign.pitches[place] + 1}"/>'
            elif in_force.get((letter, octave), by_key[letter]) != alter and not sign.tied_from:
                accidental = f"<accidental>{ACCIDENTALS[alter]}</accidental>"
                in_force[letter, octave] = alter
            if sign.velocities and sign.velocities[place] != STANDARD_VELOCITY:
                loudness = f' dynamics="{sign.velocities[place] / 0.9:.2f}"'
            ends = ["stop"] * sign.tied_from + ["start"] * sign.tied_to
            tie = "".join(f'<tie type="{end}"/>' for end in ends)
            notations += "".join(f'<tied type="{end}"/>' for end in ends)
        ratio = ""
        if sign.tuplet:
            actual, normal = sign.tuplet
            ratio = (
                f"<time-modification><actual-notes>{actual}</actual-notes>"
                f"<normal-notes>{normal}</normal-notes></time-modification>"
            )
        if sign.bracket and not place:
            notations += f'<tuplet type="{sign.bracket}"/>'
        return (
            f"<note{loudness}>{'<chord/>' if place else ''}{what}"
            f"<duration>{int(sign.length * self.divisions)}</duration>{tie}{instrument}"
            f"<voice>{voice}</voice><type>{name}</type>{'<dot/>' * dots}{accidental}{ratio}"
            + (f'<beam number="1">{sign.beam}</beam>' if sign.beam and not place else "")
            + (f"<notations>{notations}</notations>" if notations else "")
            + "</note>"
        )


def _unpitched(letter, octave):
    """Where a drum stands on the staff."""
    return (
        f"<unpitched><display-step>{letter}</display-step>"
        f"<display-octave>{max(octave, 0)}</display-octave></unpitched>"
    )
