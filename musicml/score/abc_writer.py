"""Write a Score as a tune in ABC."""

from decimal import Decimal
from fractions import Fraction

from ..errors import MusicMLError
from . import abc_fields, exact_notation
from .abc_music import MAX_TUNE, MAX_VOICES
from .atomic import write_atomically
from .notation import LETTERS, fifths_at, key_fifths, spell

UNIT = Fraction(1, 2)  # L:1/8, in beats
BARS_A_LINE = 4
SIGNS = {alter: sign for sign, alter in abc_fields.ALTER.items()}
FIELDS = {name: letter for letter, name in abc_fields.METADATA.items() if letter not in "XT"}


def write_abc(score, path):
    """Write a Score as an ABC file with one tune.

    Reading the file gives the same score, exactly, except for what ABC does not know: velocities (all are 80
    again), parts without notes, line breaks in texts, and two notes of one part that sound together on one
    pitch (the first ends where the second starts). Program and percussion are written as ``%%MIDI`` lines,
    which many programs follow. Notes of one part that overlap are written with ``&``. A first bar that is cut
    short by a change of metre reads as a pickup.

    Raises:
        MusicMLError: no notes, a key or a metre without a name in ABC, a tempo outside 5 to 1000, times that
            need a tuplet of 100 or more, or a tune of more than 100,000 characters.
    """
    write_atomically(path, abc_text(score).encode("utf-8"))


def abc_text(score):
    """The text of `write_abc`."""
    parts = [part for part in score.parts if part.notes]
    if not 1 <= len(parts) <= MAX_VOICES:
        raise MusicMLError(
            f'score "{score.title}" has {len(parts)} parts with notes, ABC is written for 1 to {MAX_VOICES}. '
            "Look at score.parts, and make a Score of some of them."
        )
    lines = [f"X:{_one_line(score.metadata.get('number', '')) or 1}"]
    titles = [score.title, *score.metadata.get("other titles", "").split("\n")]
    lines += [f"T: {_one_line(title)}" for title in titles if title.strip()]
    for name, letter in FIELDS.items():
        lines += [f"{letter}: {_one_line(t)}" for t in score.metadata.get(name, "").split("\n") if t.strip()]
    lines += [f"M:{_metre(score.time_signature)}", "L:1/8", f"Q:{_tempo(score.tempo)}"]
    voices = len(parts) > 1 or bool(parts[0].name)
    if voices:
        lines += [f'V:{i} name="{_one_line(p.name, quote=True)}"' for i, p in enumerate(parts, 1)]
    lines.append(f"K:{_key(score.key)}")
    bars = exact_notation.all_bars(score)
    for number, part in enumerate(parts, 1):
        lines += [f"V:{number}"] if voices else []
        if part.is_drums:
            lines.append("%%MIDI channel 10")
        if part.program:
            if not 0 <= part.program <= 127:
                raise MusicMLError(f"part {number} has program {part.program}, expected 0 to 127.")
            lines.append(f"%%MIDI program {part.program}")
        lines += _music(score, part, bars, with_tempos=number == 1)
    text = "\n".join(lines) + "\n"
    if len(text) > MAX_TUNE:
        raise MusicMLError(
            f'score "{score.title}" needs {len(text):,} characters of ABC; the limit is {MAX_TUNE:,}. '
            "Save it as .mid or .musicxml, or save a score.slice."
        )
    return text


def _one_line(text, quote=False):
    text = " ".join(str(text).split()).replace("%", "\\%")
    return text.replace('"', "'") if quote else text


def _metre(metre):
    top, bottom = metre
    if not (0 < top < 100 and 0 < bottom < 1000):
        raise MusicMLError(f"a metre of {top}/{bottom}, ABC needs 1 to 99 over 1 to 999.")
    return f"{top}/{bottom}"


def _tempo(bpm):
    if not 5 <= bpm <= 1000:
        raise MusicMLError(f"a tempo of {bpm} beats a minute, expected from 5 to 1000 in ABC.")
    return f"1/4={Decimal(repr(float(bpm))).normalize():f}"


def _key(key):
    if key is None:
        return "none"
    if key_fifths(key) is None:
        raise MusicMLError(f'the key "{key}" cannot be written, expected one like G, Em or "D dorian".')
    return key


