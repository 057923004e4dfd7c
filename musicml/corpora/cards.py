"""The tables of the cards in ``datasets/``: facts, counted from the corpora themselves."""

import re
from functools import partial
from pathlib import Path

import numpy as np

from ..errors import DataError
from . import card_tables, splits
from .card_tables import count

BEGIN = "<!-- facts: made by `python -m musicml.corpora card {name} --write` -->"
END = "<!-- end of facts -->"


def facts(corpus):
    """The generated part of a card: a Markdown text."""
    embedded = corpus.name in ("chorales", "irish", "fiddle")
    describe = describe_chorales if corpus.name == "chorales" else describe_tunes
    if not embedded:
        describe = partial(card_tables.DESCRIBE[corpus.name], corpus)
    parts = {split: getattr(corpus, split) for split in splits.SPLITS}
    table = {"pieces": {split: len(pieces) for split, pieces in parts.items()}} if embedded else {}
    table |= transpose({split: describe(pieces) for split, pieces in parts.items()})
    if embedded:
        table |= transpose({split: overlap(parts, split) for split in ("valid", "test")})
    rows = [f"| {row} | {at.get('train', '')} | {at['valid']} | {at['test']} |" for row, at in table.items()]
    left_out = [f"- {piece}: {reason}" for piece, reason in corpus.left_out.items()]
    sources = "sha256 of the source files together" if embedded else "sha256 of the published file"
    return "\n".join(
        [
            f"Hash of the splits: `{corpus.splits_hash}`  ",
            *([f"{sources}: `{corpus.sources_sha256}`"] if corpus.sources_sha256 else []),
            "",
            "| | train | valid | test |",
            "|---|---|---|---|",
            *rows,
            "",
            *([f"Left out: {len(left_out)}.", "", *left_out] if embedded else []),
        ]
    ).rstrip()


def describe_chorales(pieces):
    pitch = np.concatenate([piece.grid for piece in pieces])
    return {
        "steps (sixteenths)": f"{len(pitch):,}",
        "notes": f"{sum(piece.onset.sum() for piece in pieces):,}",
        "lowest and highest pitch": f"{pitch[pitch >= 0].min()} to {pitch.max()}",
        "metres": count(f"{piece.time_signature[0]}/{piece.time_signature[1]}" for piece in pieces),
        "modes, as the files say": count(piece.mode or "not said" for piece in pieces),
        "last bass note is the tonic the file says": sum(ends_on_tonic(piece) for piece in pieces),
        "published JSB test pieces": sum(piece.name in splits.JSB_TEST for piece in pieces),
    }


def ends_on_tonic(piece):
    """Whether the last bass note is the tonic of the key that the file states."""
    tonic = (7 * piece.sharps + (9 if piece.mode == "minor" else 0)) % 12
    bass = piece.grid[:, 3]
    return piece.mode is not None and bass[bass >= 0][-1] % 12 == tonic


def describe_tunes(pieces):
    notes = [note for piece in pieces for note in piece.notes]
    durations = [note.duration for note in notes]
    return {
        "notes": f"{len(notes):,}",
        "lowest and highest pitch": f"{min(n.pitch for n in notes)} to {max(n.pitch for n in notes)}",
        "shortest and longest note (beats)": f"{min(durations)} to {max(durations)}",
        "dances, as the files say": count(piece.metadata["rhythm"] or "not said" for piece in pieces),
        "metres": count("{}/{}".format(*piece.time_signature) for piece in pieces),
        "tunes with two notes at once": sum(len(splits.melody(piece)) < len(piece.notes) for piece in pieces),
    }


def overlap(parts, split):
    """What the pieces of a split still share with their nearest piece in train."""
    shares = splits.overlap(map(splits.melody, parts[split]), map(splits.melody, parts["train"]))
    return {
        "6-grams shared with the nearest training piece, mean": f"{np.mean(shares):.3f}",
        "the same, largest (below 0.5 by design)": f"{max(shares):.3f}",
    }


def transpose(columns):
    """{split: {row: value}} -> {row: {split: value}}."""
    rows = {}
    for split, values in columns.items():
        for row, value in values.items():
            rows.setdefault(row, {})[split] = value
    return rows


def path(name):
    """Where the card of a corpus lies in a copy of the project."""
    return Path(__file__).parents[2] / "datasets" / f"{name}.md"


def with_facts(text, corpus):
    """The text of a card, its generated part made anew."""
    begin = BEGIN.format(name=corpus.name)
    new, found = re.subn(
        f"{re.escape(begin)}.*?{re.escape(END)}",
        lambda _: f"{begin}\n{facts(corpus)}\n{END}",
        text,
        flags=re.DOTALL,
    )
    if found != 1:
        raise DataError(
            f"the card of {corpus.name} has {found} generated parts, expected one. Write into it:\n"
            f"{begin}\n{END}"
        )
    return new
