"""Bach's four-part chorales as grids of sixteenth notes.

The letters of the shapes:

    T  steps (sixteenth notes) in the piece
    4  voices: soprano, alto, tenor, bass

music21 reads the files, in worker processes, when the cache is built.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from queue import SimpleQueue

import numpy as np

from ..errors import DataError
from ..score import Note, Part, Score
from . import cache

VOICES = ("Soprano", "Alto", "Tenor", "Bass")
STEPS_PER_BEAT = 4
REST = -1
ARRAYS = ("grid", "onset", "fermata")
TONICS = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#", "A#")
WORKERS = 2


@dataclass(frozen=True, eq=False)
class Chorale:
    """One chorale on a grid of sixteenth notes; all times are in steps of the grid.

    grid     (T, 4) int16: the MIDI pitch of each voice at each step; -1 is a rest
    onset    (T, 4) bool: a note starts here (so a held note differs from a repeated one)
    fermata  (T, 4) bool: the note that sounds here has a fermata, the sign that ends a line of the hymn
    bars     (n,) int64: the steps at which the full bars begin; ``pickup`` steps come before the first
    """

    name: str  # "bwv269": the number in the catalogue of Bach's works
    title: str
    grid: np.ndarray
    onset: np.ndarray
    fermata: np.ndarray
    bars: np.ndarray
    pickup: int
    time_signatures: tuple  # of (step, (4, 4)); the first at step 0
    sharps: int  # in the key signature; flats are negative
    mode: str | None  # "major", "minor", or None: as the file says, which is not always what one hears

    def __repr__(self):
        return f'Chorale("{self.name}", "{self.title}", {len(self.grid)} steps)'

    @property
    def time_signature(self):
        return self.time_signatures[0][1]

    @property
    def key(self):
        """The key as the file states it ("D", "Em"), or None. The last bass note is a better guide."""
        minor = self.mode == "minor"
        return TONICS[self.sharps + 7 + 3 * minor] + "m" * minor if self.mode in ("major", "minor") else None

    def score(self, tempo=72.0):
        """A Score of four parts; a held note becomes one Note. ``tempo`` is in quarter notes a minute."""
        parts = []
        for voice, name in enumerate(VOICES):
            pitch, onset = self.grid[:, voice], self.onset[:, voice]
            # A note ends where the next note starts, where a rest starts, or with the piece.
            edges = np.append(np.flatnonzero(onset | (np.diff(pitch, prepend=REST) != 0)), len(pitch))
            notes = [
                Note(_beats(start), int(pitch[start]), _beats(end - start))
                for start, end in zip(edges[:-1], edges[1:], strict=True)
                if pitch[start] != REST
            ]
            parts.append(Part(notes, name=name, program=52))  # General MIDI "Choir Aahs"
        return Score(
            parts,
            title=self.title,
            tempos=((Fraction(0), float(tempo)),),
            time_signatures=tuple((_beats(step), signature) for step, signature in self.time_signatures),
            keys=((Fraction(0), self.key),),
            pickup=_beats(self.pickup),
            metadata={"name": self.name, "composer": "Johann Sebastian Bach"},
        )


def _beats(steps):
    return Fraction(int(steps), STEPS_PER_BEAT)


def sources():
    """The chorale files of the installed music21, sorted by name."""
    folder = cache.music21_corpus("bach")
    return sorted(path for path in folder.glob("bwv*") if path.suffix in (".mxl", ".xml"))


def stamp():
    return cache.stamp(__file__, Path(__file__).with_name("chorale_reader.py"))


def build(folder):
    """Read all sources and write chorales.npz and chorales.json into ``folder``."""
    found, left_out = {}, {}
    paths = sources()
    for path, fields in zip(paths, read_all(paths), strict=True):
        if "left_out" in fields:
            left_out[path.name] = fields["left_out"]
        else:
            found[path.stem] = fields
    arrays = {"lengths": np.array([len(fields["grid"]) for fields in found.values()])}
    for name, kind in zip(ARRAYS, (np.int16, bool, bool), strict=True):
        arrays[name] = np.concatenate([np.array(fields.pop(name), kind) for fields in found.values()])
    np.savez_compressed(folder / "chorales.npz", **arrays)
    about = {"pieces": found, "left_out": left_out, "sources": cache.sha256_of(paths)}
    (folder / "chorales.json").write_text(json.dumps(about), encoding="utf-8")


def read(folder):
    """Read what `build` wrote. Returns (dict of name -> Chorale, what is left out and why, sha256)."""
    about = json.loads((folder / "chorales.json").read_text(encoding="utf-8"))
    with open(folder / "chorales.npz", "rb") as file, np.load(file, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in (*ARRAYS, "lengths")}
    cuts = np.cumsum(arrays.pop("lengths"))[:-1]
    rows = zip(*(np.split(arrays[name], cuts) for name in ARRAYS), strict=True)
    pieces = {}
    for (name, fields), (grid, onset, fermata) in zip(about["pieces"].items(), rows, strict=True):
        fields["bars"] = np.array(fields["bars"])
        fields["time_signatures"] = tuple((step, tuple(metre)) for step, metre in fields["time_signatures"])
        pieces[name] = Chorale(name=name, grid=grid, onset=onset, fermata=fermata, **fields)
    return pieces, about["left_out"], about["sources"]


def read_all(paths):
    """Read files in worker processes; returns the dicts of `chorale_reader.read`, in the order of the paths.

    The workers are plain child processes that are handed one path at a time.
    (A pool of multiprocessing would run the caller's own script again in each.)
    """
    package_at = str(Path(__file__).parents[2])  # the workers read with this musicml, wherever it came from
    paths_before = filter(None, [os.environ.get("PYTHONPATH")])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([package_at, *paths_before])}
    command = [sys.executable, "-X", "utf8", "-W", "ignore", "-m", "musicml.corpora.chorale_reader"]
    idle = SimpleQueue()

    def ask(path):
        worker = idle.get()
        try:
            worker.stdin.write(f"{path}\n")
            worker.stdin.flush()
            answer = worker.stdout.readline()
        except OSError:
            answer = ""
        finally:
            idle.put(worker)
        if not answer:
            raise DataError(
                f"the process that reads {path.name} with music21 stopped. Free some memory, and try again."
            )
        return json.loads(answer)

    with ExitStack() as stack:
        for _ in range(WORKERS):
            worker = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", env=environment
            )
            stack.enter_context(worker)
            stack.callback(worker.kill)
            idle.put(worker)
        pool = stack.enter_context(ThreadPoolExecutor(WORKERS))
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        return list(cache.progress(pool.map(ask, paths), "Bach's chorales", len(paths)))
