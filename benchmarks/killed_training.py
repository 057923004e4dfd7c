"""Kill a training at random moments, start it again, and compare its end with one that was never killed.

    python benchmarks/killed_training.py --kills 200

The training saves itself after every second batch (nn.BackupAndRestore). A kill is
SIGKILL: nothing is cleaned up. The end must be the same to the last bit.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

TRAINING = """
import os
import sys
import numpy as np
from musicml import nn

folder = sys.argv[1]
rng = np.random.default_rng(1)
x, y = rng.integers(0, 30, (256, 12)), rng.integers(0, 30, (256, 12))
model = nn.Sequential(
    [nn.Embedding(30, 16), nn.PositionEmbedding(12), nn.TransformerBlock(2, 32, dropout=0.2),
     nn.GRU(24, True), nn.Dense(30)],
    seed=2,
)
loss = nn.SparseCategoricalCrossentropy(from_logits=True)
model.compile(optimizer=nn.AdamW(0.01, global_clipnorm=1.0), loss=loss, metrics=["accuracy"])
callbacks = [
    nn.BackupAndRestore(folder + "/run.npz", save_freq=2),
    nn.EarlyStopping(patience=50, restore_best_weights=True),
]
history = model.fit(
    x, y, batch_size=8, epochs=8, callbacks=callbacks, validation_data=(x[:32], y[:32]), verbose=0
).history
history = {name: np.array(values) for name, values in history.items()}
np.savez(folder + "/end.part.npz", *model.get_weights(), **history)
os.replace(folder + "/end.part.npz", folder + "/end.npz")  # a kill while it is written leaves no end
"""


def start(folder):
    root = str(Path(__file__).parents[1])
    environment = os.environ | {"PYTHONPATH": root, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-c", TRAINING, str(folder)], env=environment)


def end(folder):
    with np.load(Path(folder) / "end.npz") as file:
        return {name: file[name] for name in file.files}


def main(kills, seed=0):
    """Run until so many kills are done. Returns how many trainings it took."""
    rng, done, trainings = np.random.default_rng(seed), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        if start(folder).wait():
            raise SystemExit("the training itself failed")
        whole = end(folder)
    while done < kills:
        trainings += 1
        with tempfile.TemporaryDirectory() as folder:
            while not (Path(folder) / "end.npz").exists():
                process, alive = start(folder), rng.uniform(0.2, 1.5)
                until = time.monotonic() + alive
                while done < kills and process.poll() is None and time.monotonic() < until:
                    time.sleep(0.005)
                if done < kills and process.poll() is None:
                    process.kill()
                    done += 1
                if process.wait() not in (0, -9):
                    raise SystemExit(f"kill {done}: a training that went on ended with {process.returncode}")
            killed = end(folder)
        if not all(np.array_equal(whole[name], killed[name]) for name in whole.keys() | killed.keys()):
            raise SystemExit(f"kill {done}: the end is another")
    return trainings


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    kills = parser.parse_args().kills
    began = time.monotonic()
    trainings = main(kills)
    print(
        f"{kills} kills in {trainings} trainings, {time.monotonic() - began:.0f} s: "
        "every end the same to the last bit"
    )
