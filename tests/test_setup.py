"""The set-up: locks, ranges and environment.yml in step; Makefile, README and doctor keep their word."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from musicml import cli, doctor
from musicml.classroom import curriculum
from musicml.errors import MusicMLError

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXTRAS = PROJECT["project"]["optional-dependencies"]
DEFAULT = PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["setup"]


def read_lock(name):
    """List of (Requirement, number of hashes), in the order of the file."""
    locked = []
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("    --hash=sha256:"):
            locked[-1][1] += 1
        else:
            locked.append([Requirement(line.rstrip(" \\")), 0])
    return locked


def versions(name):
    return {r.name: str(r.specifier) for r, _ in read_lock(name)}


def out_of_step(ranges, locked):
    """The ranges that the locked versions ("==1.2") do not meet, as sentences."""
    broken = []
    for requirement in map(Requirement, ranges):
        name = canonicalize_name(requirement.name)
        version = locked.get(name, "==nothing").removeprefix("==")
        if version == "nothing" or not requirement.specifier.contains(version):
            broken.append(f"{name} is locked at {version}, expected {requirement.specifier}: make lock")
    return broken


LOCKS = {
    "requirements.lock": 100,
    "requirements-dev.lock": 100,
    "requirements-parity.lock": 50,
    "requirements-tensorflow.lock": 70,
}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_is_exact_and_hashed_and_one_stack(name):
    locked = read_lock(name)
    assert len(locked) > LOCKS[name]
    names = [requirement.name for requirement, _ in locked]
    assert len(names) == len(set(names)), "two versions of one package: lessons would run on two stacks"
    for requirement, hashes in locked:
        assert re.fullmatch(r"==[^*,]+", str(requirement.specifier)), requirement
        assert hashes >= 1, requirement
        assert not requirement.url


def test_the_locks_are_in_the_ranges():
    assert out_of_step(DEFAULT, versions("requirements.lock")) == []
    assert out_of_step(DEFAULT + EXTRAS["dev"] + EXTRAS["browser"], versions("requirements-dev.lock")) == []


def test_out_of_step_is_seen():
    assert out_of_step(["numpy>=3"], {"numpy": "==2.4.6"}) == [
        "numpy is locked at 2.4.6, expected >=3: make lock"
    ]
    assert out_of_step(["torch"], {"numpy": "==2.4.6"}) == [
        "torch is locked at nothing, expected : make lock"
    ]


def test_the_second_lock_adds_to_the_first():
    first, second = versions("requirements.lock"), versions("requirements-dev.lock")
    assert first.items() <= second.items()


def test_the_parity_tests_run_on_the_same_stack_everywhere():
    """PyTorch comes beside its lock, from whatever index the machine has."""
    learner, torch, tensorflow = (
        versions(f"requirements{end}.lock") for end in ("", "-parity", "-tensorflow")
    )
    assert torch.items() <= learner.items()
    shared = tensorflow.keys() & learner.keys()
    assert {name for name in shared if tensorflow[name] != learner[name]} <= {"h5py"}
    assert out_of_step(EXTRAS["tensorflow"], tensorflow) == []
    pinned = re.search(r"^TORCH := (.*)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M).group(1)
    assert out_of_step(EXTRAS["torch"], {"torch": pinned.removeprefix("torch")}) == []


def test_frameworks_that_are_large_stay_out_of_the_locks():
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-parity.lock"):
        assert not {"tensorflow", "tensorflow-cpu", "torch", "nbgrader", "sphinx"} & set(versions(name))
    assert not {"ruff", "playwright", "uv"} & set(versions("requirements.lock"))


def test_environment_yml_is_the_lock():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert list(environment) == ["name", "channels", "dependencies"]
    python, pip, packages = environment["dependencies"]
    version = re.fullmatch(r"python=(3\.\d+)", python).group(1)
    assert version in ("3.11", "3.12", "3.13")
    assert pip == "pip"
    *pins, package = packages["pip"]
    assert package == "--editable ."
    assert [str(Requirement(pin)) for pin in pins] == [str(r) for r, _ in read_lock("requirements.lock")]


def test_every_extra_is_known():
    assert set(EXTRAS) == {"dev", "browser", "grading", "docs", "tensorflow", "torch"}
    texts = [README, *(path.read_text(encoding="utf-8") for path in ROOT.glob(".github/workflows/*.yml"))]
    for text in texts:
        for extras in re.findall(r"\.\[([\w,]+)\]", text):
            assert set(extras.split(",")) <= set(EXTRAS)


def test_the_installed_packages_fit_together():
    run = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


# --- make ------------------------------------------------------------------------------------------

needs_make = pytest.mark.skipif(
    os.name == "nt" or not shutil.which("make"), reason="needs make; Windows does without"
)


def make(folder, *arguments, **variables):
    """Run make in a folder with the project's Makefile. Returns (exit code, everything printed)."""
    for name in ("Makefile", "requirements.lock", "requirements-dev.lock", "pyproject.toml"):
        if not (folder / name).exists():
            shutil.copy(ROOT / name, folder)
    environment = {
        k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON")
    }
    run = subprocess.run(
        ["make", *arguments], cwd=folder, env=environment | variables,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    return run.returncode, run.stdout


def fake_python(folder, body):
    path = folder / "python3"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@needs_make
@pytest.mark.parametrize(
    "body, said",
    [
        # exits 1 when asked whether its version fits
        ('case "$1" in --version) echo Python 3.10.4;; *) exit 1;; esac', "is Python 3.10.4"),
        # has the right version, but Debian's python3 without python3-venv
        ('case "$2" in *ensurepip*) exit 1;; esac', "sudo apt install python3-venv"),
    ],
)
def test_make_says_what_python_it_needs(tmp_path, body, said):
    code, output = make(tmp_path, "setup", f"PYTHON={fake_python(tmp_path, body)}")
    assert code != 0
    assert said in output


@needs_make
def test_make_says_that_it_found_no_python(tmp_path):
    code, output = make(tmp_path, "setup", "PYTHON=")
    assert code != 0
    assert "needs Python 3.11, 3.12 or 3.13 and found none" in output


@needs_make
def test_the_set_up_is_done_once(tmp_path):
    def stamp(path, time):
        path.touch()
        os.utime(path, (time, time))

    assert "-m venv .venv" in make(tmp_path, "--dry-run", "lab")[1]
    (tmp_path / ".venv").mkdir()
    sources = ["requirements.lock", "requirements-dev.lock", "pyproject.toml"]
    stamps = [".venv/.python", ".venv/.lock", ".venv/.package", ".venv/.dev"]
    for time, name in enumerate(sources + stamps):
        stamp(tmp_path / name, 1000 + time)
    code, output = make(tmp_path, "--dry-run", "lab")
    assert code == 0
    assert [line.split(" -m ")[1] for line in output.splitlines()] == ["musicml setup", "musicml lab "]

    stamp(tmp_path / "requirements.lock", 2000)
    output = make(tmp_path, "--dry-run", "lab")[1]
    assert "--require-hashes -r requirements.lock" in output and "venv .venv" not in output


@needs_make
def test_make_test_runs_tests_and_notebooks_and_fails_with_them(tmp_path):
    commands = make(tmp_path, "--dry-run", "test")[1]
    assert "-m pytest tests" in commands
    assert "-m pytest --nbval lessons solutions" in commands


def test_no_tests_is_a_failure(tmp_path):
    run = subprocess.run([sys.executable, "-m", "pytest", "--nbval", tmp_path], cwd=ROOT, capture_output=True)
    assert run.returncode == pytest.ExitCode.NO_TESTS_COLLECTED


@needs_make
def test_every_command_in_the_readme_exists():
    for target in sorted(set(re.findall(r"\bmake ([a-z]+)", README))):
        code, output = make(ROOT, "--dry-run", target)
        assert code == 0, f"make {target}: {output}"


def test_the_machine_that_tests_calls_the_readmes_command():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(r"^make test\b.*# set everything up and run all tests", README, re.M)
    assert re.search(r"^make test\b", script, re.M)
    assert re.search(r"^make lint\b", script, re.M)
    assert re.search(r"^make browser\b", script, re.M)
    assert os.access(ROOT / ".ci" / "run", os.X_OK) or os.name == "nt"
    for workflow in ROOT.glob(".github/workflows/*.yml"):
        yaml.safe_load(workflow.read_text(encoding="utf-8"))


def test_the_readmes_windows_commands_are_those_of_make():
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    for line in re.search(r"```powershell\n(.*?)```", README, re.S).group(1).splitlines():
        command = line.rpartition("-m pip ")[2]
        if "-m pip " in line:
            assert command in made.replace("--quiet ", ""), command


# --- README ----------------------------------------------------------------------------------------


def test_the_readmes_map_of_the_lessons_is_current():
    assert curriculum.with_map(README, ROOT) == README, "run: make lessons"


def test_the_map_links_what_exists(tmp_path):
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / "01_fit_a_line.ipynb").touch()
    page = curriculum.lesson_map(tmp_path)
    assert page.count("*(planned)*") == 24
    assert "[01 fit a line](lessons/01_fit_a_line.ipynb)" in page
    assert "24 answer for it *(planned)*" in page


