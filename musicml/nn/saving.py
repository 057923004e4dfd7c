"""Weights in a file: .npz, without pickles, checked name by name and shape by shape."""

import os
import zipfile
from pathlib import Path

import numpy as np

from ..errors import FileFormatError, MusicMLError, ShapeError


def save_weights(layer, path):
    """Write all weights of a layer or model to ``path`` (.npz).

    The file is written beside its place and moved there when complete, so a crash
    or a full disk leaves the old file as it was.
    """
    path = Path(path)
    if path.suffix != ".npz":
        raise MusicMLError(f'save_weights received "{path.name}", expected a name that ends in .npz.')
    weights = dict(layer.keyed_weights())
    if not weights:
        raise MusicMLError(
            f"{layer!r} has no weights to save. Build it first: call it on data, or build(input_shape)."
        )
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            np.savez(file, **weights)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def load_weights(layer, path):
    """Read the weights that ``save_weights`` wrote into a layer or model of the same build.

    Nothing changes unless every name and every shape is right.
    """
    path = Path(path)
    if not path.exists():
        raise FileFormatError(
            f"{path.name} does not exist. Save it first with save_weights, or check the folder."
        )
    try:
        with np.load(path, allow_pickle=False) as file:
            saved = {name: file[name] for name in file.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise FileFormatError(
            f"{path.name} is not a weights file: {error}. Save it again with save_weights."
        ) from error
    mine = dict(layer.keyed_weights())
    if missing := sorted(mine.keys() ^ saved.keys()):
        remedy = (
            "Use the recipe it was saved from."
            if layer.built
            else "Build the model first: build(input_shape)."
        )
        raise ShapeError(
            f"{path.name} and {layer!r} do not hold the same weights; "
            f"only one of them has {', '.join(missing)}. {remedy}"
        )
    for name, weight in mine.items():
        if weight.shape != saved[name].shape:
            raise ShapeError(
                f"{path.name}: {name} has shape {saved[name].shape}, {layer!r} expects {weight.shape}. "
                "Use the recipe and sizes it was saved from."
            )
    for name, weight in mine.items():
        weight[...] = saved[name]
