"""A Keras training that is killed and started again ends as one that never was, to 1e-6."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import musicml

TRAINING = """
import os, sys
import numpy as np
from musicml import nn, recipes, twin
import keras

folder, kill_at = sys.argv[1], int(sys.argv[2])
rng = np.random.default_rng(1)
x, y = rng.integers(0, 9, (40, 5)), rng.integers(0, 9, 40)
model, start = recipes.melody_mlp(twin, 9, width=4, units=8), recipes.melody_mlp(nn, 9, width=4, units=8)
model.build((None, 5)), start.build((None, 5))
twin.copy_weights(start, model)  # the same first weights in every process
model.compile(optimizer=twin.Adam(0.02), loss=twin.SparseCategoricalCrossentropy(from_logits=True))

class Kill(keras.callbacks.Callback):
    count = 0
    def on_train_batch_end(self, batch, logs=None):
        Kill.count += 1
        if Kill.count == kill_at:
            os._exit(9)

callbacks = [twin.BackupAndRestore(folder + "/backup"), Kill()]
# The order of the data is not part of a Keras backup, so the data is not shuffled.
model.fit(x, y, batch_size=8, epochs=4, callbacks=callbacks, shuffle=False, verbose=0)
np.savez(folder + "/end.npz", *model.get_weights())
"""


def run(folder, kill_at):
    environment = os.environ | {"PYTHONPATH": str(Path(musicml.__file__).parents[1]), "KERAS_BACKEND": "jax"}
    command = [sys.executable, "-c", TRAINING, str(folder), str(kill_at)]
    return subprocess.run(command, env=environment).returncode


@pytest.mark.parametrize("kill_at", [3, 12])
def test_a_killed_keras_run_goes_on(tmp_path, kill_at):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir(), killed.mkdir()
    assert run(whole, 0) == 0
    assert run(killed, kill_at) == 9
    assert run(killed, 0) == 0
    with np.load(whole / "end.npz") as a, np.load(killed / "end.npz") as b:
        for name in a.files:
            np.testing.assert_allclose(a[name], b[name], rtol=0, atol=1e-6)
