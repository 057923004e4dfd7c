"""``musicml compose``: new music by the networks that come with the course."""

import argparse
import os
from pathlib import Path

from ..errors import unknown
from .facts import time
from .music import PICTURES, SCORES, SOUNDS
from .reading import RATE, render
from .writing import check_output, draw_score, save_sound

MODELS = ("chorale", "tune")


def add_commands(add):
    """Add the command with ``add``, the method of a group of subparsers."""
    new = add(
        "compose", help="write new music",
        description="Write new music with a network that comes with the course.\n\n"
        "  chorale   four voices in the manner of Bach: a Transformer\n"
        "  tune      a melody in the manner of Irish dances: a recurrent network\n\n"
        "The ending of the file says what it becomes:\n\n"
        f"  notes     {' '.join(SCORES)}\n  sound     {' '.join(SOUNDS)}\n  picture   {' '.join(PICTURES)}",
        epilog='examples:\n  musicml compose --model chorale --key "G minor" --seconds 30 chorale.mid\n'
        "  musicml compose --model tune --key D tune.mp3\n"
        "  musicml compose --seed 7 chorale.svg\n\nThe same words and the same --seed make the same music.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    new.add_argument("output", type=Path, help="the new file")
    new.add_argument("--model", default="chorale", metavar="NAME", help="chorale (without it) or tune")
    new.add_argument("--key", metavar="KEY", help='such as "G minor", F#m or Bb; without it one is drawn')
    new.add_argument(
        "--seconds", type=float, default=30.0, metavar="S", help="how long, about: 4 to 300; 30 without it"
    )
    new.add_argument("--seed", type=int, default=0, metavar="N", help="another number makes another piece")
    new.add_argument(
        "--temperature",
        type=float,
        metavar="T",
        help="0.1 to 3: below 1 more careful, above 1 bolder",
    )
    new.add_argument(
        "--instrument", default="midi", metavar="NAME", help="in a sound: piano, strings, pluck, ..."
    )
    new.add_argument("--force", action="store_true", help="write over a file that exists")
    new.set_defaults(run=run, bars=None)  # bars: a picture shows them all


def run(options):
    suffix = check_output(options.output, SCORES + SOUNDS + PICTURES, options.force)
    _check(options)
    score = _compose(options)
    print(f"{score.title}, {len(score.notes)} notes, {time(score.seconds(score.duration))}")
    if suffix in SOUNDS:
        return save_sound(options.output, render(score, options.instrument), RATE)
    if suffix in PICTURES:
        draw_score(options, score)
    else:
        from .. import score as score_module

        score_module.save(score, options.output)
        print(f"Wrote {options.output}")
    return 0


def _check(options):
    """What can be refused before any work is done; the composers check the rest."""
    from ..sound import instruments

    if options.instrument != "midi":
        instruments.get(options.instrument)
    if options.model not in MODELS:
        raise unknown("model", options.model, MODELS)


def _compose(options):
    """The new Score, with a progress bar on stderr unless MUSICML_PROGRESS=0."""
    from tqdm import tqdm

    from ..apps import compose

    composer = {"chorale": compose.compose_chorale, "tune": compose.compose_tune}[options.model]
    more = {} if options.temperature is None else {"temperature": options.temperature}
    off = os.environ.get("MUSICML_PROGRESS") == "0"
    look = "{l_bar}{bar}| {elapsed}<{remaining}"
    with tqdm(desc="composing", disable=off, bar_format=look, delay=0.1) as bar:  # none beside a refusal

        def progress(done, total):
            bar.total = total
            bar.update(done - bar.n)

        return composer(options.key, options.seconds, seed=options.seed, progress=progress, **more)
