"""Run some cells of a lesson, so that a test can hold its claims."""

import ast
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


def tree(definition):
    """The syntax tree of a class or function as text, without docstrings."""
    for node in ast.walk(definition):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            del node.body[0]
    return ast.dump(definition)


def methods(definition):
    """The ``tree`` of each function of a class, by its name."""
    return {node.name: tree(node) for node in definition.body if isinstance(node, ast.FunctionDef)}
