"""What notebooks show: words beside every picture, the same output every time, music written right."""

import base64
import io
import itertools
import re
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction as F
from functools import cache
from html import unescape
from xml.etree import ElementTree

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from musicml import show, sound
from musicml.errors import MusicMLError
from musicml.score import Note, Part, Score, melody, notation
from musicml.score import musicxml_writer as musicxml
from musicml.show import engraving, picture, player, plots, roll
from musicml.show.widgets import make_slider

SCALE = melody([69, 71, 72, 74, 76, 77, 79, 81], F(1, 2), title="A minor scale")


@pytest.fixture(autouse=True)
def no_figure_of_another_test():
    plt.close("all")


@pytest.fixture
def shown(monkeypatch):
    """The outputs that a cell would have."""
    outputs = []
    for module in (picture, player, engraving):
        monkeypatch.setattr(module, "display", outputs.append)
    return outputs


def bundle(output):
    return output._repr_mimebundle_()


def alt_texts(html):
    return [unescape(alt) for alt in re.findall(r'<img alt="([^"]*)"', html)]


def images(html):
    return [base64.b64decode(data) for data in re.findall(r'src="data:image/[^;]*;base64,([^"]*)"', html)]


def sounds(html):
    return [base64.b64decode(data) for data in re.findall(r'src="data:audio/mpeg;base64,([^"]*)"', html)]


def decode(mp3):
    import soundfile

    return soundfile.read(io.BytesIO(mp3))


# ---------------------------------------------------------------- sound


def test_listen_shows_a_player_that_is_not_silent(shown):
    show.listen(SCALE)
    output = bundle(shown[0])
    assert output["text/plain"] == "Sound: A minor scale, 2.2 s"
    assert 'controls preload="auto" aria-label="Sound: A minor scale, 2.2 s"' in output["text/html"]
    samples, sr = decode(sounds(output["text/html"])[0])
    assert sr == 22050 and len(samples) / sr == pytest.approx(2.2, abs=0.1)
    assert np.sqrt((samples**2).mean()) > 0.02


def test_listen_cuts_long_sounds_with_a_fade(shown):
    show.listen(melody([60] * 100, 1, tempo=120), seconds=3)
    show.listen(sound.tone(440, 20), seconds=2, title="A4")
    assert [o.text for o in shown] == ["Sound: 3.0 s", "Sound: A4, 2.0 s"]
    samples, sr = decode(sounds(shown[1].html)[0])
    assert len(samples) / sr == pytest.approx(2, abs=0.1)
    n = 2 * sr
    assert np.abs(samples[n - 200 : n]).max() < 0.05 < np.abs(samples[n - sr : n - sr + 200]).max()


def test_listen_to_several_sounds_in_one_row(shown):
    show.listen_to({"by chance": SCALE, "by counting": sound.tone(440, 1)})
    assert len(shown) == 1 and shown[0].text == "Sounds: by chance, 2.2 s; by counting, 1.0 s"
    assert len(sounds(shown[0].html)) == 2


def test_loud_samples_are_turned_down(shown):
    show.listen(50 * np.sin(np.arange(22050) / 10))
    samples, _ = decode(sounds(shown[0].html)[0])
    assert 0.8 < np.abs(samples).max() < 1.02  # MP3 overshoots a little


@pytest.mark.parametrize(
    "bad, message",
    [
        (Score(title="Nothing"), '"Nothing" is silent'),
        (np.zeros(1000), "is silent"),
        (np.zeros(0), "is silent"),
        (melody([60], velocity=1).transpose(67), "is silent"),  # above what the samples can hold
        (np.array([0.1, np.nan]), "nan or inf"),
        (np.zeros((2, 100)), r"shape \(2, 100\), expected \(n,\)"),
    ],
)
def test_what_cannot_be_heard_is_refused(shown, bad, message):
    with pytest.raises(MusicMLError, match=message):
        show.listen(bad)
    assert shown == []


