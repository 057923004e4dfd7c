"""The map of the course: every lesson, in order, and the table of them in README.md.

``python -m musicml.classroom.curriculum`` writes the table anew. A lesson that
is not written yet stands in it as planned, so that the whole course can be
seen and no link leads nowhere.
"""

from pathlib import Path

# slug, what is derived and built in NumPy, the music in it
PARTS = {
    "How a machine learns": [
        (
            "hear_what_we_build",
            "a note as numbers; the map of the course",
            "one tune, continued in three ways",
        ),
        ("fit_a_line", "least squares, from the loss to the answer", "pitch and frequency are a line"),
        ("walk_downhill", "gradient descent and its step size", "hear the error as a mistuned note"),
        ("tell_major_from_minor", "logistic and softmax regression", "major or minor, in Bach's chorales"),
        ("stack_layers", "layers, and why depth helps", "the space of pitches, bent by a network"),
        (
            "send_errors_back",
            "backpropagation, by hand and as code",
            "a network that learns to tell notes apart",
        ),
        ("choose_a_step", "momentum, RMSprop, Adam, schedules", "the same tune, learned faster and slower"),
        (
            "keep_it_general",
            "overfitting, dropout, normalisation",
            "a tune learned by heart, and one understood",
        ),
        (
            "choose_an_engine",
            "what a framework adds, and what it costs",
            "the pitch of a note from its spectrum",
        ),
    ],
    "Sound": [
        ("see_a_sound", "sampling, the Fourier transform, noise removal", "a noisy recording, restored"),
        ("describe_a_sound", "mel bands, chroma, onsets, tempo", "find the beat"),
        ("recognise_a_style", "convolution and pooling", "which dance is this?"),
    ],
    "Notes in order": [
        ("write_music_as_tokens", "tokens that always decode; Markov chains", "tunes made by counting"),
        ("guess_the_next_note", "embeddings, a next-note network, sampling", "the first tune from a network"),
        ("remember_the_melody", "recurrent networks and their gradients", "tunes with a memory"),
        (
            "open_the_gates",
            "GRU and LSTM; the notes of a chord together",
            "polyphony, measured on a public benchmark",
        ),
        ("pay_attention", "attention, from an average to heads", "what a model looks at in a tune"),
        ("build_a_transformer", "the Transformer block and its gradients", "a four-part chorale"),
    ],
    "Make, choose, answer for it": [
        ("forge_and_detect", "generative adversarial networks", "bars of piano-roll"),
        ("grow_a_large_model", "parameters, cost, scaling laws", "a small and a large model, heard"),
        ("tune_and_spread", "fine-tuning; training on several devices", "from folk tunes to chorales"),
        ("recommend_a_song", "neighbours, factorisation, ranking measures", "a playlist with reasons"),
        ("score_a_film", "motion and cuts in video; music on cue", "a film with its soundtrack"),
        ("compose_together", "filling gaps with a model that sees both sides", "a piano-roll that you edit"),
        ("answer_for_it", "originality, copyright, privacy, bias", "is it a copy?"),
    ],
}
SLUGS = tuple(slug for lessons in PARTS.values() for slug, _, _ in lessons)
BEGIN, END = "<!-- lessons: written by make lessons -->", "<!-- end of lessons -->"


def file_name(slug):
    """Return a lesson's file name: "fit_a_line" -> "01_fit_a_line.ipynb"."""
    return f"{SLUGS.index(slug):02d}_{slug}.ipynb"


def lesson_map(root):
    """Return the table of the lessons as Markdown, with links to those that exist under ``root``."""
    lines = []
    for number, (part, lessons) in enumerate(PARTS.items(), start=1):
        lines += [
            f"**Part {number}. {part}**",
            "",
            "| lesson | derived and built | heard or made |",
            "|---|---|---|",
        ]
        for slug, built, heard in lessons:
            name = file_name(slug)
            title = f"{name[:2]} {slug.replace('_', ' ')}"
            if (Path(root) / "lessons" / name).is_file():
                title = f"[{title}](lessons/{name}) ([solution](solutions/{name}))"
            else:
                title += " *(planned)*"
            lines.append(f"| {title} | {built} | {heard} |")
        lines.append("")
    return "\n".join(lines)


def with_map(readme, root):
    """Return the README's text with the table between its two marks made anew."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{lesson_map(root)}\n{END}{after}"


if __name__ == "__main__":
    page = Path("README.md")
    page.write_text(with_map(page.read_text(encoding="utf-8"), "."), encoding="utf-8")
