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


def melody_rnn(L, vocab_size, width=64, units=128):
    """The next note from all before it, through one memory: the plain recurrent network.

    Input (B, T) token ids, output (B, T, vocab_size) logits. Lesson: remember_the_melody.
    """
    return _melody(L, L.SimpleRNN, vocab_size, width, units)


def melody_gru(L, vocab_size, width=64, units=128):
    """``melody_rnn`` with the gates of Cho et al. 2014. Lesson: open_the_gates."""
    return _melody(L, L.GRU, vocab_size, width, units)


def melody_lstm(L, vocab_size, width=64, units=128):
    """``melody_rnn`` with the gates of Hochreiter and Schmidhuber 1997. Lesson: open_the_gates."""
    return _melody(L, L.LSTM, vocab_size, width, units)


def _melody(L, Memory, vocab_size, width, units):
    return L.Sequential(
        [L.Embedding(vocab_size, width), Memory(units, return_sequences=True), L.Dense(vocab_size)]
    )


def roll_gru(L, notes=88, units=128, dropout=0.0):
    """The next frame of a piano-roll: each note's probability from all frames before.

    Input (B, T, notes) of 0 and 1, output (B, T, notes) logits of the frame after. Lesson: open_the_gates.
    """
    return L.Sequential([L.GRU(units, return_sequences=True), L.Dropout(dropout), L.Dense(notes)])


def pitch_from_spectrum(L):
    """One number from a row of numbers: the article's network, 64-32-1.

    Input (B, D) a standardised spectrum, output (B, 1) a standardised pitch. Lesson: choose_an_engine.
    """
    return L.Sequential([L.Dense(64, activation="relu"), L.Dense(32, activation="relu"), L.Dense(1)])