def test_captions_are_escaped(shown):
    show.listen(SCALE, title='<b>"Tom & Jerry"')
    assert "<b>" not in shown[0].html and "&lt;b&gt;&quot;Tom &amp; Jerry&quot;" in shown[0].html


# ---------------------------------------------------------------- pictures


def test_a_figure_is_shown_with_its_alt_text_and_closed(shown):
    fig, ax = plt.subplots()
    ax.plot([1, 2], [3, 4])
    show.figure(fig, 'A line & "more"')
    assert bundle(shown[0])["text/plain"] == 'A line & "more"'
    assert alt_texts(shown[0].html) == ['A line & "more"']
    assert images(shown[0].html)[0].startswith(b"\x89PNG") and len(shown[0].html) < 60_000
    assert plt.get_fignums() == []


def test_a_picture_without_words_is_refused(shown):
    with pytest.raises(MusicMLError, match="without its description"):
        show.figure(plt.figure(), " ")
    with pytest.raises(MusicMLError, match="received list"):
        show.figure([1, 2], "a list")
    plt.close("all")


def test_pianoroll_draws_every_note_where_it_sounds(shown, monkeypatch):
    figures = []
    monkeypatch.setattr(roll, "figure", lambda fig, alt: figures.append((fig, alt)))
    show.pianoroll(SCALE)
    fig, alt = figures[0]
    boxes = [(b.get_x(), b.get_y() + 0.4, b.get_width()) for b in fig.axes[0].patches]
    assert boxes == [(n.onset, n.pitch, n.duration) for n in SCALE.notes]
    assert [t.get_text() for t in fig.axes[0].get_yticklabels()] == [
        "A4",
        "B4",
        "C5",
        "D5",
        "E5",
        "F5",
        "G5",
        "A5",
    ]
    assert alt.startswith("Piano-roll of A minor scale: 8 notes, A4 to A5, over 4 beats, starting A4 B4 C5")
    plt.close("all")


def test_pianoroll_of_parts_bars_and_nothing(shown):
    both = Score([*SCALE.parts, *SCALE.transpose(-12).parts, Part([Note(0, 36, 1)], is_drums=True)])
    show.pianoroll(both, title="Two", bars=1)
    assert shown[0].text.startswith("Piano-roll of Two: 16 notes in 2 parts, A3 to A5, over 4 beats")
    with pytest.raises(MusicMLError, match="no notes to draw"):
        show.pianoroll(Score())


def test_learning_curve_says_and_labels_what_it_shows(shown, monkeypatch):
    figures = []
    monkeypatch.setattr(plots, "figure", lambda fig, alt: figures.append((fig, alt)))

    class History:
        history = {"loss": [4.0, 3.0, 2.51], "val_loss": [4.2, 3.3, 2.52]}

    show.learning_curve(History(), baselines={"bigram": 2.53})
    fig, alt = figures[0]
    assert alt == (
        "Learning curve, nats per note over epoch 1 to 3: train goes from 4.00 to 2.51; "
        "validation goes from 4.20 to 2.52; bigram is at 2.53"
    )
    labels = sorted((t.xy[1], t.get_text()) for t in fig.axes[0].texts)
    assert [text for _, text in labels] == ["train 2.51", "validation 2.52", "bigram 2.53"]
    assert min(np.diff([y for y, _ in labels])) > 0.05  # they do not overlap
    plt.close("all")


def test_learning_curve_without_losses_is_refused():
    with pytest.raises(MusicMLError, match=r"received \['val_loss'\]"):
        show.learning_curve({"val_loss": [1]})


def test_the_colours_keep_their_distance_in_colour_blindness():
    """Those that meet in one picture, as seen without red or green cones (Viénot, Brettel & Mollon 1999)."""
    lms = np.array([[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]])
    blind = {
        "protan": np.array([[0, 2.02344, -2.52581], [0, 1, 0], [0, 0, 1]]),
        "deutan": np.array([[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]]),
    }
    rgb = {k: np.array(matplotlib.colors.to_rgb(v)) ** 2.2 for k, v in show.COLOURS.items()}
    for view in blind.values():
        seen = {k: (np.clip(np.linalg.inv(lms) @ view @ lms @ v, 0, 1)) ** (1 / 2.2) for k, v in rgb.items()}
        names = ["data", "model", "target", "truth", "gradient", "error"]
        for a, b in [
            *itertools.combinations(names, 2),
            ("train", "validation"),
            ("train", "baseline"),
            ("model", "chance"),
        ]:
            assert np.abs(seen[a] - seen[b]).max() > 0.15, (a, b)


