"""A process of its own for files whose reader may be slow: it is stopped when the time is over."""

import os
import pickle
import subprocess
import sys
import threading

START_SECONDS = 120  # to start Python and import music21, on a busy machine


class Worker:
    """Reads files in a second process, one after another; after a stop it starts anew with the next file.

    Args:
        seconds: for one file.
    """

    def __init__(self, seconds):
        self.seconds, self.process = seconds, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def read(self, path, repeats):
        """[(None or why not, Score or None)] for each piece in the file."""
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "from musicml.score import worker; worker.serve()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
            self.answer(START_SECONDS)  # it says that it is ready
        try:
            pickle.dump((str(path), repeats), self.process.stdin)
            self.process.stdin.flush()
            return self.answer(self.seconds)
        except (EOFError, OSError, pickle.UnpicklingError):
            late = self.late
            self.stop()
            why = f"took longer than {self.seconds:g} s" if late else "stopped the process that read it"
            return [(f"{path.name} {why}. Load it alone with load(path), or leave it out.", None)]

    def answer(self, seconds):
        """What the process says next; EOFError if it is stopped before."""
        self.late = False

        def ring():
            self.late = True
            self.process.kill()

        timer = threading.Timer(seconds, ring)
        timer.start()
        try:
            return pickle.load(self.process.stdout)
        finally:
            timer.cancel()

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.stdin.close()
            self.process.stdout.close()
            self.process.wait()
            self.process = None


def serve():
    """The other side: read a path, answer with what is in the file, until the pipe is closed."""
    import music21  # noqa: F401  (so that the first file does not pay for it)

    from .files import pieces

    source, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints does not come between
    pickle.dump("ready", answers)
    answers.flush()
    while True:
        try:
            path, repeats = pickle.load(source)
        except EOFError:
            return
        pickle.dump([(error and str(error), score) for error, score in pieces(path, repeats)], answers)
        answers.flush()
