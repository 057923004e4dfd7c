"""The exercises of write_music_as_tokens."""

from collections import Counter, defaultdict

import numpy as np

from . import describe, exercise, fault, judge, need, opinion, probabilities, same, value


@exercise("write_music_as_tokens.read_time")
def read_time(data, at):
    value = 0
    while True:
        value = 128 * value + data[at] % 128
        at += 1
        if data[at - 1] < 128:
            return value, at


def in_base_128(digits):
    value = 0
    for digit in digits:
        value = 128 * value + digit
    return value


@judge("write_music_as_tokens.read_time")
def _(theirs):
    # (bytes, where the number begins) with 1, 2, 3 and 4 bytes, and one that begins later
    for text, at in (("81 82 03", 0), ("83 60", 0), ("60", 0), ("c0 80 80 00", 0), ("90 3e 81 70 90", 2)):
        data = bytes.fromhex(text)
        got = theirs(data, at)
        if not isinstance(got, (tuple, list)) or len(got) != 2:
            yield fault("two_numbers", got=describe(got))
            return
        value, after = read_time(data, at)
        yield need(tuple(got) != (after, value), "exchanged", text=text, got=describe(tuple(got)))
        number = data[at:after]
        if got[0] != value:
            sevens = [byte % 128 for byte in number]
            yield need(got[0] != int.from_bytes(number, "big"), "whole_bytes", text=text)
            yield need(got[0] != in_base_128(number), "bit_not_removed", text=text)
            yield need(got[0] != in_base_128(sevens[::-1]), "smallest_first", text=text)
            yield need(got[0] != value // 128, "last_byte_missing", text=text)
            yield need(got[0] != sevens[0], "one_byte", text=text)
            yield need(got[0] != sum(sevens), "added", text=text)
            yield need(not at or got[0] != read_time(data, 0)[0], "from_the_start", text=text, at=at)
            if 128 in number:
                early = in_base_128([byte % 128 for byte in number[: number.index(128) + 1]])
                yield need(got[0] not in (early, early + 128), "exactly_128", text=text)
            yield fault("time", text=text, at=at, expected=value, got=describe(got[0]))
        yield need(got[1] != after - 1, "place_of_last", text=text, at=at, expected=after, got=got[1])
        yield need(not at or got[1] != after - at, "how_many", text=text, at=at, expected=after, got=got[1])
        yield need(got[1] == after, "place", text=text, at=at, expected=after, got=describe(got[1]))


value(
    "write_music_as_tokens.predict_perplexity",
    4.0,
    tolerance=0.05,
    typical={
        "mean_of_probabilities": 3.2,
        "mean_of_inverses": 5.0,
        "nats": np.log(4),
        "product": 256.0,
        "inverse": 0.25,
    },
)


@exercise("write_music_as_tokens.count")
def count(tunes, order):
    table = defaultdict(Counter)
    for tune in tunes:
        for t in range(max(order, 1), len(tune)):
            table[tuple(tune[t - order : t])][tune[t]] += 1
    return table


def plain(table):
    """{past: {next: times}}, without what was only looked up."""
    return {last: dict(seen) for last, seen in table.items() if seen}


TUNES = [[0, 5, 5, 7, 1], [0, 7, 5, 7, 1], [0, 5, 1]]


@judge("write_music_as_tokens.count")
def _(theirs):
    for order in (1, 0, 2):
        got, expected = theirs([list(tune) for tune in TUNES], order), plain(count(TUNES, order))
        if not isinstance(got, dict):
            yield fault("not_a_table", got=describe(got))
            return
        keys = [key for key in got if not isinstance(key, tuple) or len(key) != order]
        if keys:
            yield fault("not_the_last", order=order, last=repr(keys[0]))
            return
        if not all(isinstance(seen, Counter) for seen in got.values()):
            yield fault("not_counters", got=describe(next(iter(got.values()))))
            return
        got = plain(got)
        reverse = order > 1 and got == {last[::-1]: seen for last, seen in expected.items()}
        yield need(not reverse, "reverse", last=next(iter(got), ""))
        yield need(all(1 not in seen for last, seen in got.items() if last[-1:] == (1,)), "end_of_tune")
        joined = [(last, seen) for last, seen in got.items() if 1 in last or (0 in last[1:])]
        if joined:
            yield fault("across_tunes", last=joined[0][0], following=dict(joined[0][1]), order=order)
            return
        yield need(all(0 not in seen for seen in got.values()), "start_counted", order=order)
        yield need(any(1 in seen for seen in got.values()), "end_missing", order=order)
        for last, seen in expected.items():
            yield need(last in got, "past_missing", last=last, order=order)
            if got[last] != seen:
                key = set(got[last].values()) == {1}
                yield need(not key or set(seen.values()) == {1}, "only_once", last=last, got=got[last])
                yield fault("counts", last=last, order=order, expected=seen, got=got[last])
        yield need(set(got) == set(expected), "too_much", last=next(iter(set(got) - set(expected)), ""))


@exercise("write_music_as_tokens.smoothed")
def smoothed(seen, shorter, strength):
    p = strength * shorter
    for token, times in seen.items():
        p[token] += times
    return p / (seen.total() + strength)


def variant(counts=True, weight=True, below="both", shape="shorter"):
    """A wrong answer of one kind."""

    def wrong(seen, shorter, strength):
        c = np.zeros(len(shorter))
        for token, times in seen.items():
            c[token] = times
        n = {"both": c.sum() + strength, "n": max(c.sum(), 1), "V": c.sum() + strength * len(c)}[below]
        lean = np.ones(len(c)) if shape == "one" else shorter
        return (c * counts + (strength if weight else 1) * lean) / n

    return wrong


def replaced(seen, shorter, strength):
    """Wrong: the counts stand in the place of the shorter memory, and are not added to it."""
    p = strength * shorter
    for token, times in seen.items():
        p[token] = times
    return p / (seen.total() + strength)


@judge("write_music_as_tokens.smoothed")
def _(theirs):
    quarter = np.full(4, 0.25)
    uneven = np.array([0.1, 0.2, 0.3, 0.25, 0.15])
    cases = [
        (Counter({1: 2, 4: 6}), uneven, 2.0),
        (Counter({2: 3}), quarter, 0.5),
        (Counter({3: 5, 0: 1}), uneven, 4.0),
    ]
    yield from same(
        theirs,
        smoothed,
        cases,
        typical={
            "not_divided": lambda seen, shorter, s: smoothed(seen, shorter, s) * (seen.total() + s),
            "below_n": variant(below="n"),
            "add_one": variant(shape="one", below="V"),
            "strength_missing": variant(weight=False),
            "counts_missing": variant(counts=False),
            "replaced": replaced,
        },
    )
    yield probabilities(theirs(*cases[0]))
    # nothing seen: the shorter memory speaks alone
    yield from same(theirs, smoothed, [(Counter(), uneven, 3.0)])


@exercise("write_music_as_tokens.longest_shared")
def longest_shared(a, b):
    best, before = (0, 0, 0), [0] * len(b)
    for i, token in enumerate(a):
        now = [0] * len(b)
        for j in range(len(b)):
            if token == b[j]:
                now[j] = (before[j - 1] if j else 0) + 1
                if now[j] > best[0]:
                    best = now[j], i - now[j] + 1, j - now[j] + 1
        before = now
    return best


def in_order(a, b):
    """The most tokens that both have in the same order, whatever stands between."""
    most = [0] * (len(b) + 1)
    for x in a:
        before = most.copy()
        for j, y in enumerate(b, 1):
            most[j] = before[j - 1] + 1 if x == y else max(before[j], most[j - 1])
    return most[-1]


@judge("write_music_as_tokens.longest_shared")
def _(theirs):
    pairs = [
        ([7, 1, 2, 3], [1, 2, 9, 1, 2, 3]),
        ([5, 6, 1, 2, 3, 4, 8], [9, 9, 1, 2, 3, 7, 2, 3, 4, 8]),
        ([4, 4, 4, 9], [4, 4, 5]),
        ([1, 5, 2, 6, 3], [1, 2, 3]),  # in the same order, but not in a row
        ([1, 2], [3, 4]),
        ([3, 1, 2], [1, 4, 3]),  # a 3 at the end of b, and then its first token: no run of two
    ]
    for a, b in pairs:
        got = theirs(list(a), list(b))
        if not isinstance(got, (tuple, list)) or len(got) != 3:
            yield fault("three_numbers", got=describe(got))
            return
        length, here, there = got
        right = longest_shared(a, b)[0]
        at = {"a": a, "b": b, "expected": right, "got": describe(length)}
        yield need((a, b) != pairs[-1] or length != 2, "wraps", **at)
        yield need(length == right or length != in_order(a, b), "gaps", **at)
        short = length == right - 1 and all(
            theirs(list(c), list(d))[0] < longest_shared(c, d)[0] for c, d in pairs[:3]
        )
        yield need(not short, "one_short", **at)
        yield need(length == right, "length", **at)
        if right:
            ends = a[here - right + 1 : here + 1] == b[there - right + 1 : there + 1] and here >= right - 1
            fits = a[here : here + right] == b[there : there + right] and len(a[here:]) >= right
            yield need(fits or not ends, "ends", a=a, b=b, got=describe(tuple(got)))
            exchanged = a[there : there + right] == b[here : here + right]
            yield need(fits or not exchanged, "exchanged", a=a, b=b, got=describe(tuple(got)))
            yield need(fits, "where", a=a, b=b, length=right, got=describe(tuple(got)))


opinion(
    "write_music_as_tokens.ear",
    "B: at beat 12 its beginning comes again. In the others I hear nothing come back.",
)
