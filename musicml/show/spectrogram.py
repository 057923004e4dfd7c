"""The spectrogram of a sound: time to the right, frequency upwards, the louder the darker."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import FuncFormatter

from ..errors import MusicMLError
from ..score import pitch_to_name
from .picture import figure

FLOOR = -80  # dB below the loudest that are drawn white
COLUMNS = 1200  # points in time, at most: more than the picture has


def spectrogram(samples, sr=22050, title=""):
    """Show which frequencies a sound has at each moment.

    Args:
        samples: shape (n,).
        sr: samples a second.
        title: heading.
    """
    figure(*draw_spectrogram(samples, sr, title))


def draw_spectrogram(samples, sr=22050, title="", width=7.2):
    """The picture that ``spectrogram`` shows, ``width`` inches wide: (matplotlib Figure, its description)."""
    samples = np.asarray(samples, dtype="float64")
    if samples.ndim != 1 or len(samples) < 64 or not np.isfinite(samples).all():
        raise MusicMLError(
            f"a spectrogram needs 64 finite samples or more, shape (n,); received shape {samples.shape}. "
            "For two channels of shape (2, n), pass samples.mean(axis=0)."
        )
    size = min(
        2 ** round(np.log2(0.07 * sr)), len(samples)
    )  # about 70 ms: two partials 30 Hz apart are two lines
    starts = np.linspace(0, len(samples) - size, min(COLUMNS, 1 + (len(samples) - size) // (size // 8 or 1)))
    window = np.hanning(size)
    power = np.stack([np.abs(np.fft.rfft(window * samples[int(s) : int(s) + size])) ** 2 for s in starts], 1)
    loudness = 10 * np.log10(np.maximum(power / max(power.max(), 1e-20), 10 ** (FLOOR / 10)))

    seconds = len(samples) / sr
    low = 40.0
    fig, ax = plt.subplots(figsize=(width, 3.6))
    hertz = np.arange(size // 2 + 1) * sr / size
    picture = ax.pcolormesh(
        starts / sr + size / sr / 2, hertz, loudness,
        cmap="Greys", vmin=FLOOR, vmax=0, shading="nearest", rasterized=True,
    )  # fmt: skip
    ax.set_yscale("log", base=2)
    ax.set(xlim=(0, seconds), ylim=(low, sr / 2), xlabel="seconds", ylabel="frequency (Hz)", title=title)
    ticks = [f for f in (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000) if low <= f <= sr / 2]
    ax.set_yticks(ticks)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda f, _: f"{f:,.0f}"))
    ax.yaxis.set_minor_locator(plt.NullLocator())
    fig.colorbar(picture, ax=ax, label="dB", pad=0.02)

    mean = power.mean(axis=1)
    strongest = hertz[1 + np.argmax(mean[1:])]
    nearest = pitch_to_name(int(np.clip(np.rint(69 + 12 * np.log2(strongest / 440)), 0, 127)))
    name = f"Spectrogram of {title}" if title else "Spectrogram"
    return fig, (
        f"{name}: {seconds:.1f} s, frequencies from {low:g} to {sr / 2:g} Hz; "
        f"most energy near {strongest:.0f} Hz ({nearest})"
    )
