"""sound.transform gives librosa's numbers, and what the equations promise."""

import numpy as np
import pytest
from sound_cases import CASES, difference, signal

from musicml.errors import MusicMLError, NotFiniteError, ShapeError
from musicml.sound import transform as T

PAIRS = [(name, what) for name, case in CASES.items() for what in case.signals]


@pytest.mark.parametrize("name, what", PAIRS)
def test_equal_to_the_twin(name, what):
    case, given = CASES[name], signal(what)
    found = difference(case.ours(*given), case.theirs(*given))
    assert found <= case.tolerance, f"{name} of {what}: difference {found:.2e}"


def test_every_public_function_is_in_the_table():
    assert {case.function for case in CASES.values()} == set(T.__all__)


@pytest.mark.parametrize("name", CASES)
def test_the_table_notices_a_thousandth(name):
    """A result that is 1.001 times what it should be fails for at least one signal."""

    def wrong(result):
        return tuple(map(wrong, result)) if isinstance(result, tuple) else np.asarray(result) * 1.001

    case = CASES[name]
    given = [signal(what) for what in case.signals if what not in ("silence", "one_sample")]
    assert any(difference(wrong(case.ours(*g)), case.theirs(*g)) > case.tolerance for g in given)


def test_the_difference_notices_other_shapes_and_infinities():
    with pytest.raises(AssertionError, match="shape"):
        difference(np.zeros(3), np.zeros((3, 1)))
    with pytest.raises(AssertionError):
        difference(np.array([1.0]), np.array([np.inf]))


# ---------------------------------------------------------------- what the equations promise


@pytest.mark.parametrize("what", ["chorale", "speech_16k", "odd_length", "one_sample"])
@pytest.mark.parametrize(
    "options", [{}, {"n_fft": 512, "hop_length": 100}, {"n_fft": 735, "hop_length": 245}]
)
def test_there_and_back(what, options):
    y, _ = signal(what)
    back = T.istft(T.stft(y, **options), length=len(y), **options)
    assert np.abs(back - y).max() < 1e-13


def test_the_dft_keeps_the_energy_and_inverts():
    x = signal("chorale")[0][5000:5300]
    X = T.dft(x)
    assert (np.abs(X) ** 2).sum() / len(x) == pytest.approx((x**2).sum())
    assert np.abs(T.idft(X) - x).max() < 1e-14
    both = T.dft(np.stack([x, 2 * x], axis=1))
    assert both.shape == (300, 2) and np.allclose(both[:, 1], 2 * X)


def test_a_tone_stands_in_its_row():
    t = np.arange(22050) / 22050
    S = T.spectrogram(np.sin(2 * np.pi * 1000 * t))
    assert T.fft_frequencies()[np.argmax(S[:, 20])] == pytest.approx(1000, abs=22050 / 2048 / 2)


def test_windows_half_overlapped_add_up_to_one():
    w = T.get_window("hann", 512)
    assert np.allclose(w[:256] + w[256:], 1) and w[0] == 0


def test_ten_times_the_power_is_10_db():
    assert T.power_to_db([1.0, 10.0, 100.0]).tolist() == [0, 10, 20]
    assert T.amplitude_to_db([1.0, 10.0]).tolist() == [0, 20]
    assert T.db_to_power(T.power_to_db(0.3)) == pytest.approx(0.3)
    assert T.power_to_db([1.0, 0.0]).tolist() == [0, -80]


def test_mel_triangles_have_area_one():
    W = T.mel_filters(22050, 16384, n_mels=20)
    assert np.allclose(W.sum(axis=1) * 22050 / 16384, 1, rtol=1e-3)


def test_empty_mel_bands_are_reported():
    with pytest.warns(UserWarning, match="take a larger n_fft or fewer n_mels"):
        T.mel_filters(22050, 256, n_mels=128)


def test_the_cosine_transform_is_a_rotation():
    basis = T.dct(np.eye(30))
    assert np.allclose(basis @ basis.T, np.eye(30))


def test_a_chord_shows_its_three_notes():
    t = np.arange(22050) / 22050
    y = sum(np.sin(2 * np.pi * f * t) for f in (261.63, 329.63, 392.0))
    strongest = np.argsort(T.chroma_stft(y, tuning=0.0)[:, 20])[-3:]
    assert set(strongest) == {0, 4, 7}  # C, E, G


def test_a_piece_tuned_high_is_noticed():
    y, sr = signal("organ_44k")  # played 0.3 semitones too high
    assert T.estimate_tuning(T.spectrogram(y, 8192), sr, 8192) == pytest.approx(0.3, abs=0.03)


