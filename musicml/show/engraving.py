"""Written music in a notebook, drawn by verovio."""

import re
from html import escape

from IPython.display import display

from ..errors import MusicMLError
from ..score.musicxml_writer import to_musicxml
from ..score.notation import bar_lines, fifths_at, key_words, spelled_name
from .picture import Shown, count, image, shorten


def engrave(score, title="", bars=8):
    """Show a score as written music.

    Args:
        score: a Score of one to eight parts; drums are left out.
        title: for the caption and the description; the score's own if none is given.
        bars: show only so many bars, and the pickup before them; None for all.
    """
    title = title or score.title
    alt = describe(score, title, bars)
    caption = f"<figcaption>{escape(title)}</figcaption>" if title else ""
    picture = image(to_svg(score, bars), alt, "svg+xml", "max-width:100%;background:white")
    display(Shown(f'<figure style="margin:0">{caption}{picture}</figure>', alt))


def describe(score, title="", bars=None):
    """The score in a sentence: "Score of The Butterfly: 8 bars in 9/8, E minor, starting B4 G4 ..."."""
    parts = [part for part in score.parts if part.notes and not part.is_drums]
    if not parts:
        raise MusicMLError(f'score "{title}" has no notes to write. Look at score.notes.')
    full = len(bar_lines(score, max(n.end for part in parts for n in part.notes))) - (score.pickup > 0)
    shown = full if bars is None else min(bars, full)
    facts = [f"{count(shown, 'bar')} in {'/'.join(map(str, score.time_signature))}"]
    if len(parts) > 1:
        facts[0] = f"{len(parts)} parts, {facts[0]}"
    if key_words(score.key):
        facts.append(key_words(score.key))
    fifths = fifths_at(score)[0][1]
    facts.append("starting " + shorten(spelled_name(n.pitch, fifths) for n in parts[0].notes))
    return f"Score{f' of {title}' if title else ''}: {', '.join(facts)}"


def to_svg(score, bars=None):
    """The score as SVG (bytes), the same ones every time."""
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions(
        {
            "scale": 45, "pageWidth": 1900, "adjustPageHeight": True, "header": "none", "footer": "none",
            "pageMarginTop": 30, "pageMarginBottom": 30, "pageMarginLeft": 30, "pageMarginRight": 30,
            "pageHeight": 60000, "mnumInterval": 0, "minLastJustification": 0.6, "breaksNoWidow": True,
            "xmlIdSeed": 1, "removeIds": True, "svgRemoveXlink": True, "spacingStaff": 8,
            "staffLineWidth": 0.22, "barLineWidth": 0.32, "stemWidth": 0.25,
        }
    )  # fmt: skip
    if not toolkit.loadData(to_musicxml(score, bars)):
        raise MusicMLError(
            f'score "{score.title}" could not be engraved. Show it with show.pianoroll(score) instead.'
        )
    svg = toolkit.renderToSVG(1)
    svg = re.sub(r"<desc>.*?</desc>\s*", "", svg, flags=re.S)
    return re.sub(r">\s+<", "><", svg).encode()
