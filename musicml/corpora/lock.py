"""One process at a time."""

import errno
import sqlite3
import time
from contextlib import closing, contextmanager

from ..errors import DataError

PATIENCE = 900  # seconds to wait for another process; building takes about 40


@contextmanager
def lock(path):
    """Hold the lock file at ``path``; wait while another process holds it.

    A transaction of SQLite, because it is the one lock in the standard library
    that works on every system and is let go by the system itself when its
    holder is killed.
    """
    with closing(connect(path)) as connection:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                connection.execute("BEGIN EXCLUSIVE")
                break
            except sqlite3.OperationalError as error:
                check_lock_error(path, error)
                if time.monotonic() > end:
                    raise DataError(
                        f"the lock {path} has been held for {PATIENCE // 60} minutes. "
                        "Another program is building the corpora, or hangs: end it and try again."
                    ) from error
        yield


def connect(path):
    try:
        return sqlite3.connect(path, timeout=0.2, isolation_level=None)
    except sqlite3.OperationalError as error:
        check_lock_error(path, error)
        raise


def check_lock_error(path, error):
    """Return only if another process holds the lock."""
    code = error.sqlite_errorcode & 0xFF  # without the details
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        raise PermissionError(errno.EACCES, str(error)) from error
    if code == sqlite3.SQLITE_FULL:
        raise OSError(errno.ENOSPC, str(error)) from error
    if code != sqlite3.SQLITE_BUSY:
        raise DataError(
            f"the lock {path} does not work here ({error}). "
            "Set the variable MUSICML_CACHE to a folder on a disk of this computer."
        ) from error
