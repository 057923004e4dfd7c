"""Run some cells of a lesson, so that a test can hold its claims."""

from pathlib import Path

from musicml.classroom import build

SOLUTIONS = Path(__file__).parent.parent / "solutions"


def sources(name):
    """The source of each cell of a solution, by its id."""
    return {cell.id: cell.source for cell in build.read(SOLUTIONS / f"{name}.ipynb").cells}


def run(sources, ids, names=None):
    """The names that these cells of the lesson define, beside those given."""
    names = {} if names is None else names
    for id in ids:
        exec(compile(sources[id], id, "exec"), names)
    return names
