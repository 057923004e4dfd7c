"""How equal are the NumPy layers and Keras? Joins what the tests measured on each engine into one page.

    make parity      runs the tests on JAX, TensorFlow and PyTorch, then this

Each run of the tests writes benchmarks/parity_ENGINE.csv (``pytest --parity-report FILE``).
"""

import csv
from pathlib import Path

FOLDER = Path(__file__).parent
PAGE = FOLDER / "parity.md"
BACKENDS = {"jax": "JAX", "tensorflow": "TensorFlow", "torch": "PyTorch"}
QUANTITIES = ("outputs", "gradients", "steps")
KINDS = {
    "layer": ("Layers", QUANTITIES),
    "loss": ("Losses", QUANTITIES[:2]),
    "optimizer": ("Optimizers", QUANTITIES[2:]),
}

HEAD = """# Equal to Keras

Written by `make parity` from what the tests measured; do not edit. The table of cases is `tests/cases.py`.

Each number is the largest difference found: max|ours - Keras| / (max|Keras| + 1e-6), over one array.
A test fails above 2e-5 in float32 and above 1e-10 in float64.

- *outputs*: of a layer with the training flag on and off; of a loss, its value, also with weights and masks.
- *gradients*: for each input and each weight. Left out is the bias of the keys in attention, whose true
  gradient is zero; it is tested to be zero on both sides.
- *steps*: the weights after five steps of SGD; for an optimizer, after each of twenty given gradients;
  for BatchNormalization, its moving averages. Empty where there is no such thing, or no test of it.

Keras computes float64 in float32 on JAX and PyTorch; the tests tell it not to (`tests/keras_gradients.py`).
Where an engine still takes a part through float32, the limit in float64 is larger, and the row has a star
for that engine; the reasons stand in `tests/parity.py`.
Dropout draws other random numbers than Keras; it is tested on its own.
"""


def read(folder=FOLDER):
    """The rows of all three reports, in the order of BACKENDS."""
    rows = []
    for backend in BACKENDS:
        with open(folder / f"parity_{backend}.csv", encoding="utf-8") as file:
            rows += csv.DictReader(file)
    return rows


def page(rows):
    """The page as Markdown."""
    parts = [HEAD, "\n| engine | version | Keras | NumPy |\n|---|---|---|---|\n"]
    found = {(row["floatx"], row["kind"], row["name"], row["backend"]): row for row in rows}
    for versions in {row["backend"]: row for row in rows}.values():
        parts.append(
            f"| {BACKENDS[versions['backend']]} | {versions['version']} "
            f"| {versions['keras']} | {versions['numpy']} |\n"
        )
    for kind, (title, quantities) in KINDS.items():
        names = list(dict.fromkeys(row["name"] for row in rows if row["kind"] == kind))
        for floatx in ("float32", "float64"):
            columns = [f"{BACKENDS[backend]} {quantity}" for backend in BACKENDS for quantity in quantities]
            parts.append(f"\n## {title}, {floatx}\n\n| name | {' | '.join(columns)} |\n")
            parts.append("|---" * (len(columns) + 1) + "|\n")
            for name in names:
                cells = [cell(found[floatx, kind, name, b], q) for b in BACKENDS for q in quantities]
                parts.append(f"| {name} | {' | '.join(cells)} |\n")
    return "".join(parts)


def cell(row, quantity):
    limit = {"float32": 2e-5, "float64": 1e-10}[row["floatx"]]
    return row[quantity] + " *" * bool(row[quantity] and float(row["tolerance"]) > limit)


if __name__ == "__main__":
    PAGE.write_text(page(read()), encoding="utf-8", newline="\n")
    print(f"wrote {PAGE}")
