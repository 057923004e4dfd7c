"""Every architecture of the course, written once.

A recipe takes a namespace L: ``nn`` for the NumPy layers, ``twin`` for Keras. The
model that comes back is not compiled, and is built when it first sees data or by
``model.build((None, ...))``.
"""


def line(L):
    """y = w x + b. Input (B, 1), output (B, 1). Lessons: fit_a_line, walk_downhill."""
    return L.Sequential([L.Dense(1)])


def melody_mlp(L, vocab_size, width=16, units=128):
    """The next note from the last few: Bengio et al. 2003, without the direct connections.

    Input (B, T) token ids, output (B, vocab_size) logits. Lesson: guess_the_next_note.
    """
    return L.Sequential(
        [
            L.Embedding(vocab_size, width),
            L.Flatten(),
            L.Dense(units, activation="tanh"),
            L.Dense(vocab_size),
        ]
    )


def pitch_from_spectrum(L):
    """One number from a row of numbers: the article's network, 64-32-1.

    Input (B, D) a standardised spectrum, output (B, 1) a standardised pitch. Lesson: choose_an_engine.
    """
    return L.Sequential([L.Dense(64, activation="relu"), L.Dense(32, activation="relu"), L.Dense(1)])
