"""A memory for generation: what has been heard so far is not computed again.

Dimension key
    B batch   N heads   t new notes   H head size
"""

import numpy as np

from ..errors import ShapeError


class KeyValueCache:
    """Keys and values of the notes heard so far, so that a new note costs one query and not T.

    Give it to ``model(x, cache=cache)`` with the new notes alone; each layer that looks
    back finds its own past in it.

    Args:
        length: the most notes it will hold.
    """

    def __init__(self, length):
        self.length, self._stored = length, {}

    def extend(self, layer, k, v):
        """Add k and v (B, N, t, H) of the new notes; return those of all notes."""
        if layer.name not in self._stored:
            B, N, _, H = k.shape
            self._stored[layer.name] = [
                0,
                *(np.empty((B, N, self.length, a.shape[-1]), a.dtype) for a in (k, v)),
            ]
        stored = self._stored[layer.name]
        start, end = stored[0], stored[0] + k.shape[2]
        if end > self.length or k.shape[0] != stored[1].shape[0]:
            raise ShapeError(
                f"{layer!r} has {start} of {self.length} notes of {stored[1].shape[0]} tunes in its cache, "
                f"received {k.shape[2]} more of {k.shape[0]}. Make a KeyValueCache({end}) for the same tunes."
            )
        stored[0] = end
        for past, new in zip(stored[1:], (k, v), strict=True):
            past[:, :, start:end] = new
        return stored[1][:, :, :end], stored[2][:, :, :end]

    def advance(self, layer, count):
        """How many notes came before, for a layer that numbers them; ``count`` more come now."""
        before = self._stored.get(layer.name, 0)
        self._stored[layer.name] = before + count
        return before
