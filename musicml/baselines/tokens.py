"""Simple models to stand beside every network: chance, copying and counting.

All of them answer the same two questions about sequences of tokens (ids from 0 to
size - 1, the first one given):

    model.next_log_probs(tokens) -> (size,)   log p of each token that could come next
    model.log_probs(tokens) -> (n - 1,)       log p of each token after the first, given all before it

Logarithms are natural: minus the mean of ``log_probs`` is in nats per token.
"""

from collections import Counter, defaultdict

import numpy as np

from ..errors import MusicMLError


class Baseline:
    """Base class; subclasses write ``next_log_probs`` and, where something is learned, ``fit``."""

    def __init__(self, size):
        self.size = size

    def fit(self, sequences):
        return self

    def next_log_probs(self, tokens):
        raise NotImplementedError

    def log_probs(self, tokens):
        return np.array([self.next_log_probs(tokens[:n])[tokens[n]] for n in range(1, len(tokens))])


class Chance(Baseline):
    """Every token is as likely as every other: p = 1 / V, so ln V nats per token."""

    def next_log_probs(self, tokens):
        return np.full(self.size, -np.log(self.size))


class CopyPrevious(Baseline):
    """The next token is the last one again, with a probability counted from data.

    Equation: p(next = last) = c,  p(each other) = (1 - c) / (V - 1)
    """

    def fit(self, sequences):
        same = [a == b for tokens in sequences for a, b in zip(tokens, tokens[1:], strict=False)]
        if not same:
            raise MusicMLError("CopyPrevious.fit received no pair of tokens. Pass a list of token sequences.")
        self.c = np.clip(np.mean(same), 1e-6, 1 - 1e-6)
        return self

    def next_log_probs(self, tokens):
        p = np.full(self.size, (1 - self.c) / (self.size - 1))
        p[tokens[-1]] = self.c
        return np.log(p)


class MarkovChain(Baseline):
    """Counts what followed the last ``order`` tokens, and backs off to shorter memories.

    Equation: p_k(next | last k) = (count(last k, next) + s p_{k-1}(next | last k-1)) / (count(last k) + s)
              with p_{-1} = 1 / V
    Order 0 is the unigram, order 1 the bigram. Nothing gets probability zero.

    Source: MacKay and Peto 1995, "A hierarchical Dirichlet language model".

    Args:
        order: how many tokens it looks back.
        size: V, the size of the vocabulary.
        strength: s, how many observations the shorter memory is worth. Choose it on validation
            data: long memories over a large vocabulary want more (about 80 for order 4 on the tunes
            of ``irish``), and with too little a longer memory looks worse than a short one.
    """

    def __init__(self, order, size, strength=5.0):
        super().__init__(size)
        self.order, self.strength = order, strength

    def fit(self, sequences):
        self.counts = [defaultdict(Counter) for _ in range(self.order + 1)]
        for tokens in sequences:
            tokens = [int(token) for token in tokens]
            for n in range(1, len(tokens)):
                for k in range(min(self.order, n) + 1):
                    self.counts[k][tuple(tokens[n - k : n])][tokens[n]] += 1
        return self

    def next_probs(self, tokens):
        p = np.full(self.size, 1 / self.size)
        tokens = [int(token) for token in tokens]
        for k in range(min(self.order, len(tokens)) + 1):
            seen = self.counts[k].get(tuple(tokens[len(tokens) - k :]))
            if not seen:
                break
            p *= self.strength
            p[list(seen)] += list(seen.values())
            p /= seen.total() + self.strength
        return p

    def next_log_probs(self, tokens):
        return np.log(self.next_probs(tokens))

    def log_probs(self, tokens):
        """As the base class, but along the one token that came, without the whole distribution."""
        tokens = [int(token) for token in tokens]
        result = []
        for n in range(1, len(tokens)):
            p = 1 / self.size
            for k in range(min(self.order, n) + 1):
                seen = self.counts[k].get(tuple(tokens[n - k : n]))
                if not seen:
                    break
                p = (seen[tokens[n]] + self.strength * p) / (seen.total() + self.strength)
            result.append(p)
        return np.log(result)
