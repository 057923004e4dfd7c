"""Written music as `musicml.score.notation` makes it: bars, note values, names of keys."""

from ..score.notation import bar_lines, key_words

__all__ = ["bar_lines", "key_words"]
