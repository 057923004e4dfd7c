"""Collections of tunes in ABC, read by `musicml.score.read_abc` and kept as arrays of whole numbers.

Times are kept in ticks: a tune has the ``unit`` (ticks in a beat) that makes
all its onsets and durations whole, so that reading back gives the same fractions.
"""

import json
import math
from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from ..errors import MusicMLError
from ..score import Note, Part, Score, abc_notation
from . import cache

COLLECTIONS = {
    "irish": ("oneills1850", "O'Neill's Music of Ireland"),
    "fiddle": ("ryansMammoth", "Ryan's Mammoth Collection"),
}
MAPS = ("tempos", "time_signatures", "keys")
COLUMNS = ("pitch", "onset", "duration")


class Tunes(Sequence):
    """Scores that are made when they are first asked for: opening a corpus takes no time."""

    def __init__(self, makers):
        self._makers, self._made = list(makers), {}

    def __len__(self):
        return len(self._makers)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return Tunes(self._makers[index])
        index = range(len(self))[index]
        if index not in self._made:
            self._made[index] = self._makers[index]()
        return self._made[index]

    def __repr__(self):
        return f"<{len(self)} tunes>"


def sources(name):
    """The ABC files of the installed music21, sorted by name."""
    return sorted(cache.music21_corpus(COLLECTIONS[name][0]).glob("*.abc"))


def stamp():
    score = Path(abc_notation.__file__).parent
    reader = sorted({*score.glob("abc_*.py")} - {score / "abc_writer.py"})
    return cache.stamp(__file__, *reader, score / "notes.py")


def build(name, folder):
    """Read all tunes of the collection and write tunes.npz and tunes.json into ``folder``."""
    paths, scores, left_out = sources(name), {}, {}
    for path in cache.progress(paths, COLLECTIONS[name][1]):
        for first_line, lines, header in abc_notation.split_tunes(decode(path.read_bytes())):
            try:
                score = abc_notation.read_abc("\n".join([*header, *lines]))
                if len(score.parts) != 1:
                    raise MusicMLError(f"{len(score.parts)} voices, expected one")
            except MusicMLError as error:
                left_out[f"{path.name}, line {first_line}"] = str(error)
                continue
            tune = tune_name(name, path, score, scores)
            score.metadata.update(name=tune, file=path.name, rhythm=rhythm(score))
            scores[tune] = score
    columns = {column: [] for column in COLUMNS}
    rows = [to_row(score, columns) for score in scores.values()]
    kinds = {"pitch": np.int16, "onset": np.int32, "duration": np.int32}
    np.savez_compressed(folder / "tunes.npz", **{c: np.array(columns[c], kinds[c]) for c in COLUMNS})
    about = {"tunes": rows, "left_out": left_out, "sources": cache.sha256_of(paths)}
    (folder / "tunes.json").write_text(json.dumps(about), encoding="utf-8")


def rows(folder):
    """What `build` wrote, tune by tune: (dict of name -> (row, its notes in ticks), left out, sha256)."""
    about = json.loads((folder / "tunes.json").read_text(encoding="utf-8"))
    with open(folder / "tunes.npz", "rb") as file, np.load(file, allow_pickle=False) as stored:
        columns = {column: stored[column] for column in COLUMNS}
    found, start = {}, 0
    for row in about["tunes"]:
        end = start + row["notes"]
        found[row["metadata"]["name"]] = row, {c: values[start:end] for c, values in columns.items()}
        start = end
    return found, about["left_out"], about["sources"]


def read(folder):
    """Read what `build` wrote. Returns (dict of functions that make a Score, by name; left out; sha256)."""
    found, left_out, sha256 = rows(folder)
    return {name: partial(from_row, row, notes) for name, (row, notes) in found.items()}, left_out, sha256


def decode(raw):
    """Old transcriptions are in UTF-8 or in Latin-1; every byte means something in Latin-1."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def tune_name(collection, path, score, taken):
    """irish: "0731", the number in the book; "0731-2" for its second transcription. fiddle: the file."""
    name = f"{int(score.metadata['number']):04d}" if collection == "irish" else path.stem
    again = 2
    while (candidate := name if again == 2 and name not in taken else f"{name}-{again}") in taken:
        again += 1
    return candidate


def rhythm(score):
    """The kind of dance in one spelling ("reel", "slip jig"); "" where the file does not say."""
    stated = score.metadata.get("rhythm", "").strip().lower()
    return {"slipjig": "slip jig"}.get(stated, stated)


def to_row(score, columns):
    """Append the notes of a one-part score to ``columns``, in ticks; return all else as JSON values."""
    notes = score.parts[0].notes
    unit = math.lcm(*(time.denominator for note in notes for time in (note.onset, note.duration)))
    columns["pitch"] += [note.pitch for note in notes]
    columns["onset"] += [int(note.onset * unit) for note in notes]
    columns["duration"] += [int(note.duration * unit) for note in notes]
    return {
        "notes": len(notes),
        "unit": unit,
        "title": score.title,
        **{name: [(str(beat), value) for beat, value in getattr(score, name)] for name in MAPS},
        "pickup": str(score.pickup),
        "metadata": score.metadata,
    }


def from_row(row, columns):
    """The Score of one row; the other way round of `to_row`."""
    unit = row["unit"]
    notes = [
        Note(Fraction(onset, unit), pitch, Fraction(duration, unit))
        for pitch, onset, duration in zip(*(columns[c].tolist() for c in COLUMNS), strict=True)
    ]
    value = lambda v: tuple(v) if isinstance(v, list) else v  # noqa: E731  (JSON has no tuples)
    return Score(
        [Part(notes)],
        title=row["title"],
        **{name: tuple((Fraction(beat), value(v)) for beat, v in row[name]) for name in MAPS},
        pickup=Fraction(row["pickup"]),
        metadata=dict(row["metadata"]),
    )