def test_every_notebook_stands_in_the_map_and_has_its_solution():
    names = {curriculum.file_name(slug) for slug in curriculum.SLUGS}
    lessons = {path.name for path in ROOT.glob("lessons/*.ipynb")}
    assert lessons <= names
    assert lessons == {path.name for path in ROOT.glob("solutions/*.ipynb")}


def test_the_readmes_links_lead_somewhere():
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_readmes_ten_lines_do_what_it_says(capsys):
    code = re.search(r"```python\n(.*?)```", README, re.S).group(1)
    assert "It prints `True`" in README
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out == "True\n"


# --- musicml ---------------------------------------------------------------------------------------


def test_doctor_finds_this_installation_well(capsys):
    assert cli.main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[:-1]] == [["ok", check.__name__] for check in doctor.CHECKS]


def test_doctor_goes_on_after_a_problem_and_says_what_to_do(capsys, monkeypatch):
    monkeypatch.setattr(
        doctor.importlib.metadata, "requires", lambda name: ["numpy<1", "tuba>=2", "torch; extra == 'x'"]
    )
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(9, 9, 0))

    def broken():
        raise RuntimeError("no such thing")

    assert doctor.main([doctor.packages, broken, doctor.disk, doctor.python]) == 1
    packages, crashed, disk, python, total = capsys.readouterr().out.splitlines()
    assert re.search(
        r"numpy is 2\S+, expected <1; tuba is missing, expected >=2\. Install again: make setup", packages
    )
    assert "RuntimeError: no such thing" in crashed and "make setup" in crashed
    assert disk.startswith("PROBLEM") and "MUSICML_CACHE" in disk
    assert python.startswith("ok")
    assert total.startswith("3 to mend")


