"""What a composer may be asked for: anything else gets a sentence before any work is done."""

from fractions import Fraction

import numpy as np

from ...errors import MusicMLError

SECONDS, TEMPERATURES = (4, 300), (0.1, 3)


def check_arguments(composer, seconds, temperature, tempo, tempos, seed):
    """Refuse what cannot be composed.

    Args:
        composer: the name of the function that was called.
        tempo: quarter notes a minute, or None where the composer chooses.
        tempos: (slowest, fastest).
    """
    for name, value, (low, high), advice in (
        ("seconds", seconds, SECONDS, "Ask for 30; for more, compose several with other seeds."),
        ("temperature", temperature, TEMPERATURES, "0.9 is a good one."),
        (
            "tempo",
            tempos[0] if tempo is None else tempo,
            tempos,
            "These are quarter notes a minute; leave it out to take the usual tempo.",
        ),
    ):
        if not isinstance(value, (int, float, Fraction, np.number)) or not low <= value <= high:  # nan is not
            raise MusicMLError(
                f"{composer} received {name}={value!r}, expected {low:g} to {high:g}. {advice}"
            )
    if not isinstance(seed, (int, np.integer)) or seed < 0:
        raise MusicMLError(
            f"{composer} received seed={seed!r}, expected a whole number, 0 or more. Another seed makes "
            "another piece."
        )
