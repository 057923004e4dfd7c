"""MusicXML files that break rules, and what must happen with each."""

from .verdict import Case

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NOTE = "<note><pitch><step>C</step><octave>4</octave></pitch><duration>2</duration></note>"
ATTRIBUTES = (
    "<attributes><divisions>2</divisions><time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
)


def score(body, head=HEAD, parts='<score-part id="P1"><part-name>A</part-name></score-part>'):
    return f"{head}<score-partwise><part-list>{parts}</part-list>{body}</score-partwise>".encode()


def part(*measures, name="P1"):
    return f'<part id="{name}">' + "".join(measures) + "</part>"


def measure(*content, number=1):
    return f'<measure number="{number}">' + "".join(content) + "</measure>"


def bar(*content):
    """A file of one part with one measure."""
    return score(part(measure(ATTRIBUTES, *content)))


def changed(old, new, source=None):
    """The good bar of one note, with a part of its text replaced."""
    source = bar(NOTE).decode() if source is None else source
    assert old in source
    return source.replace(old, new, 1).encode()


def note(step="C", octave="4", duration="2", more=""):
    return (
        f"<note><pitch><step>{step}</step>{more}<octave>{octave}</octave></pitch>"
        f"<duration>{duration}</duration></note>"
    )


GOOD = bar(NOTE)


def notes(*expected):
    """Onset, pitch, duration of every note."""
    return lambda score: [(n.onset, n.pitch, n.duration) for n in score.notes] == list(expected)


ONE = notes((0, 60, 1))
ENTITY = "DOCTYPE|entit"
DAMAGED = r"line \d+.*(damaged|cut off)"
PLACE = "part 1, measure 1"


def laughs(depth=10):
    entities = "".join(f'<!ENTITY l{i + 1} "{f"&l{i};" * 10}">' for i in range(depth))
    return changed(
        HEAD, f'{HEAD}<!DOCTYPE score-partwise [<!ENTITY l0 "ha">{entities}]>', bar(NOTE).decode()
    ).replace(b"<part-name>A", f"<part-name>&l{depth};".encode())


def instrument(program):
    """A file whose part list gives its part an instrument."""
    midi = f'<midi-instrument id="I"><midi-program>{program}</midi-program></midi-instrument>'
    listed = f'<score-part id="P1"><part-name/>{midi}</score-part>'
    return score(part(measure(ATTRIBUTES, NOTE)), parts=listed)


def doctype(subset, use="&x;"):
    text = bar(NOTE).decode().replace(HEAD, f"{HEAD}<!DOCTYPE score-partwise {subset}>")
    return text.replace("<part-name>A", f"<part-name>{use}").encode()


