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


def tune_gru(L, vocab_size=702, width=160, units=256, dropout=0.4):
    """The next note of a dance tune, from all that is known before each note.

    Input (B, T, F) rows of ``apps.compose.facts``; output (B, T, vocab_size) logits. A Dense layer on such a
    row is the sum of one embedding for each fact that is 1. Used by ``musicml compose --model tune``.
    """
    return L.Sequential(
        [L.Dense(width), L.GRU(units, return_sequences=True), L.Dropout(dropout), L.Dense(vocab_size)]
    )


def roll_gru(L, notes=88, units=128, dropout=0.0):
    """The next frame of a piano-roll: each note's probability from all frames before.

    Input (B, T, notes) of 0 and 1, output (B, T, notes) logits of the frame after. Lesson: open_the_gates.
    """
    return L.Sequential([L.GRU(units, return_sequences=True), L.Dropout(dropout), L.Dense(notes)])


def note_by_note(L, units=(192, 128, 64), dropout=0.25):
    """One small network for every note of a frame: does it sound?

    Input (B, N, K), what each of N notes sees (``score.notes_see``, and for a joint model ``notes_above``),
    output (B, N) logits. As all notes share the weights, and see everything from where they are, the first
    layer is a convolution along pitch. Lesson: open_the_gates.
    """
    hidden = [layer for n in units for layer in (L.Dense(n, activation="relu"), L.Dropout(dropout))]
    return L.Sequential([*hidden, L.Dense(1), L.Reshape((-1,))])


def chorale_transformer(
    L, vocab_size=62, width=128, heads=4, blocks=3, context=256, dropout=0.25, forget=0.0
):
    """The next note of four voices from the facts about it and about the notes before.

    Input (B, T, F) rows of ``score.chorale_inputs``, T at most ``context``; output (B, T, vocab_size)
    logits. A Dense layer on such a row is the sum of one embedding for each fact that is 1. In training a
    share ``forget`` of the facts is left out, so that no note hangs on all of them.
    Lesson: build_a_transformer.
    """
    return L.Sequential(
        [
            L.Dropout(forget),
            L.Dense(width),
            L.PositionEmbedding(context),
            *[L.TransformerBlock(heads, 4 * width, dropout) for _ in range(blocks)],
            L.LayerNormalization(),
            L.Dense(vocab_size),
        ]
    )


def four_voices(L, widths, classes=27, units=128, hidden=160, dropout=0.4):
    """What each of four voices sings next: one memory that reads the steps, and a network for each voice.

    Input (B, T, D) rows of ``score.voice_facts.inputs``, D the sum of ``widths``; output (B, T, 4, classes)
    logits. Used by ``apps.four_voices``.
    """
    memory = [L.GRU(units, return_sequences=True), L.Dropout(dropout)]
    voices = [[L.Dense(hidden, activation="relu"), L.Dropout(dropout), L.Dense(classes)] for _ in widths[1:]]
    return L.Sequential([L.Branches(L.Sequential(memory), [L.Sequential(voice) for voice in voices], widths)])


def pitch_from_spectrum(L):
    """One number from a row of numbers: the article's network, 64-32-1.

    Input (B, D) a standardised spectrum, output (B, 1) a standardised pitch. Lesson: choose_an_engine.
    """
    return L.Sequential([L.Dense(64, activation="relu"), L.Dense(32, activation="relu"), L.Dense(1)])
