"""Wrong answers to the exercises of hear_what_we_build, and the hint each must get."""

import numpy as np


def axes_exchanged(pitches, steps):
    roll, start = np.zeros((128, sum(steps))), 0
    for pitch, length in zip(pitches, steps, strict=True):
        roll[pitch, start : start + length] = 1
        start += length
    return roll


def bug_left(pitches, steps):
    roll, start = np.zeros((sum(steps), 128)), 0
    for pitch, length in zip(pitches, steps, strict=True):
        roll[start, pitch : pitch + length] = 1
        start += length
    return roll


def one_step_each(pitches, steps):
    roll, start = np.zeros((sum(steps), 128)), 0
    for pitch, length in zip(pitches, steps, strict=True):
        roll[start, pitch] = 1
        start += length
    return roll


def never_moves_on(pitches, steps):
    roll, start = np.zeros((sum(steps), 128)), 0
    for pitch, length in zip(pitches, steps, strict=True):
        roll[start : start + length, pitch] = 1
    return roll


def to_the_end_and_one_more(pitches, steps):
    roll, start = np.zeros((sum(steps), 128)), 0
    for pitch, length in zip(pitches, steps, strict=True):
        roll[start : start + length + 1, pitch] = 1
        start += length
    return roll


def from_start_to_length(pitches, steps):
    roll, start = np.zeros((sum(steps), 128)), 0
    for pitch, length in zip(pitches, steps, strict=True):
        roll[start:length, pitch] = 1
        start += length
    return roll


def returns_early(pitches, steps):
    roll, start = np.zeros((sum(steps), 128)), 0
    for pitch, length in zip(pitches, steps, strict=True):
        roll[start : start + length, pitch] = 1
        start += length
        return roll


def as_lists(pitches, steps):
    return [[float(pitch == key) for key in range(128)] for pitch in np.repeat(pitches, steps)]


def counts_up(pitches, steps):
    roll, start = np.zeros((sum(steps), 128)), 0
    for number, (pitch, length) in enumerate(zip(pitches, steps, strict=True)):
        roll[start : start + length, pitch] = 1 + number
        start += length
    return roll


WRONG = {
    "hear_what_we_build.octave_below": [
        ("upwards", 587.33),
        ("minus_twelve", 281.66),
        ("one_semitone", 277.18),
        ("one_twelfth", 24.47),
        ("prediction", 220),
        ("not_a_number", "D3"),
    ],
    "hear_what_we_build.pitch_to_frequency": [
        ("no_twelfth", lambda pitch, a4=440.0: a4 * 2.0 ** (pitch - 69)),
        ("middle_c", lambda pitch, a4=440.0: a4 * 2.0 ** ((pitch - 60) / 12)),
        ("upside_down", lambda pitch, a4=440.0: a4 * 2.0 ** ((69 - pitch) / 12)),
        ("whole_octaves", lambda pitch, a4=440.0: a4 * 2.0 ** ((pitch - 69) // 12)),
        ("times_two", lambda pitch, a4=440.0: a4 * 2 * ((pitch - 69) / 12)),
        ("no_440", lambda pitch, a4=440.0: 2.0 ** ((pitch - 69) / 12)),
        ("divided_last", lambda pitch, a4=440.0: a4 * 2.0 ** (pitch - 69) / 12),
        ("no_brackets", lambda pitch, a4=440.0: a4 * 2.0 ** (pitch - 69 / 12)),
        ("rounded_r", lambda pitch, a4=440.0: a4 * 1.0595 ** (pitch - 69)),
        ("caret", lambda pitch, a4=440.0: a4 * 2 ^ ((pitch - 69) / 12)),
        ("a_list", lambda pitch, a4=440.0: (a4 * 2 ** ((np.array(pitch) - 69) / 12)).tolist()),
        ("fixed_a4", lambda pitch, a4=440.0: 440.0 * 2.0 ** ((pitch - 69) / 12)),
        ("twice", lambda pitch, a4=440.0: a4 * 2.0 ** ((pitch - 57) / 12)),
    ],
    "hear_what_we_build.sine": [
        ("no_two_pi", lambda frequency, n, sr: np.sin(frequency * np.arange(n) / sr)),
        ("no_sin", lambda frequency, n, sr: 2 * np.pi * frequency * np.arange(n) / sr),
        ("no_two", lambda frequency, n, sr: np.sin(np.pi * frequency * np.arange(n) / sr)),
        ("no_sr", lambda frequency, n, sr: np.sin(2 * np.pi * frequency * np.arange(n))),
        ("times_sr", lambda frequency, n, sr: np.sin(2 * np.pi * frequency * np.arange(n) * sr)),
        ("fixed_sr", lambda frequency, n, sr: np.sin(2 * np.pi * frequency * np.arange(n) / 22050)),
        ("by_n", lambda frequency, n, sr: np.sin(2 * np.pi * frequency * np.arange(n) / n)),
        ("no_frequency", lambda frequency, n, sr: np.sin(2 * np.pi * np.arange(n) / sr)),
        ("cosine", lambda frequency, n, sr: np.cos(2 * np.pi * frequency * np.arange(n) / sr)),
        ("starts_at_one", lambda frequency, n, sr: np.sin(2 * np.pi * frequency * np.arange(1, n + 1) / sr)),
        ("last_moment", lambda frequency, n, sr: np.sin(2 * np.pi * frequency * np.linspace(0, n / sr, n))),
        ("one_second", lambda frequency, n, sr: np.sin(2 * np.pi * frequency * np.arange(sr) / sr)),
        ("a_list", lambda frequency, n, sr: [np.sin(2 * np.pi * frequency * i / sr) for i in range(n)]),
    ],
    "hear_what_we_build.simple_roll": [
        ("still_there", bug_left),
        ("one_step", one_step_each),
        ("not_moved_on", never_moves_on),
        ("one_long", to_the_end_and_one_more),
        ("stops_at_length", from_start_to_length),
        ("first_note_only", returns_early),
        ("a_list", as_lists),
        ("transposed", axes_exchanged),
        ("value", counts_up),
    ],
    "hear_what_we_build.ear": [("counting", "A"), ("chance", "c"), ("not_an_option", "network")],
}

RIGHT = {
    "hear_what_we_build.octave_below": [146, 147, 146.8, 293.66 / 2],
    "hear_what_we_build.pitch_to_frequency": [lambda pitch, a4=440.0: a4 * (2 ** (1 / 12)) ** (pitch - 69)],
    "hear_what_we_build.ear": ["b"],
}
