"""The families of generated_music.py: real pieces, what the models of the course write, and extra numbers.

Each family is a function. The first line of its docstring is a title of the page, the rest stands below it.
It returns a dict:

    groups   name -> Scores, the real ones first
    train    what the models learned from
    steps    what counts as a step when copies are looked for; evaluate.note_steps where it is left out
    extra    function of a Score -> more numbers of it, where there are any

Networks that a lesson trains are taken from it: its cells are run. The models of the downloaded corpora do
not come with the course: train them first (``frame_models.py``, ``jsb16.py``, ``roll_gru.py``).
"""

import contextlib
import io
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import frame_models
import literature
import music_statistics
import numpy as np
import roll_gru

from musicml import baselines, corpora, evaluate, generate, nn, score
from musicml.apps import four_voices
from musicml.apps.compose import chorale as composer
from musicml.apps.compose import part_writing
from musicml.apps.compose.tune import write_tune
from musicml.classroom import build
from musicml.score import MelodyTokens, bar_length, chorale_plan, final_chord, find_key, key_name, read_key

SAMPLES = music_statistics.SAMPLES
SOLUTIONS = Path(__file__).parent.parent / "solutions"
# The cells of a lesson that are run: all up to the first of these, and the others.
CELLS = {
    "13_guess_the_next_note": ("train",),
    "14_remember_the_melody": ("train", "carry"),
    "15_open_the_gates": ("learn", "draw-frame", "compose", "continue"),
    "16_pay_attention": ("train",),
    "17_build_a_transformer": ("train", "write"),
}


def tunes():
    """Tunes as tokens

    Irish tunes. Tokens have no metre, so all bars count as 4/4. All models draw at temperature 1. The last
    three are the small networks that the lessons 13, 14 and 16 train while they run: a window of 8 notes, a
    memory, and attention to all notes before.
    """
    found, train = music_statistics.groups()
    names = {"held-out tunes": "real", "network": "melody_mlp"}
    groups = {names.get(name, name): tunes for name, tunes in found.items() if name != "as written"}
    window, memory, attention = (lesson(number) for number in (13, 14, 16))

    def attend(heard):
        return attention["model"](heard[None] + 1)[0, -1, 1:]  # 0 is padding

    machines = {  # the memory is a new one for each tune
        "window of 8, lesson 13": lambda: generate.next_token_logits(window["ours"], 8),
        "memory, lesson 14": lambda: memory["carry_on"](memory["ours"]),
        "attention, lesson 16": lambda: attend,
    }
    tokens = MelodyTokens()
    for name, new in machines.items():
        drawn = [
            generate.sample(new(), [tokens.START], music_statistics.LENGTH, seed=seed, stop=tokens.END)
            for seed in range(SAMPLES)
        ]
        groups[name] = [tokens.decode(tune) for tune in drawn]
    return {"groups": groups, "train": train}


def dances():
    """Dance tunes with their bars

    Irish and fiddle tunes as written. *tune_gru* writes as `musicml compose --model tune` does: 16 bars, each
    part once, temperature 0.9, nucleus 0.98; it may not write notes over a bar line, and ends on the tonic.
    The other columns are the same network at other temperatures, without a nucleus.
    """
    irish, fiddle = corpora.load("irish"), corpora.load("fiddle")
    groups = {"real": [*irish.valid, *fiddle.valid], "tune_gru": [write_tune(s) for s in range(SAMPLES)]}
    for temperature in (0.8, 0.9, 1.0):
        groups[f"at {temperature}"] = [write_tune(seed, temperature, 1.0) for seed in range(SAMPLES)]
    return {"groups": groups, "train": [*irish.train, *fiddle.train], "extra": ending}


def ending(tune):
    """How a tune ends, and whether its notes keep to the bars."""
    bar, notes = bar_length(tune.time_signature), tune.notes
    crossed = [(note.onset - tune.pickup) % bar + note.duration > bar for note in notes]
    return {
        "ends on the tonic": float(notes[-1].pitch % 12 == read_key(tune.key)[0]),
        "beats of the last note": float(notes[-1].duration),
        "notes over a bar line": np.mean(crossed),
        "notes off the sixteenths": np.mean([note.onset % Fraction(1, 4) != 0 for note in notes]),
    }


