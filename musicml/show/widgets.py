"""A slider that answers, and a row of pictures where nothing can answer."""

from decimal import Decimal
from html import escape

from IPython.display import display
from matplotlib.figure import Figure

from ..errors import MusicMLError
from .picture import Shown, image, png
from .player import player


class Slider(Shown):
    """A widget beside its fallback: a notebook without a kernel (or on the web) shows the pictures."""

    def __init__(self, widget, html, text):
        super().__init__(html, text)
        self.widget = widget

    def _repr_mimebundle_(self, include=None, exclude=None):
        view = {"version_major": 2, "version_minor": 0, "model_id": self.widget.model_id}
        return super()._repr_mimebundle_() | {"application/vnd.jupyter.widget-view+json": view}


def slider(draw, *, value, minimum, maximum, step, label, at=()):
    """Show a slider, and beside it what ``draw`` makes of its value.

    The arrow keys move it. Pictures for the values in ``at`` are stored in the
    notebook, for readers who have no kernel running.

    Args:
        draw: a function of the value. It returns a matplotlib Figure, or a tuple of
            a Figure, a text, and a Score or samples at 22,050 a second, each if wanted.
        value, minimum, maximum, step: where it starts, its ends, its steps; whole numbers
            give a whole number.
        label: what the value is.
        at: up to four values for the stored pictures; ``value`` alone if none are given.
    """
    display(make_slider(draw, value=value, minimum=minimum, maximum=maximum, step=step, label=label, at=at))


def make_slider(draw, *, value, minimum, maximum, step, label, at=()):
    """The Slider that ``slider`` shows; ``.widget.children`` are the handle and the answer."""
    from ipywidgets import HTML, FloatSlider, IntSlider, Layout, VBox

    at = tuple(at) or (value,)
    if not minimum <= value <= maximum or not 0 < step <= maximum - minimum or len(at) > 4:
        raise MusicMLError(
            f'slider "{label}" runs from {minimum} to {maximum} by {step}, starts at {value} and has '
            f"{len(at)} stored pictures, expected minimum <= value <= maximum, "
            "a step above 0 and at most 4 pictures."
        )
    decimals = max(0, -Decimal(str(step)).as_tuple().exponent)
    whole = all(isinstance(number, int) for number in (value, minimum, maximum, step))
    handle = (IntSlider if whole else FloatSlider)(
        value=value, min=minimum, max=maximum, step=step, description=label, continuous_update=False,
        readout_format="d" if whole else f".{decimals}f",
        style={"description_width": "initial"}, layout=Layout(width="28em", max_width="100%"),
    )  # fmt: skip

    def answer(value):
        picture, text, sound = _parts(draw(value), f"{label} = {value:g}")
        html = image(picture, text)
        if text != f"{label} = {value:g}":
            html += f"<p>{escape(text)}</p>"
        return html + (player(sound, title=f"{label} = {value:g}") if sound is not None else "")

    screen = HTML(answer(value))

    def moved(change):
        value = change["new"] if whole else round(change["new"], decimals)  # 1.2000000000000002 is 1.2
        try:
            screen.value = answer(value)
        except Exception as error:  # an error in a callback is shown nowhere else
            screen.value = f"<p>{label} = {value:g}: {type(error).__name__}: {escape(str(error))}</p>"

    handle.observe(moved, names="value")

    stored, told = [], []
    for point in at:
        picture, text, _ = _parts(draw(point), f"{label} = {point:g}")
        caption = f"{label} = {point:g}"
        told.append(text if caption in text else f"{caption}: {text}")
        width = f"width:{100 // len(at) - 1}%;min-width:14em;margin:0"
        stored.append(
            f'<figure style="{width}"><figcaption>{escape(caption)}</figcaption>'
            f"{image(picture, told[-1])}</figure>"
        )
    html = f'<div style="display:flex;flex-wrap:wrap;gap:0.5%">{"".join(stored)}</div>'
    text = f"Slider: {label} from {minimum:g} to {maximum:g}. {'; '.join(told)}"
    return Slider(VBox([handle, screen]), html, text)


def _parts(drawn, caption):
    """What ``draw`` returned, sorted into PNG bytes, text and sound."""
    drawn = drawn if isinstance(drawn, tuple) else (drawn,)
    figures = [item for item in drawn if isinstance(item, Figure)]
    texts = [item for item in drawn if isinstance(item, str)]
    sounds = [item for item in drawn if not isinstance(item, Figure | str) and item is not None]
    if len(figures) != 1 or len(texts) > 1 or len(sounds) > 1:
        raise MusicMLError(
            f"draw returned {', '.join(type(item).__name__ for item in drawn)} for {caption}, "
            "expected a matplotlib Figure, and with it at most one text and one sound. "
            "End it with `return fig` or `return fig, text`."
        )
    return png(figures[0]), (texts[0] if texts else caption), (sounds[0] if sounds else None)
