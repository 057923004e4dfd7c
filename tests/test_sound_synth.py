"""Instruments, drums, the mixer and the room: judged by measuring what comes out."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from musicml import sound
from musicml.errors import MusicMLError
from musicml.score import Note, Part, Score, melody, pitch_to_frequency
from musicml.sound import bowed, drums, fm, synth
from musicml.sound.instruments import INSTRUMENTS, PROGRAMS

SR = 22050
every_instrument = pytest.mark.parametrize("instrument", sorted(INSTRUMENTS))
touched = pytest.mark.parametrize("instrument", sorted(n for n, i in INSTRUMENTS.items() if i.touch))


def power(samples, size=None):
    """(power, frequencies): the spectrum through a window whose side lobes lie 92 dB below its peak."""
    n = len(samples)
    t = 2 * np.pi * np.arange(n) / n
    window = 0.35875 - 0.48829 * np.cos(t) + 0.14128 * np.cos(2 * t) - 0.01168 * np.cos(3 * t)
    return np.abs(np.fft.rfft(samples * window)) ** 2, np.arange(n // 2 + 1) * SR / n


def centroid(samples):
    p, f = power(samples)
    return (p * f).sum() / p.sum()


def decibels(ratio):
    return 10 * np.log10(ratio)


def rms(samples):
    return np.sqrt(np.mean(np.square(samples)))


# ---------------------------------------------------------------- instruments


def partials(instrument, f):
    """The frequencies that an instrument may have."""
    k = np.arange(1, 400)
    if instrument == "bell":
        found = np.abs(f + 1.4 * f * np.arange(-400, 400))
    elif instrument == "piano":
        B = 1e-4 + 3e-4 * (f / 262) ** 1.25
        found = k * f * np.sqrt((1 + B * k * k) / (1 + B))
    else:
        found = k * f
    return found[found < SR / 2]


@pytest.mark.parametrize("instrument", sorted(set(INSTRUMENTS) - {"flute"}))  # breath is noise
@pytest.mark.parametrize("pitch", [60, 84, 93, 101, 108, 116])
def test_no_partial_comes_back_from_above_half_the_sample_rate(instrument, pitch):
    if instrument == "pluck" and pitch > 101:
        pytest.skip("so short a string has faded before its tone is steady")
    f = pitch_to_frequency(pitch)
    y = sound.tone(f, 1.2, SR, instrument, velocity=127)[SR // 20 : SR]
    p, hertz = power(y)
    near = partials(instrument, f)
    distance = np.abs(hertz[:, None] - near).min(axis=1)
    others = p[(distance > 25 + 0.012 * hertz) & (hertz > 20)]  # beyond the reach of window and vibrato
    assert len(others) > 0.15 * len(p)
    assert decibels(others.max() / p.max()) < -60


@pytest.mark.parametrize(
    "carrier, modulator", [(440, 440), (3000, 4200), (4186, 8372), (100, 1400), (30, 30)]
)
def test_the_largest_index_keeps_the_sidebands_below_half_the_sample_rate(carrier, modulator):
    """At 16 times the rate nothing is folded, so everything above SR / 2 can be seen."""
    index = fm.largest_index(carrier, modulator, SR)
    t = np.arange(16 * SR) / (16 * SR)
    y = np.sin(2 * np.pi * carrier * t + index * np.sin(2 * np.pi * modulator * t))
    spectrum = np.abs(np.fft.rfft(y)) / (len(t) / 2)
    assert spectrum[SR // 2 :].max() <= 5e-4
    assert index > 0


def test_the_sum_of_harmonics_is_the_sum():
    phase = np.linspace(0.1, 20, 500)
    slowly = sum(0.8 ** (k - 1) * np.sin(k * phase) for k in range(1, 8))
    assert np.allclose(bowed.harmonics(phase, 0.8, 7), (1 - 0.8**2) * slowly)


@touched
def test_a_harder_stroke_is_brighter(instrument):
    for pitch in (45, 69, 81):
        f = pitch_to_frequency(pitch)
        brightness = [
            centroid(sound.tone(f, 0.6, SR, instrument, velocity=v)) for v in (20, 50, 80, 110, 127)
        ]
        assert all(a < b for a, b in zip(brightness, brightness[1:], strict=False)), (pitch, brightness)
    assert brightness[-1] > 1.005 * brightness[0]


def test_velocities_of_a_layer_share_a_wave_and_differ_in_loudness():
    a, b, c = (sound.synthesize(melody([60], velocity=v), instrument="piano") for v in (81, 95, 97))
    assert np.allclose(a / 81, b / 95)
    assert not np.allclose(b / 95, c / 97)


@pytest.mark.parametrize("instrument, after_one_second", [("piano", (-40, -8)), ("bell", (-25, -4)),
                                                           ("electric_piano", (-25, -6))])  # fmt: skip
def test_struck_instruments_fade_and_high_notes_fade_faster(instrument, after_one_second):
    faded = []
    for pitch in (48, 60, 72, 84):
        y = INSTRUMENTS[instrument](pitch_to_frequency(pitch), 2 * SR, SR)
        early, late = rms(y[SR // 20 : SR // 5]), rms(y[SR : SR + SR // 5])
        faded.append(2 * decibels(late / early))
    low, high = after_one_second
    assert low < faded[1] < high
    assert faded[0] > faded[3]


def test_a_piano_fades_in_two_stages():
    y = INSTRUMENTS["piano"](262, 4 * SR, SR)
    level = [2 * decibels(rms(y[int(t * SR) : int((t + 0.3) * SR)])) for t in (0.1, 0.8, 2.8, 3.5)]
    assert level[0] - level[1] > 1.3 * (level[2] - level[3]) > 0


def test_the_strings_of_a_piano_are_stiff():
    """Partial 20 of a string that is not stiff would lie at 20 f."""
    f = 110.0
    p, hertz = power(INSTRUMENTS["piano"](f, 2 * SR, SR, 120))
    near = (20.3 * f < hertz) & (hertz < 21.3 * f)
    found = hertz[near][p[near].argmax()]
    B = 1e-4 + 3e-4 * (f / 262) ** 1.25
    assert found == pytest.approx(20 * f * np.sqrt(1 + 400 * B), rel=0.002)


@pytest.mark.parametrize("instrument", ["organ", "strings", "brass", "clarinet", "flute"])
def test_what_is_bowed_or_blown_goes_on(instrument):
    y = INSTRUMENTS[instrument](440, 3 * SR, SR)
    assert 0.7 < rms(y[2 * SR :]) / rms(y[SR // 2 : SR]) < 1.4


def test_strings_swing_about_their_pitch_and_an_organ_does_not():
    """The frequency over time, from the turning of the fundamental against a steady one."""

    def swing(name):
        y = INSTRUMENTS[name](440, 2 * SR, SR)
        steady = y * np.exp(-2j * np.pi * 440 * np.arange(len(y)) / SR)
        slow = np.convolve(steady, np.hanning(400), "same")[SR : 2 * SR - 400]
        return np.ptp(np.diff(np.unwrap(np.angle(slow))) * SR / (2 * np.pi))

    assert swing("organ") < 0.2 and 1 < swing("strings") < 12 and 1 < swing("flute") < 8


def test_a_clarinet_has_odd_harmonics():
    p, hertz = power(sound.tone(220, 1.0, SR, "clarinet", velocity=120)[SR // 3 :])
    at = [p[np.abs(hertz - k * 220) < 10].max() for k in range(1, 6)]
    assert decibels(at[2] / at[0]) > -20 and decibels(at[4] / at[0]) > -35
    assert decibels(at[1] / at[0]) < -60 and decibels(at[3] / at[0]) < -60


@every_instrument
def test_instruments_have_about_the_same_loudness(instrument):
    """A sine has nothing but its fundamental; it is a tone to measure with."""
    tune = melody([67, 69, 71, 72, 74, 72, 71, 67] * 2, Fraction(1, 2))
    bass = melody([43, 48, 50, 43], 2)
    middle = [melody([p, p + 2, p, p - 1], 2) for p in (59, 62)]
    chorale = Score([part for s in (tune, *middle, bass) for part in s.parts])
    tolerance = 9 if instrument == "sine" else 5 if instrument == "organ" else 4.5
    for score in (tune, chorale):
        louder = rms(sound.synthesize(score, SR, instrument)) / rms(sound.synthesize(score, SR, "piano"))
        assert abs(2 * decibels(louder)) < tolerance


@every_instrument
def test_no_note_clicks_however_short(instrument):
    """Where a note begins and ends, no step is larger than those of the wave itself."""
    for seconds in (0.004, 0.02, 0.08, 0.5):
        for pitch in (30, 60, 90):
            y = sound.tone(pitch_to_frequency(pitch), seconds, SR, instrument, velocity=127)
            steps = np.abs(np.diff(np.concatenate([[0], y, [0]])))
            assert max(steps[:2].max(), steps[-2:].max()) <= 0.25 * steps.max()


@every_instrument
def test_a_longer_note_begins_as_a_shorter_one(instrument):
    short, long = (INSTRUMENTS[instrument](330, n, SR) for n in (3000, 9001))
    assert np.abs(long[:3000] - short).max() < 1e-9


def test_every_program_has_its_instrument():
    assert len(PROGRAMS) == 128 and set(PROGRAMS) <= set(INSTRUMENTS)
    expected = {0: "piano", 4: "electric_piano", 6: "pluck", 14: "bell", 19: "organ", 24: "pluck",
                33: "pluck", 40: "strings", 45: "pluck", 46: "pluck", 48: "strings", 52: "strings",
                56: "brass", 63: "brass", 65: "clarinet", 71: "clarinet", 73: "flute", 79: "flute",
                89: "strings", 105: "pluck", 109: "clarinet", 110: "strings", 114: "bell",
                127: "pluck"}  # fmt: skip
    assert {program: sound.instrument_of(program) for program in expected} == expected
    with pytest.raises(MusicMLError, match="program is 128, expected .* 0 to 127"):
        sound.instrument_of(128)


# ---------------------------------------------------------------- the mixer


DUET = Score([Part([Note(0, 72, 2)], "high", 73), Part([Note(0, 48, 2)], "low", 40)])


def test_parts_play_their_programs_or_what_they_are_given():
    by_program = sound.synthesize(DUET, instrument="midi")
    assert np.array_equal(by_program, sound.synthesize(DUET, instrument=["flute", "strings"]))
    assert np.array_equal(by_program, sound.synthesize(DUET, instrument=["midi", "strings"]))
    assert not np.array_equal(by_program[:1000], sound.synthesize(DUET, instrument="flute")[:1000])
    with pytest.raises(MusicMLError, match="has 2 parts, received 1 instruments. Name one"):
        sound.synthesize(DUET, instrument=["flute"])
    with pytest.raises(MusicMLError, match='did you mean "flute"'):
        sound.synthesize(Score(), instrument="fluet")


def test_each_part_rises_at_its_own_pace():
    """A string section takes a tenth of a second, a hammer almost none."""
    risen = {}
    for name in ("strings", "piano"):
        y = np.abs(sound.synthesize(melody([69], 4), instrument=name))
        risen[name] = np.flatnonzero(y > 0.5 * y[: SR // 2].max())[0] / SR
    assert risen["piano"] < 0.01 and 0.03 < risen["strings"] < 0.15


def test_stereo_spreads_the_parts_with_equal_power():
    y = sound.synthesize(DUET, instrument="sine", stereo=True)
    mono = sound.synthesize(DUET, instrument="sine")
    assert y.shape == (2, len(mono))
    shares = []
    for note, channel in ((72, 0), (48, 1)):  # the first part stands left
        here, there = (power(y[c])[0] for c in (channel, 1 - channel))
        at = np.abs(power(y[0])[1] - pitch_to_frequency(note)) < 5
        assert here[at].max() > 2 * there[at].max()
        shares.append(here[at].max() + there[at].max())
    assert shares[0] == pytest.approx(shares[1], rel=0.01)
    alone = sound.synthesize(melody([60]), stereo=True)
    assert np.allclose(alone[0], alone[1])
    assert sound.synthesize(Score(), stereo=True).shape == (2, 0)


def test_the_tuning_can_be_changed():
    y = sound.synthesize(melody([69], 2), instrument="organ", a4=415.0)
    p, hertz = power(y)
    assert hertz[p.argmax()] == pytest.approx(415, abs=1)


@pytest.mark.parametrize("instrument", [*sorted(INSTRUMENTS), "midi"])
@pytest.mark.parametrize("stereo, reverb", [(False, 0), (True, 0.5), (False, 1.0)])
def test_no_score_is_too_loud(instrument, stereo, reverb):
    parts = [Part([Note(0, pitch, 1, 127) for pitch in range(40 + k, 80, 2)], program=50 * k) for k in (0, 1)]
    hits = Part([Note(0, key, 1, 127) for key in range(35, 82)], is_drums=True)
    y = sound.synthesize(Score([*parts, hits]), 11025, instrument, stereo=stereo, reverb=reverb)
    assert np.isfinite(y).all() and np.abs(y).max() == pytest.approx(0.9)


def test_every_pitch_at_once_is_finite():
    y = sound.synthesize(Score([Part([Note(0, p, 1, 127) for p in range(128)])]), 8000, "piano")
    assert np.abs(y).max() == pytest.approx(0.9)


def test_a_score_of_very_many_notes_is_refused():
    black = Score([Part([Note(0, 60, 600)] * 1000)], title="Black")
    with pytest.raises(MusicMLError, match=r'the 1,000 notes of score "Black" last 83 h .* at most 56 h'):
        sound.synthesize(black)


def test_long_waves_are_not_all_kept_and_sound_the_same(monkeypatch):
    score = Score([Part([Note(k, 60 + k % 3, 1, 30 + 9 * k) for k in range(9)]), *DUET.parts])
    before = sound.synthesize(score, instrument="piano")
    monkeypatch.setattr(synth, "KEPT", 0)
    assert np.allclose(sound.synthesize(score, instrument="piano"), before, atol=1e-12)


def test_the_clock_is_that_of_the_score():
    tempos = tuple((Fraction(k), 60.0 + 37 * k % 120) for k in (0, 1, 3, 7, 8))
    score = replace(melody([60] * 12), tempos=tempos)
    at = synth._clock(score)
    for k in range(100):
        beat = Fraction(k, 7)
        assert at(beat) == score.seconds(beat)


# ---------------------------------------------------------------- drums


def hit(key, sr=SR):
    return drums.drum(round(drums.seconds_of(key) * sr), sr, key)


@pytest.mark.parametrize("key", range(128))
@pytest.mark.parametrize("sr", [8000, 22050, 44100])
def test_every_key_is_a_hit_that_begins_and_ends_quietly(key, sr):
    y = hit(key, sr)
    assert np.isfinite(y).all() and y[0] == 0
    assert 0.1 < np.abs(y).max() <= 1
    assert np.abs(y[-50:]).max() < 1e-3
    assert abs(y.mean()) < 0.02


def test_drums_are_where_drummers_expect_them():
    brightness = {key: centroid(hit(key)) for key in (36, 41, 50, 38, 42, 46, 49)}
    assert brightness[36] < 150 and brightness[36] < brightness[41] < brightness[50] < 400
    assert brightness[50] < brightness[38] < brightness[42] and brightness[42] > 4000
    assert len(hit(42)) < len(hit(46)) < len(hit(49))  # closed and open hi-hat, crash


def test_a_cymbal_rings_however_short_it_is_written():
    y = sound.synthesize(Score([Part([Note(0, 49, Fraction(1, 8))], is_drums=True)]))
    assert len(y) > 3 * SR and rms(y[SR : SR + 2000]) > 0.002


def test_drum_parts_are_drums_whatever_instrument_is_asked_for():
    beat = Score([Part([Note(k, 36 + 2 * (k % 2), 1) for k in range(4)], is_drums=True)])
    assert np.array_equal(
        sound.synthesize(beat, instrument="flute"), sound.synthesize(beat, instrument="midi")
    )


# ---------------------------------------------------------------- the room


@pytest.mark.parametrize("seconds", [0.5, 1.5])
def test_a_room_rings_for_as_long_as_it_is_told(seconds):
    click = np.zeros(100)
    click[0] = 1
    y = sound.reverb(click, SR, seconds=seconds, amount=1.0)
    assert len(y) == 100 + round(seconds * SR)
    energy = decibels(np.cumsum(y[::-1] ** 2)[::-1] / (y**2).sum())  # Schroeder 1965
    at = [np.flatnonzero(energy < level)[0] / SR for level in (-5, -25)]
    assert 3 * (at[1] - at[0]) == pytest.approx(seconds, rel=0.25)  # a little shorter: the walls are dull
    assert not y[: round(0.029 * SR)].any()  # the first echo comes back after 30 ms


def test_no_room_is_the_sound_itself():
    x = np.random.default_rng(0).uniform(-1, 1, 3000)
    y = sound.reverb(x, SR, seconds=0.1, amount=0)
    assert np.array_equal(y[:3000], x) and not y[3000:].any()


def test_a_room_in_stereo_has_two_different_sides():
    x = np.random.default_rng(0).uniform(-1, 1, (2, 3000))
    y = sound.reverb(x, SR, amount=1.0)
    assert y.shape[0] == 2 and abs(np.corrcoef(y)[0, 1]) < 0.3


@pytest.mark.parametrize("words", [{"amount": 1.1}, {"seconds": 0}, {"amount": float("nan")}])
def test_an_impossible_room_is_refused(words):
    with pytest.raises(MusicMLError, match="expected more than 0"):
        sound.reverb(np.zeros(10), SR, **words)
