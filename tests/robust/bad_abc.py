"""ABC files that break rules, and what must happen with each."""

from fractions import Fraction as F

from .verdict import Case

HEAD = "X:1\nT:Tune\nM:4/4\nL:1/4\nK:C\n"
TUNE = HEAD + "CDEF|\n"


def abc(body, head=HEAD):
    return (head + body + "\n").encode()


def fields(**changed):
    """The tune C D E F with other header fields; None leaves one out."""
    values = {"X": "1", "T": "Tune", "M": "4/4", "L": "1/4", **changed}
    values["K"] = values.pop("K", "C")  # the last of a header
    return "".join(f"{name}:{v}\n" for name, v in values.items() if v is not None).encode() + b"CDEF|\n"


def pitches(*expected):
    return lambda score: [note.pitch for note in score.notes] == list(expected)


def lasts(*durations):
    return lambda score: [note.duration for note in score.notes] == [F(d) for d in durations]


PLAIN = pitches(60, 62, 64, 65)
LINE = r"tune 1, line \d+: "  # every refusal of a tune says where
BODY = "tune 1, line 6: "  # the first line of music in the files that abc() makes


def cut(size):
    return TUNE.encode()[:size]


CASES = [
    # ---- cut off, other kinds, encodings
    Case("empty.abc", b"", "empty"),
    Case("newlines.abc", b"\n" * 5000, "neither"),
    Case("cut_in_header.abc", cut(12), LINE + ".*K:"),
    Case("cut_after_key.abc", cut(27), LINE + ".*no notes"),
    Case("cut_in_music.abc", cut(29), holds=pitches(60, 62)),
    Case("words.abc", b"Dear reader,\nthis is a letter.\n", "neither"),
    Case("only_header_fields.abc", b"T:Tune\nM:4/4\nK:C\nCDEF|\n", "neither|X:"),
    Case("utf16.abc", TUNE.encode("utf-16"), "neither|UTF-16", PLAIN),
    Case("utf16_without_mark.abc", TUNE.encode("utf-16-le"), "neither|UTF-16", PLAIN),
    Case("utf32.abc", TUNE.encode("utf-32"), "neither|UTF-32", PLAIN),
    Case("utf8_with_mark.abc", b"\xef\xbb\xbf" + TUNE.encode(), holds=PLAIN),
    Case("latin1.abc", TUNE.replace("Tune", "Café").encode("latin-1"), holds=lambda s: s.title == "Café"),
    Case("shift_jis.abc", TUNE.replace("Tune", "さくら").encode("shift-jis"), holds=PLAIN),
    Case("broken_utf8.abc", TUNE.encode().replace(b"Tune", b"\xc3\xff\xfe\x80"), holds=PLAIN),
    Case("nul_bytes.abc", TUNE.encode().replace(b"D", b"D\0"), "neither|NUL|cannot read"),
    Case("nul_bytes_far_in.abc", abc("CDEF|\n" * 1000 + "C\0D|"), "neither|NUL|cannot read"),
    Case("control_characters.abc", abc("C\x1b[2JD|"), BODY),
    Case("old_mac_lines.abc", TUNE.replace("\n", "\r").encode(), holds=PLAIN),
    Case("dos_lines.abc", TUNE.replace("\n", "\r\n").encode(), holds=PLAIN),
    Case("form_feed_in_music.abc", abc("CD\x0cEF|"), BODY, PLAIN),
    Case("unicode_line_ends.abc", abc("CD\u2028EF|"), BODY, PLAIN),
    Case("direction_marks.abc", abc("CD\u202eEF|"), BODY),
    # ---- size
    Case("line_of_a_million.abc", lambda: abc("C" * 1_000_000), "tune 1, line 6.*characters"),
    Case("line_of_a_million_spaces.abc", lambda: abc("C" + " " * 1_000_000), "tune 1, line 6.*characters"),
    Case("title_of_a_million.abc", lambda: fields(T="a" * 1_000_000), "tune 1, line 2.*characters"),
    Case("line_of_64_kilobytes.abc", lambda: abc("C" * 64_000), holds=lambda s: len(s.notes) == 64_000),
    Case("words_of_64_kilobytes.abc", lambda: abc("CDEF|" + '"' + "a" * 64_000), BODY + "|characters"),
    Case("braces_of_64_kilobytes.abc", lambda: abc("{" * 64_000), BODY),
    Case("quotes_of_64_kilobytes.abc", lambda: abc('"' * 64_001), BODY),
    Case("marks_of_64_kilobytes.abc", lambda: abc("!" * 64_000 + "CDEF|"), BODY, PLAIN),
    Case("numbers_of_64_kilobytes.abc", lambda: abc("C" + "9" * 64_000), BODY + "expected a length"),
    Case("slashes_of_64_kilobytes.abc", lambda: abc("C" + "/" * 64_000), BODY + "expected a length"),
    Case("commas_of_64_kilobytes.abc", lambda: abc("C" + "," * 64_000), BODY),
    Case("bars_of_64_kilobytes.abc", lambda: abc("C" + "|" * 64_000), holds=pitches(60)),
    Case("colons_of_64_kilobytes.abc", lambda: abc("C" + ":" * 64_000 + "x"), BODY, pitches(60)),
    Case("brackets_of_64_kilobytes.abc", lambda: abc("[" * 64_000), BODY),
    Case("key_of_64_kilobytes.abc", lambda: fields(K="C" + " ^f" * 20_000), holds=pitches(60, 62, 64, 66)),
    Case("tempo_of_64_kilobytes.abc", lambda: fields(Q="1/4 " * 16_000 + "=100"), LINE, PLAIN),
    Case(
        "metre_of_64_kilobytes.abc", lambda: fields(M="1+" * 32_000 + "1/4"), LINE + "expected a metre", PLAIN
    ),
    Case(
        "six_million_characters.abc",
        lambda: abc("%" * 6_000_000),
        "limit",
    ),
    Case("16000_empty_tunes.abc", b"X:1\n" * 16_000, "16,?000 tunes.*load_all"),
    Case("16000_empty_tunes_in_a_list.abc", b"X:1\n" * 16_000, LINE, reader="scores"),
    Case("5000_voices.abc", lambda: abc("".join(f"V:{i}\nC|\n" for i in range(5000))), LINE + ".*voices"),
    Case("5000_changes_of_key.abc", lambda: abc("C[K:D]" * 5000), holds=lambda s: len(s.notes) == 5000),
    # ---- header fields
    Case("no_key.abc", b"X:1\nT:Tune\nCDEF|\n", LINE + ".*K:"),
    Case("key_of_nonsense.abc", fields(K="Quark"), LINE + "expected a key"),
    Case("key_of_an_emoji.abc", fields(K="\U0001f3bb"), LINE + "expected a key"),
    Case("key_with_11_sharps.abc", fields(K="E#"), LINE + ".*sharps"),
    Case("key_empty.abc", fields(K=""), holds=PLAIN),
    Case("key_only_an_equals_sign.abc", fields(K="="), LINE, PLAIN),
    Case("key_with_alterations_of_nothing.abc", fields(K="C ^"), LINE, PLAIN),
    Case("two_keys.abc", fields(K="D\nK:C"), holds=PLAIN),
    Case("metre_0_0.abc", fields(M="0/0"), LINE + "expected a metre"),
    Case("metre_4_0.abc", fields(M="4/0"), LINE + "expected a metre"),
    Case("metre_of_minus_4.abc", fields(M="-4/4"), LINE + "expected a metre"),
    Case("metre_over_a_billion.abc", fields(M="4/1000000000"), LINE + "expected a metre"),
    Case("metre_over_5.abc", fields(M="4/5"), LINE + "expected a metre", PLAIN),
    Case("metre_in_arabic_digits.abc", fields(M="٤/٤"), LINE, PLAIN),
    Case("length_1_0.abc", fields(L="1/0"), LINE + "expected a note length"),
    Case("length_0.abc", fields(L="0"), LINE + "expected a note length"),
    Case("length_empty.abc", fields(L=""), LINE + "expected a note length"),
    Case("length_negative.abc", fields(L="-1/8"), LINE + "expected a note length"),
    Case("length_1_1000000000.abc", fields(L="1/1000000000"), LINE + "expected a note length"),
    Case("length_after_the_music.abc", abc("CDEF|\nL:1/0"), r"tune 1, line 7: expected a note length"),
    Case("tempo_0.abc", fields(Q="0"), LINE + "expected a tempo"),
    Case("tempo_huge.abc", fields(Q="1/4=" + "9" * 300), LINE + "expected a tempo"),
    Case("tempo_of_1_0.abc", fields(Q="1/0=100"), LINE),
    Case("tempo_of_words.abc", fields(Q='"Allegro'), holds=PLAIN),
    Case("tempo_negative.abc", fields(Q="-5"), LINE, PLAIN),
    Case("tempo_of_slashes.abc", fields(Q="/ / /=100"), LINE),
    Case("number_of_nonsense.abc", fields(X="1" * 10_000), holds=PLAIN),
    Case("header_in_the_wrong_order.abc", b"X:1\nK:C\nL:1/4\nM:3/4\nCDEF|\n", holds=PLAIN),
    Case("fields_without_values.abc", b"X:1\nT:\nC:\nR:\nQ:\nL:1/4\nV:\nK:C\nCDEF|\n", holds=PLAIN),
    Case("unknown_fields.abc", b"X:1\nj:1\nE:2\nU:~=!x!\nm:n=o\nL:1/4\nK:C\nCDEF|\n", holds=PLAIN),
    Case("length_in_front_of_the_tunes.abc", b"L:1/0\n\n" + TUNE.encode(), "expected a note length"),
    # ---- music
    Case("no_music.abc", abc(""), LINE + "the tune has no notes"),
    Case("only_rests.abc", abc("z4|z4|"), LINE + "the tune has no notes"),
    Case("comment_only.abc", abc("% CDEF"), LINE + "the tune has no notes"),
    Case("tuplet_of_0.abc", abc("(0CDEF|"), BODY),
    Case("tuplet_of_1.abc", abc("(1CDEF|"), BODY),
    Case("tuplet_in_the_time_of_0.abc", abc("(3:0:3CDE|"), BODY + ".*tuplet"),
    Case("tuplet_of_a_billion.abc", abc("(3:1000000000:3CDE|"), BODY + ".*tuplet"),
    Case("tuplet_for_a_billion_notes.abc", abc("(3:2:1000000000CDE|"), BODY + ".*tuplet"),
    Case("tuplet_without_notes.abc", abc("CDEF (3|"), holds=PLAIN),
    Case("tuplet_in_a_tuplet.abc", abc("(3(3CDE|"), BODY, lambda s: len(s.notes) == 3),
    Case("length_of_a_note_1_0.abc", abc("C1/0|"), BODY),
    Case("length_of_a_note_0.abc", abc("C0|"), BODY),
    Case("length_of_a_note_a_billion.abc", abc("C1000000000|"), BODY + "expected a length"),
    Case("length_of_a_note_10_to_the_5000.abc", abc("C1" + "0" * 5000), BODY + "expected a length"),
    Case("bars_of_rest_a_billion.abc", abc("C Z1000000000|"), BODY + "expected a length"),
    Case("bars_of_rest_999_times.abc", abc("Z999|" * 8000 + "C|"), LINE + ".*beats"),
    Case(
        "repeats_of_nothing.abc",
        abc("C|" + "::" * 5000 + ":|" * 5000),
        holds=lambda s: s[0].notes[0].pitch == 60,
        reader="scores",
    ),
    Case(
        "endings_of_999.abc",
        abc("|:CD|[1-9,1-9,1-9 E:|" * 500),
        holds=lambda s: s[0].notes[0].pitch == 60,
        reader="scores",
    ),
    Case(
        "repeats_inside_repeats.abc",
        abc("|:C" * 1000 + ":|" * 1000),
        holds=lambda s: len(s[0].notes) < 50_000,
        reader="scores",
    ),
    Case("ending_backwards.abc", abc("|:C|[9-1 D:|"), holds=lambda s: len(s[0].notes) >= 2, reader="scores"),
    Case("close_without_open.abc", abc("CDEF:|"), holds=PLAIN),
    Case("open_without_close.abc", abc("|:CDEF|"), holds=PLAIN),
    Case("chord_unclosed.abc", abc("[CEG|"), BODY),
    Case("chord_empty.abc", abc("[]CDEF|"), BODY, PLAIN),
    Case("chord_in_a_chord.abc", abc("[C[EG]]|"), BODY),
    Case("chord_of_9000_notes.abc", abc("[" + "C" * 9000 + "]"), BODY, lambda s: len(s.notes) == 9000),
    Case("chord_of_rubbish.abc", abc("[C?!E]|"), BODY),
    Case("plus_unclosed.abc", abc("+CEG|"), BODY, pitches(60, 64, 67)),
    Case("grace_unclosed.abc", abc("{CDEF|"), BODY),
    Case("grace_in_a_grace.abc", abc("{C{D}E}CDEF|"), BODY, PLAIN),
    Case("words_unclosed.abc", abc('"Em CDEF|'), BODY),
    Case("decoration_unclosed.abc", abc("!trill CDEF|"), BODY, PLAIN),
    Case("field_unclosed.abc", abc("[K:D CDEF|"), BODY),
    Case("field_of_nonsense.abc", abc("[M:0/0]CDEF|"), BODY + "expected a metre"),
    Case("field_of_no_letter.abc", abc("[?:x]CDEF|"), BODY),
    Case("field_X_inside.abc", abc("[X:2]CDEF|"), holds=PLAIN),
    Case("tie_to_nothing.abc", abc("-CDEF-"), holds=PLAIN),
    Case("tie_over_and_over.abc", abc("C-" * 5000 + "C"), holds=lasts(5001)),
    Case("broken_at_the_start.abc", abc(">CDEF|"), BODY + ".*no note before"),
    Case("broken_twice.abc", abc("C>>D<E>F|"), holds=lambda s: len(s.notes) == 4),
    Case("broken_4_times.abc", abc("C>>>>D|"), BODY),
    Case("broken_at_the_end.abc", abc("CDEF>"), holds=lambda s: len(s.notes) == 4),
    Case("broken_over_and_over.abc", abc("C" + ">C" * 20_000), holds=lambda s: len(s.notes) == 20_001),
    Case("octaves_too_high.abc", abc("c''''''''''''''|"), BODY + ".*0 to 127"),
    Case("octaves_too_low.abc", abc("C,,,,,,,,,,,,,,|"), BODY + ".*0 to 127"),
    Case("sharps_without_end.abc", abc("^^^^^^^C|"), BODY),
    Case("letters_that_are_no_notes.abc", abc("CDEF|{}]})(*&^%$#@"), BODY, PLAIN),
    Case("backslashes.abc", abc("CD\\\nEF|\\\\\\"), holds=PLAIN),
    Case("voice_of_nothing.abc", abc("[V:]CD\nV:\nEF|"), holds=PLAIN),
    Case("voice_not_in_the_header.abc", abc("[V:9]CD[V:8]EF|"), holds=lambda s: len(s.parts) == 2),
    Case("page_in_a_tune.abc", abc("<html><body>not found</body></html>"), BODY),
    Case(
        "second_tune_is_bad.abc",
        TUNE.encode() + b"\nX:2\nK:Q\nC|\n",
        r"tune 2, line \d+: expected a key",
        reader="scores",
    ),
]
