"""A scalar that remembers how it was made, and so can say what moves it.

Layers know their own backward pass. Here nothing does: each Value keeps the
Values it was computed from and the slope along each, and the chain rule does the
rest. Slow, and the whole idea of a framework on one page.

    x, w = Value(3.0), Value(2.0)
    y = (x * w).tanh()
    y.backward()
    w.grad                      # dy/dw

After micrograd (A. Karpathy, 2020). Lesson: send_errors_back
"""

import math


class Value:
    """A number, and the Values it was computed from, each with the slope along it."""

    def __init__(self, data, parents=()):
        self.data, self.parents, self.grad = float(data), parents, 0.0

    def __add__(self, other):
        other = as_value(other)
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        other = as_value(other)
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))

    def __pow__(self, n):
        return Value(self.data**n, ((self, n * self.data ** (n - 1)),))

    def exp(self):
        y = math.exp(self.data)
        return Value(y, ((self, y),))

    def log(self):
        return Value(math.log(self.data), ((self, 1 / self.data),))

    def tanh(self):
        y = math.tanh(self.data)
        return Value(y, ((self, 1 - y * y),))

    def relu(self):
        return Value(max(self.data, 0.0), ((self, float(self.data > 0)),))

    def backward(self):
        """Fill ``grad`` of every Value that this one was computed from: d self / d it."""
        order = in_order(self)
        for value in order:
            value.grad = 0.0
        self.grad = 1.0
        for value in reversed(order):
            for parent, slope in value.parents:
                parent.grad += slope * value.grad  # the chain rule; += because a Value may be used twice

    # The rest is said with what is above.
    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -as_value(other)

    def __truediv__(self, other):
        return self * as_value(other) ** -1


def as_value(number):
    return number if isinstance(number, Value) else Value(number)


def in_order(last):
    """All Values behind ``last``, each after those it was computed from."""
    order, seen, waiting = [], set(), [(last, False)]
    while waiting:  # a list and no recursion: a long computation is deeper than Python's stack
        value, parents_done = waiting.pop()
        if parents_done:
            order.append(value)
        elif id(value) not in seen:
            seen.add(id(value))
            waiting.append((value, True))
            waiting += [(parent, False) for parent, _ in value.parents]
    return order
