"""The exercises of hear_what_we_build."""

import numpy as np

from . import choice, exercise, judge, numbers, same, value

value(
    "hear_what_we_build.octave_below",
    146.83,
    tolerance=0.9,  # 146 and 147 are right too
    typical={"upwards": 587.33, "minus_twelve": 281.66, "one_semitone": 277.18, "one_twelfth": 293.66 / 12},
)


@exercise("hear_what_we_build.pitch_to_frequency")
def pitch_to_frequency(pitch, a4=440.0):
    return a4 * 2.0 ** ((pitch - 69) / 12)


@judge("hear_what_we_build.pitch_to_frequency")
def _(theirs):
    yield from same(
        theirs,
        pitch_to_frequency,
        [(62,), (81,), (np.array([45, 69, 93]),)],
        typical={
            "no_twelfth": lambda p: 440 * 2.0 ** (p - 69),
            "middle_c": lambda p: 440 * 2.0 ** ((p - 60) / 12),
            "upside_down": lambda p: 440 * 2.0 ** ((69 - p) / 12),
            "whole_octaves": lambda p: 440 * 2.0 ** ((p - 69) // 12),
            "times_two": lambda p: 440 * 2 * ((p - 69) / 12),
            "no_440": lambda p: 2.0 ** ((p - 69) / 12),
            "divided_last": lambda p: 440 * 2.0 ** (p - 69) / 12,
            "no_brackets": lambda p: 440 * 2.0 ** (p - 69 / 12),
            "rounded_r": lambda p: 440 * 1.0595 ** (p - 69),
        },
    )
    yield numbers(theirs(69, 442.0), 442.0, typical={"fixed_a4": 440.0})


@exercise("hear_what_we_build.sine")
def sine(frequency, n, sr):
    t = np.arange(n) / sr
    return np.sin(2 * np.pi * frequency * t)


@judge("hear_what_we_build.sine")
def _(theirs):
    yield from same(
        theirs,
        sine,
        [(110.3, 12, 1024), (440.0, 300, 22050)],
        typical={
            "no_two_pi": lambda f, n, sr: np.sin(f * np.arange(n) / sr),
            "no_sin": lambda f, n, sr: 2 * np.pi * f * np.arange(n) / sr,
            "no_two": lambda f, n, sr: np.sin(np.pi * f * np.arange(n) / sr),
            "no_sr": lambda f, n, sr: np.sin(2 * np.pi * f * np.arange(n)),
            "times_sr": lambda f, n, sr: np.sin(2 * np.pi * f * np.arange(n) * sr),
            "fixed_sr": lambda f, n, sr: np.sin(2 * np.pi * f * np.arange(n) / 22050),
            "by_n": lambda f, n, sr: np.sin(2 * np.pi * f * np.arange(n) / n),
            "no_frequency": lambda f, n, sr: np.sin(2 * np.pi * np.arange(n) / sr),
            "cosine": lambda f, n, sr: np.cos(2 * np.pi * f * np.arange(n) / sr),
            "starts_at_one": lambda f, n, sr: np.sin(2 * np.pi * f * np.arange(1, n + 1) / sr),
            "last_moment": lambda f, n, sr: np.sin(2 * np.pi * f * np.linspace(0, n / sr, n)),
            "one_second": lambda f, n, sr: np.sin(2 * np.pi * f * np.arange(sr) / sr),
        },
        atol=1e-6,
    )


@exercise("hear_what_we_build.simple_roll")
def simple_roll(pitches, steps):
    roll = np.zeros((sum(steps), 128))
    start = 0
    for pitch, length in zip(pitches, steps, strict=True):
        roll[start : start + length, pitch] = 1
        start += length
    return roll


def friends_roll(pitches, steps):
    roll = np.zeros((sum(steps), 128))
    start = 0
    for pitch, length in zip(pitches, steps, strict=True):
        roll[start, pitch : pitch + length] = 1
        start += length
    return roll


@judge("hear_what_we_build.simple_roll")
def _(theirs):
    yield from same(
        theirs,
        simple_roll,
        [([62, 64, 66], [2, 3, 4]), ([60, 60], [1, 4])],
        typical={
            "still_there": friends_roll,
            "one_step": starts_only,
            "not_moved_on": from_zero,
            "one_long": one_too_long,
            "stops_at_length": stops_at_length,
            "first_note_only": first_note_only,
        },
    )


def starts_only(pitches, steps):
    roll = np.zeros((sum(steps), 128))
    roll[np.cumsum([0, *steps[:-1]]), pitches] = 1
    return roll


def from_zero(pitches, steps):
    roll = np.zeros((sum(steps), 128))
    for pitch, length in zip(pitches, steps, strict=True):
        roll[:length, pitch] = 1
    return roll


def one_too_long(pitches, steps):
    roll, start = np.zeros((sum(steps), 128)), 0
    for pitch, length in zip(pitches, steps, strict=True):
        roll[start : start + length + 1, pitch] = 1
        start += length
    return roll


def stops_at_length(pitches, steps):
    roll, start = np.zeros((sum(steps), 128)), 0
    for pitch, length in zip(pitches, steps, strict=True):
        roll[start:length, pitch] = 1
        start += length
    return roll


def first_note_only(pitches, steps):
    roll = np.zeros((sum(steps), 128))
    roll[: steps[0], pitches[0]] = 1
    return roll


choice("hear_what_we_build.ear", "B", {"A": "counting", "C": "chance"})