def test_doctor_hears_silence(monkeypatch):
    import numpy as np

    monkeypatch.setattr("musicml.sound.tone", lambda frequency, seconds: 1e-5 * np.ones(22050))
    with pytest.raises(MusicMLError, match="came back from MP3"):
        doctor.sound()


def test_lab_opens_the_first_lesson_and_passes_options_on(tmp_path, monkeypatch):
    for name in ("01_fit_a_line.ipynb", "00_hear_what_we_build.ipynb", "START_HERE.txt"):
        (tmp_path / name).touch()
    command = cli.lab_command(tmp_path, ["--no-browser", "--port=8890"])
    assert f"--ServerApp.root_dir={tmp_path}" in command
    assert "--LabApp.default_url=/lab/tree/00_hear_what_we_build.ipynb" in command
    assert command[-2:] == ["--no-browser", "--port=8890"]


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has no root")
@pytest.mark.parametrize("user, allowed", [(0, True), (1000, False)])
def test_lab_allows_root_only_to_root(tmp_path, monkeypatch, user, allowed):
    (tmp_path / "00_a.ipynb").touch()
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert ("--allow-root" in cli.lab_command(tmp_path)) is allowed


def test_lab_copies_the_lessons_and_starts_jupyterlab(tmp_path, monkeypatch):
    (tmp_path / "lessons").mkdir()
    (tmp_path / "solutions").mkdir()
    (tmp_path / "lessons" / "00_a.ipynb").write_text("{}")
    calls = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli.subprocess, "call", lambda command: calls.append(command) or 7)
    assert cli.main(["lab", "--no-browser"]) == 7
    assert (tmp_path / "work" / "00_a.ipynb").read_text() == "{}"
    assert calls[0][1:3] == ["-m", "jupyterlab"] and calls[0][-1] == "--no-browser"


def test_lab_outside_the_course_says_where_to_go(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "__file__", str(tmp_path / "site-packages" / "musicml" / "cli.py"))
    assert cli.main(["lab"]) == 1
    assert "has no lessons/ and solutions/" in capsys.readouterr().err


def test_setup_prepares_the_music(monkeypatch):
    from musicml import corpora

    calls = []
    monkeypatch.setattr(corpora, "prepare", lambda: calls.append("prepared"))
    assert cli.main(["setup"]) == 0
    assert calls == ["prepared"]


def test_the_command_refuses_what_it_does_not_know(capsys):
    with pytest.raises(SystemExit):
        cli.main(["doctor", "--loud"])
    assert "doctor takes no --loud" in capsys.readouterr().err
