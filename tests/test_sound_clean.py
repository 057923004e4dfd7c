"""Cleaning: less noise, the loudness that was asked for, silence cut where librosa cuts it."""

import numpy as np
import pytest
from sound_cases import SIGNALS, L, coloured, signal, snr

from musicml.errors import MusicMLError, NotFiniteError, ShapeError
from musicml.sound import clean
from musicml.sound.loudness import k_weighting

# ---------------------------------------------------------------- noise


def noisy(wanted, slope, db):
    noise = coloured(len(wanted), slope) * np.sqrt((wanted**2).mean()) / 10 ** (db / 20)
    return wanted + noise, noise


# What it must gain in decibels, at a signal-to-noise ratio of 0, 10 and 20 dB. benchmarks/sound.md has more.
@pytest.mark.parametrize("slope, given, gains", [
    (0, True, (12.5, 10.5, 8.5)), (0, False, (12, 10, 8)), (1, True, (8, 7.5, 6.5)), (1, False, (6.5, 7, 6)),
])  # fmt: skip
def test_denoising_brings_the_chorale_out(slope, given, gains):
    wanted, sr = signal("chorale")
    for db, gain in zip((0, 10, 20), gains, strict=True):
        x, noise = noisy(wanted, slope, db)
        y = clean.denoise(x, sr, coloured(sr, slope, seed=9) * noise.std() if given else None)
        assert y.shape == x.shape and snr(wanted, y) - db > gain, f"{db} dB: {snr(wanted, y) - db:.1f}"


def test_a_clean_recording_stays_nearly_as_it_is():
    wanted, sr = signal("chorale")
    assert snr(wanted, clean.denoise(wanted, sr)) > 30


def test_noise_alone_becomes_quiet():
    x = coloured(44100, 0)
    left = clean.denoise(x, noise=coloured(44100, 0, seed=4))
    assert 20 * np.log10(left.std() / x.std()) < -21  # without smoothing -20: single points pass the gate


def test_denoising_more_or_less():
    wanted, sr = signal("chorale")
    x, _ = noisy(wanted, 0, 10)
    levels = [np.abs(clean.denoise(x, sr, threshold_db=db)).sum() for db in (0, 8, 20)]
    assert levels == sorted(levels, reverse=True)
    assert np.abs(clean.denoise(x, sr, reduction_db=0.0) - x).max() < 1e-12


def test_the_noise_of_a_held_chord_is_not_the_chord():
    t = np.arange(5 * 22050) / 22050
    chord = sum(np.sin(2 * np.pi * f * t) for f in (220.0, 277.2, 329.6))
    x, _ = noisy(chord, 0, 10)
    assert snr(chord, clean.denoise(x)) > 15


@pytest.mark.parametrize("name", SIGNALS)
def test_denoising_keeps_the_form(name):
    y, sr = signal(name)
    out = clean.denoise(y, sr)
    assert out.shape == y.shape and np.isfinite(out).all()
    both = clean.denoise(np.stack([y, -0.5 * y]), sr)
    assert both.shape == (2, len(y)) and np.allclose(both, [out, -0.5 * out])


# ---------------------------------------------------------------- loudness


def sines(levels, sr=48000, f=1000.0, channels=2):
    """Sines of (dBFS, seconds), one after the other, in every channel."""
    t = np.arange(round(sum(s for _, s in levels) * sr)) / sr
    gain = np.concatenate([np.full(round(s * sr), 10 ** (db / 20)) for db, s in levels])
    return np.tile(gain * np.sin(2 * np.pi * f * t), (channels, 1))


@pytest.mark.parametrize("sr", [48000, 44100, 22050])
def test_a_full_scale_sine_of_997_hz_has_minus_3_01_lufs(sr):
    """ITU-R BS.1770-4, annex 1. Away from 48 kHz the filter is another one, within 0.03 LU."""
    y = sines([(0, 10)], sr, 997.0, channels=1)
    assert clean.loudness(y[0], sr) == pytest.approx(-3.01, abs=0.005 if sr == 48000 else 0.04)
    assert clean.loudness(np.stack([y[0], 0 * y[0]]), sr) == pytest.approx(clean.loudness(y, sr))
    assert clean.loudness(np.stack([y[0], y[0]]), sr) == pytest.approx(
        clean.loudness(y, sr) + 3.01, abs=0.001
    )


@pytest.mark.parametrize("levels, lufs", [
    ([(-23, 20)], -23),
    ([(-33, 20)], -33),
    ([(-36, 10), (-23, 60), (-36, 10)], -23),
    ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
    ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
])  # fmt: skip
def test_ebu_tech_3341_cases_1_to_5(levels, lufs):
    """The minimum requirements of EBU Tech 3341 (2016), table 1: stereo sines of 1 kHz, within 0.1 LU."""
    assert clean.loudness(sines(levels), 48000) == pytest.approx(lufs, abs=0.1)


