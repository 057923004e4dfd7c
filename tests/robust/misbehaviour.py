"""Readers that do what none may do: they show that the worker sees it."""

import os
import socket
import time
import warnings
from pathlib import Path

import numpy as np

from musicml.errors import FileFormatError, MusicMLError
from musicml.score import melody


def hang(path):
    time.sleep(60)


def spin(path):
    start = time.process_time()
    while time.process_time() < start + 0.7:
        pass
    return melody([60])


def flood(path):
    return melody([int(np.ones(40_000_000)[60]) + 59])  # 320 MB


def drown(path):
    return melody([int(np.ones(1 << 28)[60]) + 59])  # 2 GB: more than there is room for


def die(path):
    os._exit(3)


def stumble(path):
    raise KeyError("P1")


def warn(path):
    warnings.warn("old", DeprecationWarning, stacklevel=1)
    raise FileFormatError(f"{path.name} is old. Export it again.")


def forget(path):
    Path(path).open()  # noqa: SIM115 - never closed
    raise FileFormatError(f"{path.name} is old. Export it again.")


def chat(path):
    os.write(2, b"Note: trying to resync")
    raise FileFormatError(f"{path.name} is old. Export it again.")


def litter(path):
    Path("half_written.part").write_text("x")
    raise FileFormatError(f"{path.name} is old. Export it again.")


def call_home(path):
    socket.getaddrinfo("localhost", 80)
    raise FileFormatError(f"{path.name} is old. Export it again.")


def say_nothing(path):
    raise MusicMLError("")


def say_little(path):
    raise MusicMLError("File not understood.")


def good(path):
    raise FileFormatError(f"{path.name} is old. Export it again.")