# ---------------------------------------------------------------- slider


def line(slope):
    fig, ax = plt.subplots(figsize=(3, 2))
    ax.plot([0, 1], [0, slope])
    ax.set_ylim(0, 3)
    return fig


def test_a_slider_answers_and_has_a_stored_answer():
    made = make_slider(
        lambda w: (line(w), f"w = {w:g}: slope {w:g}"),
        value=1.0, minimum=0.0, maximum=3.0, step=0.1, label="w", at=(0.5, 2),
    )  # fmt: skip
    handle, screen = made.widget.children
    before = images(screen.value)
    handle.value = 2.3
    assert images(screen.value) != before
    assert alt_texts(screen.value) == ["w = 2.3: slope 2.3"]
    assert handle.continuous_update is False
    output = bundle(made)
    assert output["text/plain"] == "Slider: w from 0 to 3. w = 0.5: slope 0.5; w = 2: slope 2"
    assert alt_texts(output["text/html"]) == ["w = 0.5: slope 0.5", "w = 2: slope 2"]
    assert len(set(images(output["text/html"]))) == 2
    assert output["application/vnd.jupyter.widget-view+json"]["model_id"] == made.widget.model_id
    assert plt.get_fignums() == []


def test_a_slider_gives_clean_values_and_whole_ones():
    seen = []
    made = make_slider(
        lambda v: (seen.append(v), line(1))[1], value=0.0, minimum=0.0, maximum=1.0, step=0.1, label="x"
    )
    made.widget.children[0].value = 0.1 + 0.2
    assert seen[-1] == 0.3
    made = make_slider(
        lambda v: (seen.append(v), line(1))[1], value=1, minimum=0, maximum=9, step=1, label="k"
    )
    made.widget.children[0].value = 4
    assert seen[-1] == 4 and isinstance(seen[-1], int)


def test_a_slider_plays_sound():
    made = make_slider(
        lambda k: (line(k), sound.tone(110 * k, 0.5)), value=1, minimum=1, maximum=9, step=1, label="k"
    )
    handle, screen = made.widget.children
    first = sounds(screen.value)
    handle.value = 4
    assert len(first) == 1 and sounds(screen.value) != first


def test_a_slider_shows_the_error_of_its_drawing():
    def draw(v):
        if v == 2:
            raise ValueError("no <line>")
        return line(v)

    made = make_slider(draw, value=1, minimum=0, maximum=3, step=1, label="k")
    made.widget.children[0].value = 2
    assert made.widget.children[1].value == "<p>k = 2: ValueError: no &lt;line&gt;</p>"


def test_bad_sliders_are_refused():
    ends = dict(minimum=0, maximum=3, step=1, label="k")
    with pytest.raises(MusicMLError, match="starts at 7"):
        make_slider(line, value=7, **ends)
    with pytest.raises(MusicMLError, match="draw returned str for k = 1"):
        make_slider(lambda v: "text", value=1, **ends)


# ---------------------------------------------------------------- written music


def bars_of(score, bars=None):
    """The MusicXML, as a list of bars of (letter+alter+octave or 'rest', beats) for the first part."""
    root = ElementTree.fromstring(musicxml.to_musicxml(score, bars).split("\n", 1)[1])
    result = []
    for measure in root.find("part").findall("measure"):
        row = []
        for note in measure.findall("note"):
            p = note.find("pitch")
            name = (
                "rest"
                if p is None
                else p.findtext("step") + (p.findtext("alter") or "") + p.findtext("octave")
            )
            row.append((name, F(int(note.findtext("duration")), musicxml.DIVISIONS)))
        result.append(row)
    return result


