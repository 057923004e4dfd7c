"""Weights and training in a file: .npz, without pickles, checked name by name and shape by shape."""

import json
import math
import os
import zipfile
from pathlib import Path

import numpy as np

from ..errors import FileFormatError, MusicMLError, ShapeError

MOST_BYTES = 4 * 2**30  # of one array; more is no weights file of this library


def save_weights(layer, path):
    """Write all weights of a layer or model to ``path`` (.npz).

    The file is written beside its place and moved there when complete, so a crash
    or a full disk leaves the old file as it was.
    """
    weights = dict(layer.keyed_weights())
    if not weights:
        raise MusicMLError(
            f"{layer!r} has no weights to save. Build it first: call it on data, or build(input_shape)."
        )
    write(path, weights)


def load_weights(layer, path):
    """Read the weights that ``save_weights`` wrote into a layer or model of the same build.

    Nothing changes unless every name and every shape is right.
    """
    copy_all(layer, path, dict(layer.keyed_weights()), read(path))


def save_training(model, path):
    """Write all that ``fit`` needs to go on: weights, slots, random numbers, order of the data, callbacks."""
    at, optimizer = model.progress, model.optimizer
    keys = slot_keys(model)
    arrays = {f"weights/{key}": weight for key, weight in model.keyed_weights()}
    arrays |= {
        f"slots/{keys[path]}/{n}": slot
        for path, slots in optimizer.slots.items()
        for n, slot in enumerate(slots)
    }
    if at.order is not None:
        arrays["order"] = at.order
    states = []
    for n, callback in enumerate(model.callbacks):
        states.append({})
        for name, value in callback.state.items():
            if isinstance(value, list) and value and isinstance(value[0], np.ndarray):
                arrays |= {f"callbacks/{n}/{name}/{i:04d}": array for i, array in enumerate(value)}
            else:
                states[-1][name] = value
    about = {
        "iterations": optimizer.iterations,
        "learning_rate": None if callable(optimizer.learning_rate) else optimizer.learning_rate,
        "random": [rng.bit_generator.state for rng in generators(model)],
        "epoch": at.epoch,
        "step": at.step,
        "sums": at.sums,
        "counts": at.counts,
        "callbacks": states,
    }
    write(path, arrays | {"about": np.array(json.dumps(about))})


def load_training(model, path):
    """Bring back what ``save_training`` wrote, if the file exists; all of it, or an error and nothing."""
    if not Path(path).exists():
        return
    saved = read(path)
    if "about" not in saved:
        raise FileFormatError(f"{Path(path).name} holds no training. Choose another file, or delete it.")
    about = json.loads(str(saved.pop("about")))
    at, optimizer = model.progress, model.optimizer
    if len(about["callbacks"]) > len(model.callbacks) or len(about["random"]) != len(generators(model)):
        raise FileFormatError(
            f"{Path(path).name} was saved by another training: {len(about['callbacks'])} callbacks, "
            f"here {len(model.callbacks)}. Call fit as you did then, or delete the file."
        )
    part = lambda prefix: {k[len(prefix) :]: v for k, v in saved.items() if k.startswith(prefix)}  # noqa: E731
    copy_all(model, path, dict(model.keyed_weights()), part("weights/"))
    shapes = {path: weight for path, weight, _ in model.named_weights()}
    slots = part("slots/")
    for weight_path, key in slot_keys(model).items():
        mine = sorted(
            (int(name.rpartition("/")[2]), a) for name, a in slots.items() if name.rpartition("/")[0] == key
        )
        if mine:
            for slot, (_, array) in zip(
                optimizer.slot(weight_path, shapes[weight_path], len(mine)), mine, strict=True
            ):
                slot[...] = array
    optimizer.iterations = about["iterations"]
    if about["learning_rate"] is not None:
        optimizer.learning_rate = about["learning_rate"]
    for rng, state in zip(generators(model), about["random"], strict=True):
        rng.bit_generator.state = state
    at.epoch, at.step, at.order = about["epoch"], about["step"], saved.get("order")
    at.sums, at.counts = about["sums"], about["counts"]
    for n, (callback, state) in enumerate(zip(model.callbacks, about["callbacks"], strict=False)):
        callback.state |= state
        for name in sorted(part(f"callbacks/{n}/")):
            callback.state.setdefault(name.partition("/")[0], []).append(saved[f"callbacks/{n}/{name}"])


def slot_keys(model):
    """Weight path -> key; the key counts layers, so it is the same in another process."""
    keys = {id(weight): key for key, weight in model.keyed_weights()}
    return {path: keys[id(weight)] for path, weight, _ in model.named_weights()}


def generators(layer):
    """All random generators of a model, each once, in the order of the layers."""
    found = [layer.rng] if layer.rng is not None else []
    for child in layer.layers:
        found += generators(child)
    return list({id(rng): rng for rng in found}.values())


def write(path, arrays):
    """Write arrays to ``path``: whole and on the disk, or not at all."""
    path = Path(path)
    if path.suffix != ".npz":
        raise MusicMLError(f'received the file name "{path.name}", expected one that ends in .npz.')
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def read(path):
    """All arrays of an .npz file, as a dict."""
    path = Path(path)
    if not path.exists():
        raise FileFormatError(
            f"{path.name} does not exist. Save it first with save_weights, or check the folder."
        )
    try:
        check_sizes(path)
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise FileFormatError(
            f"{path.name} is not a weights file: {error}. Save it again with save_weights."
        ) from error


def check_sizes(path):
    """Raise ValueError when an array claims to be larger than the file holds, before any memory is taken."""
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            with archive.open(entry) as file:
                version = np.lib.format.read_magic(file)
                header = {
                    (1, 0): np.lib.format.read_array_header_1_0,
                    (2, 0): np.lib.format.read_array_header_2_0,
                }
                shape, _, dtype = header[version](file)
            claimed = math.prod(shape) * dtype.itemsize
            if claimed > min(entry.file_size, MOST_BYTES):
                raise ValueError(
                    f"{entry.filename} claims shape {shape}, {claimed:,} bytes, and has {entry.file_size:,}"
                )


def copy_all(layer, path, mine, saved):
    """Copy saved arrays into the weights if every name and every shape is right."""
    name = Path(path).name
    if missing := sorted(mine.keys() ^ saved.keys()):
        remedy = (
            "Use the recipe it was saved from."
            if layer.built
            else "Build the model first: build(input_shape)."
        )
        raise ShapeError(
            f"{name} and {layer!r} do not hold the same weights; "
            f"only one of them has {', '.join(missing)}. {remedy}"
        )
    for key, weight in mine.items():
        if weight.shape != saved[key].shape:
            raise ShapeError(
                f"{name}: {key} has shape {saved[key].shape}, {layer!r} expects {weight.shape}. "
                "Use the recipe and sizes it was saved from."
            )
    for key, weight in mine.items():
        weight[...] = saved[key]
