"""The instruments: which there are, and which of them plays a General MIDI program.

An instrument is a function

    wave(frequency, n, sr) -> n samples, about -1 to 1

or, where a harder stroke is also a brighter one, wave(frequency, n, sr, velocity).
A note is that wave under the envelope that ``synth.envelope`` draws. The
first n samples do not depend on n: a short note is the beginning of a long one.

The ways to make a wave, one a file: simple additions and a plucked string in
``waves.py``, frequency modulation in ``fm.py``, sums in closed form and breath in
``bowed.py``, damped partials in ``piano.py``.
"""

from typing import NamedTuple

from ..errors import MusicMLError, unknown
from .bowed import brass, flute, strings
from .fm import bell, clarinet, electric_piano
from .piano import piano
from .waves import organ, pluck, sine


class Instrument(NamedTuple):
    """A wave, and what the envelope and the mixer need to know about it."""

    wave: object  # the function
    release: float  # seconds a note needs to fade after its end
    attack: float = 0.005  # seconds in which a note rises from 0
    touch: bool = False  # does the velocity change the colour, and not only the loudness?
    level: float = 1.0  # brings the instruments to about the same loudness

    def __call__(self, frequency, n, sr, velocity=80):
        """n samples of a note that goes on, without its envelope."""
        return self.wave(frequency, n, sr, velocity) if self.touch else self.wave(frequency, n, sr)


INSTRUMENTS = {
    "sine": Instrument(sine, 0.06),
    "organ": Instrument(organ, 0.08),
    "pluck": Instrument(pluck, 0.2),
    "piano": Instrument(piano, 0.15, 0.003, touch=True, level=1.1),
    "electric_piano": Instrument(electric_piano, 0.15, 0.003, touch=True, level=0.5),
    "bell": Instrument(bell, 1.2, 0.003, touch=True, level=0.3),
    "strings": Instrument(strings, 0.25, 0.09, touch=True, level=0.8),
    "brass": Instrument(brass, 0.12, 0.03, touch=True, level=0.6),
    "clarinet": Instrument(clarinet, 0.08, 0.03, touch=True, level=0.21),
    "flute": Instrument(flute, 0.12, 0.05, level=0.33),
}

# General MIDI's 128 programs in their order: (how many, the instrument that stands for them).
_RUNS = (
    (4, "piano"), (2, "electric_piano"), (2, "pluck"),  # pianos, electric pianos, harpsichord and clavinet
    (4, "bell"), (2, "pluck"), (1, "bell"), (1, "pluck"),  # celesta .. vibraphone, marimba .. dulcimer
    (8, "organ"), (16, "pluck"),  # organs and accordions; guitars, basses
    (5, "strings"), (3, "pluck"), (7, "strings"), (1, "brass"),  # violin .., harp .., choirs ..
    (8, "brass"), (8, "clarinet"), (8, "flute"),  # brass, reeds, pipes
    (8, "clarinet"), (8, "strings"), (8, "bell"),  # synthesizer: leads, pads, effects
    (5, "pluck"), (1, "clarinet"), (1, "strings"), (1, "clarinet"),  # sitar .., bagpipe, fiddle, shanai
    (3, "bell"), (13, "pluck"),  # bells and steel drums, other percussion, noises
)  # fmt: skip
PROGRAMS = tuple(name for times, name in _RUNS for _ in range(times))


def instrument_of(program):
    """Name of the instrument that plays a General MIDI program, 0 to 127: 0 -> "piano", 40 -> "strings"."""
    if not 0 <= program <= 127:
        raise MusicMLError(
            f"program is {program}, expected a General MIDI program from 0 to 127. 0 is the piano."
        )
    return PROGRAMS[program]


def get(name):
    """The Instrument of that name."""
    if name not in INSTRUMENTS:
        raise unknown("instrument", name, INSTRUMENTS)
    return INSTRUMENTS[name]