def chorales():
    """Chorales in four voices

    Bach's chorales, by sixteenths. *chorale_transformer* writes as `musicml compose` does: no voice leaves
    its range, no parallel fifths or octaves, the tonic chord at the end; of four pieces it keeps the one with
    the fewest faults of part writing (`musicml.apps.compose.part_writing`). So parallels and last chords say
    nothing about the network; *network alone* does: the same plans and temperature, no rule and no choice.
    The last column is the small Transformer that lesson 17 trains, to the same plans, drawn as there.
    Kneser-Ney writes to no plan, so it has no lines to end and no key to keep.
    """
    corpus, tokens = corpora.load("chorales"), composer.TOKENS
    learned = [tokens.encode(piece, ends=True) for piece in corpus.train]
    counts = baselines.KneserNey(12, tokens.size).fit(learned)
    real = [told(piece.score(), piece.grid, chorale_plan(piece)) for piece in corpus.valid]
    lengths = [4 * len(piece.grid) for piece in corpus.valid]
    groups = {"real": real, "Kneser-Ney, 12": [], "chorale_transformer": [], "network alone": []}
    groups["small, lesson 17"] = []
    (model, card), small = composer.network(), lesson(17)
    for seed in range(SAMPLES):
        drawn = generate.sample(
            counts.next_log_probs, [tokens.START], lengths[seed % len(lengths)], seed=seed
        )
        groups["Kneser-Ney, 12"].append(told(tokens.decode(drawn), tokens.grid(drawn)[0]))
        bars = round(min(max(real[seed % len(real)].duration, 8), 160) / 4)
        plan = composer.chorale_form(bars, *composer.draw_key(seed), seed)
        best = composer.write(model, card["context"], plan, composer.PIECES, seed)
        written = {
            "chorale_transformer": min(best, key=lambda piece: composer.faults(piece, plan)),  # noqa: B023
            "network alone": composer.write(model, card["context"], plan, 1, seed, rules=False)[0],
            "small, lesson 17": small["write"](small["model"], plan, 64, 4 * len(plan.place), seed),
        }
        for name, piece in written.items():
            groups[name].append(told(composer.as_score(piece, plan), tokens.grid(piece)[0], plan))
    train = [piece.score() for piece in corpus.train]
    return {"groups": groups, "train": train, "extra": part_writing_of}


def part_writing_of(piece):
    """How four voices go together and, where there is a plan, whether they keep to it."""
    grid, plan = piece.metadata["grid"], piece.metadata["plan"]
    found = {
        "parallels in 100 beats": 400 * part_writing.parallels(grid) / len(grid),
        "steps with crossed voices": part_writing.crossings(grid) / len(grid),
    }
    if plan is not None:
        ends = part_writing.line_ends(plan.fermata)
        chord = {(pitch - plan.tonic) % 12 for pitch in final_chord(piece)}
        found |= {
            "lines that end on a triad": np.mean([part_writing.is_triad(grid[step]) for step in ends]),
            "ends on its tonic triad": float(chord in ({0, 4, 7}, {0, 3, 7}, {0, 4}, {0, 3})),
            "key found is key asked": float(find_key(piece).name == key_name(plan.tonic, plan.mode)),
        }
    return found


def voices():
    """Chorales of the published benchmark, by sixteenths

    The corpus jsb16, without holds. *in range* is the same network, drawing only pitches that each voice
    sings in the training pieces: the network knows only roughly how high it is, and drifts.
    It is not told where a piece ends, either: some chords are held longer than in any real piece, until their
    sound has died away. That is the silence; no voice rests.
    """
    corpus, model = corpora.load("jsb16"), four_voices.load(trained("four_voices.npz"))
    real = [score.grid_score(grid) for grid in corpus.valid]
    lengths = [len(grid) for grid in corpus.valid]
    groups = {"real": real}
    for name, ranges in (("four_voices", None), ("in range", four_voices.ranges(corpus.train))):
        groups[name] = [
            score.grid_score(four_voices.compose(model, lengths[s % len(lengths)], s, ranges=ranges))
            for s in range(SAMPLES)
        ]
    return {"groups": groups, "train": [score.grid_score(grid) for grid in corpus.train]}


