"""What `load` gives."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Corpus:
    """Pieces in three parts: learn from ``train``, choose with ``valid``, judge on ``test`` at the end."""

    name: str
    train: tuple  # of Chorale, Score, piano-roll, or clip
    valid: tuple
    test: tuple
    left_out: dict = field(default_factory=dict, repr=False)  # piece -> why
    sources_sha256: str = field(default="", repr=False)
    splits_hash: str = field(default="", repr=False)

    @property
    def card(self):
        """The facts of the corpus, as the text of a table; ``datasets/<name>.md`` says more."""
        from . import cards

        return cards.facts(self)

    def __repr__(self):
        return f"<{self.name}: {len(self.train)} train, {len(self.valid)} valid, {len(self.test)} test>"


@dataclass(frozen=True, eq=False)
class Article:
    """x = 1..5 and y = 2..6, the data on which the article fits its first line."""

    name: str
    x: np.ndarray  # (5,)
    y: np.ndarray  # (5,)
    card: str


@dataclass(frozen=True, eq=False)
class Plays:
    """Who played what, how often: row k says that listener ``user[k]`` played ``item[k]`` ``count[k]`` times.

    Three arrays (n,) of whole numbers; no pair stands twice. Users and items are
    row numbers into the ``users`` and ``items`` of the corpus.
    """

    user: np.ndarray
    item: np.ndarray
    count: np.ndarray

    def __len__(self):
        return len(self.user)

    def __getitem__(self, which):
        """The chosen rows: a mask or indices."""
        return Plays(self.user[which], self.item[which], self.count[which])


@dataclass(frozen=True, eq=False)
class Listening:
    """Listeners and what they played, in three parts."""

    name: str
    users: tuple  # names of the U listeners
    items: tuple  # names of the I artists, or titles of the tunes
    item_ids: tuple  # what the source calls them: Last.fm's number, or "irish/0987"
    train: Plays
    valid: Plays
    test: Plays
    truth: object = field(default=None, repr=False)  # simulated listeners only: what they really like
    sources_sha256: str = field(default="", repr=False)
    splits_hash: str = field(default="", repr=False)
    left_out: dict = field(default_factory=dict, repr=False)

    @property
    def card(self):
        from . import cards

        return cards.facts(self)

    def __repr__(self):
        return (
            f"<{self.name}: {len(self.users):,} listeners, {len(self.items):,} items, "
            f"{len(self.train):,} train, {len(self.valid):,} valid, {len(self.test):,} test>"
        )
