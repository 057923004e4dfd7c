"""Plots that many lessons share."""

import matplotlib.pyplot as plt

from ..errors import MusicMLError
from .picture import COLOURS, figure


def learning_curve(history, baselines=None, title="Learning curve", xlabel="epoch", ylabel="nats per note"):
    """Show how the loss falls while a model learns, beside what needs no learning.

    Args:
        history: what ``fit`` returned, or a dict with "loss" and, if there is one,
            "val_loss": one number an epoch.
        baselines: name -> loss of the models to beat, drawn as level lines.
    """
    losses = getattr(history, "history", history)
    if "loss" not in losses or not len(losses["loss"]):
        raise MusicMLError(
            f'a learning curve needs losses["loss"], received {sorted(losses)}. Pass what fit() returned.'
        )
    fig, ax = plt.subplots()
    told, ends = [], []
    for key, name, style in (("loss", "train", "-"), ("val_loss", "validation", "--")):
        y = [float(value) for value in losses.get(key, [])]
        if y:
            marker = "o" if len(y) < 15 else None
            ax.plot(range(1, len(y) + 1), y, style, color=COLOURS[name], marker=marker, ms=4)
            ends.append((y[-1], name, COLOURS[name]))
            told.append(f"{name} goes from {y[0]:.2f} to {y[-1]:.2f}")
    for name, value in (baselines or {}).items():
        ax.axhline(value, color=COLOURS["baseline"], lw=1.2, ls=":")
        ends.append((value, name, COLOURS["baseline"]))
        told.append(f"{name} is at {value:.2f}")
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    ax.xaxis.get_major_locator().set_params(integer=True)
    _label_ends(ax, ends)
    epochs = len(losses["loss"])
    figure(fig, f"{title}, {ylabel} over {xlabel} 1 to {epochs}: {'; '.join(told)}")


def _label_ends(ax, ends):
    """Write each line's name at its right end, moved apart where two would overlap."""
    low, high = ax.get_ylim()
    gap = 0.075 * (high - low)
    place = None
    for value, name, colour in sorted(ends):
        place = value if place is None else max(value, place + gap)
        ax.annotate(
            f"{name} {value:.2f}", (1, place), xycoords=("axes fraction", "data"), xytext=(6, 0),
            textcoords="offset points", va="center", color=colour, annotation_clip=False,
        )  # fmt: skip