def _music(score, part, bars, with_tempos):
    """The lines of music of one part."""
    changes = {}  # beat -> fields that stand before what starts there
    for beat, metre in score.time_signatures[1:]:
        changes.setdefault(beat, []).append(f"[M:{_metre(metre)}]")
    for beat, key in score.keys[1:]:
        changes.setdefault(beat, []).append(f"[K:{_key(key)}]")
    for beat, bpm in score.tempos[1:] if with_tempos else ():
        changes.setdefault(beat, []).append(f"[Q:{_tempo(bpm)}]")
    voices = [
        exact_notation.write_exactly(chords, bars, cuts=() if i else changes)
        for i, chords in enumerate(exact_notation.split_voices(part.notes))
    ]
    written, fifths = [], fifths_at(score)
    for k, (start, _, _) in enumerate(bars):
        text = _bar([voice[k] for voice in voices], start, score, fifths, changes)
        written.append(text + (" |]" if k == len(bars) - 1 else " |"))
    return [" ".join(written[k : k + BARS_A_LINE]) for k in range(0, len(written), BARS_A_LINE)]


def _bar(voices, start, score, fifths, changes):
    """One bar; the voices of a part one after another, with & between them."""
    spelling = [value for onset, value in fifths if onset <= start][-1]
    texts = []
    for number, signs in enumerate(voices):
        if number and not any(sign.pitches for sign in signs):
            continue
        speller = _Speller(score, start, known=number == 0)
        text = ""
        for group in exact_notation.tuplet_groups(signs):
            text += _tuplet(group)
            for sign in group:
                beat = start + sign.start
                if number == 0 and beat in changes:
                    text += "".join(changes[beat])
                    speller.change(beat)
                text += _sign(sign, speller, spelling, rest="x" if number else "z")
                text += "" if sign.beam in ("begin", "continue") else " "
        texts.append(text.strip())
    return " & ".join(texts)


def _tuplet(group):
    if not group[0].tuplet:
        return ""
    actual, normal = group[0].tuplet
    if actual > 99:
        raise MusicMLError(
            f"a tuplet of {actual} notes in the time of {normal}; ABC counts to 99. Quantise the score "
            "first, or save it as .mid."
        )
    return "(3" if (actual, normal, len(group)) == (3, 2, 3) else f"({actual}:{normal}:{len(group)}"


def _sign(sign, speller, spelling, rest):
    length = sign.length * Fraction(*sign.tuplet) if sign.tuplet else sign.length
    units = length / UNIT
    if max(units.numerator, units.denominator) > 9999:
        raise MusicMLError(f"a note of {sign.length} beats is too much for ABC. Quantise the score first.")
    top = str(units.numerator) if units.numerator > 1 else ""
    number = top + (f"/{units.denominator}" if units.denominator > 1 else "")
    places = [spell(pitch, spelling) for pitch in sign.pitches]
    # A tie carries its sign along: where F and F sharp are both tied, each needs its own.
    twice = sign.tied_from and len({(letter, octave) for letter, _, octave in places}) < len(places)
    notes = [speller.name(*place, explicit=twice) for place in places]
    if not notes:
        return rest + number
    head = notes[0] if len(notes) == 1 else f"[{''.join(notes)}]"
    return head + number + "-" * sign.tied_to


class _Speller:
    """Which accidentals hold: those of the key, and those written since the bar line."""

    def __init__(self, score, start, known):
        self.keys, self.known = score.keys, known
        self.change(start)

    def change(self, beat):
        name = [value for onset, value in self.keys if onset <= beat][-1]
        fifths = key_fifths(name) or 0
        self.by_key = {letter: (fifths - i + 6) // 7 for i, letter in enumerate(LETTERS)}
        self.written = {}  # letter or (letter, octave) -> alteration

    def name(self, letter, alter, octave, explicit=False):
        """'^c' for C sharp 5. Readers differ on whether a sign holds in other octaves: it is written then."""
        default = self.by_key[letter] if self.known else None
        here = self.written.get((letter, octave), default)
        anywhere = self.written.get(letter, default)
        sign = SIGNS[alter] if explicit or {here, anywhere} != {alter} else ""
        self.written[letter] = self.written[letter, octave] = alter
        if octave >= 5:
            return sign + letter.lower() + "'" * (octave - 5)
        return sign + letter + "," * (4 - octave)
