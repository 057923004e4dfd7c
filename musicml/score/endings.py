"""How a piece ends, and what that tells about its key.

Music of Bach's time ends on its tonic, the note that its key is named after: the bass of the last chord.
"""

import numpy as np

from ..errors import MusicMLError
from .transposition import REST, as_grid


def final_chord(music):
    """The pitches of the last chord, lowest first: what sounds at the last moment at which anything does.

    Args:
        music: a Score, a Chorale, or a grid (T, voices) with -1 for rests.
    """
    if hasattr(music, "parts"):
        notes = [note for part in music.parts if not part.is_drums for note in part.notes]
        end = max((note.end for note in notes), default=None)
        pitches = [note.pitch for note in notes if note.end == end]
    else:
        grid = as_grid(getattr(music, "grid", music))
        sounding = np.flatnonzero((grid != REST).any(axis=1))
        last = grid[sounding[-1]] if sounding.size else np.zeros(0, int)
        pitches = last[last != REST].tolist()
    if not pitches:
        raise MusicMLError(f'"{getattr(music, "title", "")}" has no notes, so it has no last chord.')
    return tuple(sorted(pitches))


def final_tonic(music):
    """Pitch class of the lowest note of the last chord, with which a chorale ends on its tonic."""
    return final_chord(music)[0] % 12


def final_third(music):
    """ "major" or "minor": the third above the lowest note in the last chord; None if it has none, or both.

    A piece in minor may end with a major third all the same, called a Picardy third; most of Bach's minor
    chorales do. So this tells how a piece ends, not what it was in: `signature_third` does.
    """
    above = {(pitch - final_tonic(music)) % 12 for pitch in final_chord(music)}
    return {(True, False): "major", (False, True): "minor"}.get((4 in above, 3 in above))


def signature_third(sharps, tonic):
    """ "major" or "minor": the third that a key signature puts above a tonic; None if it has neither.

    With the last bass note as tonic this reads the mode of a piece off its score, and takes old signatures
    as they are meant: a piece that ends on D is in minor without any flat (dorian) as well as with one.

    Args:
        sharps: in the key signature; flats are negative.
        tonic: pitch class, 0 to 11.

    >>> signature_third(2, 2), signature_third(2, 11)  # two sharps, on D and on B
    ('major', 'minor')
    """
    scale = {7 * fifth % 12 for fifth in range(sharps - 1, sharps + 6)}  # F C G D A E B, moved along
    above = ((tonic + 4) % 12 in scale, (tonic + 3) % 12 in scale)
    return {(True, False): "major", (False, True): "minor"}.get(above)
