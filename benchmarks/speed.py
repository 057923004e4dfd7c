"""How fast are the NumPy layers beside Keras and PyTorch, on the same cores?

    python benchmarks/speed.py [--cores 2] [--python tensorflow=PATH] [--python torch=PATH]

Each contestant runs in a process of its own, held to the same cores, and they take turns:
round after round, one after the other, so that a busy moment of the machine strikes all
alike. TensorFlow and PyTorch are not part of the course's environment: name a Python that
has them. Writes speed.csv (one file for all numbers of cores) and the page speed.md.
"""

import argparse
import csv
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
OUT = Path(__file__).with_suffix(".csv")
TASKS = {
    "mlp": "MLP 128-256-128-10, batch 32",
    "lstm": "Embedding 64, LSTM 128, Dense 64 over 64 steps, batch 32",
    "gru": "the same with GRU",
    "transformer": "two Transformer blocks (128 features, 4 heads, 512 inside), 128 steps, batch 16",
    "conv2d": "Conv2D 16 and 32 (3x3, relu, max-pooling), Dense 10, pictures 28x28x1, batch 32",
    "generation": "one note at a time from that Transformer, 128 notes, one tune",
}
TARGETS = {"mlp": 1.0, "lstm": 1.0, "gru": 1.0, "transformer": 1.3, "conv2d": 1.5, "generation": 0.2}
FIRST_STEP_TARGET = 0.1
FIELDS = ["date", "cores", "task", "contestant", "median_ms", "best_ms", "cpu_ms", "ratio", "first_step_s"]
FIELDS += ["peak_mb", "rounds", "load", "versions"]

LINE = (
    "{task:12s}{contestant:18s}{median_ms:>10s} ms  best {best_ms:>9s}  processor {cpu_ms:>9s}  "
    "ratio {ratio:>5s}  first step {first_step_s:>6s} s  {peak_mb:>5s} MB  load {load}"
)
INTRODUCTION = """\
# Speed: NumPy layers beside Keras and PyTorch

Made by `benchmarks/speed.py`; the same numbers are in `speed.csv`. A step is forward, loss, backward
and the step of Adam, in float32, inside `fit` (plain PyTorch: the usual loop); the first step of each
round is left out. The contestants run in processes of their own, held to the same cores, and take
turns. Shown are the median and the best over the rounds by the clock, and the median of the processor's
time, which does not count while other programs have the core. The ratio is to the fastest Keras measured
in the same run: on one core of the processor's times; on more of the best rounds by the clock, since a
thread that waits for another counts as processor's time. *First step* counts from the start of a fresh
process, by the clock: import, build, compile, one step. *Peak* is the memory of that process after a few
more steps.

Generation: musicml keeps keys and values (`nn.KeyValueCache`) and computes one note at a time. Keras
has no such cache for its own layers: it runs the compiled network (`predict_on_batch`) on the tune
padded to 128 notes, for every note. Plain PyTorch runs on the notes there are so far.

Machine: {machine}. Other programs ran beside; the load
(how many processes wanted a core) at the start of each task is given. Compare within a table, not
between two.
"""