def test_ebu_tech_3341_case_6_has_five_channels():
    left_right, centre, surround = (sines([(db, 20)], channels=1)[0] for db in (-28, -24, -30))
    y = np.stack([left_right, left_right, centre, surround, surround])
    assert clean.loudness(y, 48000) == pytest.approx(-23, abs=0.1)


def test_the_filters_are_those_of_the_recommendation():
    """ITU-R BS.1770-4, tables 1 and 2."""
    shelf, high_pass = k_weighting(48000)
    wanted = [1.53512485958697, -2.69169618940638, 1.19839281085285, 1, -1.69065929318241, 0.73248077421585]
    assert np.allclose(shelf, wanted, rtol=0, atol=1e-13)
    assert np.allclose(high_pass, [1, -2, 1, 1, -1.99004745483398, 0.99007225036621], rtol=0, atol=1e-13)


def test_pauses_do_not_count():
    y, sr = signal("chorale")
    with_pause = np.concatenate([y, np.zeros(10 * sr)])
    assert clean.loudness(with_pause, sr) == pytest.approx(clean.loudness(y, sr), abs=0.3)


def test_loudness_is_brought_to_the_wanted_one():
    y, sr = signal("chorale")
    for lufs in (-23.0, -40.0):
        assert clean.loudness(clean.normalize_loudness(y, sr, lufs), sr) == pytest.approx(lufs, abs=1e-6)
    loud = clean.normalize_loudness(y, sr, 0.0)  # asked for more than fits
    assert np.abs(loud).max() == pytest.approx(0.99) and clean.loudness(loud, sr) < 0


def test_silence_has_no_loudness():
    y, sr = signal("silence")
    assert clean.loudness(y, sr) == -np.inf
    assert not clean.normalize_loudness(y, sr).any()
    assert not clean.normalize_peak(y).any()
    assert clean.loudness(sines([(-75, 2)]), 48000) == -np.inf


def test_peak():
    assert clean.normalize_peak([0.1, -0.2], 0.5).tolist() == [0.25, -0.5]
    assert np.abs(clean.normalize_peak(3 * np.ones((2, 5)))).max() == pytest.approx(0.9)


# ---------------------------------------------------------------- silence


def padded(name, seconds=0.7):
    y, sr = signal(name)
    rest = 1e-5 * np.random.default_rng(3).standard_normal(round(seconds * sr))
    return np.concatenate([rest, y, rest, 0.3 * y, rest[::2]])


@pytest.mark.parametrize("top_db", [20, 60])
@pytest.mark.parametrize("name", SIGNALS)
def test_silence_is_cut_where_librosa_cuts_it(name, top_db):
    for y in (signal(name)[0], padded(name), np.stack([padded(name), padded(name)[::-1]])):
        ours, (start, stop) = clean.trim(y, top_db)
        theirs, index = L.effects.trim(y, top_db=top_db)
        assert [start, stop] == index.tolist() and np.array_equal(ours, theirs)
        assert np.array_equal(clean.split(y, top_db), L.effects.split(y, top_db=top_db))
        assert np.array_equal(
            clean.split(y, top_db, 1000, 250),
            L.effects.split(y, top_db=top_db, frame_length=1000, hop_length=250),
        )


def test_silence_at_both_ends_is_cut_and_music_is_not():
    y, sr = signal("chorale")
    rest = np.zeros(sr)
    found, (start, stop) = clean.trim(np.concatenate([rest, y, rest]))
    assert sr - 2048 <= start <= sr and stop >= sr + 0.9 * len(y) and len(found) == stop - start
    assert len(clean.split(np.concatenate([rest, y, rest, y, rest]))) == 2


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    "call, kind, message",
    [
        (lambda: clean.denoise(np.zeros(0)), ShapeError, r"shape \(0,\)"),
        (lambda: clean.denoise(np.zeros((2, 3, 4))), ShapeError, r"shape \(2, 3, 4\)"),
        (lambda: clean.denoise(np.zeros((5000, 2))), ShapeError, "Transpose"),
        (lambda: clean.denoise([np.inf, 0]), NotFiniteError, "nan or inf"),
        (lambda: clean.denoise(np.zeros(99), noise=np.zeros(7)), ShapeError, "the noise has 7 samples"),
        (lambda: clean.loudness(np.zeros(100), 48000), ShapeError, "at least 0.4 s.*normalize_peak"),
        (lambda: clean.loudness(np.zeros((3, 48000)), 48000), ShapeError, "1, 2 or 5 channels"),
        (lambda: clean.loudness(np.zeros(9000), 3000), ShapeError, "above 3,400 Hz"),
        (lambda: clean.trim(np.zeros(99), top_db=-1), MusicMLError, "top_db is -1"),
        (lambda: clean.split([]), ShapeError, "n at least 1"),
    ],
)
def test_a_wrong_call_says_what_to_do(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
