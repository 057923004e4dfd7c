"""Which pieces are for training, validation and test.

Many tunes are one tune: O'Neill prints variants, Ryan prints the same reels,
and Bach harmonised one hymn many times. If one of them trained a model and
another tested it, copying would look like composing. So pieces are grouped
first, over all corpora, and a group goes to one split as a whole.

Two melodies belong together when at least half of the shorter one's interval
6-grams (six successive steps in pitch, in semitones) are in the other too,
and whatever belongs to the same melody belongs together.
"""

import hashlib
from collections import Counter, defaultdict

import numpy as np

from . import cache

SPLITS = ("train", "valid", "test")
GRAM = 6

# Music21's names of the 69 chorales that are test pieces of the published JSB benchmark.
JSB_TEST = frozenset(
    """
    bwv248.46-5 bwv145-a bwv36.8-2 bwv69.6-a bwv248.53-5 bwv7.7 bwv9.7 bwv13.6 bwv32.6 bwv37.6 bwv40.8
    bwv43.11 bwv45.7 bwv57.8 bwv60.5 bwv64.4 bwv65.7 bwv67.7 bwv78.7 bwv85.6 bwv87.7 bwv90.5 bwv93.7 bwv99.6
    bwv102.7 bwv110.7 bwv112.5 bwv114.7 bwv126.6 bwv148.6 bwv153.9 bwv159.5 bwv174.5 bwv184.5 bwv197.5
    bwv244.3 bwv245.14 bwv245.37 bwv245.5 bwv256 bwv270 bwv276 bwv289 bwv290 bwv291 bwv292 bwv294 bwv298
    bwv306 bwv311 bwv317 bwv326 bwv327 bwv331 bwv338 bwv339 bwv340 bwv350 bwv361 bwv366 bwv371 bwv393 bwv404
    bwv405 bwv410 bwv419 bwv429 bwv430 bwv431
    """.split()
)

# Eight test pieces of the benchmark are not among music21's chorales, and others are other settings of
# the melody. These chorales share half of a benchmark test soprano (repeated notes counted as one, as
# the benchmark does not tell them apart), so they are kept from training as well.
JSB_TEST_MELODIES = frozenset(
    "bwv55.5 bwv56.5 bwv177.5 bwv190.7 bwv248.23-s bwv286 bwv301 bwv316 bwv434 bwv436".split()
)

# The hashes of the splits; for chorales, irish and fiddle with the music21 of requirements.lock.
PUBLISHED = {
    "chorales": "8fc67d077f1b3b84",
    "irish": "fb68f948ff96b4ec",
    "fiddle": "3ab16f108f849825",
    "styles_audio": "a4d8541a21c8e631",
    "listening": "ee6f2c0d2122a5b2",
    "clips": "2cc37b256cf90b2b",
    "jsb": "c8b4a1d5751d5c1e",
    "nottingham": "316493c78ad286e8",
    "jsb16": "352eb0fef13c42ac",
    "lastfm": "70bb87c3219fb391",
}


def stamp():
    return cache.stamp(__file__)


def grams(pitches):
    """The set of interval 6-grams of a melody, each as six bytes: a transposed melody has the same ones."""
    steps = np.diff(np.asarray(pitches, int)).clip(-128, 127).astype(np.int8).tobytes()
    return {steps[i : i + GRAM] for i in range(len(steps) - GRAM + 1)}


def melody(piece):
    """The pitches that the grouping compares: the soprano of a Chorale, the highest notes of a Score."""
    if hasattr(piece, "grid"):
        return piece.grid[piece.onset[:, 0], 0]
    return list({note.onset: note.pitch for note in piece.notes}.values())


def shares(own, sets, holders):
    """How much of its 6-grams a melody shares, as a fraction of the shorter one's.

    Args:
        own: the 6-grams of the melody.
        sets: list of the 6-grams of other melodies.
        holders: dict of 6-gram -> the indices in ``sets`` that have it.

    Yields:
        (index in ``sets``, share) wherever anything is shared.
    """
    for j, count in Counter(j for gram in own for j in holders.get(gram, ())).items():
        yield j, count / min(len(own), len(sets[j]))


def overlap(melodies, others):
    """For each melody the largest share with any of the others; both are iterables of MIDI pitches."""
    sets, holders = [grams(other) for other in others], defaultdict(list)
    for j, other in enumerate(sets):
        for gram in other:
            holders[gram].append(j)
    return [max((share for _, share in shares(grams(m), sets, holders)), default=0.0) for m in melodies]


def groups(melodies):
    """Group what belongs together.

    Args:
        melodies: dict of name -> sequence of MIDI pitches.

    Returns:
        A list of sorted lists of names.
    """
    names = list(melodies)
    sets = [grams(melodies[name]) for name in names]
    parent = list(range(len(names)))

    def find(i):
        while parent[i] != i:
            parent[i] = i = parent[parent[i]]
        return i

    seen = defaultdict(list)
    for i, own in enumerate(sets):
        for j, share in shares(own, sets, seen):
            if share >= 0.5:
                parent[find(i)] = find(j)
        for gram in own:
            seen[gram].append(i)
    together = defaultdict(list)
    for i, name in enumerate(names):
        together[find(i)].append(name)
    return [sorted(group) for group in together.values()]


def assign(melodies):
    """Give every melody its split.

    A group that holds the melody of a published test chorale goes to test. For the others a
    hash of the first name in the group decides, so that a new tune moves no
    other group: eight in ten to train, one to valid, one to test. Groups with
    other chorales go to train or valid only: the published ones are test enough.

    Args:
        melodies: dict of "corpus/name" -> sequence of MIDI pitches.

    Returns:
        dict of "corpus/name" -> "train", "valid" or "test".
    """
    split_of = {}
    for group in groups(melodies):
        chorales = {name.removeprefix("chorales/") for name in group if name.startswith("chorales/")}
        draw = int.from_bytes(hashlib.sha256(group[0].encode()).digest()[:8]) / 2**64
        if chorales & (JSB_TEST | JSB_TEST_MELODIES):
            split = "test"
        elif chorales:
            split = "train" if draw < 8 / 9 else "valid"
        else:
            split = "train" if draw < 0.8 else "valid" if draw < 0.9 else "test"
        split_of.update(dict.fromkeys(group, split))
    return split_of


def fingerprint(split_of):
    """A short hash of the splits of one corpus (dict of name -> split)."""
    rows = "".join(f"{name} {split}\n" for name, split in sorted(split_of.items()))
    return hashlib.sha256(rows.encode()).hexdigest()[:16]
