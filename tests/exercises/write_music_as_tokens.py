"""Wrong answers to the exercises of write_music_as_tokens, and the hint each must get."""

from collections import Counter, defaultdict

import numpy as np


def time_reader(
    base=128, mask=True, add=False, reverse=False, drop=False, once=False, place="after", frm=None
):
    """A reader of times with one fault."""

    def read_time(data, at):
        start, number = at, []
        at = at if frm is None else frm
        while True:
            number.append(data[at])
            at += 1
            if data[at - 1] < 128 or once:
                break
        number = number[:-1] if drop and len(number) > 1 else number
        value = 0
        for byte in reversed(number) if reverse else number:
            value = (value if add else base * value) + (byte % 128 if mask else byte)
        return value, {"after": at, "last": at - 1, "many": at - start, "start": start + 7}[place]

    return read_time


def stops_at_128(data, at):
    value = 0
    while data[at] > 128:
        value = 128 * value + data[at] - 128
        at += 1
    return 128 * value + data[at], at + 1


def joined(tunes, order):
    row = [token for tune in tunes for token in tune]
    table = defaultdict(Counter)
    for t in range(order, len(row)):
        table[tuple(row[t - order : t])][row[t]] += 1
    return table


def counter(first=None, last=0, key=tuple, once=False, step=0, kind=Counter):
    """A counter, tune by tune, with one fault."""

    def count(tunes, order):
        table = defaultdict(kind)
        for tune in tunes:
            for t in range(max(order, 1) if first is None else order + first, len(tune) - last):
                row = table[key(tune[t - order : t])]
                row[tune[t]] = 1 if once else row.get(tune[t], 0) + 1 + step
        return table

    return count


def last_of_tune(tunes, order):
    table = defaultdict(Counter)
    for tune in tunes:
        for t in range(max(order, 1), len(tune)):
            table[tuple(tune[len(tune) - order :])][tune[t]] += 1
    return table


def replace_by_counts(seen, shorter, strength):
    p = strength * shorter
    p[list(seen)] = list(seen.values())
    return p / (seen.total() + strength)


def smooth(seen, shorter, strength, above=True, weight=True, flat=False, below="both"):
    p = np.zeros(len(shorter))
    for token, times in seen.items():
        p[token] = times * above
    n = {
        "both": seen.total() + strength,
        "n": seen.total() or 1,
        "V": seen.total() + strength * len(p),
        "": 1,
    }
    return (p + (strength if weight else 1) * (1 if flat else shorter)) / n[below]


def shared(a, b, gaps=False, less=0, end=False, swap=False, late=0):
    best, table = (0, 0, 0), {}
    for i in range(len(a)):
        for j in range(len(b)):
            if a[i] == b[j]:
                table[i, j] = table.get((i - 1, j - 1), 0) + 1
            elif gaps:
                table[i, j] = max(table.get((i - 1, j), 0), table.get((i, j - 1), 0))
            n = table.get((i, j), 0)
            if n > best[0]:
                best = (n, i, j) if end else (n, i - n + 1 + late, j - n + 1)
    n, i, j = best
    return (max(n - less, 0), j, i) if swap else (max(n - less, 0), i, j)


def wrapping(a, b):
    """Reads place -1 of the table, the last one, where there is no place before."""
    n, best = np.zeros((len(a), len(b)), int), (0, 0, 0)
    for i in range(len(a)):
        for j in range(len(b)):
            if a[i] == b[j]:
                n[i, j] = n[i - 1, j - 1] + 1
                if n[i, j] > best[0]:
                    best = n[i, j], i - n[i, j] + 1, j - n[i, j] + 1
    return best


def first_match(a, b):
    """The run at the first token that b has, too; a longer one may come later."""
    i = next((i for i in range(len(a)) if a[i] in b), 0)
    j, n = b.index(a[i]) if a[i] in b else 0, 0
    while i + n < len(a) and j + n < len(b) and a[i + n] == b[j + n]:
        n += 1
    return n, i, j


