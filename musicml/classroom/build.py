"""Build the notebooks: solutions/NN_slug.ipynb -> lessons/NN_slug.ipynb, both executed.

    python -m musicml.classroom.build                  execute and write all
    python -m musicml.classroom.build fit_a_line 13    only these
    python -m musicml.classroom.build --sources-only   write lesson sources, execute nothing
    python -m musicml.classroom.build --check          compare, write nothing, execute nothing

The solution is the source of truth. In the lesson, code between
``### BEGIN SOLUTION`` and ``### END SOLUTION`` is ``...``, cells tagged
``solution`` are gone, and cell ids stay. A notebook is written only when all
its cells ran without an exception.
"""

import argparse
import ast
import copy
import csv
import os
import re
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from ..errors import MusicMLError

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
WIDGET = "application/vnd.jupyter.widget-view+json"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_TIMEOUT = 600  # seconds; a hang, not a budget

# IPython reads this when the kernel is ready, so it reaches the lesson's cells but not
# the kernel's own start. ipykernel 7 warns about its own shutdown: that is not the lesson's.
# On Python 3.12 and 3.13 tornado asks for an event loop before there is one, at the kernel's start.
# A history file would be shared by kernels that run at the same time.
KERNEL_CONFIG = """
c.InteractiveShellApp.exec_lines = [
    "import warnings as _w; _w.simplefilter('error'); "
    "_w.filterwarnings('ignore', category=PendingDeprecationWarning, module='ipykernel'); "
    "_w.filterwarnings('ignore', 'There is no current event loop', DeprecationWarning); del _w"
]
c.HistoryManager.enabled = False
c.IPKernelApp.log_level = 40
"""


# --- Sources ---------------------------------------------------------------------------------------


def make_lesson(solution, name="notebook"):
    """The lesson of a solution notebook, not executed: a new notebook with the same cell ids."""
    lesson = copy.deepcopy(solution)
    lesson.cells = [cell for cell in lesson.cells if "solution" not in tags(cell)]
    for cell in lesson.cells:
        if cell.cell_type == "code":
            cell.source = strip_solution(cell.source, f"{name}, cell {cell.id}")
            cell.outputs, cell.execution_count = [], None
    return canonical(lesson)


def strip_solution(source, place):
    """Replace each marked region by ``...``, or by ``name = ...`` if it assigns names outside a function."""
    kept, region = [], None
    for line in source.split("\n"):
        mark = line.strip()
        if mark == BEGIN and region is None:
            region, indent = [], line[: len(line) - len(line.lstrip())]
        elif mark == END and region is not None:
            names = [] if indent else assigned_names("\n".join(region))
            kept += [f"{name} = ..." for name in names] or [f"{indent}..."]
            region = None
        elif mark in (BEGIN, END):
            raise MusicMLError(
                f'{place}: "{mark}" without its partner. Write one BEGIN and one END for each solution.'
            )
        else:
            (kept if region is None else region).append(line)
    if region is not None:
        raise MusicMLError(
            f'{place}: "{BEGIN}" without "{END}". Write one BEGIN and one END for each solution.'
        )
    return "\n".join(kept)


def assigned_names(source):
    """The names that top-level code binds, in order: the check in the next cell asks for them."""
    names = []
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [n.id for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name)]
    return list(dict.fromkeys(names))


def canonical(notebook):
    """The notebook with fixed metadata, counted cells and no trace of when and where it ran; in place."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = as_node(METADATA)
    count = 0
    for cell in notebook.cells:
        cell.source = cell.source.strip("\n")
        cell.metadata = as_node({"tags": tags(cell)} if tags(cell) else {})
        if cell.cell_type != "code":
            continue
        if cell.get("execution_count"):
            count += 1
            cell.execution_count = count
        cell.outputs = [clean_output(o, cell.execution_count) for o in merge_streams(cell.outputs)]
    return notebook


def as_node(mapping):
    from nbformat import from_dict

    return from_dict(mapping)


def tags(cell):
    return list(cell.metadata.get("tags", []))


def clean_output(output, count):
    """An output without the live widget (its PNG or text stays) and with the cell's own number."""
    if "data" in output:
        output.data.pop(WIDGET, None)
        output.metadata.pop(WIDGET, None)
        output.data = {mime: join(value) for mime, value in output.data.items()}
    if output.output_type == "execute_result":
        output.execution_count = count
    return output


def join(value):
    return "".join(value) if isinstance(value, list) and all(isinstance(v, str) for v in value) else value


def merge_streams(outputs):
    """Neighbouring chunks of one stream as one: how text is cut into chunks depends on timing."""
    merged = []
    for output in outputs:
        last = merged[-1] if merged else None
        if output.output_type == "stream" and last is not None and last.get("name") == output.name:
            last.text = join(last.text) + join(output.text)
        else:
            merged.append(output)
    return merged


def text_of(notebook):
    """The file's content: JSON with sorted keys, lines split, one newline at the end."""
    import nbformat

    nbformat.validate(notebook)
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def read(path):
    import nbformat

    return nbformat.reads(Path(path).read_text(encoding="utf-8"), as_version=4)


