"""The house: which file may import which, how long a file of nn may be, and what no file may contain.

The rules are data, at the top. Each is also tried on a small source that
breaks it, so that a rule which cannot fail does not pass unseen.
"""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "musicml"

# Who may import whom inside musicml. "errors" may be imported by all.
MUSIC = {"score", "sound", "corpora"}
TOOLS = MUSIC | {"nn", "baselines", "generate", "evaluate"}
ALLOWED = {
    "": set(),  # musicml itself: importing it imports nothing
    "errors": set(),
    "nn": set(),
    "recipes": set(),
    "twin": set(),
    "score": set(),
    "sound": {"score"},
    "corpora": {"score", "sound"},
    "baselines": MUSIC,
    "generate": MUSIC | {"nn", "baselines", "recipes"},
    "evaluate": MUSIC | {"nn", "baselines", "recipes"},
    "apps": TOOLS | {"recipes", "twin"},
    "weights": TOOLS | {"recipes", "twin"},  # the programs that train what is shipped
    "show": TOOLS | {"apps"},
    "classroom": TOOLS | {"recipes", "twin", "apps", "weights", "show"},
    "doctor": TOOLS | {"twin", "show"},
    "cli": TOOLS | {"apps", "show", "classroom", "doctor"},
    "__main__": {"cli"},
}
# What nn and recipes may import from outside; the others may import whatever pyproject.toml lists.
OUTSIDE = {"nn": {"numpy", "tqdm"}, "recipes": set()}
# Libraries with one owner each.
OWNERS = {
    "keras": {"twin"},
    "jax": set(),
    "tensorflow": set(),
    "torch": set(),
    "matplotlib": {"show"},
    "verovio": {"show"},
    "ipywidgets": {"show", "doctor"},
    "IPython": {"show", "classroom"},  # check() shows its verdict under the learner's cell
}
# Slow to import, so only inside the functions that need them; where they may stand at the top is named.
HEAVY = {"keras": {"twin"}, "matplotlib": {"show"}, "IPython": {"show"}, "ipywidgets": {"show"}} | {
    name: set()
    for name in ("music21", "librosa", "verovio", "mido", "soundfile", "pooch", "scipy", "nbformat",
                 "nbclient", "hypothesis", "pytest", "tqdm", "jupyter_core", "packaging", "psutil")
}  # fmt: skip


FILES = sorted(PACKAGE.rglob("*.py"))


