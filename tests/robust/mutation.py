"""Good files, damaged at random: bytes turned over, lost, doubled, moved; numbers and words replaced."""

import re

from hypothesis import strategies as st

from . import good_files
from .good_files import AUDIO, CONTAINER, found, pack, unpack

MOST = 1 << 16  # bytes: what the limits of time and memory are stated for
READERS = {"mid": "scores", "abc": "scores", **dict.fromkeys(AUDIO, "audio")}  # the others: "score"
# Checksums, lengths and tags that do not fit are seen first: left wrong, nothing else would be tried.
REPAIRS = {
    "mid": good_files.with_right_lengths,
    "musicxml": good_files.with_right_tags,
    "flac": good_files.with_right_sum,
    "ogg": good_files.with_right_sums,
}
EDGES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
NUMBERS = (
    "", "0", "-1", "1", "2", "7", "0.5", "1/2", "1/0", "99", "128", "1000000000", "-1000000000",
    "1" + "0" * 400, "1e9", "1e400", "nan", "inf", "0x10", "१", "٣", " 4 ", "4\n", "¾",
)  # fmt: skip
# A number as a token, alone or between the tags of an element.
NUMBER = r"(<[^<>]*>)?\s*-?\d[\d.]*\s*(</[^<>]*>)?"
ABC_WORDS = (
    "|:", ":|", "|1", "[2", "::", "||", "|]", "[|", "(3", "(9", "(2:3:4", "{", "}", "{g}", '"', '"Am"', "!",
    "!f!", "+", "[", "]", "[CE", "-", ">", "<<", "^", "__", "=", ",", "''", "/", "//", "z", "Z4", "x", "y",
    "%", "\\", "\n", "\n\n", "\nX:2\n", "\nK:", "K:F#loc", "\nV:2\n", "[V:1]", "[K:Cm]", "[M:9/8]",
    "[L:1/64]", "\nM:C|\n", "\nL:1/0\n", "\nQ:1/4=9\n", "\nw:a\n", "\0", "é", "\ufeff",
)  # fmt: skip
XML_WORDS = (
    "<note>", "</note>", "<chord/>", "<grace/>", "<cue/>", "<rest/>", "<rest measure='yes'/>", "<unpitched/>",
    "<backup><duration>99</duration></backup>", "<forward><duration>1</duration></forward>",
    "<divisions>0</divisions>", "<duration>-4</duration>", "<alter>0.5</alter>", "<tie type='start'/>",
    "<repeat direction='backward'/>", "<ending number='1' type='start'/>", "<time><senza-misura/></time>",
    "<transpose><chromatic>99</chromatic></transpose>", "<measure number='X1'/>", "<part id='P9'/>",
    "<sound tempo='0'/>", "<!-- -->", "<![CDATA[x]]>", "<?x?>", "&amp;", "&x;", "&#0;", "</part>",
    "<type>maxima</type>", "<dot/>", "\x00",
)  # fmt: skip
ELEMENTS = "|".join(
    rf"<{tag}\b.*?</{tag}>\s*" for tag in ("note", "direction", "backup", "forward", "barline", "key", "time")
)


@st.composite
def damaged(draw, form):
    """Strategy: the bytes of a good file of a format, damaged once to six times."""
    data = draw(st.sampled_from(found()[form]))
    if form != "mxl" or draw(st.booleans()):
        return draw(damages(data, form))
    xml, container = unpack(data), CONTAINER
    if draw(st.integers(0, 3)):
        xml = draw(damages(xml, "musicxml"))
    else:
        container = draw(damages(container, "musicxml"))
    return pack({"META-INF/container.xml": container, "score.musicxml": xml})[:MOST]


@st.composite
def damages(draw, data, form):
    damage = draw(st.sampled_from((_bytes, *WORDS.get(form, ()))))
    for _ in range(draw(st.sampled_from((1, 1, 1, 2, 3, 6)))):
        data = damage(draw, data)[:MOST]
    return REPAIRS[form](data) if form in REPAIRS and draw(st.integers(0, 3)) else data


