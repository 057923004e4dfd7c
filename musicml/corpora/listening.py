"""Simulated listeners with known tastes, over the real tunes of ``irish`` and ``fiddle``.

Nobody knows why a real listener likes a song, so nobody can tell how good a
recommendation could have been. Here it is known. For listener u and tune i:

    taste_u       = what listeners of u's kind like + N(0, 0.5^2)              (F,)
    attraction_ui = STRENGTH taste_u . features_i + conformity_u fame_i
    u finds n_u tunes in the year: those of the largest attraction_ui + Gumbel noise,
    which draws them without replacement with p proportional to exp(attraction_ui)
    (Plackett-Luce; Yellott 1977)
    the week of the find is uniform, and until the end of the year come
    Poisson(PLAYS exp(min(taste_u . features_i, 2)) weeks left / 52) more plays in uniform weeks

The features can be heard: the dance, the metre, the mode, how busy and how wide
the tune is. Fame hangs on nothing: it falls with the rank of the tune in a
random order (Zipf's law), and conformity says how much a listener follows it.
The split follows time: weeks 0 to 35, 36 to 43, 44 to 51.
"""

import hashlib
from dataclasses import dataclass

import numpy as np

from .corpus import Listening, Plays

SEED = 20
LISTENERS = 500
MOST_FINDS = 300  # tunes that one listener finds in the year
STRENGTH = 1.5
PLAYS = 1.5  # in a year, of a tune that leaves the listener cold
FIRST_WEEK = {"train": 0, "valid": 36, "test": 44}
WEEKS = 52
FEATURES = (
    "reel",
    "hornpipe",
    "jig",
    "slip jig",
    "strathspey",
    "air",
    "waltz time",
    "minor",
    "modal",
    "busy",
    "wide",
)
# What the kinds of listeners like (1) and dislike (-1); the rest leaves them cold.
KINDS = {
    "session player": {"reel": 1, "jig": 1, "busy": 1},
    "step dancer": {"hornpipe": 1, "slip jig": 1, "wide": 0.5},
    "dreamer": {"air": 1.5, "waltz time": 1, "minor": 1, "busy": -1},
    "highlander": {"strathspey": 1.5, "modal": 1, "wide": 0.5},
    "friend of the minor": {"minor": 1.5, "modal": 1, "jig": 0.5},
    "ceilidh goer": {"jig": 1, "waltz time": 1, "minor": -1},
}


@dataclass(frozen=True, eq=False)
class Truth:
    """What the simulation knows and a recommender does not.

    features    (I, F) float64: 1 or 0, and for "busy" and "wide" standard deviations from the mean
    tastes      (U, F) float64
    kinds       U names
    fame        (I,) float64, mean 0, standard deviation 1
    conformity  (U,) float64, 0 to 1.5
    """

    feature_names: tuple
    features: np.ndarray
    tastes: np.ndarray
    kinds: tuple
    fame: np.ndarray
    conformity: np.ndarray

    @property
    def attraction(self):
        """(U, I): the logarithm of each listener's chances, but for a constant; the best possible ranking."""
        return STRENGTH * self.tastes @ self.features.T + self.conformity[:, None] * self.fame


def make(tunes):
    """Simulate the listeners.

    Args:
        tunes: dict of "irish/0987" -> (row, notes), as `musicml.corpora.tunes.rows` has them.
    """
    rng = np.random.default_rng(SEED)
    truth = draw_truth(rng, np.array([features(*tune) for tune in tunes.values()]))
    user, item, week = draw_plays(rng, truth)
    parts = {}
    for split, first in FIRST_WEEK.items():
        later = [w for w in FIRST_WEEK.values() if w > first]
        now = (week >= first) & (week < min(later, default=WEEKS))
        pairs, count = np.unique(user[now] * len(tunes) + item[now], return_counts=True)
        parts[split] = Plays(*divmod(pairs, len(tunes)), count)
    digest = hashlib.sha256()
    for plays in parts.values():
        digest.update(np.stack([plays.user, plays.item, plays.count]).astype("<i8").tobytes())
    return Listening(
        "listening",
        tuple(f"listener {u:03d}" for u in range(LISTENERS)),
        tuple(row["title"] for row, _ in tunes.values()),
        tuple(tunes),
        **parts,
        truth=truth,
        splits_hash=digest.hexdigest()[:16],
    )


def features(row, notes):
    """The features of one tune (F,); "busy" and "wide" as notes a bar and semitones."""
    dance = row["metadata"]["rhythm"]
    above, below = row["time_signatures"][0][1]
    key = row["keys"][0][1] or ""
    beats = (notes["onset"] + notes["duration"]).max() / row["unit"]
    said = {
        "reel": dance == "reel",
        "hornpipe": dance in ("hornpipe", "clog"),
        "jig": dance in ("jig", "double jig") or (not dance and (above, below) == (6, 8)),
        "slip jig": (above, below) == (9, 8),
        "strathspey": dance in ("strathspey", "highland fling", "fling"),
        "air": dance == "air",
        "waltz time": (above, below) in ((3, 4), (3, 8)),
        "minor": key.endswith("m"),
        "modal": " " in key,  # "D mixolydian"
        "busy": row["notes"] * 4 * above / (beats * below),
        "wide": notes["pitch"].max() - notes["pitch"].min(),
    }
    return [float(said[name]) for name in FEATURES]


def draw_truth(rng, table):
    measured = slice(FEATURES.index("busy"), None)
    table[:, measured] = (table[:, measured] - table[:, measured].mean(axis=0)) / table[:, measured].std(
        axis=0
    )
    likes = np.array([[liked.get(name, 0.0) for name in FEATURES] for liked in KINDS.values()])
    kind = rng.integers(len(KINDS), size=LISTENERS)
    fame = -np.log(1 + rng.permutation(len(table)))
    return Truth(
        FEATURES,
        table,
        tastes=likes[kind] + rng.normal(0, 0.5, (LISTENERS, len(FEATURES))),
        kinds=tuple(np.array(list(KINDS))[kind].tolist()),
        fame=(fame - fame.mean()) / fame.std(),
        conformity=rng.uniform(0, 1.5, LISTENERS),
    )


def draw_plays(rng, truth):
    """Every play of the year: three arrays (plays,) of listener, tune and week."""
    attraction = truth.attraction
    liking = truth.tastes @ truth.features.T
    noisy = attraction + rng.gumbel(size=attraction.shape)
    most = np.argpartition(-noisy, MOST_FINDS, axis=1)[:, :MOST_FINDS]
    order = np.take_along_axis(most, np.argsort(-np.take_along_axis(noisy, most, 1), axis=1), 1)
    finds = np.clip(rng.lognormal(4.2, 0.5, LISTENERS), 20, MOST_FINDS).astype(int)
    user = np.repeat(np.arange(LISTENERS), finds)
    item = np.concatenate([row[:n] for row, n in zip(order, finds, strict=True)])
    week = rng.integers(WEEKS, size=len(user))
    again = rng.poisson(PLAYS * np.exp(np.minimum(liking[user, item], 2)) * (WEEKS - week) / WEEKS)
    left = np.repeat(WEEKS - week, again)
    later = np.repeat(week, again) + (rng.random(len(left)) * left).astype(int)
    join = lambda first, times: np.concatenate([first, np.repeat(first, times)])  # noqa: E731
    return join(user, again), join(item, again), np.concatenate([week, later])
