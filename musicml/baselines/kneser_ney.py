"""N-grams with back-off: what followed the last tokens, and how freely it stands elsewhere."""

from collections import Counter, defaultdict

import numpy as np

from ..errors import MusicMLError
from .tokens import Baseline


class KneserNey(Baseline):
    """N-grams with interpolated Kneser-Ney smoothing: the counting model that language models had to beat.

    Equation: p_k(next | last k) = max(count(last k, next) - D_k, 0) / count(last k)
                                   + D_k kinds(last k) / count(last k) * p_{k-1}(next | last k-1)
              kinds(last k): how many different tokens followed;  p_{-1} = 1 / V
    In every memory but the longest, a count is not how often (last k, next) came but after how many
    different tokens: a token that only ever follows one other says little about what is new. Sequences that
    begin with (last k, next) count each time. D_k = n1 / (n1 + 2 n2), with n1 and n2 the number of counts
    that are 1 and 2.

    MarkovChain is simpler, but has a strength to choose; here the data choose D.

    Source: Kneser and Ney 1995; interpolated as in Chen and Goodman 1998, sections 2.7 and 3.

    Args:
        order: how many tokens it looks back.
        size: V, the size of the vocabulary.
    """

    def __init__(self, order, size):
        super().__init__(size)
        if order < 0:
            raise MusicMLError(f"KneserNey received order={order}, expected 0 (no memory) or more.")
        self.order = order

    def fit(self, sequences):
        self.counts = [defaultdict(Counter) for _ in range(self.order + 1)]
        for tokens in sequences:
            tokens = [int(token) for token in tokens]
            for n in range(1, len(tokens)):
                k = min(self.order, n)
                self.counts[k][tuple(tokens[n - k : n])][tokens[n]] += 1
        # From the longest memory down: each (token, last k, next) that came counts once for (last k, next).
        for k in range(self.order, 0, -1):
            for last, followers in self.counts[k].items():
                for token in followers:
                    self.counts[k - 1][last[1:]][token] += 1
        self.totals = [{last: row.total() for last, row in table.items()} for table in self.counts]
        self.discounts = [discount(table) for table in self.counts]
        return self

    def next_log_probs(self, tokens):
        tokens, p = [int(token) for token in tokens], np.full(self.size, 1 / self.size)
        for k in range(min(self.order, len(tokens)) + 1):
            last = tuple(tokens[len(tokens) - k :])
            if last not in self.totals[k]:
                break
            row, total, D = self.counts[k][last], self.totals[k][last], self.discounts[k]
            p *= D * len(row) / total
            p[list(row)] += (np.array(list(row.values())) - D) / total
        return np.log(p)

    def log_probs(self, tokens):
        """As the base class, but along the one token that came, without the whole distribution."""
        tokens, result = [int(token) for token in tokens], []
        for n in range(1, len(tokens)):
            p = 1 / self.size
            for k in range(min(self.order, n) + 1):
                last = tuple(tokens[n - k : n])
                if last not in self.totals[k]:
                    break
                row, total, D = self.counts[k][last], self.totals[k][last], self.discounts[k]
                p = (max(row.get(tokens[n], 0) - D, 0) + D * len(row) * p) / total
            result.append(p)
        return np.log(result)


def discount(table):
    """D = n1 / (n1 + 2 n2), from how many counts are 1 and 2; one half where there are none of a kind."""
    times = Counter(count for row in table.values() for count in row.values())
    return times[1] / (times[1] + 2 * times[2]) if times[1] and times[2] else 0.5