def write(path, notebook):
    """Write the whole file or nothing; Unix line ends everywhere."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_text(text_of(notebook), encoding="utf-8", newline="\n")
    os.replace(temporary, path)


# --- Executing -------------------------------------------------------------------------------------


def kernel_environment(folder):
    """The environment variables that every lesson is built and tested with.

    Args:
        folder: an empty folder, kept as long as kernels run; IPython's configuration is written there.
    """
    profile = Path(folder) / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(KERNEL_CONFIG, encoding="utf-8")
    threads = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "NUMBA")
    return {
        "IPYTHONDIR": str(folder),  # the learner's own IPython settings stay out as well
        "MUSICML_PROGRESS": "0",
        "MUSICML_STRICT": "0",
        "MUSICML_LANG": "en",
        "MUSICML_EXERCISES": "",
        "KERAS_BACKEND": "jax",
        "JAX_PLATFORMS": "cpu",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # as in JupyterLab
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # else the debugger writes to stderr
        "PYTHONHASHSEED": "0",
        "PYTHONWARNINGS": "",  # it would strike ipykernel's own start and end; see KERNEL_CONFIG
        **{f"{name}_NUM_THREADS": "1" for name in threads},
    }


def execute(notebook, name):
    """Run all cells of a notebook in a fresh kernel, in place; return (seconds, peak megabytes)."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    start = time.perf_counter()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        environment = {**os.environ, **kernel_environment(Path(folder) / "ipython")}
        empty = Path(folder) / "empty"  # a lesson may rely on no file beside it
        empty.mkdir()
        client = NotebookClient(
            notebook,
            timeout=CELL_TIMEOUT,
            kernel_name="python3",
            record_timing=False,
            resources={"metadata": {"path": str(empty)}},
        )
        client.reset_execution_trackers()
        with client.setup_kernel(env=environment), PeakMemory(client.km.provisioner.pid) as memory:
            for index, cell in enumerate(notebook.cells):
                try:
                    client.execute_cell(cell, index)
                except CellExecutionError as error:
                    message = f"{error.ename}: {error.evalue}"
                except (CellTimeoutError, DeadKernelError) as error:
                    message = f"{type(error).__name__}: {error}"
                else:
                    continue
                raise MusicMLError(
                    f"{name}, cell {cell.id}: {message}\n\n{cell.source}\n\nNothing was written."
                )
    return time.perf_counter() - start, memory.peak / 1e6


class PeakMemory:
    """The largest resident size, in bytes, of a process and its children while the block runs."""

    def __init__(self, pid):
        import psutil

        self.process, self.peak, self.done = psutil.Process(pid), 0, threading.Event()
        self.gone = psutil.NoSuchProcess
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def watch(self):
        while not self.done.wait(0.1):
            self.look()

    def look(self):
        try:
            family = [self.process, *self.process.children(recursive=True)]
            self.peak = max(self.peak, sum(p.memory_info().rss for p in family))
        except self.gone:  # a child ended while it was counted
            pass

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()
        self.look()  # a short notebook ends before the first look


# --- Measuring -------------------------------------------------------------------------------------


