"""Short video clips, drawn on demand, of which it is known where the cuts are and what moves how fast.

A clip is a row of shots. A shot has a background of one colour that brightens
or darkens, and some bright shapes that move straight on and bounce off the
edges, faster in some shots than in others. A cut is the first frame of a new shot.

The letters of the shapes: T frames, H rows, W columns, 3 red, green, blue.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from . import splits
from .corpus import Corpus

SEED = 22
FPS = 12
HEIGHT, WIDTH = 96, 128
CLIPS = {"train": 16, "valid": 4, "test": 8}
SHOTS = (3, 6)  # in a clip
SHOT_SECONDS = (1.0, 3.0)
SPEEDS = {"still": 0.0, "calm": 15.0, "lively": 50.0, "wild": 120.0}  # pixels a second
LUMA = (0.299, 0.587, 0.114)  # how bright red, green and blue look (ITU-R BT.601)


@dataclass(frozen=True)
class Shot:
    """What is drawn from one cut to the next; colours and brightness from 0 to 1, positions in pixels."""

    frames: int
    mood: str  # a name of SPEEDS
    colour: tuple  # of the background
    glow: tuple  # factor of the background at the first and at the last frame
    shapes: tuple  # of (y, x, vy, vx, radius, is_disc, colour); v in pixels a frame


@dataclass(frozen=True)
class Clip:
    """A clip and the truth about it. Two clips of one name are the same to the last bit.

    ``frames`` is drawn when it is first asked for, and then kept.
    """

    name: str
    shots: tuple
    fps: int = FPS

    def __len__(self):
        return sum(shot.frames for shot in self.shots)

    def __repr__(self):
        return f'Clip("{self.name}", {len(self) / self.fps:.1f} s, {len(self.shots)} shots)'

    @cached_property
    def frames(self):
        """(T, H, W, 3) uint8."""
        return np.concatenate([draw(shot) for shot in self.shots])

    @property
    def cuts(self):
        """The first frame of every shot but the first: int array (shots - 1,)."""
        return np.cumsum([shot.frames for shot in self.shots])[:-1]

    @property
    def speed(self):
        """(T,) float64: how fast the shapes are meant to move, in pixels a second."""
        return np.repeat([SPEEDS[shot.mood] for shot in self.shots], [shot.frames for shot in self.shots])

    @cached_property
    def brightness(self):
        """(T,) float64: the mean luma of each frame, 0 black to 1 white."""
        return (self.frames @ np.array(LUMA)).mean(axis=(1, 2)) / 255

    @cached_property
    def motion(self):
        """(T,) float64: the energy of motion, the mean squared change of luma since the frame before.

        0 at the first frame and at cuts: what changes there is the shot, and nothing has moved.
        """
        luma = self.frames @ np.array(LUMA) / 255
        change = np.square(np.diff(luma, axis=0, prepend=luma[:1])).mean(axis=(1, 2))
        change[self.cuts] = 0
        return change


def draw(shot):
    """The frames of one shot: (T, H, W, 3) uint8."""
    glow = np.linspace(*shot.glow, shot.frames)[:, None, None, None]
    picture = np.ones((shot.frames, HEIGHT, WIDTH, 3)) * glow * np.array(shot.colour)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    t = np.arange(shot.frames)
    for y, x, vy, vx, radius, is_disc, colour in shot.shapes:
        above = rows - bounce(y + vy * t, radius, HEIGHT - radius)[:, None, None]
        beside = columns - bounce(x + vx * t, radius, WIDTH - radius)[:, None, None]
        inside = np.hypot(above, beside) if is_disc else np.maximum(abs(above), abs(beside))
        picture[inside <= radius] = colour
    return np.rint(255 * picture).astype(np.uint8)


def bounce(position, low, high):
    """A position that runs straight on, folded back into low..high."""
    width = high - low
    return low + width - abs((position - low) % (2 * width) - width)


def load():
    """The clips of all splits; no frame is drawn yet."""
    parts = {
        split: tuple(make(f"{split} {k}", [SEED, part, k]) for k in range(CLIPS[split]))
        for part, split in enumerate(splits.SPLITS)
    }
    content = {repr((clip.name, clip.shots)): split for split, clips in parts.items() for clip in clips}
    return Corpus("clips", **parts, splits_hash=splits.fingerprint(content))


def make(name, seed):
    rng = np.random.default_rng(seed)
    shots, last = [], None
    for _ in range(rng.integers(SHOTS[0], SHOTS[1] + 1)):
        last = make_shot(rng, last)
        shots.append(last)
    return Clip(name, tuple(shots))


def make_shot(rng, last):
    """A shot of another colour and another mood than the last one, so that the cut can be seen."""
    while True:
        colour = short(*rng.uniform(0.1, 0.6, 3))
        if last is None or max(abs(a - b) for a, b in zip(colour, last.colour, strict=True)) > 0.2:
            break
    mood = str(rng.choice([mood for mood in SPEEDS if last is None or mood != last.mood]))
    shapes = []
    for _ in range(rng.integers(2, 5)):
        angle = rng.uniform(0, 2 * np.pi)
        step = SPEEDS[mood] / FPS
        place = (rng.uniform(0, HEIGHT), rng.uniform(0, WIDTH), step * np.sin(angle), step * np.cos(angle))
        radius, is_disc, colour_of_shape = (
            rng.uniform(8, 16),
            bool(rng.random() < 0.5),
            rng.uniform(0.5, 1, 3),
        )
        shapes.append((*short(*place, radius), is_disc, short(*colour_of_shape)))
    frames = int(rng.integers(round(SHOT_SECONDS[0] * FPS), round(SHOT_SECONDS[1] * FPS) + 1))
    return Shot(frames, mood, colour, short(*rng.uniform(0.7, 1.3, 2)), tuple(shapes))


def short(*numbers):
    """Three decimals, so that no processor's last bit changes a clip."""
    return tuple(round(float(number), 3) for number in numbers)
