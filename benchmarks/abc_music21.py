"""Does the ABC reader hear what music21 hears? Every tune of O'Neill's 1850 and of Ryan's Mammoth Collection.

    python benchmarks/abc_music21.py [--seconds 60] [--every 1] [--out benchmarks/abc_music21.csv]

Each tune is read by both; the notes (onset, pitch, duration in beats, tied notes joined) must be the same.
music21 runs in a process of its own: it warns, and needs minutes for some tunes, so a tune has a limit.
The file written has a row a tune, with a digest of music21's notes: tests/test_score_abc.py compares all
tunes with it and needs no music21 for that. A full run takes some minutes.
"""

import argparse
import collections
import csv
import hashlib
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

from musicml.errors import FileFormatError
from musicml.score.abc_notation import read_tune, split_tunes

CORPUS = Path(importlib.util.find_spec("music21").submodule_search_locations[0]) / "corpus"
COLLECTIONS = {"irish": "oneills1850", "fiddle": "ryansMammoth"}
COLUMNS = ("collection", "file", "number", "music21", "verdict")

# music21 reads each of these differently from the text, or not at all:
WRONG_IN_MUSIC21 = {
    ("0001-0050.abc", "9"): "a tie before < makes it lose the <",
    ("0001-0050.abc", "36"): "a tie before > or < makes it lose the > or <",
    ("0051-0100.abc", "67"): "takes the inline [K:C] for a note C",
    ("0351-0400.abc", "387"): "drops Z inside a bar (a slip for z)",
    ("0550-0625.abc", "570"): "ignores the inline [L:1/16]",
    ("0550-0625.abc", "599"): "accidentals of a chord do not last to the end of the bar",
    ("0626-0700.abc", "637"): "drops Z inside a bar (a slip for z)",
    ("0732-0758_bs.abc", "745"): "takes K:Bn, a slip for Bm, for B major",
    ("0732-0758_mh.abc", "745"): "takes K:Bn, a slip for Bm, for B major",
    ("0811-0899.abc", "811"): "does not know the old chords +EA+",
    ("0811-0899.abc", "881"): "drops the invisible rest x",
    ("1176-1275.abc", "1185"): "drops Z inside a bar (a slip for z)",
    ("1625-1700.abc", "1684"): "A>B>A, which the standard does not define",
    ("1625-1700.abc", "1685"): "A>B>A, which the standard does not define",
    ("0626-0635.abc", "631"): "a tie before > makes it lose the >",
    ("AndrewCareysSlipjig.abc", "1"): "drops the note after ::",
    ("BillyORourkesJig.abc", "1"): "takes K:EM or K:GM (M for major) for a minor key",
    ("BlackwaterReel.abc", "1"): "drops the note after ::",
    ("BuckleysHornpipe.abc", "1"): "A>B>A, which the standard does not define",
    ("DevilAmongTheTailorsReel.abc", "1"): "takes what e-mail left at a line's end (=20) for a natural sign",
    ("DublinBoysJig.abc", "1"): "takes K:EM or K:GM (M for major) for a minor key",
    ("EssenceOfOldKentucky.abc", "20"): "does not join chords that are tied inside: [d-D-]",
    ("FillUpTheBowlReel.abc", "1"): "drops the note after ::",
    ("JohnieQueensClog.abc", "1"): "takes what e-mail left at a line's end (=20) for a natural sign",
    ("KilkennyBoysReel.abc", "1"): "takes what e-mail left at a line's end (=20) for a natural sign",
    ("KittyCloversReel.abc", "1"): "drops the note after ::",
    ("LoveLinksJig.abc", "1"): "drops the note after ::",
    ("MardiGrasReel.abc", "1"): "does not join chords that are tied with a decoration between",
    ("MasonsCapReel.abc", "1"): "drops the note after ::",
    ("McDonaldsReel.abc", "1"): "drops the note after ::",
    ("MissDalysJig.abc", "1"): "drops the invisible rest x",
    ("MissGunningsFancyReel.abc", "1"): "takes what e-mail left at a line's end (=20) for a natural sign",
    ("NewBrigOfGlasgowStrathspey.abc", "1"): "takes K:EM or K:GM (M for major) for a minor key",
    ("QueensGuardsReel.abc", "1"): "drops the note after ::",
    ("WalkAroundBrudderBones.abc", "4"): "accidentals of a chord do not last to the end of the bar",
    ("WalkAroundHeyDaddy.abc", "1"): "does not join chords that are tied inside: [d-D-]",
}

