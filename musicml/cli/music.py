"""``musicml play``, ``show`` and ``convert``: files of music from a terminal."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ..errors import MusicMLError
from .facts import describe_score, describe_sound, time
from .reading import is_sound, read_score, read_scores, read_sound
from .writing import check_output, draw_score, draw_sound, save_sound

SCORES = (".mid", ".midi", ".abc", ".musicxml", ".xml", ".mxl")
SOUNDS = (".wav", ".flac", ".ogg", ".mp3")
PICTURES = (".svg", ".png")
PLAYERS = (  # the first that is there plays
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
    ("pw-play",),
    ("paplay",),
    ("aplay", "--quiet"),
    ("afplay",),
)


def add_commands(add):
    """Add the three commands with ``add``, the method of a group of subparsers."""

    def command(name, run, text, description, epilog):
        new = add(
            name, help=text, description=description, epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        new.add_argument(
            "file", type=Path, help="notes (MIDI, ABC, MusicXML) or a sound (WAV, FLAC, OGG, MP3)"
        )
        new.add_argument(
            "--tune", type=_number, metavar="N", help="which tune of a file with many: 1 is the first"
        )
        new.set_defaults(run=run)
        return new

    def add_sound(new):
        new.add_argument(
            "--instrument", default="midi", metavar="NAME",
            help="piano, strings, pluck, ...; without it each part has the one its file names",
        )  # fmt: skip
        new.add_argument("--seconds", type=float, metavar="S", help="stop after so many seconds")

    def add_output(new, text):
        new.add_argument("-o", "--output", type=Path, metavar="FILE", help=text)

    def add_force(new):
        new.add_argument("--force", action="store_true", help="write over a file that exists")

    play_parser = command(
        "play", play, "hear a file", "Hear a file of notes or of sound.",
        "examples:\n  musicml play tune.abc\n  musicml play song.mid --instrument piano --seconds 20\n"
        "  musicml play song.mid -o song.mp3\n\nIt is heard through ffplay, pw-play, paplay, aplay or "
        "afplay. Where there is none\n(on a server), an MP3 is written into this folder instead.",
    )  # fmt: skip
    add_sound(play_parser)
    add_output(play_parser, "write the sound to this file instead of playing it")
    add_force(play_parser)

    show_parser = command(
        "show", show, "tell what is in a file, and draw it",
        "Tell what is in a file of notes or of sound; with -o, draw it.",
        "examples:\n  musicml show tune.abc\n  musicml show tune.abc -o tune.svg      written music\n"
        "  musicml show song.mid -o roll.png      a piano-roll\n"
        "  musicml show sound.wav -o sound.png    a spectrogram",
    )  # fmt: skip
    add_output(show_parser, "draw: .svg for written music, .png for a piano-roll or spectrogram")
    show_parser.add_argument("--bars", type=_number, metavar="N", help="draw only the first N bars")
    add_force(show_parser)

    convert_parser = command(
        "convert", convert, "write a file in another format",
        "Write a file in another format; the ending of the new name tells which.\n\n"
        f"  notes     {' '.join(SCORES)}\n  sound     {' '.join(SOUNDS)}\n  picture   {' '.join(PICTURES)}",
        "examples:\n  musicml convert tune.abc tune.mid\n"
        "  musicml convert song.mid song.mp3 --instrument strings\n"
        "  musicml convert chorale.mxl chorale.svg\n\nNotes become a sound or a picture; "
        "a sound does not become notes.",
    )  # fmt: skip
    convert_parser.add_argument("output", type=Path, help="the new file")
    add_sound(convert_parser)
    convert_parser.add_argument(
        "--bars", type=_number, metavar="N", help="in a picture: only the first N bars"
    )
    add_force(convert_parser)


def _number(text):
    """1, 2, 3, ... from the words of a command."""
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f'"{text}" is not a number from 1 upwards')
    return int(text)


def play(options):
    if options.output:
        check_output(options.output, SOUNDS, options.force)
        return save_sound(options.output, *read_sound(options))
    samples, sr = read_sound(options)
    for command in PLAYERS:
        if shutil.which(command[0]):
            if _play(command, samples, sr, options.file.name):
                return 0
            print(f"{command[0]} could not play it.", file=sys.stderr)
            break
    print("No sound device was found; the sound goes into a file.", file=sys.stderr)
    path = Path(f"{options.file.stem}.mp3")
    check_output(path, SOUNDS, options.force)
    return save_sound(path, samples, sr)


def _play(command, samples, sr, name):
    """Play samples with another program, through a file that is gone afterwards. Returns whether it could."""
    from ..sound import save_audio

    with tempfile.TemporaryDirectory() as folder:
        wave = Path(folder) / "musicml.wav"
        save_audio(wave, samples, sr)
        print(f"Playing {name}, {time(samples.shape[-1] / sr)}. Ctrl-C stops.", flush=True)
        return subprocess.call([*command, str(wave)]) == 0


def show(options):
    if options.output:
        check_output(options.output, PICTURES, options.force)
    if is_sound(options.file):
        from ..sound import load_audio

        samples, sr = load_audio(options.file, mono=False)
        print(describe_sound(options.file.name, samples, sr))
        if options.output:
            draw_sound(options, samples, sr)
        return 0
    scores = read_scores(options)
    if len(scores) > 1:
        print(f"{options.file.name}: {len(scores)} tunes. Choose one with --tune N.")
        for number, score in enumerate(scores, 1):
            print(f"{number:5d}  {score.title or '(no title)'}")
        if options.output:
            raise MusicMLError(f"which of the {len(scores)} tunes should be drawn? Add --tune 1.")
        return 0
    print(describe_score(scores[0]))
    if options.output:
        draw_score(options, scores[0])
    return 0


def convert(options):
    suffix = check_output(options.output, SCORES + SOUNDS + PICTURES, options.force)
    if suffix in SOUNDS:
        return save_sound(options.output, *read_sound(options))
    if is_sound(options.file):
        if suffix != ".png":
            raise MusicMLError(
                f"{options.file.name} is a sound: it cannot become {suffix}, which needs notes. "
                f"A sound becomes {', '.join(SOUNDS)}, or .png (a spectrogram)."
            )
        from ..sound import load_audio

        draw_sound(options, *load_audio(options.file, mono=False))
    elif suffix in PICTURES:
        draw_score(options, read_score(options))
    else:
        from .. import score as score_module

        score_module.save(read_score(options), options.output)
        print(f"Wrote {options.output}")
    return 0
