"""Write a file whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path

from ..errors import MusicMLError


def write_atomically(path, data):
    """Write bytes to ``path``; whatever goes wrong, a file that was there before stays as it was.

    Raises:
        MusicMLError: there is no such folder, no room, or no permission.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise MusicMLError(f"cannot save {path}: there is no folder {path.parent}. Make it first.")
    beside = path.with_name(f".{path.name[:100]}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise MusicMLError(
            f"cannot save {path}: {error.strerror or error}. Choose another name or another folder."
        ) from error
    finally:
        with suppress(OSError):  # where nothing may be written, nothing was
            beside.unlink()
