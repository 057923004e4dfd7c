"""What "equal to Keras" means, and a record of how equal everything was."""

import csv
import importlib.metadata

import keras
import numpy as np
from cases import LAYERS, LOSSES, OPTIMIZERS, SPECIAL

TOLERANCE = {"float32": 2e-5, "float64": 1e-10}
# Some engines take a part of the work through float32 when asked for float64. Equal is then what float32's
# rounding of that part leaves.
ATTENTION = {
    *(name for name in SPECIAL if name.startswith("attention_")),
    *("transformer_block", "transformer_block_sees_all", "sequential_transformer", "embedding_mask"),
}
ROUNDED = {
    # jax.nn.dot_product_attention computes its softmax in float32.
    "jax": dict.fromkeys(ATTENTION, 5e-6),
    # tf.cast takes a Python number through float32, and Keras casts these: 1 / sqrt(key_dim), momentum,
    # betas, what schedules are made of; TensorFlow itself the constants of gelu. The rounding of beta_2 is a
    # thousand times larger in 1 - beta_2 = 0.001, and grows over Adam's twenty steps.
    "tensorflow": dict.fromkeys(
        ATTENTION | {"activation_gelu", "sequential", "sgd_momentum", "sgd_cosine"}, 1e-6
    )
    | {name: 1e-5 for name in OPTIMIZERS if name.startswith("adam")},
    "torch": {},
}
QUANTITIES = ("outputs", "gradients", "steps")
KINDS = {"layer": [*LAYERS, *SPECIAL], "loss": list(LOSSES), "optimizer": list(OPTIMIZERS)}
PACKAGES = {"jax": "jax", "tensorflow": "tensorflow-cpu", "torch": "torch"}

largest = {}  # (name in the table of cases, number type, quantity) -> the largest difference seen


def as_floatx(a):
    return a.astype(keras.config.floatx()) if a.dtype.kind == "f" else a.astype("int32")


def tolerance(name, floatx):
    rounded = ROUNDED[keras.backend.backend()] if floatx == "float64" else {}
    return rounded.get(name, TOLERANCE[floatx])


def assert_equal(ours, theirs, name="", quantity="outputs", what=""):
    """Fail unless max|ours - theirs| / (max|theirs| + 1e-6) is within the tolerance of the number type.

    Args:
        name: whose numbers these are in the table of cases; with it, the difference is recorded.
        quantity: "outputs", "gradients", or "steps" for weights that were trained for some steps.
        what: which gradient or weight it is, for the message.
    """
    floatx = keras.config.floatx()
    ours, theirs = np.asarray(ours), keras.ops.convert_to_numpy(theirs)
    assert ours.shape == theirs.shape, f"{name} {quantity} {what}"
    difference = float(np.abs(ours - theirs).max(initial=0) / (np.abs(theirs).max(initial=0) + 1e-6))
    assert difference <= tolerance(name, floatx), f"{name} {quantity} {what}: difference {difference:.2e}"
    if name:
        assert quantity in QUANTITIES and any(name in names for names in KINDS.values())
        key = name, floatx, quantity
        largest[key] = max(difference, largest.get(key, 0.0))


def assert_zero(ours, theirs, name):
    """Both are zero but for rounding: a relative difference would say nothing."""
    limit = tolerance(name, keras.config.floatx())
    assert np.abs(ours).max() <= limit and np.abs(theirs).max() <= limit


def write_report(path):
    """Write what was recorded as CSV, a row for each name and number type, for benchmarks/parity.py."""
    backend = keras.backend.backend()
    versions = {
        "backend": backend,
        "version": importlib.metadata.version(PACKAGES[backend]),
        "keras": keras.__version__,
        "numpy": np.__version__,
    }
    rows = []
    for kind, names in KINDS.items():
        for floatx in TOLERANCE:
            for name in names:
                found = {q: largest.get((name, floatx, q)) for q in QUANTITIES}
                differences = {q: "" if d is None else f"{d:.1e}" for q, d in found.items()}
                case = {"kind": kind, "floatx": floatx, "name": name, "tolerance": tolerance(name, floatx)}
                rows.append(case | differences | versions)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
