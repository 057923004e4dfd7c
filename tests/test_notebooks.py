"""The notebooks: lessons follow from solutions, and both keep their budgets.

What is tested on the real notebooks is first tested here on small ones made
for it, so that each rule is seen to fail.
"""

import ast
import csv
import inspect
import re
import textwrap
from pathlib import Path

import nbformat
import numpy as np
import pytest

from musicml.classroom import build, exercises
from musicml.errors import MusicMLError

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted([*ROOT.glob("lessons/*.ipynb"), *ROOT.glob("solutions/*.ipynb")])
SOLUTIONS = sorted(ROOT.glob("solutions/*.ipynb"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: f"{p.parent.name}-{p.stem}")
each_solution = pytest.mark.parametrize("path", SOLUTIONS, ids=lambda p: p.stem)

SECTIONS = (
    "Hear it first", "Goals", "Idea", "Derivation", "From scratch", "Check", "The twin", "Train on music",
    "Measure", "Listen and look", "Exercises", "Recap and sources",
)  # fmt: skip
MACHINE_PATH = re.compile(
    r"(?<![\w.~/])/(?:home|Users|root|tmp|work|var|opt|private)/\w|\b[A-Z]:\\|site-packages|ipykernel_\d"
)
FORBIDDEN = re.compile(r"^\s*[!%]\s*(?:pip|conda)\b|\bsys\.path\b|\bget_ipython\(\)\.system\b", re.M)


# --- The rules -----------------------------------------------------------------------------------------


def broken_budgets(notebook, size=0):
    """The budgets of a lesson that a notebook breaks, as sentences. ``size``: bytes of its file."""
    m = build.measure(notebook)
    ignored = sum("nbval-ignore-output" in build.tags(c) for c in code_cells(notebook))
    limits = [
        ("cells", m["cells"], 45, 60),
        ("words of prose", m["words"], 1500, 2500),
        ("lines in the median code cell", m["median"], 0, 6),
        ("lines in the longest code cell", m["longest"], 0, 25),
        ("bytes", size, 0, 1_500_000),
        ("exercises", m["exercises"], 4, 6),
        ("cells whose output is not compared", ignored, 0, len(code_cells(notebook)) // 10),
    ]
    return [
        f"{value} {what}, expected {low} to {high}"
        for what, value, low, high in limits
        if not low <= value <= high
    ]


def broken_sections(notebook):
    """Level-2 headings that are not the fixed sections in their order."""
    headings = re.findall(r"^## +(.+)$", markdown(notebook), re.M)
    named = [next((s for s in SECTIONS if h.casefold().startswith(s.casefold())), h) for h in headings]
    return [] if named == list(SECTIONS) else [f"sections {named}, expected {list(SECTIONS)}"]


def broken_outputs(notebook):
    """Outputs that do not belong into a committed notebook."""
    found = []
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "error":
                found.append(f"cell {cell.id} has an error: {output.ename}")
            if output.output_type == "stream" and output.name == "stderr":
                found.append(f"cell {cell.id} writes to stderr: {output.text[:80]}")
            found += [f"cell {cell.id}: {problem}" for problem in broken_data(output)]
        if cell.source.strip() and not cell.execution_count:
            found.append(f"cell {cell.id} was not executed")
    return found


def broken_data(output):
    """Pictures without words, and widgets without a kernel."""
    data, metadata = output.get("data", {}), output.get("metadata", {})
    for mime in data:
        if mime.startswith("image/") and not (metadata.get(mime) or {}).get("alt", "").strip():
            yield f"{mime} without alt text"
        if mime == build.WIDGET:
            yield "a live widget"
    for tag in re.findall(r"<img\b[^>]*>", data.get("text/html", "")):
        if not re.search(r'\balt="\s*[^"\s]', tag):
            yield "an <img> without alt text"


def broken_text(notebook):
    """Commands and paths that work on one machine only."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type == "code" and FORBIDDEN.search(cell.source):
            found.append(f"cell {cell.id}: {FORBIDDEN.search(cell.source)[0].strip()}")
        for text in [cell.source, *output_texts(cell)]:
            # Encoded sounds and pictures hold any letters by chance.
            path = MACHINE_PATH.search(re.sub(r"base64,[\w+/=]+", "", text))
            if path:
                found.append(f"cell {cell.id}: a path of one machine, {path[0]}")
    return found


def output_texts(cell):
    for output in cell.get("outputs", []):
        yield output.get("text", "")
        yield from (v for mime, v in output.get("data", {}).items() if mime.startswith("text/"))


def broken_exercises(notebook, slug):
    """Checks that do not stand right under their exercise, or are not those the classroom knows."""
    found, seen = [], []
    known = exercises.load(slug) if slug in exercises.available() else []
    for index, variable, lesson, name, argument in build.checked(notebook):
        id = f"{lesson}.{name}"
        seen.append(id)
        if id not in known:
            found.append(f'check("{id}") has no exercise in musicml/classroom/exercises/{slug}.py')
            continue
        if variable != argument or not build.CHECK.fullmatch(notebook.cells[index].source):
            found.append(f'{id}: the check is a cell of its own, `name = check("{id}", name)`')
        found += broken_answer(notebook.cells[index - 1], variable, exercises.find(id))
    found += [f"{id} is not checked in the notebook" for id in known if id not in seen]
    return found


def broken_answer(cell, variable, exercise):
    """Differences between the solution cell and the reference: the same code, or the same value."""
    body = ast.parse(cell.source).body
    if [variable] != build.assigned_names(cell.source):
        return [f"{exercise.id}: the cell above its check must define {variable} and nothing else"]
    if exercise.kind == "code":
        reference = ast.parse(textwrap.dedent(inspect.getsource(exercise.reference))).body
        return (
            []
            if syntax(body[0]) == syntax(reference[0])
            else [f"{exercise.id}: solution and reference differ"]
        )
    answer = eval(compile(ast.Expression(body[-1].value), "cell", "eval"), {"np": np})
    return (
        []
        if answer == exercise.reference
        else [f"{exercise.id}: {answer!r}, and the reference is {exercise.reference!r}"]
    )


def syntax(definition):
    """The syntax tree of a function or class as text, without docstrings, decorators and its name's place."""
    for node in ast.walk(definition):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            node.decorator_list = []
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(node.body) > 1:
                node.body = node.body[1:]
    return ast.dump(definition)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def markdown(notebook):
    """All prose; lines of code blocks in it are no headings."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return re.sub(r"```.*?```", "", text, flags=re.S)


# --- The real notebooks ----------------------------------------------------------------------------------


def test_lessons_are_in_step_with_solutions():
    assert build.differences(ROOT) == []


@each_notebook
def test_budgets(path):
    assert broken_budgets(build.read(path), path.stat().st_size) == []


@each_notebook
def test_sections(path):
    assert broken_sections(build.read(path)) == []


@each_notebook
def test_outputs(path):
    assert broken_outputs(build.read(path)) == []


@each_notebook
def test_no_commands_and_no_paths_of_one_machine(path):
    assert broken_text(build.read(path)) == []


@each_solution
def test_exercises_are_those_of_the_classroom(path):
    assert broken_exercises(build.read(path), build.slug_of(path)) == []


# --- Small notebooks: each rule can fail -------------------------------------------------------------------


def md(source, **more):
    return nbformat.v4.new_markdown_cell(source, **more)


def code(source, id="c", outputs=(), tags=(), count=1):
    metadata = {"tags": list(tags)} if tags else {}
    return nbformat.v4.new_code_cell(
        source, id=id, outputs=list(outputs), metadata=metadata, execution_count=count
    )


def notebook(*cells):
    return nbformat.v4.new_notebook(cells=list(cells))


def shown(**data):
    alt = data.pop("alt", None)
    data = {key.replace("_", "/"): value for key, value in data.items()}
    metadata = {"image/png": {"alt": alt}} if alt else {}
    return nbformat.v4.new_output("display_data", data=data, metadata=metadata)


def good_notebook():
    prose = [md(f"## {section}, and more\n" + "word " * 60, id=f"s{i}") for i, section in enumerate(SECTIONS)]
    prose += [md("word " * 70, id=f"m{i}") for i in range(14)]
    cells = [code("x = 1", id=f"c{i}") for i in range(20)]
    checks = [code(f'a{i} = check("sing.a{i}", a{i})', id=f"k{i}") for i in range(4)]
    return notebook(*prose, *cells, *checks)


def test_a_good_notebook_breaks_nothing():
    good = good_notebook()
    assert (
        broken_budgets(good, 100_000)
        == broken_sections(good)
        == broken_outputs(good)
        == broken_text(good)
        == []
    )


def change(**what):
    """A change of the good notebook that breaks one budget."""
    changed = good_notebook()
    if "cells" in what:
        changed.cells += [code("x = 1", id=f"x{i}") for i in range(what["cells"])]
    if "drop" in what:
        del changed.cells[what["drop"]]
    if "source" in what:
        for cell in code_cells(changed)[: what.get("times", 1)]:
            cell.source = what["source"]
    if "tags" in what:
        for cell in code_cells(changed)[: what["tags"]]:
            cell.metadata.tags = ["nbval-ignore-output"]
    return changed


@pytest.mark.parametrize(
    ("changed", "size", "message"),
    [
        (change(cells=11), 0, "61 cells"),
        (change(drop=slice(20, 30)), 0, "40 cells"),
        (change(drop=slice(12, 20)), 0, "words of prose"),
        (change(source="x = 1\n" * 7, times=24), 0, "7.0 lines in the median code cell"),
        (change(source="x = 1\n" * 26), 0, "26 lines in the longest code cell"),
        (change(), 1_500_001, "1500001 bytes"),
        (change(drop=slice(49, 50)), 0, "3 exercises"),
        (change(tags=3), 0, "3 cells whose output is not compared"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_each_budget_can_break(changed, size, message):
    assert any(problem.startswith(message) or message in problem for problem in broken_budgets(changed, size))


def test_comments_and_blank_lines_are_no_lines_and_formulas_no_words():
    assert build.code_lines("# why\n\nx = 1  # what\n") == 1
    assert (
        build.words("Two words. $x^2 + y$ `code` <img alt='a b'> [link](https://example.org/a) 12 |---|") == 4
    )


def test_sections_missing_moved_or_invented():
    for order in ([*SECTIONS[:-1]], [*SECTIONS[1:], SECTIONS[0]], [*SECTIONS, "Appendix"]):
        assert broken_sections(notebook(*[md(f"## {s}") for s in order]))
    assert not broken_sections(
        notebook(*[md(f"## {s.upper()}: one\n### free\n```\n## comment\n```") for s in SECTIONS])
    )


@pytest.mark.parametrize(
    "output",
    [
        nbformat.v4.new_output("error", ename="ValueError", evalue="x", traceback=[]),
        nbformat.v4.new_output("stream", name="stderr", text="careful"),
        shown(image_png="abc", text_plain="<Figure>"),
        shown(text_html='<p><img src="data:image/png;base64,abc"></p>'),
        shown(text_html='<img alt=" " src="x">'),
        nbformat.v4.new_output("display_data", data={build.WIDGET: {"model_id": "1"}}),
    ],
    ids=["error", "stderr", "png", "img", "empty-alt", "widget"],
)
def test_outputs_that_do_not_belong(output):
    assert broken_outputs(notebook(code("x", outputs=[output])))


def test_outputs_that_do_belong():
    fine = [shown(image_png="abc", alt="a line"), shown(text_html='<img alt="a line" src="data:,">')]
    assert not broken_outputs(notebook(code("x", outputs=fine)))
    assert broken_outputs(notebook(code("x", count=None)))


@pytest.mark.parametrize("source", ["!pip install x", "%pip install x", "import sys\nsys.path.append('..')"])
def test_forbidden_commands(source):
    assert broken_text(notebook(code(source)))


def test_paths_of_one_machine_are_found_but_not_in_encoded_sound():
    assert broken_text(notebook(code("open('/home/me/x.mid')")))
    assert broken_text(
        notebook(code("x", outputs=[nbformat.v4.new_output("stream", text="in /tmp/ipykernel_12/3.py")]))
    )
    harmless = 'Your copies are in `work/`; <audio src="data:audio/mpeg;base64,AA/tmp/AA">'
    assert not broken_text(notebook(code("x", outputs=[shown(text_html=harmless)])))


# --- Building ----------------------------------------------------------------------------------------

SOLUTION_CELL = '''def slope(x, y):
    """The slope of y = wx."""
    ### BEGIN SOLUTION
    return np.sum(x * y) / np.sum(x * x)
    ### END SOLUTION'''


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (SOLUTION_CELL, 'def slope(x, y):\n    """The slope of y = wx."""\n    ...'),
        (
            "### BEGIN SOLUTION\na = 1\nb, c = 2, 3\n### END SOLUTION\nd = 4",
            "a = ...\nb = ...\nc = ...\nd = 4",
        ),
        ("### BEGIN SOLUTION\nprint(1)\n### END SOLUTION", "..."),
        (
            "class A:\n    def f(self):\n        ### BEGIN SOLUTION\n        x = 1\n        ### END SOLUTION",
            None,
        ),
        ("x = 1", "x = 1"),
    ],
)
def test_solutions_are_taken_out(source, expected):
    expected = expected or "class A:\n    def f(self):\n        ..."
    assert build.strip_solution(source, "here") == expected


@pytest.mark.parametrize(
    "source",
    [
        "### BEGIN SOLUTION\nx = 1",
        "x = 1\n### END SOLUTION",
        "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION",
    ],
)
def test_marks_without_a_partner_are_refused(source):
    with pytest.raises(MusicMLError, match="01_a.ipynb, cell slope: .* one BEGIN and one END"):
        build.make_lesson(notebook(code(source, id="slope")), "01_a.ipynb")


def test_cells_of_the_solution_go_and_ids_and_other_tags_stay():
    solution = notebook(
        md("a", id="one"), code("b", id="two", tags=["solution"]), code("c", id="three", tags=["slow"])
    )
    lesson = build.make_lesson(solution)
    assert [(c.id, build.tags(c)) for c in lesson.cells] == [("one", []), ("three", ["slow"])]
    assert len(solution.cells) == 3


def test_the_canonical_form_is_one_form():
    """Times, widgets, chunks and other people's metadata leave no trace; a second pass changes nothing."""
    chunks = [nbformat.v4.new_output("stream", name="stdout", text=t) for t in ("a", "b\n", "c")]
    widget = nbformat.v4.new_output(
        "display_data",
        data={build.WIDGET: {"model_id": "77"}, "image/png": "abc\n", "text/plain": "IntSlider(value=3)"},
        metadata={"image/png": {"alt": "a line"}},
    )
    result = nbformat.v4.new_output("execute_result", data={"text/plain": "3"}, execution_count=41)
    messy = notebook(
        code("x\n\n", id="a", outputs=[*chunks, widget], count=17), code("y", "b", [result], count=41)
    )
    messy.metadata = nbformat.from_dict(
        {"widgets": {"x": 1}, "kernelspec": {"name": "other"}, "language_info": {"version": "3.12"}}
    )
    messy.cells[0].metadata = nbformat.from_dict(
        {"execution": {"iopub.status.busy": "2026"}, "tags": ["t"], "scrolled": True}
    )
    first = build.text_of(build.canonical(messy))
    assert first == build.text_of(build.canonical(nbformat.reads(first, as_version=4)))
    again = nbformat.reads(first, as_version=4)
    a, b = again.cells
    assert a.outputs[0].text == "ab\nc" and len(a.outputs) == 2
    assert set(a.outputs[1].data) == {"image/png", "text/plain"} and a.outputs[1].metadata["image/png"].alt
    assert (a.execution_count, b.execution_count, b.outputs[0].execution_count) == (1, 2, 2)
    assert a.metadata == {"tags": ["t"]} and a.source == "x"
    assert again.metadata == build.METADATA
    assert first.endswith("}\n") and not first.endswith("\n\n") and "2026" not in first


SCHOOL = """
import numpy as np
from musicml.classroom.exercises import exercise, judge, same, value

@exercise("hum.slope")
def slope(x, y):
    return np.sum(x * y) / np.sum(x * x)

@judge("hum.slope")
def _(theirs):
    yield from same(theirs, slope, [(np.arange(1.0, 6), np.arange(2.0, 7))])

value("hum.guess", 14 / 11, tolerance=0.01)
"""
GUESS_CELL = "### BEGIN SOLUTION\nguess = 14 / 11\n### END SOLUTION"


def hum():
    """A small solution notebook with two exercises, a widget and a warning."""
    return notebook(
        md("# Hum", id="title"),
        code("import warnings\nimport numpy as np\nfrom musicml.classroom import check", id="setup"),
        code(SOLUTION_CELL, id="slope"),
        code('slope = check("hum.slope", slope)', id="slope-check"),
        code(GUESS_CELL, id="guess"),
        code('guess = check("hum.guess", guess)', id="guess-check"),
        code('print("only here")', id="extra", tags=["solution"]),
        code('print(f"{guess - slope(np.arange(1.0, 6), np.arange(2.0, 7)):.6f}")', id="same"),
        code("import ipywidgets\nipywidgets.IntSlider(value=3)", id="widget"),
        code(
            'try:\n    warnings.warn("x")\nexcept UserWarning:\n    print("warnings are errors")', id="warn"
        ),
    )


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course with one solution, "hum", whose exercises come from a school's folder."""
    school = tmp_path / "school"
    school.mkdir()
    (school / "hum.py").write_text(SCHOOL)
    (tmp_path / "solutions").mkdir()
    build.write(tmp_path / "solutions" / "90_hum.ipynb", build.canonical(hum()))
    plain = build.kernel_environment
    monkeypatch.setattr(build, "kernel_environment", lambda f: plain(f) | {"MUSICML_EXERCISES": str(school)})
    monkeypatch.setenv("MUSICML_EXERCISES", str(school))
    yield tmp_path
    for id in [id for id in exercises.REGISTRY if id.startswith("hum.")]:
        del exercises.REGISTRY[id]


def test_build_runs_both_and_the_unsolved_lesson_reaches_its_end(course, capsys):
    report = course / "report.csv"
    assert build.main(["hum", "--root", str(course), "--report", str(report)]) == 0
    solution = build.read(course / "solutions" / "90_hum.ipynb")
    lesson = build.read(course / "lessons" / "90_hum.ipynb")
    told = {c.id: "".join(output_texts(c)) for c in code_cells(lesson)}
    assert "Not attempted yet: hum.slope" in told["slope-check"]
    assert "Not attempted yet: hum.guess" in told["guess-check"]
    assert told["same"] == "0.000000\n" and told["warn"] == "warnings are errors\n"
    told = {c.id: "".join(output_texts(c)) for c in code_cells(solution)}
    assert "Right: hum.slope" in told["slope-check"] and "Right: hum.guess" in told["guess-check"]
    assert told["extra"] == "only here\n" and told["widget"] == "IntSlider(value=3)"
    assert broken_outputs(solution) == broken_outputs(lesson) == broken_exercises(solution, "hum") == []
    rows = list(csv.DictReader(report.read_text().splitlines()))
    assert [row["notebook"] for row in rows] == ["solutions/90_hum", "lessons/90_hum"]
    assert [row["exercises"] for row in rows] == ["2", "2"] and float(rows[0]["peak MB"]) > 20
    assert "solutions/90_hum" in capsys.readouterr().out
    assert build.differences(course) == []


def test_an_exception_stops_the_build_and_nothing_is_written(course, capsys):
    path = course / "solutions" / "90_hum.ipynb"
    broken = build.read(path)
    broken.cells[1].source = "1 / 0"
    build.write(path, build.canonical(broken))
    before = path.read_bytes()
    assert build.main(["--root", str(course)]) == 1
    assert (
        "solutions/90_hum.ipynb, cell setup: ZeroDivisionError: division by zero" in capsys.readouterr().err
    )
    assert path.read_bytes() == before and not (course / "lessons" / "90_hum.ipynb").exists()


def test_check_finds_what_is_out_of_step(course, capsys):
    run = lambda *options: build.main([*options, "--root", str(course)])  # noqa: E731
    target, source = course / "lessons" / "90_hum.ipynb", course / "solutions" / "90_hum.ipynb"
    assert run("--check") == 1 and "lessons/90_hum.ipynb is missing." in capsys.readouterr().out
    assert run("--sources-only") == 0 and run("--check") == 0
    text = target.read_text()
    for old, new in (("# Hum", "# Hum!"), ('"id": "guess"', '"id": "guest"'), ("    ...", "    pass")):
        target.write_text(text.replace(old, new))
        assert text != target.read_text() and build.differences(course), new
    target.write_text(text.rstrip("\n"))
    assert build.differences(course) == ["lessons/90_hum.ipynb is not in its canonical form."]
    target.write_text(text)
    changed = build.read(source)
    changed.cells[-1].metadata = nbformat.from_dict({"tags": ["nbval-ignore-output"]})
    build.write(source, build.canonical(changed))
    assert build.differences(course) == [
        "lessons/90_hum.ipynb, cell warn: type, source or tags differ from what the solution gives."
    ]
    source.unlink()
    assert build.differences(course) == ["lessons/90_hum.ipynb has no solution."]


def test_sources_only_keeps_the_outputs_of_cells_that_did_not_change(course):
    run = lambda: build.main(["--sources-only", "--root", str(course)])  # noqa: E731
    target, source = course / "lessons" / "90_hum.ipynb", course / "solutions" / "90_hum.ipynb"
    run()
    lesson = build.read(target)
    for cell in code_cells(lesson):
        cell.outputs, cell.execution_count = [nbformat.v4.new_output("stream", text=f"{cell.id}\n")], 1
    build.write(target, build.canonical(lesson))
    solution = build.read(source)
    solution.cells[-1].source = "print(2)"
    build.write(source, build.canonical(solution))
    run()
    outputs = {cell.id: len(cell.outputs) for cell in code_cells(build.read(target))}
    assert outputs.pop("warn") == 0 and set(outputs.values()) == {1}


def test_names_choose_notebooks(course):
    for name in ("hum", "90", "90_hum", "solutions/90_hum.ipynb"):
        assert [p.stem for p in build.chosen(course, [name])] == ["90_hum"]
    with pytest.raises(MusicMLError, match='no solution "91"'):
        build.chosen(course, ["91"])


@pytest.mark.parametrize(
    ("id", "source", "message"),
    [
        ("slope", SOLUTION_CELL.replace("x * x", "x"), "solution and reference differ"),
        ("slope", SOLUTION_CELL.replace('"""The slope of y = wx."""', '"""Other words."""  # why'), ""),
        ("slope", "twice = 2\n" + SOLUTION_CELL, "must define slope and nothing else"),
        ("guess", GUESS_CELL.replace("14", "13"), "and the reference is"),
        ("guess-check", 'guess = check("hum.guess", guess)\nprint(guess)', "a cell of its own"),
        ("guess-check", "pass", "hum.guess is not checked"),
        ("guess-check", 'guess = check("hum.gess", guess)', "has no exercise"),
    ],
)
def test_solution_and_reference_are_the_same(course, id, source, message):
    changed = hum()
    next(c for c in changed.cells if c.id == id).source = source
    found = " ".join(broken_exercises(changed, "hum"))
    assert message in found and bool(message) == bool(found)