def test_every_click_is_found_and_tapped():
    y, sr = signal("clicks")
    clicks = np.flatnonzero(y) / sr
    o = T.onset_strength(y, sr)
    found = T.frames_to_time(T.onset_detect(o, sr), sr)
    assert len(found) == len(clicks) and np.abs(found - clicks).max() < 0.05
    assert T.tempo(o, sr) == pytest.approx(100, rel=0.03)
    bpm, beats = T.beat_track(o, sr)
    away = np.abs(T.frames_to_time(beats, sr)[:, None] - clicks).min(axis=1)
    assert bpm == T.tempo(o, sr) and len(beats) >= len(clicks) - 2 and away.max() < 0.05


def test_silence_has_no_onset_no_beat_and_no_chroma():
    y, sr = signal("silence")
    o = T.onset_strength(y, sr)
    assert not o.any() and T.onset_detect(o).size == 0
    assert T.beat_track(o)[0] == 0 and T.beat_track(o)[1].size == 0
    assert not T.chroma_stft(y, sr).any()


def test_integers_and_float32_are_computed_in_float64():
    y = np.arange(-3000, 3000)
    assert np.array_equal(T.stft(y), T.stft(y.astype(float)))
    assert T.stft(y.astype("float32")).dtype == np.complex128


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    "call, kind, message",
    [
        (lambda: T.stft(np.zeros((2, 9))), ShapeError, r"shape \(2, 9\).*mean\(axis=0\)"),
        (lambda: T.stft([]), ShapeError, "n at least 1"),
        (lambda: T.stft([0.0, np.nan]), NotFiniteError, "sample 1 is nan or inf"),
        (lambda: T.stft(["a"]), MusicMLError, "expected numbers"),
        (lambda: T.stft(np.zeros(99), n_fft=0), MusicMLError, "frame_length is 0"),
        (lambda: T.stft(np.zeros(99), n_fft=-512), MusicMLError, "frame_length is -512"),
        (lambda: T.stft(np.zeros(99), hop_length=-1), MusicMLError, "hop_length is -1"),
        (lambda: T.stft(np.zeros(99), n_fft=100, center=False), ShapeError, "too few for a frame of 100"),
        (lambda: T.stft(np.zeros(99), n_fft=8, win_length=9), MusicMLError, "expected 1 to n_fft = 8"),
        (lambda: T.stft(np.zeros(99), window="han"), MusicMLError, 'did you mean "hann"'),
        (lambda: T.stft(np.zeros(99), pad_mode="wrap"), MusicMLError, 'unknown pad_mode "wrap"'),
        (lambda: T.stft(np.zeros(9), n_fft=10**12), MusicMLError, "values, expected at most"),
        (
            lambda: T.stft(np.zeros(10**6), hop_length=1),
            MusicMLError,
            "2,049,002,048|values, expected at most",
        ),
        (lambda: T.istft(np.zeros((100, 3)), n_fft=512), ShapeError, r"expected \(257, T\)"),
        (
            lambda: T.istft(T.stft(np.zeros(9999)), hop_length=10**12),
            MusicMLError,
            "every 1000000000000 samples",
        ),
        (lambda: T.istft(T.stft(np.zeros(9999)), length=10**12), MusicMLError, "expected at most"),
        (lambda: T.stft(np.zeros(99), hop_length=12.5), MusicMLError, "hop_length is 12.5"),
        (lambda: T.dct(np.zeros(10**6)), MusicMLError, "1000000 cosines"),
        (lambda: T.mel_filters(22050, 2048, 10**9), MusicMLError, "1000000000 bands"),
        (lambda: T.chroma_filters(22050, 10**9), MusicMLError, "12 chroma of 1000000000"),
        (lambda: T.piptrack(np.zeros((100, 3))), ShapeError, r"expected \(1025, T\)"),
        (lambda: T.fft(np.zeros(12)), ShapeError, "3 samples cannot be halved"),
        (lambda: T.dft(np.zeros(5000)), ShapeError, "n from 1 to 4096"),
        (lambda: T.mel_filters(22050, 512, fmin=9000, fmax=100), MusicMLError, "fmin < fmax"),
        (lambda: T.mel_filters(22050, 512, norm=3), MusicMLError, "norm 3"),
        (lambda: T.power_to_db([1.0], amin=0), MusicMLError, "amin is 0"),
        (lambda: T.tempo(np.zeros((3, 3))), ShapeError, "onset strength has shape"),
        (lambda: T.tempogram(np.zeros(9), 10**12), MusicMLError, "values, expected at most"),
        (lambda: T.beat_track(np.ones(99), bpm=-3), MusicMLError, "bpm is -3"),
    ],
)
def test_a_wrong_call_says_what_to_do(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
