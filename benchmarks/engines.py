"""One network on every engine: the same numbers? how fast? how long until the first step? how much memory?

    python benchmarks/engines.py [--python tensorflow=PATH] [--python torch=PATH]
    python benchmarks/engines.py --device gpu --engines keras-jax      where Keras sees a GPU
    python benchmarks/engines.py --program                             the lesson's program on every engine

The network is the article's: Dense(W, relu), Dense(W / 2, relu), Dense(1) on 112 numbers, with the mean
squared error and Adam; W = 64 is the article's own. The lesson choose_an_engine reads what this writes:

    engines.csv          one row for each device, engine, width and batch (FIELDS below)
    engines_program.csv  one row for each engine: what ``musicml.apps.hear_pitch`` printed

Each contestant runs in processes of its own, and they take turns. On the CPU each is held to one core,
and the lesson reads the processor's time, which does not count while other programs have the core. On a
GPU it reads the clock. Rows of another device, or of an engine that was not run, stay in the file.
"""

import argparse
import csv
import datetime
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
OUT = Path(__file__).with_suffix(".csv")
PROGRAM = Path(__file__).with_name("engines_program.csv")
ENGINES = ("numpy", "jax", "keras-jax", "keras-tensorflow", "keras-torch")
INPUTS = 112
WIDTHS, BATCHES = (16, 64, 256, 1024, 4096), (8, 128, 512, 2048)
GRID = [(width, 32) for width in WIDTHS] + [(width, batch) for width in (64, 1024) for batch in BATCHES]
FIELDS = ["date", "device", "engine", "width", "batch", "cpu_ms", "clock_ms", "first_cpu_s", "first_clock_s"]
FIELDS += ["start_cpu_s", "start_clock_s", "peak_mb", "output_difference", "gradient_difference", "versions"]
# cpu_ms, clock_ms            one step of training: median over the rounds
# first_cpu_s, first_clock_s  from a built network to the end of its first step, when the engine runs already
# start_cpu_s, start_clock_s  from nothing (a new process) to the end of the first step; W = 64, batch 32 only
# peak_mb                     memory of that process after ten steps
# ..._difference              largest |a - b| / largest |b|, b computed by NumPy in float64; batch 32 only


# --- The contestants, each in a process of its own ---------------------------------------------------------


def data(width, batch):
    rng = np.random.default_rng(width)
    x = rng.standard_normal((batch, INPUTS), dtype=np.float32)
    return x, np.tanh(x[:, :1] + x[:, 1:2])


