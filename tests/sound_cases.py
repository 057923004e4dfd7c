"""One table for every function of sound.transform: ours, its twin, what to feed them, how equal they must be.

A public function that is missing here makes ``test_sound_transform.py`` fail. The twin is librosa, or NumPy
and SciPy where librosa itself relies on them. librosa works in float32 unless told otherwise; here both
work in float64, so that a difference is a difference of method and not of rounding.
"""

import functools
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import librosa
import numpy as np
import scipy.fft

from musicml import corpora, sound
from musicml.sound import transform as T

F64 = {"dtype": np.float64}


def difference(ours, theirs):
    """max|ours - theirs| / (max|theirs| + 1e-6), over all arrays where there are several."""
    if isinstance(theirs, tuple):
        return max(difference(a, b) for a, b in zip(ours, theirs, strict=True))
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape, f"shape {ours.shape}, expected {theirs.shape}"
    finite = np.isfinite(theirs)
    assert np.array_equal(finite, np.isfinite(ours))
    gap = np.abs(ours[finite] - theirs[finite]).max(initial=0)
    return float(gap / (np.abs(theirs[finite]).max(initial=0) + 1e-6))


# ---------------------------------------------------------------- signals


def _chorale(number, instrument, sr, seconds, tuning=0.0):
    """The beginning of one of Bach's chorales, ``tuning`` semitones too high."""
    score = corpora.load("chorales").test[number].score()
    return sound.synthesize(score, round(sr / 2 ** (tuning / 12)), instrument)[: round(seconds * sr)]


def _speech(sr, seconds):
    """Noise under four syllables a second, coloured by three formants that move."""
    rng = np.random.default_rng(2)
    t = np.arange(round(seconds * sr)) / sr
    y = 0.002 * rng.standard_normal(len(t))
    for f in (500, 1500, 2500):
        wobble = np.cumsum(rng.standard_normal(len(t))) / np.sqrt(sr)
        y += np.sin(2 * np.pi * f * t + 8 * wobble) * np.maximum(0, np.sin(2 * np.pi * 4 * t)) ** 2
    return 0.2 * y


def _clicks(sr, seconds, bpm=100):
    y = np.zeros(round(seconds * sr))
    y[np.round(np.arange(0.1, seconds, 60 / bpm) * sr).astype(int)] = 0.8
    return y


@functools.cache
def signal(name):
    """(samples, sr)."""
    return {
        "chorale": lambda: (_chorale(0, "pluck", 22050, 6), 22050),
        "organ_44k": lambda: (_chorale(1, "organ", 44100, 4, tuning=0.3), 44100),
        "speech_16k": lambda: (_speech(16000, 5), 16000),
        "clicks": lambda: (_clicks(22050, 8), 22050),
        "silence": lambda: (np.zeros(22050), 22050),
        "one_sample": lambda: (np.array([0.5]), 22050),
        "odd_length": lambda: (_chorale(2, "pluck", 22050, 6)[:12345], 22050),
        "half_a_minute": lambda: (_chorale(0, "pluck", 22050, 30), 22050),  # for the benchmark
        "short": lambda: (np.sin(np.arange(777.0)), 8000),
    }[name]()


SIGNALS = ("chorale", "organ_44k", "speech_16k", "clicks", "silence", "one_sample", "odd_length", "short")
LONG = SIGNALS[:5]


# ---------------------------------------------------------------- the table


@dataclass(frozen=True)
class Case:
    function: str  # of sound.transform
    ours: Callable  # (y, sr) -> result
    theirs: Callable  # the same
    signals: tuple = SIGNALS
    tolerance: float = 1e-10
    twin: str = ""  # its name, where it is not the same in librosa


class Quiet:
    """A library whose warnings (the sound is shorter than a frame) are not wanted."""

    def __init__(self, library):
        self.library = library

    def __getattr__(self, name):
        found = getattr(self.library, name)
        if not callable(found):
            return Quiet(found)

        @functools.wraps(found)
        def quietly(*args, **kwargs):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return found(*args, **kwargs)

        return quietly


L = Quiet(librosa)


def once(function):
    """Compute it once for each array, so that a benchmark does not time what is fed to both sides."""
    kept = {}

    @functools.wraps(function)
    def wrapper(y, *args):
        key = id(y), *map(repr, args)
        if key not in kept:
            kept[key] = y, function(y, *args)  # y is kept too, or its id may come back
        return kept[key][1]

    return wrapper


@once
def envelope(y, sr):
    return T.onset_strength(y, sr)


@once
def energy(y):
    return T.spectrogram(y)