def measure(notebook):
    """The sizes that a lesson has budgets for, as a dict."""
    code = [code_lines(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    return {
        "cells": len(notebook.cells),
        "words": sum(words(cell.source) for cell in notebook.cells if cell.cell_type == "markdown"),
        "median": statistics.median(code) if code else 0,
        "longest": max(code, default=0),
        "exercises": len(checked(notebook)),
    }


def code_lines(source):
    """Lines of a cell that are neither empty nor only a comment."""
    return sum(bool(line.strip()) and not line.strip().startswith("#") for line in source.split("\n"))


def words(markdown):
    """Words of prose: without formulas, addresses, HTML and code blocks."""
    text = re.sub(
        r"```.*?```|\$\$.*?\$\$|\$[^$\n]+\$|<[^>]+>|\]\([^)]*\)|https?://\S+", " ", markdown, flags=re.S
    )
    return sum(bool(re.search(r"[^\W\d_]", token)) for token in text.split())


CHECK = re.compile(r'^(\w+) = check\("(\w+)\.(\w+)", (\w+)\)$', re.M)


def checked(notebook):
    """(cell index, variable, lesson slug, exercise name, argument) of each check, in order."""
    return [
        (index, *match.groups())
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
        for match in CHECK.finditer(cell.source)
    ]


# --- Commands --------------------------------------------------------------------------------------


def slug_of(path):
    """solutions/01_fit_a_line.ipynb -> fit_a_line"""
    return Path(path).stem.partition("_")[2]


def chosen(root, names):
    """The solution files that are meant by numbers, slugs or file names; all if there are no names."""
    paths = sorted((Path(root) / "solutions").glob("*.ipynb"))
    if not names:
        return paths
    known = {key: path for path in paths for key in (path.stem, path.stem.partition("_")[0], slug_of(path))}
    wanted = [Path(name).name.removesuffix(".ipynb") for name in names]
    for name in wanted:
        if name not in known:
            raise MusicMLError(
                f'no solution "{name}" in {Path(root) / "solutions"}. Available: {", ".join(sorted(known))}.'
            )
    return [path for path in paths if path in {known[name] for name in wanted}]


def build(path, root):
    """Execute one solution and its lesson and write both; return the rows of the report."""
    lesson_path = Path(root) / "lessons" / path.name
    solution = canonical(read(path))
    lesson = make_lesson(solution, f"solutions/{path.name}")
    rows = []
    for kind, notebook, target in (("solutions", solution, path), ("lessons", lesson, lesson_path)):
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        seconds, megabytes = execute(notebook, f"{kind}/{path.name}")
        canonical(notebook)
        size = len(text_of(notebook).encode()) / 1e6
        cost = {"seconds": round(seconds, 1), "peak MB": round(megabytes), "file MB": round(size, 2)}
        rows.append({"notebook": f"{kind}/{target.stem}", **measure(notebook), **cost})
    lesson_path.parent.mkdir(exist_ok=True)
    write(path, solution)
    write(lesson_path, lesson)
    return rows


def write_sources(path, root):
    """Write the lesson without executing; cells whose source did not change keep their outputs."""
    target = Path(root) / "lessons" / path.name
    lesson = make_lesson(canonical(read(path)), f"solutions/{path.name}")
    before = {c.id: c for c in read(target).cells if c.cell_type == "code"} if target.exists() else {}
    for cell in lesson.cells:
        old = before.get(cell.id)
        if cell.cell_type == "code" and old is not None and old.source == cell.source:
            cell.outputs, cell.execution_count = old.outputs, old.execution_count
    target.parent.mkdir(exist_ok=True)
    write(target, canonical(lesson))


def differences(root):
    """What is out of step between solutions/ and lessons/, as a list of sentences; empty if nothing is."""
    solutions, lessons = Path(root) / "solutions", Path(root) / "lessons"
    names = [{path.name for path in folder.glob("*.ipynb")} for folder in (solutions, lessons)]
    found = [f"lessons/{name} has no solution." for name in sorted(names[1] - names[0])]
    for name in sorted(names[0]):
        for path in (solutions / name, lessons / name):
            if not path.exists():
                found.append(f"lessons/{name} is missing.")
            elif path.read_bytes() != text_of(canonical(read(path))).encode():
                found.append(f"{path.parent.name}/{name} is not in its canonical form.")
        if name in names[1]:
            found += compare(
                make_lesson(read(solutions / name), f"solutions/{name}"), read(lessons / name), name
            )
    return found


def compare(expected, lesson, name):
    """Differences in cells, sources, tags and ids between a lesson and what it should be."""
    if [c.id for c in expected.cells] != [c.id for c in lesson.cells]:
        return [f"lessons/{name}: the cells are not those of the solution (ids or order differ)."]
    return [
        f"lessons/{name}, cell {mine.id}: type, source or tags differ from what the solution gives."
        for mine, theirs in zip(expected.cells, lesson.cells, strict=True)
        if (mine.cell_type, mine.source, tags(mine)) != (theirs.cell_type, theirs.source, tags(theirs))
    ]


def table(rows, separator="  "):
    """Rows as aligned text."""
    if not rows:
        return "no notebooks"
    lines = [list(rows[0]), *[[str(value) for value in row.values()] for row in rows]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        separator.join(
            text.ljust(w) if i == 0 else text.rjust(w)
            for i, (text, w) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def write_report(rows, path):
    """The table as CSV or, for a name that ends in .md, as Markdown."""
    path = Path(path)
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]) if rows else [])
            writer.writeheader()
            writer.writerows(rows)
    else:
        lines = [list(rows[0]), ["---"] * len(rows[0]), *[row.values() for row in rows]] if rows else []
        path.write_text("".join(f"| {' | '.join(map(str, line))} |\n" for line in lines), encoding="utf-8")


def main(arguments=None):
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m musicml.classroom.build", description=__doc__.split("\n")[0]
    )
    parser.add_argument("names", nargs="*", help="numbers, slugs or file names; all if none is given")
    parser.add_argument("--check", action="store_true", help="only say what is out of step")
    parser.add_argument("--sources-only", action="store_true", help="write lessons without executing them")
    parser.add_argument("--report", help="write the table to this .csv or .md file")
    parser.add_argument("--root", default=".", help="the folder with solutions/ and lessons/")
    options = parser.parse_args(arguments)
    rows = []
    try:
        if options.check:
            found = differences(options.root)
            print("\n".join(found) or "lessons are in step with solutions")
            return int(bool(found))
        for path in chosen(options.root, options.names):
            if options.sources_only:
                write_sources(path, options.root)
            else:
                rows += build(path, options.root)
                print(table(rows[-2:]), flush=True)
    except MusicMLError as error:
        print(error, file=sys.stderr)
        return 1
    if len(rows) > 2:
        print("\n" + table(rows))
    if options.report:
        write_report(rows, options.report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