CASES = [
    # ---- cut off, other kinds, encodings
    Case("empty.musicxml", b"", "empty"),
    Case("good.musicxml", GOOD, holds=ONE),
    Case("good_named.mid", GOOD, holds=ONE),
    Case("only_a_declaration.musicxml", HEAD.encode(), "neither|damaged|cut off|no element"),
    Case("cut_in_a_tag.musicxml", GOOD[:-20], DAMAGED),
    Case("cut_in_a_note.musicxml", GOOD[: GOOD.index(b"<octave>")], DAMAGED),
    Case("html.musicxml", b"<!DOCTYPE html>\n<html><body>404</body></html>", "web page"),
    Case(
        "xhtml.musicxml",
        b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>',
        "web page|<html>|neither",
    ),
    Case(
        "svg.musicxml",
        b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
        "<svg>|picture|neither",
    ),
    Case(
        "mei.musicxml",
        b'<?xml version="1.0"?>\n<mei xmlns="http://www.music-encoding.org/ns/mei"/>',
        "<mei>|neither",
    ),
    Case("opus.musicxml", b'<?xml version="1.0"?>\n<opus><title>All</title></opus>', "<opus>|neither"),
    Case("rss.xml", b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>', "<rss>|neither"),
    Case(
        "words_about_scores.xml",
        b"<?xml version='1.0'?><letter>the <score-partwise> tag</letter>",
        DAMAGED + "|<letter>|neither",
    ),
    Case("utf16.musicxml", GOOD.decode().replace("UTF-8", "UTF-16").encode("utf-16"), "UTF-16|neither", ONE),
    Case("utf16_that_says_utf8.musicxml", GOOD.decode().encode("utf-16"), "UTF-16|neither|" + DAMAGED, ONE),
    Case("latin1_that_says_utf8.musicxml", GOOD.replace(b">A<", b">Fl\xf6te<"), DAMAGED, ONE),
    Case(
        "latin1.musicxml",
        GOOD.replace(b"UTF-8", b"ISO-8859-1").replace(b">A<", b">Fl\xf6te<"),
        holds=lambda s: s.parts[0].name == "Flöte",
    ),
    Case(
        "encoding_unknown.musicxml",
        GOOD.replace(b"UTF-8", b"KLINGON-8"),
        "encoding|cannot be read|" + DAMAGED,
    ),
    Case(
        "encoding_that_is_no_text.musicxml",
        GOOD.replace(b"UTF-8", b"zlib"),
        "encoding|cannot be read|" + DAMAGED,
    ),
    Case(
        "encoding_utf7.musicxml", GOOD.replace(b"UTF-8", b"utf-7"), "encoding|cannot be read|" + DAMAGED, ONE
    ),
    Case("byte_order_mark.musicxml", b"\xef\xbb\xbf" + GOOD, holds=ONE),
    Case("no_declaration.musicxml", GOOD.removeprefix(HEAD.encode()), holds=ONE),
    Case("long_comment_in_front.musicxml", changed(HEAD, HEAD + f"<!--{'-x' * 10_000}-->"), holds=ONE),
    Case("nul_bytes.musicxml", GOOD.replace(b">A<", b">\0<"), DAMAGED + "|neither"),
    Case("control_characters.musicxml", GOOD.replace(b">A<", b">&#27;[2J<"), DAMAGED + "|neither"),
    Case(
        "namespace.musicxml", GOOD.replace(b"<score-partwise>", b"<score-partwise xmlns='urn:x'>"), holds=ONE
    ),
    Case(
        "prefix.musicxml",
        GOOD.replace(b"<score-partwise>", b"<m:score-partwise xmlns:m='urn:x'>").replace(
            b"</score-p", b"</m:score-p"
        ),
        "m:score|neither",
    ),
    # ---- bombs
    Case("a_billion_laughs.musicxml", laughs(), ENTITY),
    Case("quadratic_laughs.musicxml", doctype(f'[<!ENTITY x "{"a" * 30_000}">]', "&x;" * 6000), ENTITY),
    Case("entity_of_itself.musicxml", doctype('[<!ENTITY x "&x;">]'), ENTITY),
    Case("entity_from_a_file.musicxml", doctype('[<!ENTITY x SYSTEM "canary.txt">]'), ENTITY),
    Case("entity_from_a_file_url.musicxml", doctype('[<!ENTITY x SYSTEM "file:canary.txt">]'), ENTITY),
    Case("entity_from_the_network.musicxml", doctype('[<!ENTITY x SYSTEM "http://localhost:9/x">]'), ENTITY),
    Case(
        "parameter_entity.musicxml", doctype('[<!ENTITY % x SYSTEM "http://localhost:9/x"> %x;]', ""), ENTITY
    ),
    Case("doctype_from_a_file.musicxml", doctype('SYSTEM "canary.dtd"', "A"), ENTITY, ONE),
    Case("doctype_from_the_network.musicxml", doctype('SYSTEM "http://localhost:9/x.dtd"', "A"), ENTITY, ONE),
    Case("entity_undefined.musicxml", changed(">A<", ">&x;<"), ENTITY + "|" + DAMAGED),
    Case(
        "include.musicxml",
        changed(
            "<part-name>A",
            '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="canary.txt"/><part-name>A',
        ),
        holds=ONE,
    ),
    Case(
        "stylesheet.musicxml",
        changed("<score-partwise>", '<?xml-stylesheet href="http://localhost:9/x.xsl"?><score-partwise>'),
        holds=ONE,
    ),
    Case(
        "nested_100000_deep.musicxml",
        lambda: b"<score-partwise>" + b"<part>" * 100_000 + b"</part>" * 100_000 + b"</score-partwise>",
        "nested",
    ),
    Case(
        "nested_inside_a_note.musicxml",
        changed("<duration>", "<notations>" * 20_000 + "</notations>" * 20_000 + "<duration>"),
        "nested",
        ONE,
    ),
    Case(
        "parts_nested.musicxml",
        changed("<measure", "<part id='P1'>" * 3000 + "</part>" * 3000 + "<measure"),
        "nested",
    ),
    Case(
        "10000_attributes.musicxml",
        changed("<measure ", "<measure " + "".join(f'a{i}="" ' for i in range(6000))),
        DAMAGED,
        ONE,
    ),
    Case("attribute_of_60000.musicxml", changed('id="P1"', f'id="{"P" * 60_000}"'), holds=ONE),
    Case(
        "tag_of_60000.musicxml",
        changed("<duration>", f"<{'a' * 30_000}></{'a' * 30_000}><duration>"),
        holds=ONE,
    ),
    Case("name_of_60000.musicxml", changed(">A<", f">{'a' * 60_000}<"), holds=ONE),
    # ---- numbers
    Case("divisions_0.musicxml", changed("<divisions>2", "<divisions>0"), PLACE + ".*divisions"),
    Case("divisions_negative.musicxml", changed("<divisions>2", "<divisions>-2"), PLACE + ".*divisions"),
    Case(
        "divisions_huge.musicxml", changed("<divisions>2", "<divisions>" + "9" * 5000), PLACE + ".*divisions"
    ),
    Case("divisions_of_words.musicxml", changed("<divisions>2", "<divisions>two"), PLACE + ".*divisions"),
    Case("divisions_missing.musicxml", changed("<divisions>2</divisions>", ""), holds=notes((0, 60, 2))),
    Case("divisions_nan.musicxml", changed("<divisions>2", "<divisions>nan"), PLACE + ".*divisions"),
    Case("duration_0.musicxml", bar(note(duration="0"), NOTE), holds=ONE),
    Case("duration_negative.musicxml", bar(note(duration="-2")), PLACE + ".*duration"),
    Case("duration_huge.musicxml", bar(note(duration="1000000000")), PLACE + ".*duration"),
    Case("duration_infinite.musicxml", bar(note(duration="inf")), PLACE + ".*duration"),
    Case("duration_1e999.musicxml", bar(note(duration="1e999999999")), PLACE + ".*duration"),
    Case("duration_of_words.musicxml", bar(note(duration="long")), PLACE + ".*duration"),
    Case("duration_empty.musicxml", bar(note(duration="")), PLACE + ".*duration"),
    Case(
        "duration_missing.musicxml",
        changed("<duration>2</duration>", ""),
        PLACE + ".*duration",
        lambda s: len(s.notes) <= 1,
    ),
    Case(
        "duration_a_third.musicxml",
        bar(note(duration="1/3")),
        PLACE + ".*duration",
        lambda s: len(s.notes) == 1,
    ),
    Case("duration_in_arabic_digits.musicxml", bar(note(duration="٢")), PLACE + ".*duration", ONE),
    Case("step_H.musicxml", bar(note(step="H")), PLACE + ".*step"),
    Case("step_empty.musicxml", bar(note(step="")), PLACE + ".*step"),
    Case("octave_99.musicxml", bar(note(octave="99")), PLACE),
    Case("octave_minus_5.musicxml", bar(note(octave="-5")), PLACE),
    Case("octave_of_words.musicxml", bar(note(octave="four")), PLACE + ".*octave"),
    Case("octave_missing.musicxml", changed("<octave>4</octave>", ""), PLACE + ".*octave", ONE),
    Case("alter_1000000.musicxml", bar(note(more="<alter>1000000</alter>")), PLACE + ".*alter"),
    Case(
        "alter_a_quarter.musicxml",
        bar(note(more="<alter>0.5</alter>")),
        holds=lambda s: s.notes[0].pitch in (60, 61),
    ),
    Case("fifths_99.musicxml", changed("<time>", "<key><fifths>99</fifths></key><time>"), PLACE + ".*fifths"),
    Case(
        "fifths_of_words.musicxml",
        changed("<time>", "<key><fifths>many</fifths></key><time>"),
        PLACE + ".*fifths",
    ),
    Case(
        "mode_of_nonsense.musicxml",
        changed("<time>", "<key><fifths>0</fifths><mode>quark</mode></key><time>"),
        holds=ONE,
    ),
    Case(
        "metre_0_0.musicxml", changed("<beats>4</beats><beat-type>4", "<beats>0</beats><beat-type>0"), PLACE
    ),
    Case("metre_over_0.musicxml", changed("<beat-type>4", "<beat-type>0"), PLACE + ".*beat-type"),
    Case("metre_over_7.musicxml", changed("<beat-type>4", "<beat-type>7"), PLACE, ONE),
    Case("metre_huge.musicxml", changed("<beats>4", "<beats>" + "9" * 5000), PLACE),
    Case("metre_of_words.musicxml", changed("<beats>4", "<beats>four"), PLACE + ".*beats"),
    Case("metre_of_pluses.musicxml", changed("<beats>4", "<beats>" + "1+" * 5000 + "1"), PLACE),
    Case("metre_without_type.musicxml", changed("<beat-type>4</beat-type>", ""), PLACE),
    Case("tempo_0.musicxml", bar('<direction><sound tempo="0"/></direction>', NOTE), PLACE + ".*tempo", ONE),
    Case(
        "tempo_negative.musicxml", bar('<direction><sound tempo="-1"/></direction>', NOTE), PLACE + ".*tempo"
    ),
    Case(
        "tempo_nan.musicxml", bar('<direction><sound tempo="nan"/></direction>', NOTE), PLACE + ".*tempo", ONE
    ),
    Case("tempo_infinite.musicxml", bar('<sound tempo="inf"/>', NOTE), PLACE + ".*tempo"),
    Case("tempo_of_words.musicxml", bar('<sound tempo="brisk"/>', NOTE), PLACE + ".*tempo", ONE),
    Case("loudness_nan.musicxml", changed("<note>", '<note dynamics="nan">'), PLACE, ONE),
    Case("loudness_negative.musicxml", changed("<note>", '<note dynamics="-100">'), PLACE, ONE),
    Case("loudness_0.musicxml", changed("<note>", '<note dynamics="0">'), holds=ONE),
    Case(
        "transposed_out_of_range.musicxml",
        changed(
            "</attributes>",
            "<transpose><chromatic>-60</chromatic><octave-change>-5</octave-change></transpose></attributes>",
        ),
        PLACE,
    ),
    Case(
        "transposed_by_a_billion.musicxml",
        changed("</attributes>", "<transpose><chromatic>1000000000</chromatic></transpose></attributes>"),
        PLACE,
    ),
    Case(
        "program_1000.musicxml",
        instrument(1000),
        "part 1.*midi-program",
    ),
    Case(
        "program_0.musicxml",
        instrument(0),
        "part 1.*midi-program",
        ONE,
    ),
    # ---- structure
    Case("no_parts.musicxml", score(""), "parts"),
    Case("part_without_measures.musicxml", score(part()), "no notes|measures"),
    Case("measure_without_notes.musicxml", score(part(measure())), "no notes"),
    Case("only_rests.musicxml", bar("<note><rest/><duration>8</duration></note>"), "no notes"),
    Case(
        "no_part_list.musicxml",
        changed('<part-list><score-part id="P1"><part-name>A</part-name></score-part></part-list>', ""),
        holds=ONE,
    ),
    Case("part_not_in_the_list.musicxml", changed('<part id="P1">', '<part id="P7">'), holds=ONE),
    Case("part_without_id.musicxml", changed('<part id="P1">', "<part>"), holds=ONE),
    Case(
        "two_parts_of_one_id.musicxml",
        score(part(measure(ATTRIBUTES, NOTE)) * 2),
        holds=lambda s: len(s.notes) == 2,
    ),
    Case(
        "parts_of_different_length.musicxml",
        score(part(measure(ATTRIBUTES, NOTE)) + part(measure(ATTRIBUTES, NOTE), measure(NOTE), name="P2")),
        holds=lambda s: len(s.notes) == 3,
    ),
    Case(
        "measures_out_of_order.musicxml",
        score(
            part(measure(ATTRIBUTES, NOTE * 4, number=9), measure(NOTE, number=2), measure(NOTE, number=2))
        ),
        holds=lambda s: [n.onset for n in s.notes][:5] == [0, 1, 2, 3, 4],
    ),
    Case("measure_without_number.musicxml", changed('<measure number="1">', "<measure>"), holds=ONE),
    Case(
        "measure_number_of_words.musicxml",
        changed('<measure number="1">', '<measure number="X\u202e1\u0009">'),
        holds=ONE,
    ),
    Case("measure_in_a_measure.musicxml", bar(measure(NOTE), NOTE), holds=ONE),
    Case("note_outside_a_measure.musicxml", score(part(NOTE, measure(ATTRIBUTES, NOTE))), holds=ONE),
    Case(
        "backup_before_the_start.musicxml",
        bar("<backup><duration>8</duration></backup>", NOTE),
        PLACE + ".*backup",
        ONE,
    ),
    Case("backup_without_duration.musicxml", bar(NOTE, "<backup/>"), PLACE, ONE),
    Case(
        "forward_of_a_billion.musicxml",
        bar("<forward><duration>1000000000</duration></forward>", NOTE),
        PLACE,
    ),
    Case(
        "forwards_without_end.musicxml",
        bar("<forward><duration>1999</duration></forward>" * 1000, NOTE),
        "beats",
    ),
    Case("chord_at_the_start.musicxml", bar(NOTE.replace("<pitch>", "<chord/><pitch>")), PLACE, ONE),
    Case(
        "chord_after_a_rest.musicxml",
        bar("<note><rest/><duration>2</duration></note>", NOTE.replace("<pitch>", "<chord/><pitch>")),
        PLACE,
        lambda s: len(s.notes) == 1,
    ),
    Case(
        "chord_of_1000_notes.musicxml",
        bar(NOTE, NOTE.replace("<pitch>", "<chord/><pitch>") * 600),
        holds=lambda s: s.notes[0].pitch == 60,
    ),
    Case("grace_notes_only.musicxml", bar(NOTE.replace("<pitch>", "<grace/><pitch>")), "no notes"),
    Case("note_of_nothing.musicxml", bar("<note/>", NOTE), PLACE, ONE),
    Case(
        "note_without_pitch.musicxml",
        bar("<note><duration>2</duration></note>", NOTE),
        PLACE,
        notes((1, 60, 1)),
    ),
    Case(
        "pitch_and_rest.musicxml",
        bar(NOTE.replace("<pitch>", "<rest/><pitch>")),
        PLACE,
        lambda s: len(s.notes) <= 1,
    ),
    Case(
        "unpitched.musicxml",
        bar("<note><unpitched/><duration>2</duration></note>"),
        holds=lambda s: len(s.notes) == 1 and s.parts[0].is_drums,
    ),
    Case(
        "tie_that_never_ends.musicxml",
        bar(NOTE.replace("</duration>", '</duration><tie type="start"/>')),
        holds=ONE,
    ),
    Case(
        "tie_that_never_starts.musicxml",
        bar(NOTE.replace("</duration>", '</duration><tie type="stop"/>')),
        holds=ONE,
    ),
    Case(
        "tie_to_itself.musicxml",
        bar(NOTE.replace("</duration>", '</duration><tie type="start"/><tie type="stop"/>') * 4),
        holds=notes((0, 60, 4)),
    ),
    Case(
        "repeat_backwards_only.musicxml",
        bar(NOTE, '<barline><repeat direction="backward" times="1000000000"/></barline>'),
        holds=ONE,
    ),
    Case(
        "ending_of_nonsense.musicxml",
        bar(NOTE, '<barline><ending number="x,y" type="q"/></barline>'),
        holds=ONE,
    ),
    Case(
        "tuplet_of_0.musicxml",
        bar(
            NOTE.replace(
                "</duration>",
                "</duration><time-modification><actual-notes>0</actual-notes><normal-notes>0</normal-notes></time-modification>",
            )
        ),
        holds=ONE,
    ),
    Case(
        "type_of_nonsense.musicxml",
        bar(NOTE.replace("</duration>", "</duration><type>quaver</type>")),
        holds=ONE,
    ),
    Case(
        "clef_of_nonsense.musicxml",
        changed("</attributes>", "<clef><sign>Q</sign><line>-9</line></clef></attributes>"),
        holds=ONE,
    ),
    Case(
        "staves_of_a_billion.musicxml",
        changed("</attributes>", "<staves>1000000000</staves></attributes>"),
        holds=ONE,
    ),
    Case(
        "voice_of_nonsense.musicxml",
        bar(NOTE.replace("</duration>", "</duration><voice>\u266b</voice>")),
        holds=ONE,
    ),
    Case("measure_of_40_beats_in_4_4.musicxml", bar(NOTE * 40), holds=lambda s: len(s.notes) == 40),
    Case(
        "60_bars_of_nothing.musicxml",
        score(part(measure(ATTRIBUTES, NOTE), *(measure(number=i) for i in range(2, 1500)))),
        holds=ONE,
    ),
    Case(
        "500_parts.musicxml",
        score("".join(part(measure(NOTE), name=f"P{i}") for i in range(500))),
        "parts",
        lambda s: len(s.notes) == 500,
    ),
    Case("2000_parts.musicxml", lambda: score("<part/>" * 2000), "parts"),
    Case("700_notes.musicxml", lambda: bar(NOTE * 700), holds=lambda s: len(s.notes) == 700),
    Case(
        "timewise.musicxml",
        HEAD.encode()
        + b'<score-timewise><measure number="1"><part id="P1">'
        + (ATTRIBUTES + NOTE).encode()
        + b"</part></measure></score-timewise>",
        holds=ONE,
    ),
]
