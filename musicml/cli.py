"""The command ``musicml``: set up the data, open the course, look for problems."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from . import doctor
from .errors import MusicMLError


def course_root():
    """Return the folder of the course: the one we are in, or the one musicml was installed from."""
    for folder in (Path.cwd(), Path(__file__).parents[1]):
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
    command += [f"--LabApp.app_settings_dir={Path(__file__).parent / 'classroom' / 'jupyterlab'}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # in a container; Jupyter refuses root otherwise
    return [*command, *options]


def lab(options):
    """Copy new lessons into work/ and open JupyterLab there. Returns its exit code."""
    from .classroom.work import prepare_work

    work = prepare_work(course_root())
    try:
        return subprocess.call(lab_command(work, options))
    except KeyboardInterrupt:  # Ctrl-C reaches JupyterLab as well, which has said goodbye
        return 0


def setup():
    """Build the music collections that are not in the cache yet."""
    from . import corpora

    corpora.prepare()
    return 0


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="musicml", description="Learn deep learning through music.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("lab", help="open JupyterLab at the first lesson; further options go to JupyterLab")
    commands.add_parser("setup", help="build the music collections, once")
    commands.add_parser("doctor", help="look at the installation and say what to do")
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command != "lab":
        parser.error(f"{options.command} takes no {' '.join(rest)}")
    try:
        return {"lab": lambda: lab(rest), "setup": setup, "doctor": doctor.main}[options.command]()
    except MusicMLError as error:
        print(error, file=sys.stderr)
        return 1
