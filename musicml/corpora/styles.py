"""Short recordings of dances, rendered by the course's own synthesizer.

The label is the dance that the file of the tune states. Everything that must
not give it away is drawn independently of it: the instrument, the speed (in
notes a second, whatever note value the transcriber wrote), the key and the tuning of the
instrument. Within each split and dance the instruments stand equally often,
and speeds and tunings cover their ranges evenly, so that there is no dependence even by chance.

A tune is played as to dancers: the first note of a bar is struck hardest, the
first of a beat a little.

The samples lie in one file per split, as 16-bit numbers, and are mapped into memory:
opening the corpus reads none of them.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from .. import sound
from ..score import Part
from . import cache, splits, tunes
from .corpus import Corpus

SEED = 11
SR = 11025
SECONDS = 4
DANCES = {"reel": "reel", "hornpipe": "hornpipe", "jig": "jig", "double jig": "jig", "slip jig": "slip jig"}
LABELS = ("reel", "hornpipe", "jig", "slip jig")
INSTRUMENTS = ("clarinet", "flute", "organ", "piano", "pluck", "strings")
CLIPS = {"train": 90, "valid": 24, "test": 36}  # of each dance, as long as there are tunes
EXCERPTS = 2  # of one tune, at most: its first and its second half
SPEED = (4.0, 8.0)  # notes a second
CENTS = (-50, 50)  # tuning, in hundredths of a semitone
SEMITONES = (-4, 4)  # transposition
PEAK = 0.9
# In musicml/sound, but no part of the synthesizer.
NOT_HEARD = ("__init__.py", "clean.py", "encoding.py", "files.py", "loudness.py")


@dataclass(frozen=True, eq=False)
class AudioClip:
    """One recording: ``samples`` (n,) int16 at ``sr``, what dance it is, and how it was made."""

    samples: np.ndarray
    sr: int
    label: str
    tune: str  # "irish/0987": two clips may come from one tune, of one split
    instrument: str
    speed: float  # notes a second
    cents: float
    semitones: int

    def __repr__(self):
        return f'AudioClip("{self.label}", {self.tune}, {self.instrument}, {len(self.samples) / self.sr:g} s)'


class AudioClips(Sequence):
    """Clips of equal length.

    ``samples`` (N, n) int16, mapped from the file; divide by 32768 for numbers from -1 to 1
    ``labels``  (N,) int64: indices into ``label_names``
    ``sr``      samples a second
    """

    label_names = LABELS
    sr = SR

    def __init__(self, samples, rows):
        self.samples, self.rows = samples, rows
        self.labels = np.array([LABELS.index(row["label"]) for row in rows], np.int64)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return AudioClips(self.samples[index], self.rows[index])
        return AudioClip(self.samples[index], SR, **self.rows[index])

    def __repr__(self):
        return f"<{len(self)} clips of {SECONDS} s>"


def stamp():
    """Of this code, of the synthesizer, and of the tunes and their splits."""
    synthesizer = [path for path in Path(sound.__file__).parent.glob("*.py") if path.name not in NOT_HEARD]
    return f"{cache.stamp(__file__, *sorted(synthesizer))}-{tunes.stamp()[:8]}-{splits.stamp()[:8]}"


def build(scores, folder):
    """Render the clips of all splits into ``folder``.

    Args:
        scores: dict of split -> dict of "irish/0987" -> Score.
    """
    rng = np.random.default_rng(SEED)
    plans = {split: plan(scores[split], CLIPS[split], rng) for split in splits.SPLITS}
    bar = iter(cache.progress(range(sum(map(len, plans.values()))), "Dance recordings"))
    for split, rows in plans.items():
        samples = np.empty((len(rows), SR * SECONDS), np.int16)
        for k, row in enumerate(rows):
            next(bar)
            samples[k] = render(excerpt(scores[split][row["tune"]], row.pop("half")), row)
        np.save(folder / f"{split}.npy", samples)
    next(bar, None)
    (folder / "clips.json").write_text(json.dumps(plans), encoding="utf-8")


def read(folder):
    plans = json.loads((folder / "clips.json").read_text(encoding="utf-8"))
    parts = {
        split: AudioClips(np.load(folder / f"{split}.npy", mmap_mode="r"), rows)
        for split, rows in plans.items()
    }
    content = {f"{k} {json.dumps(row)}": split for split in plans for k, row in enumerate(plans[split])}
    return Corpus("styles_audio", **parts, splits_hash=splits.fingerprint(content))


def plan(scores, clips, rng):
    """Choose tunes for each dance, and draw what must not hang on the dance. Returns one dict per clip."""
    rows = []
    for label in LABELS:
        names = [name for name, tune in scores.items() if DANCES.get(tune.metadata["rhythm"]) == label]
        names = [names[k] for k in rng.permutation(len(names))]
        # One clip of each tune; where there are not enough tunes, second halves as well.
        chosen = [
            (name, half) for half in range(EXCERPTS) for name in names if long_enough(scores[name], half)
        ]
        chosen = chosen[:clips]
        n = len(chosen)
        instrument = rng.permutation(np.resize(INSTRUMENTS, n))
        speed = np.exp(evenly(rng, n, *np.log(SPEED)))
        cents = evenly(rng, n, *CENTS)
        semitones = np.rint(evenly(rng, n, *SEMITONES)).astype(int)
        rows += [
            {
                "label": label,
                "tune": name,
                "half": half,
                "instrument": str(instrument[k]),
                "speed": round(float(speed[k]), 3),
                "cents": round(float(cents[k]), 1),
                "semitones": int(semitones[k]),
            }
            for k, (name, half) in enumerate(chosen)
        ]
    return [rows[k] for k in rng.permutation(len(rows))]


def evenly(rng, n, low, high):
    """n numbers that cover low to high evenly, one from each n-th of the range, in random order."""
    return low + (high - low) * (rng.permutation(n) + rng.random(n)) / max(n, 1)


def excerpt(tune, half):
    """The tune from its first full bar, or from the bar in its middle, to its end; stressed."""
    above, below = tune.time_signature
    bar = Fraction(4 * above, below)
    bars = int((tune.duration - tune.pickup) / bar)
    part = tune.slice(tune.pickup + (bars // 2 if half else 0) * bar, tune.duration)
    beat = Fraction(12, below) if above % 3 == 0 and below == 8 else Fraction(4, below)
    notes = [replace(note, velocity=stress(note.onset, bar, beat)) for note in part.notes]
    return replace(part, parts=[Part(notes)])


def stress(onset, bar, beat):
    """How hard a note is struck: hardest where a bar begins, a little where a beat begins."""
    return 112 if onset % bar == 0 else 92 if onset % beat == 0 else 72


def usual_note(tune):
    """The commonest duration in beats: an eighth note in most tunes, a sixteenth in a reel in 2/4."""
    return Counter(note.duration for note in tune.notes).most_common(1)[0][0]


def long_enough(tune, half):
    """Whether there is music until the end of the clip even at the highest speed."""
    return excerpt(tune, half).duration / usual_note(tune) >= SECONDS * SPEED[1]


def render(tune, how):
    """The sound of an excerpt: (SR * SECONDS,) int16.

    Args:
        tune: a Score with one part.
        how: a row of `plan`.
    """
    tempo = 60 * how["speed"] * float(usual_note(tune))
    score = replace(tune.transpose(how["semitones"]), tempos=((Fraction(0), tempo),))
    # A little more than the clip, so that it does not end with a fade; what comes later need not be rendered.
    score = score.slice(0, Fraction((SECONDS + 0.5) * tempo / 60).limit_denominator(960))
    a4 = 440 * 2 ** (how["cents"] / 1200)
    wave = sound.synthesize(score, sr=SR, instrument=how["instrument"], a4=a4)[: SR * SECONDS]
    wave = np.pad(wave, (0, SR * SECONDS - len(wave)))
    return sound.to_int16(wave * (PEAK / np.abs(wave).max()))
