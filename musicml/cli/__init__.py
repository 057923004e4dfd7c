"""The command ``musicml``: open the course, look for problems, hear and see files of music.

    musicml/cli/__init__.py   the words of the command, and ``musicml lab``
    musicml/cli/music.py      play, show, convert
    musicml/cli/compose.py    compose
    musicml/cli/reading.py, writing.py, facts.py    what these three need
    musicml/cli/data.py       data list, info, get, verify, path

Exit codes: 0 done; 1 it could not be done, and one sentence on stderr says why; 2 the command was
not understood.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from .. import doctor
from ..errors import MusicMLError
from . import compose, data, music

NEXT_STEP = "Look at the folder: does it exist, may you write there, is there room?"


def course_root():
    """Return the folder of the course: the one we are in, or the one musicml was installed from."""
    for folder in (Path.cwd(), Path(__file__).parents[2]):
        if (folder / "lessons").is_dir() and (folder / "solutions").is_dir():
            return folder
    raise MusicMLError(
        f"musicml lab: {Path.cwd()} has no lessons/ and solutions/, expected the folder of the course. "
        "Change into it (cd musicml) and call again."
    )


def lab_command(work, options=()):
    """Return the command that serves the folder ``work`` in JupyterLab, at its first notebook.

    Args:
        work: the learner's folder.
        options: further options for ``jupyter lab``; they win over ours.
    """
    first = min(notebook.name for notebook in Path(work).glob("*.ipynb"))
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={work}"]
    command += [f"--LabApp.default_url=/lab/tree/{first}"]
    # These settings keep JupyterLab from asking other hosts for news; a class need not be online.
    command += [f"--LabApp.app_settings_dir={Path(__file__).parents[1] / 'classroom' / 'jupyterlab'}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # in a container; Jupyter refuses root otherwise
    return [*command, *options]


def lab(options):
    """Copy new lessons into work/ and open JupyterLab there. Returns its exit code."""
    from ..classroom.work import prepare_work

    work = prepare_work(course_root())
    try:
        return subprocess.call(lab_command(work, options))
    except KeyboardInterrupt:  # Ctrl-C reaches JupyterLab as well, which has said goodbye
        return 0


def setup():
    """Build the music collections that are not in the cache yet."""
    from .. import corpora

    corpora.prepare()
    return 0


def parser():
    """The words of the command, and which function does what."""
    top = argparse.ArgumentParser(
        prog="musicml",
        description="Learn deep learning through music.",
        epilog="musicml COMMAND --help tells more about a command, with examples.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add = commands.add_parser
    add("lab", help="open JupyterLab at the first lesson; further options go to JupyterLab")
    add("setup", help="build the music collections, once").set_defaults(run=lambda options: setup())
    add("doctor", help="look at the installation and say what to do").set_defaults(
        run=lambda options: doctor.main()
    )
    music.add_commands(add)
    compose.add_commands(add)
    data.add_commands(add)
    return top


def main(arguments=None):
    """Run one command. Returns its exit code."""
    top = parser()
    options, rest = top.parse_known_args(arguments)
    if rest and options.command != "lab":
        top.error(f"{options.command} takes no {' '.join(rest)}")
    try:
        return lab(rest) if options.command == "lab" else options.run(options)
    except MusicMLError as error:
        print(error, file=sys.stderr)
    except BrokenPipeError:  # the reader of our output has gone: musicml ... | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(f"{error.filename or options.command}: {error.strerror or error}. {NEXT_STEP}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130  # as shells have it
    return 1