def signs_of(score):
    return notation.write_voice(score.parts[0].notes, notation.bar_lines(score, score.duration))


def test_a_note_across_the_bar_line_is_two_notes_tied():
    signs = signs_of(melody([60, 62, 64], [3, 2, 3]))
    assert [[(s.length, s.tied_from, s.tied_to) for s in bar] for bar in signs] == [
        [(3, False, False), (1, False, True)],
        [(1, True, False), (3, False, False)],
    ]


def test_a_length_without_a_value_is_split_and_tied():
    assert [(s.length, s.tied_to) for s in signs_of(melody([60, 62], [F(5, 2), F(3, 2)]))[0]] == [
        (F(2), True), (F(1, 2), False), (F(3, 2), False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "durations, spans",
    [
        ([F(1, 3)] * 3 + [1] * 3, [(0, 1)]),
        ([1, F(2, 3), F(2, 3), F(2, 3), 1], [(1, 3)]),
        ([F(1, 2), F(1, 6), F(1, 6), F(1, 6), 3], [(F(1, 2), 1)]),
        ([F(2, 3), F(1, 3), 3], [(0, 1)]),
        ([1, F(4, 3), F(4, 3), F(1, 3)], None),
    ],
)
def test_triplets(durations, spans):
    (bar,) = signs_of(melody([60] * len(durations), durations))
    assert sum(s.length for s in bar) == 4
    for sign in bar:
        assert sign.value  # can be printed
        assert sign.triplet or 16 % sign.length.denominator == 0
    if spans is not None:
        assert len(bar) == len(durations)
        starts = [s.start for s in bar if s.bracket == "start"]
        stops = [s.start + s.length for s in bar if s.bracket == "stop"]
        assert list(zip(starts, stops, strict=True)) == spans


def test_a_pickup_is_a_bar_of_its_own():
    score = replace(melody([67, 72, 74, 76, 72], [1, 1, 1, 1, 1], title="x"), pickup=F(1))
    assert [sum(beats for _, beats in bar) for bar in bars_of(score)] == [1, 4]
    xml = musicxml.to_musicxml(score)
    assert '<measure number="0" implicit="yes">' in xml and '<measure number="1">' in xml
    assert notation.bar_lines(replace(score, pickup=F(0)), F(5))[0][:2] == (0, 4)


def test_bars_follow_changes_of_metre():
    score = replace(melody([60] * 10, 1), time_signatures=((F(0), (4, 4)), (F(4), (3, 4))))
    assert [sum(beats for _, beats in bar) for bar in bars_of(score)] == [4, 3, 3]


def test_rests_fill_gaps():
    assert bars_of(melody([60, None, 62], [1, 2, 1])) == [[("C4", 1), ("rest", 2), ("D4", 1)]]


@pytest.mark.parametrize(
    "key, pitches, names",
    [
        ("D", [62, 66, 61, 60], ["D4", "F#4", "C#4", "C4"]),
        ("Em", [63, 66, 70], ["D#4", "F#4", "Bb4"]),
        ("Gm", [66, 70, 63], ["F#4", "Bb4", "Eb4"]),
        ("Ador", [66, 67, 68], ["F#4", "G4", "G#4"]),
        ("Ab", [61, 68, 66, 59], ["Db4", "Ab4", "Gb4", "Cb4"]),
        ("C", [70, 63, 66, 68, 61], ["Bb4", "Eb4", "F#4", "G#4", "C#4"]),
        ("F#", [65, 71], ["E#4", "B4"]),
        ("Cb", [71, 64], ["Cb5", "Fb4"]),
    ],
)
def test_the_key_chooses_the_names(key, pitches, names):
    assert [notation.spelled_name(p, notation.key_fifths(key)) for p in pitches] == names


@pytest.mark.parametrize(
    "key, fifths, words",
    [
        ("D", 2, "D major"), ("Em", 1, "E minor"), ("G mixolydian", 0, "G mixolydian"),
        ("Ador", 1, "A dorian"),
        ("Bb", -2, "Bb major"), ("F#m", 3, "F# minor"), ("C minor", -3, "C minor"), ("D Major", 2, "D major"),
        ("Amix", 2, "A mixolydian"), ("HP", None, ""), (None, None, ""), ("", None, ""), ("G#lyd", None, ""),
    ],
)  # fmt: skip
def test_key_names_are_understood(key, fifths, words):
    assert (notation.key_fifths(key), notation.key_words(key)) == (fifths, words)


def test_a_missing_key_is_guessed_from_the_notes():
    assert notation.guess_fifths(melody([62, 64, 66, 67, 69, 71, 73, 74]).notes) == 2
    assert notation.guess_fifths(melody([60, 62, 64]).notes) == 0


def test_an_accidental_holds_to_the_bar_line_and_not_across():
    score = replace(melody([66, 66, 65, 67, 66, 67, 67, 67], 1), keys=((F(0), "C"),))
    bars = [bar.count("<accidental>") for bar in musicxml.to_musicxml(score).split("</measure>")]
    assert bars[:2] == [2, 1]  # F#, (F#), F natural | F# again
    in_key = replace(score, keys=((F(0), "G"),))
    assert re.findall("<accidental>(.*?)<", musicxml.to_musicxml(in_key)) == ["natural"]


def test_quavers_are_beamed_in_beats():
    def beams(score):
        return ["".join(s.beam[:1] or "-" for s in bar) for bar in signs_of(score)]

    jig = replace(melody([60] * 6, F(1, 2)), time_signatures=((F(0), (6, 8)),))
    assert beams(jig) == ["bcebce"]
    assert beams(melody([60] * 8, F(1, 2))) == ["bccebcce"]
    waltz = replace(melody([60] * 6, F(1, 2)), time_signatures=((F(0), (3, 4)),))
    assert beams(waltz) == ["bebebe"]
    upbeat = replace(melody([60] * 9, F(1, 2)), pickup=F(1, 2))
    assert beams(upbeat) == ["-", "bccebcce"]


@cache
def irish():
    """Every tune of O'Neill's collection that came with music21, read by our reader."""
    from pathlib import Path

    import music21

    from musicml.score.abc_notation import read_abc_all

    folder = Path(music21.__file__).parent / "corpus" / "oneills1850"
    return tuple(
        tune for path in sorted(folder.glob("*.abc")) for tune in read_abc_all(path.read_text("latin-1"))
    )


def test_irish_tunes_can_be_written():
    tunes, odd = 0, []
    for score in irish()[::2]:
        lines = notation.bar_lines(score, score.duration)
        voice = notation.write_voice(score.parts[0].notes, lines)
        for (start, stop, _), signs in zip(lines, voice, strict=True):
            assert sum(sign.length for sign in signs) == stop - start, score.title
            assert all(sign.value for sign in signs)
        written = [
            (start + sign.start, pitch)
            for (start, _, _), signs in zip(lines, voice, strict=True)
            for sign in signs
            for pitch in sign.pitches
            if not sign.tied_from
        ]
        tunes += 1
        if sorted(written) != [(n.onset, n.pitch) for n in score.notes]:
            odd.append(score)
    assert tunes > 950 and len(odd) < 10
    for score in odd:  # only turns of fives and nines, which are written near where they are
        assert any(24 % n.onset.denominator and 16 % n.onset.denominator for n in score.notes), score.title


def test_music21_reads_the_same_notes_from_our_musicxml():
    import music21

    for score in irish()[:400:57]:
        parsed = music21.converter.parseData(musicxml.to_musicxml(score), format="musicxml").stripTies()
        theirs = [(F(n.offset).limit_denominator(48), n.pitch.midi, F(n.quarterLength).limit_denominator(48))
                  for n in parsed.flatten().notes]  # fmt: skip
        assert theirs == [(n.onset, n.pitch, n.duration) for n in score.notes], score.title


def four_voices():
    lines = [([72, 74, 76, 77], 1), ([67, 67, 67, 69], 1), ([64, 62, 60, 60], 1), ([48, 55], 2)]
    parts = [replace(melody(p, d).parts[0], name=name) for (p, d), name in zip(lines, "SATB", strict=True)]
    return Score(parts, title="Four voices", keys=((F(0), "C"),))


def test_engrave_shows_a_score_in_words_and_notes(shown):
    score = replace(
        melody([71, 67, 76, 67, 78, 74], [F(1, 2), 1, F(1, 2), 1, 1, F(1, 2)], title="The <Butterfly>"),
        time_signatures=((F(0), (9, 8)),), keys=((F(0), "Em"),),
    )  # fmt: skip
    show.engrave(score)
    assert shown[0].text == "Score of The <Butterfly>: 1 bar in 9/8, E minor, starting B4 G4 E5 G4 F#5 D5"
    assert alt_texts(shown[0].html) == [shown[0].text]
    svg = images(shown[0].html)[0].decode()
    assert svg.count('class="note"') == 6 and svg.count('class="barLine"') == 1
    assert ElementTree.fromstring(svg).tag.endswith("svg")


def test_engrave_four_voices_and_eight_bars_only(shown):
    show.engrave(four_voices())
    assert shown[0].text == "Score of Four voices: 4 parts, 1 bar in 4/4, C major, starting C5 D5 E5 F5"
    assert images(shown[0].html)[0].count(b'class="staff"') == 4
    show.engrave(melody([60] * 400, F(1, 4)), title="Long")
    assert "8 bars" in shown[1].text and images(shown[1].html)[0].count(b'class="measure"') == 8


def test_engraved_irish_tunes_are_small(shown):
    for score in irish()[::97]:
        show.engrave(score)
        assert len(shown[-1].html) < 60_000, score.title


def test_engrave_without_notes_is_refused():
    with pytest.raises(MusicMLError, match="no notes to write"):
        show.engrave(Score(title="Nothing"))


def test_odd_onsets_from_a_performance_are_written_near_where_they_are():
    rng = np.random.default_rng(0)
    at = F(0)
    notes = []
    for _ in range(60):
        at += F(int(rng.integers(1, 400)), 480)
        notes.append(Note(at, int(rng.integers(50, 80)), F(int(rng.integers(1, 900)), 480)))
    score = Score([Part(notes)])
    for (start, stop, _), signs in zip(
        notation.bar_lines(score, score.duration), signs_of(score), strict=True
    ):
        assert sum(sign.length for sign in signs) == stop - start and all(sign.value for sign in signs)
    assert engraving.to_svg(score, bars=None)


# ---------------------------------------------------------------- always the same


SAME_OUTPUT = """
import hashlib, warnings
warnings.simplefilter("error")
import matplotlib; matplotlib.use("Agg")
from musicml import show
from musicml.show import picture, player, engraving
from musicml.score import melody
outputs = []
for module in (picture, player, engraving):
    module.display = outputs.append
scale = melody([60, 62, 64, 65, 67], 1, title="Scale")
show.listen(scale); show.engrave(scale); show.pianoroll(scale)
show.learning_curve({"loss": [3, 2, 1]}, baselines={"chance": 4})
for output in outputs:
    print(hashlib.sha256(repr(output._repr_mimebundle_()).encode()).hexdigest())
"""


def test_two_processes_show_the_same():
    runs = [
        subprocess.run([sys.executable, "-c", SAME_OUTPUT], capture_output=True, text=True, check=True)
        for _ in "ab"
    ]
    assert runs[0].stdout == runs[1].stdout and len(runs[0].stdout.split()) == 4
    assert runs[0].stderr == ""


def test_heavy_libraries_wait_until_they_are_used():
    heavy = {"verovio", "ipywidgets", "librosa", "keras", "scipy", "soundfile", "music21"}
    code = f"import sys, musicml.show; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_versions_names_libraries_but_no_machine(capsys):
    show.versions()
    assert re.fullmatch(r"numpy [\d.]+, keras [\d.]+, jax [\d.]+, musicml [\d.]+\n", capsys.readouterr().out)
