"""A process that reads files under limits: what hangs, or takes all memory, costs one case and not the suite.

    with Worker() as worker:
        outcome = worker.read("score", path)

The process imports the readers and reads one good file of each kind first: only reading is measured.
"""

import contextlib
import gc
import io
import multiprocessing
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

HANG = 60  # seconds until a read is killed, on a clock that also runs when others have the processor
MOST_CPU = 15  # seconds of processor time until it is killed: three times what is allowed
ROOM = 1 << 30  # address space that a read may ask for on top of what the process has
LINUX = sys.platform == "linux"
NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request")


@dataclass
class Outcome:
    """What one read did."""

    kind: str  # loaded, refused (a MusicMLError), raised (another exception), hung, died
    value: object = None  # what was loaded, or the message
    error: str = ""  # name of the exception's class
    seconds: float = 0.0
    cpu: float = 0.0  # seconds of processor time, of the process and of those it started
    megabytes: float = 0.0  # by how much its memory grew at the worst moment
    noise: tuple = ()  # warnings, printed text, files left behind, network, files opened that are not its own


def readers():
    """Name -> function of a path; imported here, so that only the worker pays for it."""
    from musicml import score, sound

    return {
        "score": score.load,
        "scores": lambda path: score.load_all(path, repeats=True),
        "folder": score.load_folder,
        "audio": lambda path: _small(sound.load_audio(path)),
        "channels": lambda path: _small(sound.load_audio(path, mono=False)),
        "converted": lambda path: _small(sound.load_audio(path, sr=22050)),
    }


class Worker:
    """Starts the process when it is first needed, and again after it had to be killed."""

    def __init__(self, hang=HANG):
        self.hang, self.process, self.pipe = hang, None, None

    def read(self, reader, path):
        """Run one reader on one path; returns an Outcome, whatever happens."""
        if self.process is None:
            self.start()
        self.pipe.send((reader, str(path)))
        try:
            if self.pipe.poll(self.hang):
                return self.pipe.recv()
            self.stop()
            return Outcome("hung", f"not done after {self.hang} s", seconds=self.hang, cpu=self.hang)
        except (EOFError, ConnectionError):
            self.process.join()
            code = self.process.exitcode
            self.stop()
            if code == -signal.SIGXCPU:
                return Outcome("hung", f"not done after {MOST_CPU} s of processor time", cpu=MOST_CPU)
            return Outcome("died", f"the process ended with exit code {code}")

    def start(self):
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs,))
        self.process.start()
        theirs.close()
        if not self.pipe.poll(180):
            self.stop()
            raise RuntimeError("the worker did not start within 180 s")
        self.pipe.recv()

    def stop(self):
        if self.process is not None:
            self.pipe.close()  # the worker ends when nobody is at the other end
            self.process.join(2)
            if self.process.is_alive():
                self.process.kill()
                self.process.join()
            self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


# ---- inside the process ----------------------------------------------------------------------------


def _serve(pipe):
    from . import misbehaviour

    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryFile() as printed:
        scratch = Path(home, "scratch")
        scratch.mkdir()
        os.chdir(scratch)
        os.environ["TMPDIR"] = str(scratch)
        tempfile.tempdir = None  # forget the folder that was found before
        functions = readers()
        _warm_up(functions, Path(home))
        for stream in (1, 2):
            os.dup2(printed.fileno(), stream)
        seen = _watch(Path(home))
        if LINUX:
            _, hard = resource.getrlimit(resource.RLIMIT_AS)
            resource.setrlimit(resource.RLIMIT_AS, (_status("VmSize") + ROOM, hard))
        gc.collect()
        gc.freeze()  # what is here now is not looked through again after every read
        pipe.send("ready")
        while True:
            try:
                reader, path = pipe.recv()
            except EOFError:
                return
            seen.clear()
            _rewind(printed)
            outcome = _measure(functions.get(reader) or getattr(misbehaviour, reader), path)
            sys.stdout.flush(), sys.stderr.flush()
            text = _rewind(printed)
            left = sorted(item.name for item in scratch.iterdir())
            for name in left:
                shutil.rmtree(scratch / name) if (scratch / name).is_dir() else (scratch / name).unlink()
            outcome.noise += tuple(seen)
            outcome.noise += (f"printed: {text[:300]}",) if text else ()
            outcome.noise += (f"left behind: {left[:5]}",) if left else ()
            pipe.send(outcome)


def _measure(function, path):
    """Outcome of one read, except for what can only be seen from outside."""
    _forget_peak()
    used = time.process_time()
    resource.setrlimit(
        resource.RLIMIT_CPU, (int(used) + MOST_CPU, resource.getrlimit(resource.RLIMIT_CPU)[1])
    )
    memory, children = _memory(), _children()
    wall, cpu = time.monotonic(), _cpu()
    with warnings.catch_warnings(record=True) as leaked:
        warnings.simplefilter("always")
        kind, value, error = _call(function, path)
        wall, cpu = time.monotonic() - wall, _cpu() - cpu
        peak = max(_peak() - memory, _children() - children)
        gc.collect()  # a file left open warns when it is collected
    noise = tuple(f"warning: {w.category.__name__}: {w.message}" for w in leaked)
    return Outcome(kind, value, error, wall, cpu, peak / 1e6, noise)


def _call(function, path):
    from musicml.errors import MusicMLError

    try:
        return "loaded", function(Path(path)), ""
    except MusicMLError as error:
        return "refused", str(error), type(error).__name__
    except BaseException as error:  # whatever it is, it is what the test is after
        frames = []
        trace = error.__traceback__
        while trace:
            frames.append(f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}")
            trace = trace.tb_next
        return "raised", f"{error} (at {' '.join(frames[-4:])})"[:500], type(error).__name__


def _warm_up(functions, home):
    """Read one good file of each kind: the readers import what they need when they need it."""
    from . import good_files

    for form, (data, reader) in good_files.one_of_each().items():
        path = home / f"good.{form}"
        path.write_bytes(data)
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            functions[reader](path)
            if form == "wav":
                functions["converted"](path)
        path.unlink()
    for leftover in Path().iterdir():
        raise RuntimeError(f"reading good files left {leftover} behind")


def _watch(home):
    """From now on, note in the list that is returned what a reader has no business to do."""
    seen = []

    def hook(event, args):
        if event in NETWORK:
            seen.append(f"network: {event} {args[-1]!r:.80}")
        elif event == "open" and isinstance(args[0], str) and "canary" in args[0]:
            seen.append("opened a file that the file it reads points to")

    sys.addaudithook(hook)
    return seen


def _rewind(file):
    size = os.lseek(file.fileno(), 0, os.SEEK_END)
    text = os.pread(file.fileno(), size, 0).decode("utf-8", "replace").strip()
    os.ftruncate(file.fileno(), 0)
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    return text


def _small(result):
    """Samples as they are, or cut to a million, so that they pass the pipe."""
    samples, rate = result
    return samples[..., :1_000_000].copy(), rate


def _cpu():
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _children():
    """The most memory that a process started by this one has taken, bytes."""
    scale = 1024 if LINUX else 1
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * scale


def _status(field):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024


def _memory():
    return _status("VmRSS") if LINUX else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _peak():
    return _status("VmHWM") if LINUX else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _forget_peak():
    if LINUX:
        with contextlib.suppress(OSError):  # without it a peak from before counts too: never too little
            Path("/proc/self/clear_refs").write_text("5")