def network(L, width):
    return L.Sequential(
        [L.Dense(width, activation="relu"), L.Dense(width // 2, activation="relu"), L.Dense(1)]
    )


def first_weights(width):
    """Weights (112, W), (W,), (W, W/2), (W/2,), (W/2, 1), (1,) that all contestants start from."""
    rng, sizes = np.random.default_rng(1), (INPUTS, width, width // 2, 1)
    return [
        (rng.standard_normal(shape) * (2 / shape[0]) ** 0.5 * (len(shape) == 2)).astype("float32")
        for d, u in zip(sizes, sizes[1:], strict=False)
        for shape in ((d, u), (u,))
    ]


def now():
    return time.perf_counter(), time.process_time()


class Networks:
    """A namespace L with Sequential: musicml.nn or musicml.twin. One network for each width."""

    def __init__(self, name):
        if name == "numpy":
            from musicml import nn as L

            self.Callback, self.hook = L.Callback, "on_batch_end"
        else:
            if name == "keras-torch":
                import torch

                torch.set_num_threads(len(os.sched_getaffinity(0)))
            import keras

            from musicml import twin as L

            self.Callback, self.hook = keras.callbacks.Callback, "on_train_batch_end"
        self.L, self.models = L, {}

    def model(self, width, optimizer):
        model = network(self.L, width)
        model.build((None, INPUTS))
        model.set_weights(first_weights(width))
        model.compile(optimizer=optimizer, loss=self.L.MeanSquaredError())
        return model

    def steps(self, width, batch, n):
        """(clock, processor) at the start, after the first step, and after n more."""
        if (width, batch) not in self.models:
            self.models[width, batch] = self.model(width, self.L.Adam(0.001))
        model, marks = self.models[width, batch], []

        def mark(callback, step, logs):
            if step in (0, n):
                float(logs["loss"])  # waits for the engine, which may still be at work
                marks.append(now())

        marker = type("Marks", (self.Callback,), {self.hook: mark})()
        x, y = data(width, batch)
        x, y = np.tile(x, (n + 1, 1)), np.tile(y, (n + 1, 1))
        marks.append(now())
        model.fit(x, y, batch_size=batch, verbose=0, shuffle=False, callbacks=[marker])
        return marks

    def numbers(self, width):
        """Outputs and gradients: one step of descent, of size 1, moves a weight by minus its gradient."""
        model, (x, y) = self.model(width, self.L.SGD(1.0)), data(width, 32)
        before = model.get_weights()
        outputs = model.predict(x, **({} if self.hook == "on_batch_end" else {"verbose": 0}))
        model.fit(x, y, batch_size=32, verbose=0, shuffle=False)
        return [outputs] + [a - b for a, b in zip(before, model.get_weights(), strict=True)]


class Jax:
    """JAX without Keras: the step written by hand and compiled as one."""

    def __init__(self, name):
        import jax
        import jax.numpy as jnp

        self.jax, self.state = jax, {}

        def answer(weights, x):
            W1, b1, W2, b2, W3, b3 = weights
            h1 = jax.nn.relu(x @ W1 + b1)
            return jax.nn.relu(h1 @ W2 + b2) @ W3 + b3

        def loss(weights, x, y):
            return jnp.mean((answer(weights, x) - y) ** 2)

        def step(weights, m, v, t, x, y):
            value, gradients = jax.value_and_grad(loss)(weights, x, y)
            m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, gradients)
            v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradients)
            rate = 0.001 * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
            weights = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + 1e-7), weights, m, v)
            return weights, m, v, value

        self.answer, self.gradient, self.step = jax.jit(answer), jax.jit(jax.grad(loss)), step

    def steps(self, width, batch, n):
        if (width, batch) not in self.state:
            weights = [self.jax.numpy.asarray(w) for w in first_weights(width)]
            m, v = ([0 * w for w in weights] for _ in range(2))
            # donated: the new weights may take the memory of the old, as with Keras
            compiled = self.jax.jit(self.step, donate_argnums=(0, 1, 2))
            self.state[width, batch] = [compiled, weights, m, v]
        step, weights, m, v = self.state[width, batch]
        x, y = data(width, batch)
        marks = [now()]
        for k in range(n + 1):
            weights, m, v, value = step(weights, m, v, k + 1.0, x, y)
            if k in (0, n):
                value.block_until_ready()
                marks.append(now())
        self.state[width, batch][1:] = weights, m, v
        return marks

    def numbers(self, width):
        weights, (x, y) = first_weights(width), data(width, 32)
        return [np.asarray(a) for a in (self.answer(weights, x), *self.gradient(weights, x, y))]


def versions(name):
    import importlib.metadata as metadata

    engine = name.removeprefix("keras-")
    names = ["keras"] * name.startswith("keras") + [engine]
    found = []
    for library in names:
        for package in (library, f"{library}-cpu"):
            try:
                found.append(f"{library} {metadata.version(package)}")
                break
            except metadata.PackageNotFoundError:
                pass
    return " ".join(found)


def device_of(name):
    """What the engine computes on, in its own word; NumPy knows no device but the processor."""
    if name == "keras-torch":  # Keras 3.15 lists no devices of PyTorch
        import torch

        return "gpu" if torch.cuda.is_available() else "cpu"
    if name.startswith("keras"):
        from musicml import twin

        return twin.device()
    if name == "jax":
        import jax

        return jax.devices()[0].platform
    return "cpu"


