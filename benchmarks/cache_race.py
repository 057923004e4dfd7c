"""Start many processes at once on one empty cache, and kill builds at random moments.

    python benchmarks/cache_race.py --processes 50            a small real corpus
    python benchmarks/cache_race.py --processes 50 --whole    all chorales and tunes, as a class would
    python benchmarks/cache_race.py --kills 20

The small corpus is read from two files of each collection and four chorales;
everything else is the real thing: the same builders, the same cache.

Race: every process must get the same notes (of the first hundred pieces of each
split), and each collection must be built once. Kills: SIGKILL after a random
part of the time that a build takes; the next process must find nothing half
made, get the same notes, and clean up. Do not edit musicml meanwhile: changed
code builds its own corpora.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

READER = """
import hashlib, sys, time
from musicml import corpora
from musicml.corpora import chorales, tunes

log, whole = sys.argv[1], sys.argv[2] == "whole"
if not whole:
    four = chorales.sources()[2:6]
    chorales.sources = lambda: four
    two = {name: tunes.sources(name)[:2] for name in ("irish", "fiddle")}
    tunes.sources = two.get

def logged(build, what):
    def run(*arguments):
        with open(log, "a") as file:
            file.write(what + "\\n")
        build(*arguments)
    return run

chorales.build = logged(chorales.build, "chorales")
tunes.build = logged(tunes.build, "tunes")
digest = hashlib.sha256()
for name in corpora.EMBEDDED:
    corpus = corpora.load(name)
    for piece in [*corpus.train[:100], *corpus.valid[:100], *corpus.test[:100]]:
        digest.update(piece.grid.tobytes() if name == "chorales" else repr(piece).encode())
print(digest.hexdigest())
"""


def start(cache, log, size):
    environment = {
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "MUSICML_CACHE": str(cache),
        "MUSICML_PROGRESS": "0",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [sys.executable, "-W", "error", "-c", READER, str(log), size]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )


def answer(process):
    out, errors = process.communicate()
    if process.returncode:
        raise SystemExit(f"a process failed:\n{errors}")
    return out.strip()


def leftovers(cache):
    return [path.name for path in (cache / "corpora").glob("building-*")]


def race(processes, size):
    """Returns whether all went as it must."""
    with tempfile.TemporaryDirectory() as folder:
        cache, log = Path(folder) / "cache", Path(folder) / "log"
        begin = time.perf_counter()
        answers = [answer(process) for process in [start(cache, log, size) for _ in range(processes)]]
        seconds = time.perf_counter() - begin
        built = sorted(log.read_text().split())
        print(
            f"{processes} processes, {size} corpora: {len(set(answers))} different answers, "
            f"built: {', '.join(built)}; {len(leftovers(cache))} leftovers; {seconds:.0f} s"
        )
        return len(set(answers)) == 1 and built == ["chorales", "tunes", "tunes"] and not leftovers(cache)


def kill(kills, size, seed=0):
    """Returns whether all went as it must."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        begin = time.perf_counter()
        expected = answer(start(folder / "clean", folder / "log", size))
        takes = time.perf_counter() - begin
        half, wrong = 0, 0
        for k in range(kills):
            cache = folder / f"cache-{k}"
            victim = start(cache, folder / "log", size)
            time.sleep(rng.uniform(0, takes))
            victim.send_signal(signal.SIGKILL)
            victim.communicate()
            half += bool(leftovers(cache))
            wrong += answer(start(cache, folder / "log", size)) != expected or bool(leftovers(cache))
        print(
            f"{kills} kills within {takes:.1f} s: {half} in the middle of a build, "
            f"{wrong} wrong or left something afterwards"
        )
        return wrong == 0


def main():
    parser = argparse.ArgumentParser(description="Race and kill on one cache.")
    parser.add_argument("--processes", type=int, default=0)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--whole", action="store_true", help="all chorales and tunes instead of a few")
    options = parser.parse_args()
    size = "whole" if options.whole else "small"
    fine = [options.processes == 0 or race(options.processes, size)]
    fine += [options.kills == 0 or kill(options.kills, size)]
    return int(not all(fine))


if __name__ == "__main__":
    sys.exit(main())