def _place(draw, size):
    """A place from 0 to ``size``, each as likely as the other; hypothesis alone likes the first best."""
    return (draw(st.integers(0, 2**32 - 1)) * 2654435761 + 0x9E3779B9) % 2**32 * (size + 1) >> 32


def _bytes(draw, data):
    """One damage that knows nothing of the format."""
    header = draw(st.integers(0, 3)) == 3  # headers are short, and much is decided there
    at = _place(draw, min(len(data), 64) if header else len(data))
    what = draw(st.sampled_from(("flip", "set", "number", "delete", "insert", "move", "repeat", "cut")))
    if what == "flip":
        return (
            data[:at] + bytes(byte ^ draw(st.integers(1, 255)) for byte in data[at : at + 1]) + data[at + 1 :]
        )
    if what == "set":
        return data[:at] + bytes([draw(st.sampled_from((0, 1, 127, 128, 255)))]) + data[at + 1 :]
    if what == "number":
        size, order = draw(st.sampled_from((1, 2, 3, 4, 8))), draw(st.sampled_from(("big", "little")))
        old = int.from_bytes(data[at : at + size], order)
        new = draw(st.sampled_from((*EDGES, old + 1, old - 1, old * 2, -old, old << 8)))
        return data[:at] + (new % (1 << 8 * size)).to_bytes(size, order) + data[at + size :]
    if what == "delete":
        return data[:at] + data[at + draw(st.integers(1, 64)) :]
    if what == "insert":
        return data[:at] + draw(st.binary(min_size=1, max_size=32)) + data[at:]
    block = data[at : at + draw(st.integers(1, 256))]
    if what == "move":
        rest = data[:at] + data[at + len(block) :]
        to = _place(draw, len(rest))
        return rest[:to] + block + rest[to:]
    if what == "repeat":
        return data[:at] + block * draw(st.sampled_from((2, 3, 10, 1000))) + data[at:]
    return data[:at]


def _tokens(pattern, words):
    """A damage of a text: it is cut into tokens by the pattern, and a few of them change."""

    def damage(draw, data):
        tokens = re.findall(pattern, data.decode("utf-8", "replace"), flags=re.DOTALL)
        if not tokens:
            return data
        at = _place(draw, len(tokens) - 1)
        other = _place(draw, len(tokens) - 1)
        what = draw(
            st.sampled_from(("number", "number", "word", "replace", "delete", "double", "swap", "many"))
        )
        if what == "number":
            numbers = [i for i, token in enumerate(tokens) if re.fullmatch(NUMBER, token)]
            at = numbers[at % len(numbers)] if numbers else at
            new = draw(st.sampled_from(NUMBERS))
            tokens[at] = re.sub(
                NUMBER, lambda old: (old[1] or "") + new + (old[2] or ""), tokens[at], count=1
            )
        elif what == "word":
            tokens.insert(at, draw(st.sampled_from(words)))
        elif what == "replace":
            tokens[at] = draw(st.sampled_from((*words, tokens[other])))
        elif what == "delete":
            del tokens[at : at + draw(st.integers(1, 6))]
        elif what == "double":
            tokens[at:at] = tokens[at : at + draw(st.integers(1, 30))]
        elif what == "swap":
            tokens[at], tokens[other] = tokens[other], tokens[at]
        else:
            tokens[at:at] = tokens[at : at + draw(st.integers(1, 4))] * draw(st.sampled_from((10, 100, 2000)))
        return "".join(tokens).encode()

    return damage


WORDS = {
    "abc": [_tokens(r"\d+|[A-Za-z]:|\s+|[A-Ga-g]|.", ABC_WORDS)] * 3,
    "musicxml": [
        _tokens(r"<[^>]*>|[^<]+", XML_WORDS),
        *[_tokens(rf"{ELEMENTS}|<[^>/]*>[^<]*</[^>]*>|<[^>]*>|[^<]+", XML_WORDS)] * 2,
        *[_tokens(r"<[^>/]*>[^<]*</[^>]*>|<[^>]*>|[^<]+", XML_WORDS)] * 2,
    ],
}
