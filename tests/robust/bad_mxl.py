"""Packed MusicXML files (.mxl) that break rules, and what must happen with each."""

import bz2
import io
import lzma
import struct
import zipfile
import zlib

from .bad_midi import GOOD as MIDI
from .bad_midi import many
from .bad_musicxml import ATTRIBUTES, DAMAGED, ENTITY, GOOD, NOTE, ONE, bar, laughs, measure, part, score
from .good_files import CONTAINER, MUSICXML, mxl, pack
from .verdict import Case

ZIP = "packed|container|damaged|score"


def zeros_packed(size, declared=None):
    """A zip file of a score of ``size`` zero bytes, packed a thousandfold; only a part of them is packed."""
    block = 1 << 20
    packer = zlib.compressobj(9, wbits=-15)
    first = packer.compress(bytes(block)) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = first * (size // block) + zlib.compressobj(9, wbits=-15).flush()
    checksum = 0
    for _ in range(size // block):
        checksum = zlib.crc32(bytes(block), checksum)
    return raw_zip("score.musicxml", packed, 8, checksum, size if declared is None else declared)


def raw_zip(name, packed, method, checksum, size, packed_size=None):
    """A zip file of one member, with the sizes it is told to claim."""
    packed_size = len(packed) if packed_size is None else packed_size
    fields = struct.pack(
        "<HHHHLLLHH", 0, method, 0, 0, checksum, packed_size, size & 0xFFFFFFFF, len(name), 0
    )
    local = b"PK\x03\x04" + struct.pack("<H", 20) + fields + name.encode() + packed
    central = b"PK\x01\x02" + struct.pack("<HH", 20, 20) + fields + bytes(14) + name.encode()
    # fields ends with two lengths; the central record goes on with comment, disk, attributes and offset.
    return local + central + b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(central), len(local), 0)


def encrypted():
    data = bytearray(pack({"score.musicxml": GOOD}))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + offset] |= 1
    return bytes(data)


def in_method(method):
    return pack({"META-INF/container.xml": CONTAINER, "score.musicxml": GOOD}, method)


def quine_of(depth):
    data = GOOD
    for _ in range(depth):
        data = pack({"score.mxl": data})
    return data


def container(path):
    return CONTAINER.replace(b"score.musicxml", path)


def flipped_zip():
    data = bytearray(mxl(MUSICXML))
    at = data.index(b"score.musicxml") + 40
    data[at : at + 8] = b"\xff" * 8
    return bytes(data)


def bomb(compress, method):
    size = 64 << 20
    return raw_zip("score.musicxml", compress(bytes(size)), method, 0, size)


def lzma_member(data):
    """LZMA as zip files have it: version, size of the properties, properties, stream."""
    filters = [{"id": lzma.FILTER_LZMA1, "preset": 1}]
    properties = lzma._encode_filter_properties(filters[0])
    packer = lzma.LZMACompressor(lzma.FORMAT_RAW, filters=filters)
    return struct.pack("<BBH", 9, 4, len(properties)) + properties + packer.compress(data) + packer.flush()


def thousand_members():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(1200):
            archive.writestr(f"{number}", b"")
    return buffer.getvalue()


