"""The test log: a line for every look at a test split, so that a reader can count them."""

import csv
import subprocess
import time
from pathlib import Path

from ..errors import MusicMLError

LOG = Path(__file__).parent.parent.parent / "benchmarks" / "test_log.csv"
COLUMNS = ("date", "commit", "corpus", "split", "model", "metric", "value", "command")


def log_test(corpus, model, metric, value, command, split="test", path=LOG):
    """Append one look at a test split to benchmarks/test_log.csv.

    The code that evaluates calls it, in the same breath; tests never do. Choices are made on the validation
    split: who has looked at the test split often, has chosen on it.

    Args:
        corpus: "jsb".
        model: what was evaluated, such as "NoteUnigram".
        metric: "frame NLL", "frame NLL with frame 0", "nats per note", ...
        value: the number.
        command: what a reader types to see it again.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise MusicMLError(
            f"the folder of the test log, {path.parent}, does not exist; it is part of a clone of the "
            "course. Run the command in a clone, or pass path=."
        )
    new = not path.exists()
    if not new:
        with path.open(encoding="utf-8") as file:
            found = tuple(next(csv.reader(file), ()))
        if found != COLUMNS:
            raise MusicMLError(
                f"{path.name} has the columns {', '.join(found)}; expected {', '.join(COLUMNS)}. "
                "Bring its lines into that order first."
            )
    try:
        git = ["git", "rev-parse", "--short", "HEAD"]
        commit = subprocess.run(git, cwd=path.parent, capture_output=True, text=True).stdout.strip()
    except OSError:  # no git on this computer
        commit = ""
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        if new:
            writer.writerow(COLUMNS)
        writer.writerow(
            [time.strftime("%Y-%m-%d"), commit, corpus, split, model, metric, f"{value:.4f}", command]
        )
