"""The facts of the corpora that are no collections of scores: piano-rolls, sounds, clips, listeners.

Each function gets the corpus and one of its parts, and returns the rows of the
table for that part: dict of what is counted -> what came out.
"""

from collections import Counter

import numpy as np

from . import published, splits


def count(values):
    """ "reel 31, jig 24": how often each value stands in ``values``, the most frequent first."""
    rows = sorted(Counter(values).items(), key=lambda row: (-row[1], row[0]))
    return ", ".join(f"{value} {times}" for value, times in rows)


def describe_rolls(corpus, pieces):
    roll = np.concatenate(pieces)
    used = np.flatnonzero(roll.any(axis=0)) + published.LOWEST
    starts = [str(k) for k, piece in enumerate(pieces) if not piece[0].any()]
    return {
        "pieces": len(pieces),
        "frames": f"{len(roll):,}",
        "shortest and longest piece (frames)": f"{min(map(len, pieces))} to {max(map(len, pieces))}",
        "notes that sound, summed over the frames": f"{roll.sum():,}",
        "lowest and highest pitch": f"{used[0]} to {used[-1]}",
        "most notes in a frame": int(roll.sum(axis=1).max()),
        "silent frames": int((~roll.any(axis=1)).sum()),
        "pieces that begin with silence (index)": ", ".join(starts) or "none",
        **repeated(corpus, pieces),
    }


def describe_voices(corpus, pieces):
    grid = np.concatenate(pieces)
    return {
        "pieces": len(pieces),
        "steps (sixteenths)": f"{len(grid):,}",
        "lowest and highest pitch": f"{grid[grid >= 0].min()} to {grid.max()}",
        "silent steps of a voice": f"{(grid < 0).sum():,}",
        **repeated(corpus, pieces),
    }


def repeated(corpus, pieces):
    """What stands in the training part as well; the published splits do not look at melodies."""
    if pieces is corpus.train:
        return {}
    train = {piece.tobytes() for piece in corpus.train}
    shares = nearest(map(published.top_line, pieces), map(published.top_line, corpus.train))
    return {
        "pieces that are in train too, note for note": sum(piece.tobytes() in train for piece in pieces),
        "pieces whose top line shares half its 6-grams with one in train": int((shares >= 0.5).sum()),
    }


def nearest(melodies, others):
    """`splits.overlap` for long melodies, by a product of sparse matrices: (melodies,) shares."""
    from scipy import sparse

    own, sets = [[splits.grams(melody) for melody in part] for part in (melodies, others)]
    column = {gram: k for k, gram in enumerate(set().union(*own, *sets))}

    def table(rows):
        lengths = np.array([len(row) for row in rows])
        where = np.array([column[gram] for row in rows for gram in row], int)
        at = np.repeat(np.arange(len(rows)), lengths)
        return sparse.csr_array((np.ones(len(where)), (at, where)), shape=(len(rows), len(column))), lengths

    (a, long), (b, wide) = table(own), table(sets)
    return ((a @ b.T).toarray() / np.maximum(np.minimum.outer(long, wide), 1)).max(axis=1)


def describe_styles(corpus, clips):
    rows = clips.rows
    speeds = {
        label: np.mean([r["speed"] for r in rows if r["label"] == label]) for label in clips.label_names
    }
    return {
        "clips": len(rows),
        "tunes": len({row["tune"] for row in rows}),
        "dances": count(row["label"] for row in rows),
        "instruments": count(row["instrument"] for row in rows),
        "mean notes a second": ", ".join(f"{label} {speed:.2f}" for label, speed in speeds.items()),
        "collections": count(row["tune"].partition("/")[0] for row in rows),
    }


def describe_clips(corpus, clips):
    moods = Counter()
    for clip in clips:
        for shot in clip.shots:
            moods[shot.mood] += 1
    return {
        "clips": len(clips),
        "frames": f"{sum(map(len, clips)):,}",
        "seconds": f"{sum(len(clip) / clip.fps for clip in clips):.0f}",
        "cuts": sum(len(clip.cuts) for clip in clips),
        "shots": count(moods.elements()),
    }


def describe_listening(corpus, plays):
    seen = set(zip(corpus.train.user.tolist(), corpus.train.item.tolist(), strict=True))
    new = [pair for pair in zip(plays.user.tolist(), plays.item.tolist(), strict=True) if pair not in seen]
    top = np.sort(np.bincount(plays.item, weights=plays.count, minlength=len(corpus.items)))[::-1]
    facts = {
        "pairs of listener and item": f"{len(plays):,}",
        "plays": f"{plays.count.sum():,}",
        "listeners": f"{len(np.unique(plays.user)):,}",
        "items": f"{len(np.unique(plays.item)):,}",
        "share of plays of the hundred most played items": f"{top[:100].sum() / top.sum():.3f}",
    }
    if plays is corpus.train:
        return facts
    facts["pairs that are not in train"] = f"{len(new):,}"
    facts["items that are not in train"] = f"{len(np.setdiff1d(plays.item, corpus.train.item)):,}"
    if corpus.truth is not None:
        fame = np.bincount(corpus.train.item, minlength=len(corpus.items))
        for what, score in {
            "the true attraction": corpus.truth.attraction,
            "the number of listeners in train": np.tile(fame, (len(corpus.users), 1)),
        }.items():
            facts[f"recall of new tunes in the first 20 by {what}"] = f"{recall(corpus, new, score):.3f}"
    return facts


def recall(corpus, new, score, k=20):
    """Mean over listeners: the share of their new items that are among the k best of a score (U, I)."""
    score = np.array(score, float)
    score[corpus.train.user, corpus.train.item] = -np.inf
    wanted = np.zeros(score.shape, bool)
    wanted[tuple(np.array(new).T)] = True
    best = np.argsort(-score, axis=1, kind="stable")[:, :k]
    found = np.take_along_axis(wanted, best, axis=1).sum(axis=1)
    has = wanted.any(axis=1)
    return (found[has] / wanted.sum(axis=1)[has]).mean()


DESCRIBE = {
    "jsb": describe_rolls,
    "nottingham": describe_rolls,
    "jsb16": describe_voices,
    "styles_audio": describe_styles,
    "clips": describe_clips,
    "listening": describe_listening,
    "lastfm": describe_listening,
}