def _scipy_dct(x):
    return scipy.fft.dct(x, type=2, norm="ortho", axis=0)


def _frames_ok(y, sr):
    return np.pad(y, 1024)


def _stft(**options):
    return lambda y, sr: T.stft(y, **options), lambda y, sr: L.stft(y, **options)


def _istft(length=False, **options):
    """Of a spectrum that was changed, so that no sound has exactly this one."""

    @once
    def changed(y):
        S = T.stft(y, **options).copy()
        S[len(S) // 3 :] *= 0.3j
        return S

    def words(y):
        return options | ({"length": len(y) + 7} if length else {})

    return lambda y, sr: T.istft(changed(y), **words(y)), lambda y, sr: L.istft(changed(y), **words(y))


def _mel(**options):
    return (
        lambda y, sr: T.melspectrogram(y, sr, **options),
        lambda y, sr: L.feature.melspectrogram(y=y, sr=sr, **F64, **options),
    )


def _mfcc(**options):
    return (
        lambda y, sr: T.mfcc(y, sr, **options),
        lambda y, sr: L.feature.mfcc(y=y, sr=sr, **F64, **options),
    )


def _filters(n_fft=2048, **options):
    return (
        lambda y, sr: T.mel_filters(sr, n_fft, **options),
        lambda y, sr: L.filters.mel(sr=sr, n_fft=n_fft, **F64, **options),
    )


def _chroma_filters(n_fft=2048, tuning=0.0):
    return (
        lambda y, sr: T.chroma_filters(sr, n_fft, tuning),
        lambda y, sr: L.filters.chroma(sr=sr, n_fft=n_fft, tuning=tuning, **F64),
    )


def _chroma(**options):
    return (
        lambda y, sr: T.chroma_stft(y, sr, **options),
        lambda y, sr: L.feature.chroma_stft(y=y, sr=sr, **F64, **options),
    )


def _onset(**options):
    return (
        lambda y, sr: T.onset_strength(y, sr, **options),
        lambda y, sr: L.onset.onset_strength(y=y, sr=sr, **F64, **options),
    )


def _window(name):
    return (
        lambda y, sr: np.concatenate([T.get_window(name, n) for n in (1, 2, 5, 400, 2048)]),
        lambda y, sr: np.concatenate([L.filters.get_window(name, n) for n in (1, 2, 5, 400, 2048)]),
    )


HZ = np.array([0.0, 20, 440, 999.9, 1000, 1000.1, 4000, 22050])
ONE = ("chorale",)  # for functions of which the result does not hang on the samples

CASES = {
    "frame": Case(
        "frame",
        lambda y, sr: T.frame(_frames_ok(y, sr), 1000, 333),
        lambda y, sr: L.util.frame(_frames_ok(y, sr), frame_length=1000, hop_length=333),
        twin="util.frame",
    ),
    **{
        f"get_window_{name}": Case("get_window", *_window(name), ONE, twin="filters.get_window")
        for name in ("hann", "hamming", "blackman", "boxcar")
    },
    "dft": Case("dft", lambda y, sr: T.dft(y[:500]), lambda y, sr: np.fft.fft(y[:500]), twin="numpy.fft.fft"),
    "idft": Case(
        "idft",
        lambda y, sr: T.idft(np.fft.fft(y[:499])),
        lambda y, sr: np.fft.ifft(np.fft.fft(y[:499])),
        twin="numpy.fft.ifft",
    ),
    "fft": Case(
        "fft",
        lambda y, sr: T.fft(np.pad(y, (0, 2048))[:2048]),
        lambda y, sr: np.fft.fft(y, 2048),
        twin="numpy.fft.fft",
    ),
    "stft": Case("stft", *_stft()),
    "stft_512": Case("stft", *_stft(n_fft=512, hop_length=128, window="hamming")),
    "stft_reflect": Case("stft", *_stft(n_fft=1024, hop_length=441, pad_mode="reflect")),
    "stft_win_length": Case("stft", *_stft(n_fft=1024, win_length=601, window="blackman")),
    "stft_odd": Case("stft", *_stft(n_fft=735, hop_length=735)),
    "stft_uncentred": Case("stft", *_stft(n_fft=512, hop_length=100, center=False), (*LONG, "odd_length")),
    "window_sumsquare": Case(
        "window_sumsquare",
        lambda y, sr: T.window_sumsquare("hann", 12, 200, 1024, 700),
        lambda y, sr: L.filters.window_sumsquare(
            window="hann", n_frames=12, hop_length=200, win_length=700, n_fft=1024, **F64
        ),
        ONE,
        twin="filters.window_sumsquare",
    ),
    "istft": Case("istft", *_istft()),
    "istft_length": Case("istft", *_istft(length=True, n_fft=1024, hop_length=256)),
    "istft_odd": Case("istft", *_istft(n_fft=735, hop_length=200, win_length=600)),
    "istft_uncentred": Case(
        "istft", *_istft(n_fft=512, hop_length=128, center=False), (*LONG, "odd_length")
    ),
    "spectrogram": Case(
        "spectrogram",
        lambda y, sr: T.spectrogram(y),
        lambda y, sr: np.abs(L.stft(y, n_fft=2048, hop_length=512)) ** 2,
        twin="abs(stft) ** 2",
    ),
    "spectrogram_magnitude": Case(
        "spectrogram",
        lambda y, sr: T.spectrogram(y, 1024, 300, power=1),
        lambda y, sr: np.abs(L.stft(y, n_fft=1024, hop_length=300)),
        twin="abs(stft)",
    ),
    "power_to_db": Case(
        "power_to_db", lambda y, sr: T.power_to_db(y**2), lambda y, sr: L.power_to_db(y**2)
    ),
    "power_to_db_max": Case(
        "power_to_db",
        lambda y, sr: T.power_to_db(y**2, ref=np.max, top_db=None),
        lambda y, sr: L.power_to_db(y**2, ref=np.max, top_db=None),
    ),
    "amplitude_to_db": Case(
        "amplitude_to_db",
        lambda y, sr: T.amplitude_to_db(np.abs(y), ref=0.5, top_db=40),
        lambda y, sr: L.amplitude_to_db(np.abs(y), ref=0.5, top_db=40),
    ),
    "db_to_power": Case(
        "db_to_power", lambda y, sr: T.db_to_power(60 * y, 2.0), lambda y, sr: L.db_to_power(60 * y, ref=2.0)
    ),
    "rms": Case("rms", lambda y, sr: T.rms(y), lambda y, sr: L.feature.rms(y=y, **F64), twin="feature.rms"),
    "rms_uncentred": Case(
        "rms",
        lambda y, sr: T.rms(y, 511, 100, center=False),
        lambda y, sr: L.feature.rms(y=y, frame_length=511, hop_length=100, center=False, **F64),
        LONG,
        twin="feature.rms",
    ),
    "fft_frequencies": Case(
        "fft_frequencies",
        lambda y, sr: (T.fft_frequencies(sr, 2048), T.fft_frequencies(sr, 735)),
        lambda y, sr: (L.fft_frequencies(sr=sr, n_fft=2048), L.fft_frequencies(sr=sr, n_fft=735)),
    ),
    "frames_to_time": Case(
        "frames_to_time",
        lambda y, sr: T.frames_to_time(np.arange(9), sr, 300),
        lambda y, sr: L.frames_to_time(np.arange(9), sr=sr, hop_length=300),
    ),
    **{
        f"{name}{'_htk' * htk}": Case(
            name,
            lambda y, sr, name=name, htk=htk, x=x: getattr(T, name)(x, htk=htk),
            lambda y, sr, name=name, htk=htk, x=x: getattr(L, name)(x, htk=htk),
            ONE,
        )
        for name, x in (("hz_to_mel", HZ), ("mel_to_hz", HZ / 400))
        for htk in (False, True)
    },
    "mel_frequencies": Case(
        "mel_frequencies",
        lambda y, sr: T.mel_frequencies(40, 50.0, sr / 2),
        lambda y, sr: L.mel_frequencies(40, fmin=50.0, fmax=sr / 2),
    ),
    "mel_filters": Case("mel_filters", *_filters(), twin="filters.mel"),
    "mel_filters_htk": Case("mel_filters", *_filters(n_mels=26, htk=True, norm=None), twin="filters.mel"),
    "mel_filters_fmax": Case(
        "mel_filters", *_filters(n_fft=1023, n_mels=40, fmin=100.0, fmax=3500.0), twin="filters.mel"
    ),
    "melspectrogram": Case("melspectrogram", *_mel(), twin="feature.melspectrogram"),
    "melspectrogram_64": Case(
        "melspectrogram",
        *_mel(n_fft=1024, hop_length=160, n_mels=40, htk=True, power=1.0, window="hamming"),
        twin="feature.melspectrogram",
    ),
    "dct": Case("dct", lambda y, sr: T.dct(y[:640]), lambda y, sr: _scipy_dct(y[:640]), twin="scipy.fft.dct"),
    "dct_13": Case(
        "dct", lambda y, sr: T.dct(y[:64], 13), lambda y, sr: _scipy_dct(y[:64])[:13], twin="scipy.fft.dct"
    ),
    "mfcc": Case("mfcc", *_mfcc(), twin="feature.mfcc"),
    "mfcc_13": Case("mfcc", *_mfcc(n_mfcc=13, n_mels=40, n_fft=1024, hop_length=400), twin="feature.mfcc"),
    "chroma_filters": Case("chroma_filters", *_chroma_filters(), twin="filters.chroma"),
    "chroma_filters_tuned": Case("chroma_filters", *_chroma_filters(4097, -0.3), twin="filters.chroma"),
    "chroma_stft": Case("chroma_stft", *_chroma(tuning=0.0), twin="feature.chroma_stft"),
    "chroma_stft_tuned": Case(
        "chroma_stft",
        *_chroma(n_fft=4096, hop_length=1000),
        # Not the clicks: their spectrum is flat, and what peaks it has are rounding.
        tuple(name for name in SIGNALS if name != "clicks"),
        twin="feature.chroma_stft",
    ),
    "piptrack": Case(
        "piptrack",
        lambda y, sr: T.piptrack(energy(y), sr),
        lambda y, sr: L.piptrack(S=energy(y), sr=sr),
    ),
    "estimate_tuning": Case(
        "estimate_tuning",
        lambda y, sr: T.estimate_tuning(energy(y), sr),
        lambda y, sr: L.estimate_tuning(S=energy(y), sr=sr),
    ),
    "onset_strength": Case("onset_strength", *_onset(), twin="onset.onset_strength"),
    "onset_strength_lag": Case(
        "onset_strength",
        *_onset(n_fft=1024, hop_length=256, lag=2, n_mels=64),
        twin="onset.onset_strength",
    ),
    "onset_detect": Case(
        "onset_detect",
        lambda y, sr: T.onset_detect(envelope(y, sr), sr),
        lambda y, sr: L.onset.onset_detect(onset_envelope=envelope(y, sr), sr=sr),
        twin="onset.onset_detect",
    ),
    "autocorrelate": Case(
        "autocorrelate", lambda y, sr: T.autocorrelate(y[:3000]), lambda y, sr: L.autocorrelate(y[:3000])
    ),
    "tempogram": Case(
        "tempogram",
        lambda y, sr: T.tempogram(envelope(y, sr)),
        lambda y, sr: L.feature.tempogram(onset_envelope=envelope(y, sr), sr=sr),
        twin="feature.tempogram",
    ),
    "tempogram_odd": Case(
        "tempogram",
        lambda y, sr: T.tempogram(envelope(y, sr), 101),
        lambda y, sr: L.feature.tempogram(onset_envelope=envelope(y, sr), sr=sr, win_length=101),
        twin="feature.tempogram",
    ),
    "tempo_frequencies": Case(
        "tempo_frequencies",
        lambda y, sr: T.tempo_frequencies(50, sr, 300),
        lambda y, sr: L.tempo_frequencies(50, sr=sr, hop_length=300),
    ),
    "tempo": Case(
        "tempo",
        lambda y, sr: T.tempo(envelope(y, sr), sr),
        lambda y, sr: L.feature.tempo(onset_envelope=envelope(y, sr), sr=sr)[0],
        twin="feature.tempo",
    ),
    "beat_track": Case(
        "beat_track",
        lambda y, sr: T.beat_track(envelope(y, sr), sr),
        lambda y, sr: tuple(
            np.squeeze(a) if i == 0 else a
            for i, a in enumerate(L.beat.beat_track(onset_envelope=envelope(y, sr), sr=sr))
        ),
        twin="beat.beat_track",
    ),
    "beat_track_bpm": Case(
        "beat_track",
        lambda y, sr: T.beat_track(envelope(y, sr), sr, bpm=133.0)[1],
        lambda y, sr: L.beat.beat_track(onset_envelope=envelope(y, sr), sr=sr, bpm=133.0)[1],
        ("chorale", "organ_44k", "speech_16k", "clicks"),
        twin="beat.beat_track",
    ),
}  # fmt: skip


def coloured(n, slope, seed=1):
    """Noise of which the power falls with frequency as f^-slope: 0 white, 1 pink. Root mean square 1."""
    X = np.fft.rfft(np.random.default_rng(seed).standard_normal(n))
    X[1:] /= np.arange(1, len(X)) ** (slope / 2)
    X[0] = 0
    y = np.fft.irfft(X, n)
    return y / np.sqrt((y**2).mean())


def snr(wanted, heard):
    """Signal-to-noise ratio in decibels."""
    return 10 * np.log10((wanted**2).sum() / ((heard - wanted) ** 2).sum())