CASES = [
    Case("good.mxl", mxl(GOOD), holds=ONE),
    Case("good_named.xml", mxl(GOOD), holds=ONE),
    Case("cut_in_a_member.mxl", mxl(MUSICXML)[:400], ZIP),
    Case("cut_in_the_directory.mxl", mxl(MUSICXML)[:-30], ZIP),
    Case("flipped.mxl", flipped_zip(), ZIP),
    Case("wrong_checksum.mxl", raw_zip("score.musicxml", GOOD, 0, 12345, len(GOOD)), ZIP),
    Case("magic_only.mxl", b"PK\x03\x04", ZIP),
    Case("empty_zip.mxl", pack({}), ZIP + "|neither"),
    Case("without_a_container.mxl", pack({"score.musicxml": GOOD}), holds=ONE),
    Case("container_alone.mxl", pack({"META-INF/container.xml": CONTAINER}), ZIP),
    Case("container_empty.mxl", mxl(GOOD, b""), ZIP),
    Case("container_of_nonsense.mxl", mxl(GOOD, b"<html/>"), ZIP),
    Case("container_that_laughs.mxl", mxl(GOOD, laughs()), ENTITY),
    Case("container_points_outside.mxl", mxl(GOOD, container(b"../canary.txt")), "container"),
    Case("container_points_to_the_root.mxl", mxl(GOOD, container(b"/etc/hostname")), "container"),
    Case("container_points_to_itself.mxl", mxl(GOOD, container(b"META-INF/container.xml")), "container"),
    Case("container_points_to_nothing.mxl", mxl(GOOD, container(b"")), "container"),
    Case(
        "container_points_to_midi.mxl",
        pack({"META-INF/container.xml": container(b"a.mid"), "a.mid": MIDI}),
        DAMAGED,
    ),
    Case("member_named_outside.mxl", pack({"../../canary.musicxml": GOOD}), ZIP, ONE),
    Case(
        "two_members_of_one_name.mxl",
        lambda: mxl(GOOD)[: mxl(GOOD).index(b"PK\x01\x02")] + mxl(GOOD),
        ZIP,
        ONE,
    ),
    Case("two_scores.mxl", pack({"a.musicxml": GOOD, "b.musicxml": GOOD}), "2 scores"),
    Case("1200_members.mxl", thousand_members, "1,200"),
    Case("score_is_empty.mxl", mxl(b""), DAMAGED),
    Case("score_is_a_picture.mxl", mxl(b"\x89PNG\r\n\x1a\n" + bytes(50)), DAMAGED),
    Case("score_is_a_score_bomb.mxl", mxl(laughs()), ENTITY),
    Case("zip_in_a_zip.mxl", quine_of(8), ZIP),
    Case(
        "zip_in_a_zip_with_container.mxl",
        pack({"META-INF/container.xml": container(b"score.mxl"), "score.mxl": mxl(GOOD)}),
        DAMAGED,
    ),
    Case("password.mxl", encrypted(), ZIP + "|password"),
    Case("packed_by_bzip2.mxl", in_method(zipfile.ZIP_BZIP2), ZIP, ONE),
    Case("packed_by_lzma.mxl", in_method(zipfile.ZIP_LZMA), ZIP, ONE),
    Case("method_99.mxl", raw_zip("score.musicxml", GOOD, 99, zlib.crc32(GOOD), len(GOOD)), ZIP),
    Case("a_gigabyte_of_zeros.mxl", lambda: zeros_packed(1 << 30), "unpacks|limit"),
    Case(
        "a_gigabyte_that_says_100_bytes.mxl",
        lambda: zeros_packed(1 << 30, declared=100),
        "unpacks|limit|damaged",
    ),
    Case("60_megabytes_of_zeros.mxl", lambda: zeros_packed(60 << 20), "unpacks|limit"),
    Case(
        "60_megabytes_that_say_100_bytes.mxl",
        lambda: zeros_packed(60 << 20, declared=100),
        "unpacks|limit|damaged",
    ),
    Case("64_megabytes_by_bzip2.mxl", lambda: bomb(bz2.compress, 12), "unpacks|limit|packed"),
    Case("64_megabytes_by_lzma.mxl", lambda: bomb(lzma_member, 14), "unpacks|limit|packed"),
    Case("size_of_4_gigabytes.mxl", raw_zip("score.musicxml", GOOD, 0, zlib.crc32(GOOD), 0xFFFFFFFF), ZIP),
    Case("3_megabytes_of_spaces.mxl", lambda: mxl(GOOD + b" " * 3_000_000), holds=ONE),
    Case(
        "container_of_3_megabytes.mxl", lambda: mxl(GOOD, CONTAINER + b" " * 3_000_000), "unpacks|limit", ONE
    ),
    Case("30000_notes.mxl", lambda: mxl(bar(NOTE * 30_000)), "limit|more than|unpacks", many(30_000)),
    Case(
        "60000_measures.mxl",
        lambda: mxl(score(part(measure(ATTRIBUTES, NOTE), measure() * 60_000))),
        "limit|more than|unpacks",
        ONE,
    ),
    Case(
        "4000_measures_of_4_notes.mxl",
        lambda: mxl(score(part(measure(ATTRIBUTES, NOTE), measure(NOTE * 4) * 4000))),
        "limit|more than|unpacks",
        many(16_001),
    ),
    Case(
        "30000_chord_notes.mxl",
        lambda: mxl(bar(NOTE, NOTE.replace("<pitch>", "<chord/><pitch>") * 30_000)),
        "limit|more than|unpacks",
        many(30_001),
    ),
    Case(
        "30000_tempos.mxl",
        lambda: mxl(bar('<sound tempo="60"/>' * 30_000, NOTE)),
        "limit|more than|unpacks",
        ONE,
    ),
    Case("30000_metres.mxl", lambda: mxl(bar(ATTRIBUTES * 30_000, NOTE)), "limit|more than|unpacks", ONE),
]