ORACLE = """
import json, signal, sys, warnings
from fractions import Fraction
warnings.simplefilter("ignore")
from music21 import abcFormat, converter
# music21 lets accidentals last to the end of the bar only in files that say they are ABC 2.
abcFormat.ABCHandler._accidentalPropagation = lambda self: "pitch"
def ring(*_): raise TimeoutError
signal.signal(signal.SIGALRM, ring)
for line in sys.stdin:
    signal.alarm(int(sys.argv[1]))
    try:
        notes, ties = [], {}
        for chord in converter.parseData(json.loads(line), format="abc").flatten().notes:
            for note in getattr(chord, "notes", (chord,)):
                if chord.duration.isGrace or not chord.quarterLength:
                    continue
                times = chord.offset, chord.quarterLength
                onset, length = (Fraction(time).limit_denominator(2000) for time in times)
                open_note = ties.pop(note.pitch.midi, None)
                if open_note and open_note[0] + open_note[2] == onset:
                    open_note[2] += length
                else:
                    open_note = [onset, note.pitch.midi, length]
                    notes.append(open_note)
                tie = note.tie or chord.tie
                if tie is not None and tie.type in ("start", "continue"):
                    ties[note.pitch.midi] = open_note
        answer = sorted([str(o), p, str(d)] for o, p, d in notes)
    except TimeoutError:
        answer = "slow"
    except Exception as error:
        answer = f"{type(error).__name__}: {error}"[:100]
    signal.alarm(0)
    print(json.dumps(answer), flush=True)
"""


def corpus(collection):
    """(file name, number of the tune, lines of text, arguments for read_tune) for each tune."""
    for path in sorted((CORPUS / COLLECTIONS[collection]).glob("*.abc")):
        for first, lines, header in split_tunes(path.read_text("utf-8")):
            number = re.match(r"X:\s*(\d+)", lines[0])[1]
            yield path.name, number, lines, (first, lines, header)


def for_music21(lines):
    """The tune without what music21 stumbles over and what has no time: it then hears the same notes.

    It drops a note under a fermata (H), takes some decorations and texts for notes, and loses a > that
    has a slur, a dot or a tie beside it.
    """
    clean, in_header = [], True
    for line in lines:
        if not in_header and not re.match(r"[A-Za-z]:(?![|:])", line):
            line = re.sub(r'"[^"]*"|!\S*?!|\{[^}]*\}|%.*|[H-W~]x(?![\d/])', "", line)
            line = re.sub(r"\((?![2-9])|[~.)H-Wh-wy\\]", "", line)
            line = re.sub(r"\s*-?([<>]+)-?\s*", r"\1", line)
        in_header = in_header and not line.startswith("K:")
        clean.append(line)
    return "\n".join(clean) + "\n"


def ask_music21(tunes, seconds):
    """Yield the notes that music21 hears, or why it hears none, for each list of lines."""
    process = subprocess.Popen(
        [sys.executable, "-c", ORACLE, str(seconds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        for lines in tunes:
            process.stdin.write(json.dumps(for_music21(lines)) + "\n")
            process.stdin.flush()
            yield json.loads(process.stdout.readline())
        process.stdin.close()


def notes_of(arguments):
    """What our reader hears, in the same form."""
    return sorted([str(n.onset), n.pitch, str(n.duration)] for n in read_tune(*arguments, False).notes)


def digest(notes):
    """Twelve hexadecimal digits for a list of notes."""
    return hashlib.sha256(json.dumps(notes).encode()).hexdigest()[:12]


def verdict(file, number, arguments, theirs):
    """ "equal", or why not; ``theirs``: the digest of music21's notes, or why it has none."""
    try:
        ours = digest(notes_of(arguments))
    except FileFormatError as error:
        return f"we refuse it: {error}"
    reason = WRONG_IN_MUSIC21.get((file, number))
    if ours == theirs:
        return "equal" if reason is None else f"equal, though music21 is said to be wrong: {reason}"
    return f"music21 {reason or ('gives up' if len(theirs) != 12 else 'DIFFERS')}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="for one tune in music21")
    parser.add_argument("--every", type=int, default=1, help="only each so manieth tune")
    parser.add_argument("--out", type=Path, help="CSV file to write")
    options = parser.parse_args()
    rows = []
    for collection in COLLECTIONS:
        tunes = list(corpus(collection))[:: options.every]
        answers = ask_music21((lines for _, _, lines, _ in tunes), options.seconds)
        for (file, number, _, arguments), notes in zip(tunes, answers, strict=True):
            theirs = notes if isinstance(notes, str) else digest(notes)
            said = verdict(file, number, arguments, theirs)
            rows.append(dict(zip(COLUMNS, (collection, file, number, theirs, said), strict=True)))
            if said != "equal":
                print(collection, file, number, said, flush=True)
        count = collections.Counter(
            row["verdict"] == "equal" for row in rows if row["collection"] == collection
        )
        print(f"{collection}: {len(tunes)} tunes, {count[True]} equal to music21, {count[False]} not")
    if options.out:
        with options.out.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