class Worker:
    """A running contestant, asked one request at a time."""

    def __init__(self, name, python, root, cores):
        environment = {
            # As a user has it: with compiled modules kept on disk.
            **{k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
            **{f"{library}_NUM_THREADS": str(cores) for library in ("OMP", "OPENBLAS", "MKL")},
            "KERAS_BACKEND": name.removeprefix("keras-") if name.startswith("keras-") else "jax",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTHONPATH": str(root),
        }
        command = [python, Path(__file__).with_name("speed_worker.py"), name, str(cores)]
        self.name = name
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, task, steps):
        try:
            self.process.stdin.write(json.dumps({"task": task, "steps": steps}) + "\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())
        except (BrokenPipeError, json.JSONDecodeError):
            raise SystemExit(
                f"{self.name} died at {task}. To see why, run benchmarks/speed_worker.py {self.name} 1 "
                f'with KERAS_BACKEND and PYTHONPATH set, and type {{"task": "{task}", "steps": 3}}'
            ) from None

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def measure_steps(contestants, task, cores, rounds, budget):
    """{name: [(seconds a step, of these the processor's), one for each round]}, and {name: versions}."""
    workers = {name: Worker(name, *where, cores) for name, where in contestants.items()}
    times, steps, versions = {name: [] for name in workers}, {}, {}
    for name, worker in workers.items():  # compile, and see how many steps fill the budget
        answer = worker.ask(task, 3)
        versions[name] = " ".join(f"{library} {version}" for library, version in answer["versions"].items())
        steps[name] = int(min(max(budget / answer["seconds"], 5), 400))
    for turn in range(rounds):
        for name in list(workers)[:: 1 if turn % 2 else -1]:
            answer = workers[name].ask(task, steps[name])
            times[name].append((answer["seconds"], answer["cpu_seconds"]))
    for worker in workers.values():
        worker.close()
    return times, versions


def measure_starts(contestants, task, cores, runs):
    """{name: (median seconds from nothing to the end of the first step, peak MB after three more)}."""
    starts = {name: [] for name in contestants}
    for _ in range(runs):
        for name, where in contestants.items():
            begin = time.perf_counter()
            worker = Worker(name, *where, cores)
            worker.ask(task, 0)
            seconds = time.perf_counter() - begin
            starts[name].append((seconds, worker.ask(task, 3)["peak_mb"]))
            worker.close()
    return {name: tuple(map(statistics.median, zip(*values, strict=True))) for name, values in starts.items()}


def measure(contestants, tasks, cores, rounds, budget, starts):
    rows = []
    for task in tasks:
        begun = os.getloadavg()[0]
        times, versions = measure_steps(contestants, task, cores, rounds, budget)
        starting = measure_starts(contestants, task, cores, starts) if starts and task != "generation" else {}
        medians = {name: tuple(map(statistics.median, zip(*t, strict=True))) for name, t in times.items()}
        counts = {name: cpu if cores == 1 else min(times[name])[0] for name, (_, cpu) in medians.items()}
        keras = [seconds for name, seconds in counts.items() if name.startswith("keras")]
        for name, (clock, cpu) in medians.items():
            start, peak = starting.get(name, ("", ""))
            rows.append(
                {
                    "date": datetime.date.today().isoformat(),
                    "cores": cores,
                    "task": task,
                    "contestant": name,
                    "median_ms": f"{1000 * clock:.3f}",
                    "best_ms": f"{1000 * min(times[name])[0]:.3f}",
                    "cpu_ms": f"{1000 * cpu:.3f}",
                    "ratio": f"{counts[name] / min(keras):.2f}" if keras else "",
                    "first_step_s": start and f"{start:.2f}",
                    "peak_mb": peak and f"{peak:.0f}",
                    "rounds": rounds,
                    "load": f"{begun:.1f}",
                    "versions": versions[name],
                }
            )
            print(LINE.format(**rows[-1]), flush=True)
    return rows


def machine():
    """The machine in words: kind of processor, how many cores, system, Python."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), model)
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()} on {platform.machine()}, "
        f"Python {platform.python_version()}"
    )


def verdict(ratio, target):
    return f"{ratio:.2f}, target {target}: " + ("met" if ratio <= target else "missed")


def page(rows):
    """speed.md: one table for each number of cores, then what was reached."""
    note = Path(__file__).with_name("speed_notes.md")
    lines = [INTRODUCTION.format(machine=machine()).rstrip()]
    for cores in sorted({int(row["cores"]) for row in rows}):
        mine = [row for row in rows if int(row["cores"]) == cores]
        versions = {row["contestant"]: row["versions"] for row in mine}
        lines += ["", f"## On {cores} core{'s' * (cores > 1)}, {max(row['date'] for row in mine)}", ""]
        lines += [", ".join(f"{name}: {text}" for name, text in versions.items()) + ".", ""]
        for task in (task for task in TASKS if any(row["task"] == task for row in mine)):
            mark = {row["contestant"]: row for row in mine if row["task"] == task}
            first = next(iter(mark.values()))
            lines += [f"**{task}**: {TASKS[task]} ({first['rounds']} rounds, load {first['load']})", ""]
            lines += [
                "| | ms, median | ms, best | ms of processor | ratio | first step, s | peak, MB |",
                "|---|---|---|---|---|---|---|",
            ]
            lines += [
                "| {contestant} | {median_ms} | {best_ms} | {cpu_ms} | {ratio} | {first_step_s} "
                "| {peak_mb} |".format(**row)
                for row in mark.values()
            ]
            ours = mark["musicml"]
            if ours["ratio"]:
                lines += ["", "Ratio " + verdict(float(ours["ratio"]), TARGETS[task]) + "."]
            starts = [
                float(r["first_step_s"])
                for n, r in mark.items()
                if n.startswith("keras") and r["first_step_s"]
            ]
            if starts:
                ratio = float(ours["first_step_s"]) / min(starts)
                lines[-1] += " First step: ratio " + verdict(ratio, FIRST_STEP_TARGET) + "."
            lines.append("")
    absent = {"keras-tensorflow", "keras-torch", "torch"} - {row["contestant"] for row in rows}
    if absent:
        lines += [f"Not measured, for want of a Python that has them: {', '.join(sorted(absent))}.", ""]
    return "\n".join(lines) + ("\n" + note.read_text(encoding="utf-8") if note.exists() else "")


def chosen(pythons, checkouts):
    """{contestant: (python, folder of musicml)}; a Python that is missing is left out with a word."""
    contestants = {"musicml": (sys.executable, ROOT), "keras-jax": (sys.executable, ROOT)}
    for name, _, path in (given.partition("=") for given in pythons):
        look = [path, "-c", f"import numpy, {name}"]
        if not Path(path).exists() or subprocess.run(look, stderr=subprocess.DEVNULL).returncode:
            print(f"skipping {name}: there is no Python with it at the path given")
            continue
        contestants[f"keras-{name}"] = (path, ROOT)
        if name == "torch":
            contestants["torch"] = (path, ROOT)
    for name, _, path in (given.partition("=") for given in checkouts):
        contestants[name] = (sys.executable, path)
    return contestants


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.5, help="for each contestant in each round")
    parser.add_argument(
        "--starts", type=int, default=3, help="fresh processes for the time to the first step"
    )
    parser.add_argument("--python", action="append", default=[], metavar="tensorflow=PATH")
    parser.add_argument(
        "--checkout", action="append", default=[], metavar="NAME=FOLDER", help="an older musicml"
    )
    parser.add_argument("--dry", action="store_true", help="print, and write nothing")
    options = parser.parse_args()
    contestants = chosen(options.python, options.checkout)
    rows = measure(contestants, options.tasks, options.cores, options.rounds, options.seconds, options.starts)
    if options.dry:
        return
    kept = []
    if OUT.exists():  # other numbers of cores and other tasks stay
        new = {(row["cores"], row["task"]) for row in rows}
        with open(OUT, encoding="utf-8", newline="") as file:
            kept = [row for row in csv.DictReader(file) if (int(row["cores"]), row["task"]) not in new]
    order = list(TASKS)
    rows = sorted(kept + rows, key=lambda row: (int(row["cores"]), order.index(row["task"])))
    with open(OUT, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    OUT.with_suffix(".md").write_text(page(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