def variant(function, **options):
    def wrong(*arguments):
        return function(*arguments, **options)

    return wrong


WRONG = {
    "write_music_as_tokens.read_time": [
        ("two_numbers", lambda data, at: data[at] % 128),
        ("exchanged", lambda data, at: time_reader()(data, at)[::-1]),
        ("whole_bytes", time_reader(base=256, mask=False)),
        ("bit_not_removed", time_reader(mask=False)),
        ("smallest_first", time_reader(reverse=True)),
        ("last_byte_missing", time_reader(drop=True)),
        ("one_byte", time_reader(once=True)),
        ("added", time_reader(add=True)),
        ("from_the_start", time_reader(frm=0)),
        ("exactly_128", stops_at_128),
        ("time", time_reader(base=256)),
        ("place_of_last", time_reader(place="last")),
        ("how_many", time_reader(place="many")),
        ("place", time_reader(place="start")),
    ],
    "write_music_as_tokens.predict_perplexity": [
        ("mean_of_probabilities", 3.2),
        ("mean_of_inverses", 5),
        ("nats", 1.386),
        ("product", 256),
        ("inverse", 0.25),
        ("prediction", 8.0),
        ("not_a_number", "four"),
    ],
    "write_music_as_tokens.count": [
        ("across_tunes", joined),
        ("start_counted", counter(first=0)),
        ("end_missing", counter(last=1)),
        ("past_missing", counter(first=1)),
        ("only_once", counter(once=True)),
        ("counts", counter(step=1)),
        ("not_the_last", counter(key=str)),
        ("not_the_last", counter(key=lambda last: tuple(last)[:1])),
        ("reverse", counter(key=lambda last: tuple(last[::-1]))),
        ("not_counters", counter(kind=dict)),
        ("end_of_tune", last_of_tune),
        ("not_a_table", lambda tunes, order: [Counter(tunes[0])]),
        ("too_much", lambda tunes, order: counter()(tunes + [[8] * order + [9]], order)),
    ],
    "write_music_as_tokens.smoothed": [
        ("not_divided", variant(smooth, below="")),
        ("below_n", variant(smooth, below="n")),
        ("add_one", variant(smooth, flat=True, below="V")),
        ("strength_missing", variant(smooth, weight=False)),
        ("counts_missing", variant(smooth, above=False)),
        ("replaced", replace_by_counts),
        ("value", lambda seen, shorter, strength: shorter),
        ("shape", lambda seen, shorter, strength: smooth(seen, shorter, strength)[:2]),
    ],
    "write_music_as_tokens.longest_shared": [
        ("three_numbers", lambda a, b: shared(a, b)[0]),
        ("gaps", variant(shared, gaps=True)),
        ("one_short", variant(shared, less=1)),
        ("wraps", wrapping),
        ("length", lambda a, b: (0, 0, 0)),
        ("length", first_match),
        ("ends", variant(shared, end=True)),
        ("exchanged", variant(shared, swap=True)),
        ("where", variant(shared, late=1)),
    ],
    "write_music_as_tokens.ear": [("too_short", "B")],
}


def brute(a, b):
    best = 0, 0, 0
    for i in range(len(a)):
        for j in range(len(b)):
            n = 0
            while i + n < len(a) and j + n < len(b) and a[i + n] == b[j + n]:
                n += 1
            best = (n, i, j) if n > best[0] else best
    return best


def plain_dictionary(tunes, order):
    table = {}
    for tune in tunes:
        for t in range(1, len(tune)):
            if t >= order:
                table.setdefault(tuple(tune[t - order : t]), Counter()).update([tune[t]])
    return table


RIGHT = {
    "write_music_as_tokens.count": [plain_dictionary],
    "write_music_as_tokens.longest_shared": [brute, lambda a, b: list(brute(a, b))],
}