def beats():
    """Chorales by beats, as lesson 15 learns them

    One frame a beat, all in C. The two networks of lesson 15 continue eight beats of real chorales by 32
    beats; of real chorales the same beats are taken. *separate* throws a die for each note, *joint* lets each
    note know those above it. Copied runs are counted in frames.
    """
    names = lesson(15)
    rolls = {"real": [roll[8:40] for roll in names["valid"]], **names["fifty"]}
    groups = {name: [as_score(roll, names["LOWEST"]) for roll in group] for name, group in rolls.items()}
    return {"groups": groups, "train": names["train"], "steps": steps_of_roll}


def rolls():
    """Published chorales as rolls

    The corpus jsb: frames of a quarter note, all in C. Copied runs are counted in frames. *GRU* is that of
    `roll_gru.py`: 88 notes drawn separately from one memory.
    """
    corpus, lowest = corpora.load("jsb"), 21 - 12  # the rolls lie an octave high
    groups = {"real": [as_score(roll, lowest) for roll in corpus.valid]}
    lengths, starts = [len(roll) for roll in corpus.valid], [roll[0] for roll in corpus.train]
    for kind in frame_models.KINDS:
        model, _ = frame_models.read_model("jsb", kind, trained(f"frames_jsb_{kind}.npz").parent)
        drawn = [baselines.sample_roll(model, lengths[s % len(lengths)], seed=s) for s in range(SAMPLES)]
        groups[f"note_by_note, {kind}"] = [as_score(roll, lowest) for roll in drawn]
    model = roll_gru.read_model(trained("roll_jsb_GRU.npz"))
    drawn = [roll_gru.sample(model, starts, lengths[s % len(lengths)], seed=s) for s in range(SAMPLES)]
    groups["GRU"] = [as_score(roll, lowest) for roll in drawn]
    return {"groups": groups, "train": corpus.train, "steps": steps_of_roll}


FAMILIES = {family.__name__: family for family in (tunes, dances, chorales, voices, beats, rolls)}


def lesson(number):
    """The names that the CELLS of a lesson, by its number, define: its networks, trained, and its sampler.

    All cells before the training are run, too: some draw from the same random numbers.
    """
    name = next(name for name in CELLS if name.startswith(f"{number}_"))
    names, sources = {}, cells(name)
    with contextlib.redirect_stdout(io.StringIO()):
        for id, source in sources.items():
            exec(compile(source, id, "exec"), names)
    nn.set_floatx("float32")  # lessons change it; what is made keeps its own
    return names


def cells(name):
    """The sources of the CELLS of a lesson, solved, by their ids."""
    notebook = build.read(SOLUTIONS / f"{name}.ipynb")
    code = {cell.id: cell.source for cell in notebook.cells if cell.cell_type == "code"}
    last, *more = CELLS[name]
    ids = list(code)
    return {id: code[id] for id in [*ids[: ids.index(last) + 1], *more]}


def trained(name):
    path = literature.WEIGHTS / name
    if not path.exists():
        sys.exit(f"{name} is not there. Run frame_models.py, jsb16.py and roll_gru.py first.")
    return path


def told(piece, grid, plan=None):
    """A Score that knows its grid (T, 4) and its plan."""
    return replace(piece, metadata={"grid": grid, "plan": plan})


def as_score(roll, lowest):
    made = score.from_pianoroll(roll, steps_per_beat=1, lowest=lowest)
    return replace(made, metadata={"roll": roll})


def steps_of_roll(piece):
    return evaluate.frame_steps(piece.metadata["roll"] if hasattr(piece, "metadata") else piece)
