"""The fields of ABC: what stands behind K:, M:, L:, Q: and V:, as numbers.

Each function takes the text of a field. What it cannot read it refuses with FieldError, without the place:
the reader of the tune adds that.
"""

import re
from collections import namedtuple
from fractions import Fraction

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
CLEFS = ("cle", "tre", "bas", "alt", "ten", "per", "oct", "tra", "exp", "sta", "non", "nam", "mid", "sty")

Key = namedtuple("Key", "name signature")  # signature: letter -> alteration


class FieldError(ValueError):
    """What a field says cannot be read; the message says what was expected and what came."""


def fraction(text):
    """A note length: '1/8'."""
    match = re.fullmatch(r"(\d{1,3})\s*(?:/\s*(\d{1,3}))?", text)
    if not match or 0 in (top := int(match[1]), bottom := int(match[2] or 1)):
        raise FieldError(f'expected a note length such as 1/8, came "{text}".')
    return Fraction(top, bottom)


def metre(text):
    """'6/8' -> (6, 8), 'C|' -> (2, 2), '2+3/8' -> (5, 8), 'none' -> None."""
    if text.lower() in ("", "none", "free"):
        return None
    match = re.match(r"\(?(\d{1,2}(?:\+\d{1,2})*)\)?/(\d{1,3})$", {"C": "4/4", "C|": "2/2"}.get(text, text))
    if not match or not int(match[2]) or not (beats := sum(map(int, match[1].split("+")))):
        raise FieldError(f'expected a metre such as 6/8 or C, came "{text}".')
    return beats, int(match[2])


def unit_length(metre):
    """The rule of the standard where there is no L: (in beats): a sixteenth note in short metres."""
    return Fraction(1, 4) if Fraction(*metre or (1, 1)) < Fraction(3, 4) else Fraction(1, 2)


def tempo(text):
    """Quarter notes a minute, or None where the field has only words."""
    match = re.search(r"([\d/\s]*)=\s*(\d{1,6}(?:\.\d{1,20})?)|(\d{1,6})", re.sub(r'"[^"]*"', "", text[:200]))
    if not match:
        return None
    if match[3] or not match[1].strip():
        # The old form, Q:80: quarter notes, as players take it; by the standard, notes of length L.
        beat = 1
    else:
        beat = sum(fraction(part) for part in match[1].split()) * 4
    bpm = float(beat) * float(match[2] or match[3])
    if not 5 <= bpm <= 1000:
        raise FieldError(f'expected a tempo from 5 to 1000 quarter notes a minute, came "{text}".')
    return bpm


def key(text):
    """'Dmix' -> Key('D mixolydian', {'F': 1}); None as the name where there is no key."""
    match = re.match(r"([A-G])([#b]?)\s*([A-Za-z]*)(.*)", text)
    if not match:
        if text.split("=")[0].split()[:1] in ([], ["none"], ["clef"]) or re.match(
            r"(treble|bass|alto|tenor|perc|octave|transpose|middle|stafflines|name)\b", text
        ):
            return Key(None, {})
        if text[:2] in ("HP", "Hp"):  # Highland pipes
            return Key("D", {"F": 1, "C": 1})
        raise FieldError(f'expected a key such as G, Em or "D mixolydian", came "{text}".')
    mode = "" if match[3] == "M" else match[3].lower()[:3]
    if mode in CLEFS or (match[4].startswith("=") and match[3] == "m"):  # clef words; m=B is a clef's middle
        mode = ""
    if mode not in MODES:
        raise FieldError(f'expected a key such as G, Em or "D mixolydian", came "{text}".')
    shift, name = MODES[mode]
    fifths = FIFTHS.index(match[1]) - 1 + 7 * {"": 0, "#": 1, "b": -1}[match[2]] + shift
    if abs(fifths) > 7:
        raise FieldError(f'the key "{text}" would need {abs(fifths)} sharps or flats, expected at most 7.')
    signature = dict.fromkeys(FIFTHS[:fifths], 1) if fifths > 0 else dict.fromkeys(FIFTHS[7 + fifths :], -1)
    rest = match[3] + match[4]
    if re.search(r"\bexp\b", rest):  # only the accidentals that follow
        signature = {}
    for sign, letter in re.findall(r"(\^\^?|__?|=)([A-Ga-g])(?![A-Za-z])", re.sub(r"\w+=\S+", "", rest)):
        signature[letter.upper()] = ALTER[sign]  # K:D =c
    return Key(match[1] + match[2] + name, signature)


def transposition(text):
    """Semitones by which the words of K: or V: move a voice: clef=treble-8, octave=-1, transpose=-2."""
    semitones = sum(
        int(amount) * {"octave": 12, "transpose": 1}[word]
        for word, amount in re.findall(r"\b(octave|transpose)=([+-]?\d{1,2})\b", text)
    )
    for sign in re.findall(r"\b(?:treble|bass|alto|tenor|[GFC])\d?([+-])8\b", text):
        semitones += 12 if sign == "+" else -12
    return semitones


def voice_name(text):
    """'1 clef=bass name="Cello"' -> 'Cello'; None where there is no name."""
    match = re.search(r'\b(?:name|nm)\s*=\s*(?:"([^"]*)"|(\S+))', text)
    return (match[1] if match[1] is not None else match[2]).replace("\\%", "%") if match else None


def midi_setting(text):
    """'MIDI program 40' -> ('program', 40); None for anything else."""
    match = re.fullmatch(r"MIDI[\s=]+(program|channel)(?:\s+\d{1,3})?\s+(\d{1,3})\s*", text)
    return (match[1], int(match[2])) if match and int(match[2]) <= 127 else None
