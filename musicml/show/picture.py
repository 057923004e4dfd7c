"""Pictures with words: how a figure reaches the notebook, and the colours of the course.

JupyterLab 4 gives an ``image/png`` output no alt text, whatever its metadata
says, so a picture is shown as HTML: ``<img alt="..." src="data:...">``. A
screen reader speaks the alt text; where only text can be shown, the text is it.
"""

import base64
import io
from html import escape

import matplotlib.pyplot as plt
from IPython.display import display

from ..errors import MusicMLError

# One colour for one idea in every lesson; from Okabe & Ito's palette. Those that
# meet in a picture stay apart in the common forms of colour blindness: a test sees to it.
COLOURS = {
    "data": "#0072B2",  # blue: what was measured or given
    "train": "#0072B2",
    "model": "#D55E00",  # vermilion: what the model says
    "validation": "#D55E00",
    "target": "#009E73",  # green: what the model should say
    "truth": "#000000",  # black: the law the data came from
    "gradient": "#56B4E9",  # sky: which way is uphill
    "error": "#E69F00",  # orange: model against target
    "baseline": "#666666",  # greys: what needs no learning
    "chance": "#999999",
}
VOICES = ("#0072B2", "#D55E00", "#009E73", "#000000", "#56B4E9", "#E69F00")  # parts of a score, top to bottom

plt.rcParams.update(
    {
        "figure.figsize": (6.4, 3.2),
        "figure.dpi": 90,
        "figure.constrained_layout.use": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.prop_cycle": plt.cycler(color=VOICES),
        "grid.color": "#E5E5E5",
        "grid.linewidth": 0.8,
        "lines.linewidth": 2.0,
        "legend.frameon": False,
        "font.size": 10,
        "axes.titlesize": 11,
        "axes.titlelocation": "left",
    }
)


class Shown:
    """One output of a cell: HTML, and the same in plain words."""

    def __init__(self, html, text):
        self.html, self.text = html, text

    def __repr__(self):
        return self.text

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self.html, "text/plain": self.text}


def figure(fig, alt):
    """Show a matplotlib figure, with its description in words, and close it.

    Args:
        fig: a matplotlib Figure.
        alt: what a reader who does not see it should know: what the axes are and what the picture tells.
    """
    display(Shown(image(png(fig), alt), alt))


def png(fig):
    """A matplotlib figure as PNG bytes; the figure is closed."""
    if not hasattr(fig, "savefig"):
        raise MusicMLError(
            f"a picture needs a matplotlib Figure, received {type(fig).__name__}. "
            "Make one with fig, ax = plt.subplots()."
        )
    file = io.BytesIO()
    fig.savefig(file, format="png", dpi=90, facecolor="white", metadata={"Software": None})
    plt.close(fig)
    return file.getvalue()


def image(data, alt, kind="png", style="max-width:100%"):
    """An HTML image that needs no file beside the notebook.

    Args:
        data: bytes of the picture.
        alt: its description; without one there is no picture.
        kind: "png" or "svg+xml".
    """
    if not alt or not alt.strip():
        raise MusicMLError(
            "a picture came without its description in words (alt), expected a sentence. "
            'Say what it shows: alt="Five points on a rising line".'
        )
    coded = base64.b64encode(data).decode("ascii")
    return f'<img alt="{escape(alt)}" style="{style}" src="data:image/{kind};base64,{coded}">'


def shorten(items, most=8):
    """'a b c ...': the first few of a list, for a sentence."""
    items = list(items)
    return " ".join(items[:most]) + (" ..." if len(items) > most else "")


def count(number, noun):
    """'1 note', '3 notes'."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
