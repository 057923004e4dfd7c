"""Music repeats itself: where has this been heard before, and what came next there?

Dimension key
    T   moments (frames, steps or tokens) in the piece
"""

import numpy as np

from ..errors import ShapeError


def earlier_match(rows, shortest=1):
    """What followed the longest earlier copy of what was just heard.

    For each moment t, look for the longest stretch that ends just before t and was heard before, ending just
    before some s < t. A model may then ask: does s come again? Only moments before t are read.

    Args:
        rows: (T,) or (T, N) numbers; two moments are equal where all N are.
        shortest: stretches of fewer moments do not count.

    Returns:
        source int64 (T,), the moment s, the latest one where several are as good; -1 where there is none;
        length int64 (T,), how many moments the stretch has, 0 where there is none.

    The idea: the "longest match" of Lempel and Ziv 1977, which compresses text by pointing back.

    >>> earlier_match([1, 2, 3, 1, 2, 4])
    (array([-1, -1, -1, -1,  1,  2]), array([0, 0, 0, 0, 1, 2]))
    """
    rows = np.asarray(rows)
    if rows.ndim not in (1, 2):
        raise ShapeError(
            f"earlier_match received rows of shape {rows.shape}, expected (T,) or (T, N). "
            "Give one piece at a time."
        )
    T = len(rows)
    names = np.zeros(0)
    if T:  # a number for each different moment
        names = np.unique(rows.reshape(T, -1), axis=0, return_inverse=True)[1].reshape(T)
    source, length = np.full(T, -1), np.zeros(T, dtype=np.int64)
    run = np.zeros(T + 1, dtype=np.int64)  # of each s: how long the stretch before it equals the present one
    for t in range(1, T):
        run[1:t] = np.where(names[: t - 1] == names[t - 1], run[: t - 1] + 1, 0)
        longest = run[1:t].max(initial=0)
        if longest >= shortest:
            length[t] = longest
            source[t] = t - 1 - int(np.argmax(run[1:t][::-1] == longest))
    return source, length