def work(name, folder):
    """Answer requests from stdin, one JSON a line, with one JSON a line."""
    me, answers = (Jax if name == "jax" else Networks)(name), sys.stdout
    sys.stdout = sys.stderr  # what the engines print is not an answer
    for line in sys.stdin:
        request = json.loads(line)
        if request["what"] == "steps":
            n = request["n"]
            (c0, p0), (c1, p1), *last = me.steps(request["width"], request["batch"], n)
            answer = {"first": [c1 - c0, p1 - p0]}
            if n:
                answer["step"] = [(last[0][0] - c1) / n, (last[0][1] - p1) / n]
        elif request["what"] == "numbers":
            np.savez(Path(folder) / f"{name}.npz", *me.numbers(request["width"]))
            answer = {}
        else:
            answer = {"device": device_of(name), "versions": versions(name)}
        usage = resource.getrusage(resource.RUSAGE_SELF)
        answer["peak_mb"] = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
        answer["cpu"] = usage.ru_utime + usage.ru_stime
        print(json.dumps(answer), file=answers, flush=True)


# --- The judge ---------------------------------------------------------------------------------------------


class Worker:
    def __init__(self, name, python, device, folder):
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {
            "KERAS_BACKEND": name.removeprefix("keras-") if name.startswith("keras") else "jax",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTHONPATH": str(ROOT),
        }
        if device == "cpu":
            threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
            environment |= {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu", **threads}
        command = [python, __file__, "--worker", name, "--device", device, "--folder", str(folder)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.name, self.process = name, subprocess.Popen(command, env=environment, text=True, **pipes)

    def ask(self, **request):
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())
        except (BrokenPipeError, json.JSONDecodeError):
            raise SystemExit(f"{self.name} died at {request}. Run its --worker by hand to see why.") from None

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def difference(a, b):
    return float(np.abs(a - b).max() / np.abs(b).max())


def parity(workers, folder):
    """{(engine, width): (difference of the outputs, of the gradients)} from NumPy in float64, batch 32."""
    from musicml import nn

    found = {}
    for width in WIDTHS:
        nn.set_floatx("float64")
        exact = Networks("numpy").numbers(width)
        nn.set_floatx("float32")
        for name, worker in workers.items():
            worker.ask(what="numbers", width=width)
            with np.load(folder / f"{name}.npz") as file:
                outputs, *gradients = (file[key] for key in file.files)
            apart = max(difference(a, b) for a, b in zip(gradients, exact[1:], strict=True))
            found[name, width] = difference(outputs, exact[0]), apart
    return found


def starts(contestants, device, folder, runs):
    """{engine: medians of (clock, processor's seconds to the end of the first step), peak MB)}."""
    found = {name: [] for name in contestants}
    for _ in range(runs):
        for name, python in contestants.items():
            begin = time.perf_counter()
            worker = Worker(name, python, device, folder)
            cpu = worker.ask(what="steps", width=64, batch=32, n=0)["cpu"]
            clock = time.perf_counter() - begin
            peak = worker.ask(what="steps", width=64, batch=32, n=10)["peak_mb"]
            found[name].append((clock, cpu, peak))
            worker.close()
    return {name: [statistics.median(v) for v in zip(*rows, strict=True)] for name, rows in found.items()}


def measure(contestants, options):
    folder = Path(tempfile.mkdtemp(prefix="engines-"))
    begun = starts(contestants, options.device, folder, options.starts)
    workers = {name: Worker(name, python, options.device, folder) for name, python in contestants.items()}
    about = {name: worker.ask(what="about") for name, worker in workers.items()}
    for name, answer in about.items():
        if ("cpu" in answer["device"]) != (options.device == "cpu"):
            raise SystemExit(
                f"{name} computes on {answer['device']}, asked for was {options.device}. "
                "Install the engine's build for your GPU, or leave --device gpu away."
            )
    apart, rows = parity(workers, folder), []
    for width, batch in GRID:
        first, times, counts = {}, {name: [] for name in workers}, {}
        for name, worker in workers.items():
            answer = worker.ask(what="steps", width=width, batch=batch, n=3)
            first[name] = [max(f - s, 0) for f, s in zip(answer["first"], answer["step"], strict=True)]
            counts[name] = int(min(max(options.seconds / answer["step"][0], 3), 300))
        for _ in range(options.rounds):
            for name, worker in workers.items():
                answer = worker.ask(what="steps", width=width, batch=batch, n=counts[name])
                times[name].append(answer["step"])
        for name in workers:
            clock, cpu = (statistics.median(t) for t in zip(*times[name], strict=True))
            row = dict.fromkeys(FIELDS, "") | {
                "date": datetime.date.today().isoformat(),
                "device": options.device,
                "engine": name,
                "width": width,
                "batch": batch,
                "cpu_ms": f"{1000 * cpu:.4g}",
                "clock_ms": f"{1000 * clock:.4g}",
                "first_cpu_s": f"{first[name][1]:.3g}",
                "first_clock_s": f"{first[name][0]:.3g}",
                "versions": about[name]["versions"],
            }
            if batch == 32:
                row["output_difference"], row["gradient_difference"] = (
                    f"{value:.1e}" for value in apart[name, width]
                )
            if (width, batch) == (64, 32):
                clock, cpu, peak = begun[name]
                row |= {
                    "start_clock_s": f"{clock:.2f}",
                    "start_cpu_s": f"{cpu:.2f}",
                    "peak_mb": f"{peak:.0f}",
                }
            rows.append(row)
            print(*(row[field] or "-" for field in FIELDS[1:-1]), flush=True)
    for worker in workers.values():
        worker.close()
    return rows


def run_program(contestants):
    """The lesson's program on every engine: what it says about the held-out notes, as rows."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "notes.npz"
        command = ["-m", "musicml.apps.hear_pitch"]
        subprocess.run([sys.executable, *command, "--write-notes", notes], cwd=ROOT, check=True)
        for name, python in contestants.items():
            if name == "jax":
                continue  # the program knows NumPy and Keras
            engine = name.removeprefix("keras-")
            environment = os.environ | {
                "KERAS_BACKEND": engine,
                "TF_CPP_MIN_LOG_LEVEL": "3",
                "OMP_NUM_THREADS": "1",
            }
            options = ["--read-notes", notes, "--engine", "keras" if "keras" in name else "numpy"]
            run = subprocess.run(
                [python, *command, *options], cwd=ROOT, env=environment, check=True,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            )  # fmt: skip
            print(name, run.stdout, sep="\n", flush=True)
            for line in re.findall(
                r"^network +(.*?) {2,}(\d+) cents +\((\d+) to (\d+)\) +(\d+)%", run.stdout, re.M
            ):
                fields = ("notes", "cents", "cents_low", "cents_high", "percent_within_quarter_tone")
                rows.append({"engine": name} | dict(zip(fields, line, strict=True)))
    return rows


def write(path, rows, fields):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def kept(rows):
    """Rows of the file that were not measured again, then the new ones, in one order."""
    old = []
    if OUT.exists():
        new = {(row["device"], row["engine"]) for row in rows}
        with open(OUT, encoding="utf-8", newline="") as file:
            old = [row for row in csv.DictReader(file) if (row["device"], row["engine"]) not in new]
    order = lambda r: (r["device"], ENGINES.index(r["engine"]), int(r["width"]), int(r["batch"]))  # noqa: E731
    return sorted(old + rows, key=order)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=None)
    parser.add_argument("--python", action="append", default=[], metavar="tensorflow=PATH")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.3, help="for each contestant in each round")
    parser.add_argument(
        "--starts", type=int, default=3, help="fresh processes for the time to the first step"
    )
    parser.add_argument(
        "--program", action="store_true", help="run the lesson's program on every engine instead"
    )
    parser.add_argument("--dry", action="store_true", help="print, and write nothing")
    parser.add_argument("--worker", choices=ENGINES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        if options.device == "cpu" and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-1:])
        work(options.worker, options.folder)
        return
    contestants = {name: sys.executable for name in ("numpy", "jax", "keras-jax")}
    for name, _, path in (given.partition("=") for given in options.python):
        contestants[f"keras-{name}"] = path
    if options.device == "gpu":
        del contestants["numpy"]  # it has no GPU
    if options.engines:
        contestants = {name: python for name, python in contestants.items() if name in options.engines}
    if options.program:
        rows = run_program(contestants)
        if not options.dry:
            write(PROGRAM, rows, rows[0])
        return
    rows = measure(contestants, options)
    if not options.dry:
        write(OUT, kept(rows), FIELDS)


if __name__ == "__main__":
    main()
