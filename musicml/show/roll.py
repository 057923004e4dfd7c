"""The piano-roll: time to the right, pitch upwards, one bar for each note."""

import matplotlib.pyplot as plt
from matplotlib.patches import Rectangle

from ..errors import MusicMLError
from ..score import pitch_to_name
from .picture import VOICES, count, figure, shorten


def pianoroll(score, title="", bars=None):
    """Show a score as a piano-roll. Each part has its colour; drums are left out.

    Args:
        score: a Score.
        title: heading; the score's own if none is given.
        bars: show only so many bars (and the pickup before them).
    """
    figure(*draw_pianoroll(score, title, bars))


def draw_pianoroll(score, title="", bars=None, width=7.2):
    """The picture that ``pianoroll`` shows, ``width`` inches wide: (matplotlib Figure, its description)."""
    title = title or score.title
    if bars is not None:
        beats, unit = score.time_signature
        score = score.slice(0, score.pickup + bars * 4 * beats / unit)
    parts = [part for part in score.parts if part.notes and not part.is_drums]
    if not parts:
        raise MusicMLError(f'score "{title}" has no notes to draw. Look at score.notes.')
    notes = sorted(note for part in parts for note in part.notes)
    low, high = min(n.pitch for n in notes), max(n.pitch for n in notes)

    fig, ax = plt.subplots(figsize=(width, min(1.6 + 0.11 * (high - low + 1), 4.8)))
    for i, part in enumerate(parts):
        colour = VOICES[i % len(VOICES)]
        for n in part.notes:
            box = Rectangle(
                (n.onset, n.pitch - 0.4), n.duration, 0.8, facecolor=colour, edgecolor="white", lw=0.8
            )
            ax.add_patch(box)
        if len(parts) > 1:
            ax.plot([], [], color=colour, lw=6, label=part.name or f"part {i + 1}")
    end = max(n.end for n in notes)
    ax.set(xlim=(0, float(end)), ylim=(low - 1, high + 1), xlabel="beats", ylabel="pitch", title=title)
    ax.xaxis.get_major_locator().set_params(integer=True)
    _name_pitches(ax, low, high)
    _mark_bars(ax, score, end)
    if len(parts) > 1:
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1))

    name = f"Piano-roll of {title}" if title else "Piano-roll"
    voices = f" in {count(len(parts), 'part')}" if len(parts) > 1 else ""
    first = shorten(pitch_to_name(n.pitch) for n in parts[0].notes)
    return fig, (
        f"{name}: {count(len(notes), 'note')}{voices}, {pitch_to_name(low)} to {pitch_to_name(high)}, "
        f"over {float(end):g} beats, starting {first}"
    )


def _name_pitches(ax, low, high):
    """Name every white key where there is room, else only the Cs and Gs, else the Cs."""
    span = high - low
    named = {0, 2, 4, 5, 7, 9, 11} if span <= 16 else {0, 4, 7} if span <= 30 else {0}
    pitches = [p for p in range(low, high + 1) if p % 12 in named] or [low]
    ax.set_yticks(pitches, [pitch_to_name(p) for p in pitches])


def _mark_bars(ax, score, end):
    changes = [*score.time_signatures, (end, None)]
    for (start, (beats, unit)), (stop, _) in zip(changes, changes[1:], strict=False):
        bar = start + score.pickup if start == 0 else start
        while bar < stop:
            ax.axvline(float(bar), color="#AAAAAA", lw=0.8, zorder=0)
            bar += 4 * beats / unit
    ax.grid(axis="x", visible=False)
