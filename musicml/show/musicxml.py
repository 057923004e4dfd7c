"""Written music as MusicXML, the format that notation programs exchange."""

from xml.sax.saxutils import escape

from ..errors import MusicMLError
from .notation import LETTERS, bar_length, bar_lines, fifths_at, spell, write_voice

DIVISIONS = 48  # MusicXML counts lengths in these parts of a beat; 48 holds 64ths beside triplet 32nds
ACCIDENTALS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}


def to_musicxml(score, bars=None):
    """A Score as the text of a MusicXML file (partwise, version 4.0).

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
        f'<part id="P{i + 1}">{_part_xml(part, lines, keys)}</part>' for i, part in enumerate(parts)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<score-partwise version="4.0">'
        f"<work><work-title>{escape(score.title or 'Untitled')}</work-title></work>"
        f"<part-list>{listed}</part-list>{body}</score-partwise>"
    )


def _part_xml(part, lines, keys):
    voice = write_voice(part.notes, lines)
    mean = sum(note.pitch for note in part.notes) / len(part.notes)
    clef = (
        "<clef><sign>G</sign><line>2</line></clef>"
        if mean >= 57
        else "<clef><sign>F</sign><line>4</line></clef>"
    )
    xml, last_key, last_time = [], None, None
    pickup = lines[0][1] - lines[0][0] < bar_length(lines[0][2])
    for i, ((start, stop, signature), signs) in enumerate(zip(lines, voice, strict=True)):
        fifths = [value for onset, value in keys if onset < stop][-1]
        head = f"<divisions>{DIVISIONS}</divisions>" if i == 0 else ""
        if fifths != last_key:
            head += f"<key><fifths>{fifths}</fifths></key>"
        if signature != last_time:
            head += f"<time><beats>{signature[0]}</beats><beat-type>{signature[1]}</beat-type></time>"
        head += clef if i == 0 else ""
        last_key, last_time = fifths, signature
        number = i if pickup else i + 1
        implicit = ' implicit="yes"' if i == 0 and pickup else ""
        attributes = f"<attributes>{head}</attributes>" if head else ""
        xml.append(
            f'<measure number="{number}"{implicit}>{attributes}'
            f"{_signs_xml(signs, fifths, stop - start)}</measure>"
        )
    return "".join(xml)


def _signs_xml(signs, fifths, length):
    if not any(sign.pitches for sign in signs):
        duration = int(length * DIVISIONS)
        return f'<note><rest measure="yes"/><duration>{duration}</duration><voice>1</voice></note>'
    in_force = {}  # (letter, octave) -> alteration, until the bar line
    by_key = {letter: (fifths - i + 6) // 7 for i, letter in enumerate(LETTERS)}
    xml = []
    for sign in signs:
        for i, pitch in enumerate(sign.pitches or (None,)):
            xml.append(_note_xml(sign, pitch, i > 0, fifths, by_key, in_force))
    return "".join(xml)


def _note_xml(sign, pitch, in_chord, fifths, by_key, in_force):
    name, dots = sign.value
    accidental = what = tie = ""
    notations = ""
    if pitch is None:
        what = "<rest/>"
    else:
        letter, alter, octave = spell(pitch, fifths)
        altered = f"<alter>{alter}</alter>" if alter else ""
        what = f"<pitch><step>{letter}</step>{altered}<octave>{octave}</octave></pitch>"
        if in_force.get((letter, octave), by_key[letter]) != alter and not sign.tied_from:
            accidental = f"<accidental>{ACCIDENTALS[alter]}</accidental>"
            in_force[letter, octave] = alter
        ends = ["stop"] * sign.tied_from + ["start"] * sign.tied_to
        tie = "".join(f'<tie type="{end}"/>' for end in ends)
        notations += "".join(f'<tied type="{end}"/>' for end in ends)
    ratio = (
        "<time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes></time-modification>"
    )
    if sign.bracket and not in_chord:
        notations += f'<tuplet type="{sign.bracket}"/>'
    return (
        f"<note>{'<chord/>' if in_chord else ''}{what}"
        f"<duration>{int(sign.length * DIVISIONS)}</duration>{tie}"
        f"<voice>1</voice><type>{name}</type>{'<dot/>' * dots}{accidental}{ratio if sign.triplet else ''}"
        + (f'<beam number="1">{sign.beam}</beam>' if sign.beam and not in_chord else "")
        + (f"<notations>{notations}</notations>" if notations else "")
        + "</note>"
    )