def part_of(path):
    """musicml/nn/dense.py -> "nn"; musicml/cli.py -> "cli"; musicml/__init__.py -> ""."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py").replace("__init__", "")


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def imports(source, depth=1):
    """Every import in a source: (module, line, at the top level).

    Args:
        source: Python text.
        depth: how far the file lies below musicml/: 1 for musicml/cli.py, 2 for musicml/nn/dense.py.

    Relative imports come back absolute: "musicml.score.notes".
    """
    found = []

    def walk(node, top):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                found.extend((alias.name, child.lineno, top) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                up = depth - child.level  # packages of musicml that are left of the dots
                if child.level == 0:
                    start = child.module
                elif up == 0:
                    start = ".".join(filter(None, ["musicml", child.module]))
                else:
                    start = "same package"
                if start == "musicml":
                    found.extend((f"musicml.{alias.name}", child.lineno, top) for alias in child.names)
                else:
                    found.append((start, child.lineno, top))
            elif isinstance(child, ast.Call) and child.args and isinstance(child.args[0], ast.Constant):
                called = getattr(child.func, "attr", getattr(child.func, "id", ""))
                if called in ("import_module", "__import__"):
                    found.append((child.args[0].value, child.lineno, top))
            deeper = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            walk(child, top and not deeper)

    walk(ast.parse(source), True)
    return found


def broken_imports(part, source, depth=1):
    """The import rules that a file of the part ``part`` breaks, as sentences."""
    broken = []
    for module, line, top in imports(source, depth):
        library, _, rest = module.partition(".")
        if library == "musicml":
            other = rest.partition(".")[0]
            fine = other in ALLOWED[part] | {part, "errors", ""} or other.startswith("__")
        elif module == "same package" or library in sys.stdlib_module_names:
            fine = True
        else:
            fine = library in OUTSIDE.get(part, {library}) and part in OWNERS.get(library, {part})
            if fine and top and part not in HEAVY.get(library, {part}):
                broken.append(
                    f"line {line}: {part or 'musicml'} imports {library} at its top; do it in a function"
                )
        if not fine:
            broken.append(f"line {line}: {part or 'musicml'} imports {module}")
    return broken


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_go_one_way(path):
    part = part_of(path)
    assert part in ALLOWED, f"{path.name}: a new part of the house; write in ALLOWED what it may import"
    depth = len(path.relative_to(PACKAGE).parts)
    assert broken_imports(part, path.read_text(encoding="utf-8"), depth) == []


@pytest.mark.parametrize(
    "part, depth, source",
    [
        ("nn", 2, "from ..score import Note"),
        ("nn", 2, "from .. import score"),
        ("nn", 2, "import musicml.score.notes"),
        ("nn", 2, "from musicml import score"),
        ("nn", 2, "def f():\n    from ..score.notes import Note"),
        ("nn", 2, "import importlib\nimportlib.import_module('musicml.score')"),
        ("nn", 2, "from scipy import special"),
        ("score", 2, "from ..nn import Dense"),
        ("recipes", 1, "import numpy"),
        ("recipes", 1, "from . import nn"),
        ("baselines", 1, "from . import show"),
        ("classroom", 3, "from ...cli import main"),
        ("classroom", 2, "def f():\n    import keras"),
        ("cli", 1, "def f():\n    import matplotlib.pyplot as plt"),
        ("score", 2, "import music21"),
        ("corpora", 2, "try:\n    import pooch\nexcept ImportError:\n    pass"),
        ("corpora", 2, "class A:\n    from scipy import signal"),
        ("", 1, "from . import nn"),
    ],
)
def test_the_rules_can_be_broken(part, depth, source):
    assert len(broken_imports(part, source, depth)) == 1


@pytest.mark.parametrize(
    "part, depth, source",
    [
        ("nn", 2, "import numpy as np\nfrom ..errors import ShapeError\nfrom .layer import Layer\nimport os"),
        ("classroom", 3, "from . import load\nfrom ..check import check\nfrom ...errors import unknown"),
        ("score", 2, "def load():\n    import music21"),
        ("twin", 1, "import keras"),
        ("show", 2, "import matplotlib.pyplot as plt\nfrom ..score import Score"),
    ],
)
def test_what_is_allowed_passes(part, depth, source):
    assert broken_imports(part, source, depth) == []


def test_the_allowed_imports_have_no_circle():
    def reach(part, seen):
        for other in ALLOWED[part]:
            assert other not in seen, f"{other} reaches itself: {seen}"
            reach(other, [*seen, other])

    for part in ALLOWED:
        reach(part, [part])


def test_every_library_that_is_imported_is_listed():
    """A package that only comes along with another may be gone with its next version."""
    from packaging.requirements import Requirement

    listed = {"musicml", "same package"} | {
        Requirement(line).name.replace("-", "_").lower() for line in project()["dependencies"]
    }
    names = {"yaml": "pyyaml"}
    # ipykernel and jupyter_client are JupyterLab's own; IPython is ipywidgets'.
    listed |= {"ipython", "ipykernel"}
    # Keras's other engines, which only the parity tests know.
    listed |= project()["optional-dependencies"].keys() & {"tensorflow", "torch"}
    missing = {
        (name_of(path), library)
        for path in [*FILES, *ROOT.glob("tests/*.py"), *ROOT.glob("*.py")]
        for module, _, _ in imports(path.read_text(encoding="utf-8"), len(path.relative_to(ROOT).parts) - 1)
        if (library := module.partition(".")[0]) not in sys.stdlib_module_names
        and names.get(library, library).lower() not in listed
        and not (path.parent / f"{library}.py").is_file()
    }
    assert missing == set()


def project():
    import tomllib

    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_importing_musicml_imports_no_library():
    code = "import sys; before = set(sys.modules); import musicml; print(sorted(set(sys.modules) - before))"
    run = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert ast.literal_eval(run.stdout) == ["musicml"]


@pytest.mark.parametrize(
    "module", ["musicml.nn", "musicml.score", "musicml.sound", "musicml.corpora", "musicml.cli"]
)
def test_heavy_libraries_wait(module):
    """What the rules above read in the sources holds when it runs."""
    code = f"import sys; import {module}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert set(run.stdout.split()) & (set(HEAVY) | {"jax", "matplotlib"}) == set()


# --- Short enough to read --------------------------------------------------------------------------


FILE_LINES, LAYER_LINES = 200, 60


def long_layers(source):
    """Classes over the limit, except the two that are the machinery: Layer and Trainer."""
    return {
        node.name: node.end_lineno - node.lineno + 1
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef) and node.name not in ("Layer", "Trainer")
        and node.end_lineno - node.lineno + 1 > LAYER_LINES
    }  # fmt: skip


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("nn/*.py")), ids=lambda path: path.name)
def test_nn_is_read_in_one_sitting(path):
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= FILE_LINES
    assert long_layers(source) == {}


def test_a_long_layer_is_seen():
    assert long_layers("class Big(Layer):\n" + "    x = 1\n" * 60) == {"Big": 61}


# --- What no file may contain ----------------------------------------------------------------------


def tracked_files():
    """The files that git has or would add; where there is no git, all but the ignored folders."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode == 0:
        return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]
    skip = {".venv", ".venv-tensorflow", ".venv-torch", "work", ".git", "__pycache__"}
    return [
        path for path in ROOT.rglob("*") if path.is_file() and not skip & set(path.relative_to(ROOT).parts)
    ]


# Written in two halves, so that this file does not contain what it looks for. The user "me" is for examples.
LEAKS = re.compile(
    "|".join(
        ["/ro" + r"ot/[\w.]", "/ho" + r"me/(?!me/)\w+/", "/Us" + r"ers/\w+/", r"[A-Z]:\\Us" + "ers",
         "/wo" + r"rk/(main|shared|scratch)", "/op" + "t/(wheels|pypi)",
         "index" + r"-url\b", "find" + r"-links\b", r"https?://[^\s\"']*/simp" + r"le\b",
         "files.python" + "hosted"]
    )
)  # fmt: skip


def leaks(text):
    return [match.group() for match in LEAKS.finditer(text)]


def test_no_file_names_this_machine_or_a_package_index():
    here = [str(place) for place in (ROOT, Path.home()) if len(place.parts) > 2 or os.name == "nt"]
    found = {}
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # weights and pictures
        if hits := leaks(text) + [place for place in here if place in text]:
            found[name_of(path)] = hits[:3]
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "--extra-index" + "-url x",
        "/ho" + "me/anna/x.mid",
        "https://example.org/simp" + "le",
        "C:\\Us" + "ers\\anna",
    ],
)
def test_a_leak_is_seen(text):
    assert leaks(text)
