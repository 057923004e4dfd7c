"""Sound files that lie or are damaged, and what must happen with each."""

import io
import struct
from functools import partial

import numpy as np
import soundfile

from .good_files import id3, sound_file, with_right_sums
from .verdict import Case

RATE = 16000
RAMP = np.arange(-800, 800, dtype="<i2")  # what the sixteen-bit files hold: 0.1 s
BYTES = RAMP.tobytes()
PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE


def chunk(name, data, claims=None):
    return name + struct.pack("<L", len(data) if claims is None else claims) + data + b"\0" * (len(data) % 2)


def form(kind=PCM, channels=1, rate=RATE, bits=16, align=None, per_second=None, extra=b""):
    """The "fmt " chunk: what the samples are."""
    align = channels * bits // 8 if align is None else align
    per_second = rate * align if per_second is None else per_second
    return chunk(
        b"fmt ",
        struct.pack("<HHLLHH", kind, channels, rate, per_second & 0xFFFFFFFF, align & 0xFFFF, bits) + extra,
    )


def wav(*chunks, size=None):
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<L", len(body) if size is None else size) + body


def data(samples=BYTES, claims=None):
    return chunk(b"data", samples, claims)


def extensible(mask, code=PCM, valid=16, channels=1):
    guid = struct.pack("<H", code) + bytes.fromhex("000000001000800000aa00389b71")
    return form(EXTENSIBLE, channels, extra=struct.pack("<HHL", 22, valid, mask) + guid)


def ramp(loaded):
    """All samples are there, and nothing else."""
    samples, rate = loaded
    return rate == RATE and np.array_equal(samples, RAMP.astype("float32") / 32768)


def start_of_ramp(at_least):
    def holds(loaded):
        samples, rate = loaded
        n = len(samples)
        return (
            rate == RATE and at_least <= n <= 1600 and np.array_equal(samples, RAMP[:n] / np.float32(32768))
        )

    return holds


def seconds(low, high, sr=RATE):
    return lambda loaded: loaded[1] == sr and low <= loaded[0].shape[-1] / sr <= high


def some_tone(loaded):
    """What is left of a damaged tone: at the same rate, not longer, not louder than it can be."""
    samples, rate = loaded
    return rate == RATE and 0 < samples.shape[-1] <= 0.3 * rate and np.abs(samples).max() < 1.2


def tone(form, **options):
    return lambda: sound_file(form, **options)


def cut(form, share, **options):
    def make():
        whole = sound_file(form, seconds=0.25, **options)
        return whole[: int(len(whole) * share)]

    return make


def flipped(form, share, **options):
    """A file with sixteen bytes in its middle turned over."""

    def make():
        whole = bytearray(sound_file(form, seconds=0.25, **options))
        at = int(len(whole) * share)
        whole[at : at + 16] = bytes(255 - byte for byte in whole[at : at + 16])
        return bytes(whole)

    return make


def last_page(samples):
    """An Ogg file with another position on its last page: how many samples there are up to here."""

    def make():
        ogg = sound_file("OGG")
        at = ogg.rindex(b"OggS")
        return with_right_sums(ogg[: at + 6] + struct.pack("<Q", samples) + ogg[at + 14 :])

    return make


def replaced(form, old, new, **options):
    def make():
        whole = sound_file(form, **options)
        assert old in whole
        return whole.replace(old, new, 1)

    return make


def silence(form, length, channels):
    """Much time in few bytes: what is read is thousands of times larger than the file."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", RATE, channels, format=form) as file:
        for _ in range(length):
            file.write(np.zeros((RATE, channels), "int16"))
    return buffer.getvalue()


def is_silent(loaded):
    return loaded[1] == RATE and not loaded[0].any()


def with_frames(count, channels=1):
    """A FLAC file whose header claims another number of samples (36 bits of it)."""

    def make():
        whole = bytearray(sound_file("FLAC", channels=channels))
        whole[21] = whole[21] & 0xF0 | count >> 32 & 0xF
        whole[22:26] = struct.pack(">L", count & 0xFFFFFFFF)
        return bytes(whole)

    return make


def numbers(*values):
    return wav(form(FLOAT, bits=32), data(np.tile(np.array(values, "<f4"), 100).tobytes()))


Sound = partial(Case, reader="audio")
NONE = "no samples|not a sound file|cut off|empty"
NOT = "not a sound file|damaged|cannot be read"
RATES = "Hz|rate|" + NOT

CASES = [
    # ---- cut off and other kinds
    Sound("empty.wav", b"", "empty|not a sound file"),
    Sound("one_byte.wav", b"R", NOT),
    Sound("magic_only.wav", b"RIFF\x00\x00\x00\x00WAVE", NOT + "|no samples"),
    Sound("text.wav", b"This is not a sound.\n" * 20, NOT),
    Sound("page.wav", b"<!DOCTYPE html><html><body>404</body></html>", NOT + "|web page"),
    Sound("zeros.wav", bytes(64_000), NOT),
    Sound("zip.wav", b"PK\x03\x04" + bytes(500), NOT),
    Sound(
        "midi.wav",
        b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x00\x60MTrk\x00\x00\x00\x04\x00\xff\x2f\x00",
        NOT + "|score.load",
    ),
    Sound("tune.wav", b"X:1\nK:C\nCDEF|\n", NOT + "|score.load"),
    Sound("good.wav", wav(form(), data()), holds=ramp),
    Sound("wav_named.mp3", wav(form(), data()), holds=ramp),
    Sound("cut_in_the_form.wav", wav(form(), data())[:30], NOT),
    Sound("cut_before_the_data.wav", wav(form(), data())[:36], NOT + "|no samples"),
    Sound("cut_in_the_data.wav", wav(form(), data())[:1001], holds=start_of_ramp(470)),
    Sound("odd_byte_at_the_end.wav", wav(form(), data(BYTES + b"\x07")), holds=ramp),
    # ---- lying sizes
    Sound("size_0.wav", wav(form(), data(), size=0), holds=ramp),
    Sound("size_too_small.wav", wav(form(), data(), size=100), holds=ramp),
    Sound("size_too_large.wav", wav(form(), data(), size=1_000_000), holds=ramp),
    Sound("size_4_billion.wav", wav(form(), data(), size=0xFFFFFFFF), holds=ramp),
    Sound("data_size_0.wav", wav(form(), data(claims=0)), NONE, ramp),
    Sound("data_size_0_empty.wav", wav(form(), data(b"")), "no samples"),
    Sound("data_size_4_billion.wav", wav(form(), data(claims=0xFFFFFFFF)), holds=ramp),
    Sound("all_sizes_4_billion.wav", wav(form(), data(claims=0xFFFFFFFF), size=0xFFFFFFFF), holds=ramp),
    Sound("all_sizes_0.wav", wav(form(), data(claims=0), size=0), NONE, ramp),
    Sound("data_size_2_billion.wav", wav(form(), data(claims=0x7FFFFFFF)), holds=ramp),
    Sound("data_size_negative.wav", wav(form(), data(claims=0x80000000)), holds=ramp),
    Sound("data_size_too_small.wav", wav(form(), data(claims=1600)), holds=start_of_ramp(800)),
    Sound("data_size_odd.wav", wav(form(), data(claims=1601)), holds=start_of_ramp(800)),
    Sound("form_size_0.wav", wav(form()[:4] + bytes(4) + form()[8:], data()), NOT),
    Sound("form_size_4_billion.wav", wav(form()[:4] + b"\xff" * 4 + form()[8:], data()), NOT),
    Sound("form_cut.wav", wav(chunk(b"fmt ", form()[8:16]), data()), NOT),
    Sound(
        "list_of_4_billion.wav", wav(form(), chunk(b"LIST", b"INFO", 0xFFFFFFFF), data()), NOT + "|no samples"
    ),
    Sound("5000_alien_chunks.wav", wav(form(), chunk(b"junk", b"ab") * 5000, data()), holds=ramp),
    # ---- order of chunks
    Sound("data_before_form.wav", wav(data(), form()), NOT + "|no samples", ramp),
    Sound("no_form.wav", wav(data()), NOT),
    Sound("no_data.wav", wav(form()), NOT + "|no samples"),
    Sound("two_forms.wav", wav(form(), form(channels=2), data()), NOT, ramp),
    Sound("two_datas.wav", wav(form(), data(), data()), NOT, ramp),
    # ---- what the samples are said to be
    Sound("0_channels.wav", wav(form(channels=0, align=2), data()), "channels|" + NOT),
    Sound("200_channels.wav", wav(form(channels=200), data()), "200 channels"),
    Sound("65535_channels.wav", wav(form(channels=65535, align=2), data()), "channels|" + NOT),
    Sound(
        "16_channels.wav",
        wav(form(channels=16), data()),
        holds=lambda x: x[0].shape == (16, 100),
        reader="channels",
    ),
    Sound("0_hz.wav", wav(form(rate=0), data()), RATES),
    Sound("1_hz.wav", wav(form(rate=1), data()), RATES),
    Sound("2_ghz.wav", wav(form(rate=2_000_000_000), data()), RATES),
    Sound("4_ghz.wav", wav(form(rate=0xFFFFFFFF), data()), RATES),
    Sound("bits_0.wav", wav(form(bits=0, align=2), data()), NOT, ramp),
    Sound("bits_7.wav", wav(form(bits=7, align=1), data()), NOT, lambda x: x[1] == RATE),
    Sound("bits_65535.wav", wav(form(bits=65535, align=2), data()), NOT),
    Sound("align_0.wav", wav(form(align=0), data()), NOT, ramp),
    Sound("align_77.wav", wav(form(align=77), data()), NOT, ramp),
    Sound("unknown_code.wav", wav(form(kind=0xABCD), data()), NOT),
    Sound("extensible.wav", wav(extensible(4), data()), holds=ramp),
    Sound("extensible_all_speakers.wav", wav(extensible(0xFFFFFFFF), data()), NOT, ramp),
    Sound("extensible_valid_bits_200.wav", wav(extensible(4, valid=200), data()), NOT, ramp),
    Sound("extensible_unknown_code.wav", wav(extensible(4, code=0x7777), data()), NOT),
    Sound("extensible_without_rest.wav", wav(form(EXTENSIBLE), data()), NOT),
    Sound("adpcm_block_of_0.wav", wav(form(17, bits=4, align=0, extra=b"\x02\x00\x00\x00"), data()), NOT),
    # ---- samples that are not numbers
    Sound("nan.wav", numbers(0.1, np.nan), "nan"),
    Sound("infinity.wav", numbers(0.1, -np.inf), "nan|inf"),
    Sound(
        "huge_floats.wav",
        numbers(0.1, 3e38, 3e38),
        "large|-1 to 1|loud|nan|inf",
        lambda x: np.abs(x[0]).max() <= 1,
    ),
    Sound(
        "huge_floats_in_stereo.wav",
        wav(form(FLOAT, 2, bits=32), data(np.full(200, 3e38, "<f4").tobytes())),
        "large|-1 to 1|loud|nan|inf",
    ),
    Sound("tiny_floats.wav", numbers(1e-40, -1e-40), holds=lambda x: np.abs(x[0]).max() < 1e-30),
    # ---- lengths
    Sound("one_sample.wav", wav(form(), data(b"\x01\x00")), holds=lambda x: x[0].shape == (1,)),
    Sound("hours_of_flac.flac", with_frames((1 << 36) - 1), "claims|" + NOT),
    Sound("flac_of_100_seconds_claimed.flac", with_frames(100 * RATE), NOT, some_tone),
    Sound("flac_of_one_sample_claimed.flac", with_frames(1), NOT, some_tone),
    Sound(
        "flac_of_an_hour_in_8_channels_claimed.flac",
        with_frames(3599 * RATE, channels=8),
        "claims|" + NOT,
        some_tone,
    ),
    Sound("silence_of_8_minutes_in_8_channels.flac", lambda: silence("FLAC", 500, 8), "claims|limit"),
    Sound(
        "silence_of_half_an_hour.ogg",
        lambda: silence("OGG", 1800, 1),
        "claims|limit",
        lambda x: not x[0].any(),
    ),
    Sound(
        "odd_rate_converted.wav",
        wav(form(rate=44101), data()),
        holds=seconds(0.03, 0.04, 22050),
        reader="converted",
    ),
    Sound(
        "rate_of_a_large_prime_converted.wav",
        wav(form(rate=1_999_999_973), data()),
        RATES,
        reader="converted",
    ),
    Sound("1_hz_converted.wav", wav(form(rate=1), data()), RATES, reader="converted"),
    # ---- compressed formats
    Sound("cut_at_a_half.flac", cut("FLAC", 0.5), NOT, some_tone),
    Sound("cut_in_the_header.flac", cut("FLAC", 0.01), NOT),
    Sound("magic_only.flac", b"fLaC", NOT),
    Sound("flipped.flac", flipped("FLAC", 0.6), NOT, some_tone),
    Sound("flac_0_hz.flac", replaced("FLAC", b"\x03\xe8\x00\xf0", b"\x00\x00\x00\xf0"), RATES),
    Sound("cut_at_a_half.ogg", cut("OGG", 0.5), NOT + "|no samples", some_tone),
    Sound("cut_in_the_header.ogg", cut("OGG", 0.01), NOT),
    Sound("magic_only.ogg", b"OggS", NOT),
    Sound("flipped.ogg", flipped("OGG", 0.9), NOT + "|no samples", some_tone),
    Sound("ogg_of_a_billion_samples.ogg", last_page(1 << 40), "claims|" + NOT, some_tone),
    Sound(
        "ogg_of_minus_one_sample.ogg", last_page((1 << 64) - 2), "claims|" + NOT + "|no samples", some_tone
    ),
    Sound("cut_at_a_half.mp3", cut("MP3", 0.5), NOT, some_tone),
    Sound("cut_after_a_frame_header.mp3", cut("MP3", 0.02), NOT + "|no samples"),
    Sound("flipped.mp3", flipped("MP3", 0.6), NOT, some_tone),
    Sound("rubbish_in_front.mp3", lambda: b"rubbish " * 100 + sound_file("MP3"), NOT, some_tone),
    Sound("rubbish_behind.mp3", lambda: sound_file("MP3") + b"rubbish " * 5000, NOT, some_tone),
    Sound("id3.mp3", lambda: id3() + sound_file("MP3"), holds=some_tone),
    Sound(
        "id3_of_256_megabytes.mp3",
        lambda: id3(0x0FFFFFFF) + sound_file("MP3"),
        NOT + "|no samples",
        some_tone,
    ),
    Sound("id3_of_0_bytes.mp3", lambda: id3(0) + sound_file("MP3"), NOT, some_tone),
    Sound("id3_alone.mp3", id3(), NOT),
    Sound(
        "id3_frame_of_4_billion.mp3",
        lambda: id3(frames=b"TIT2\xff\xff\xff\xff\x00\x00\x00Tune") + sound_file("MP3"),
        NOT,
        some_tone,
    ),
    Sound("sync_bytes_only.mp3", b"\xff\xfb\x90\x64" * 2000, NOT + "|no samples", lambda x: True),
    Sound("all_ones.mp3", b"\xff" * 64_000, NOT),
    # ---- rare containers of libsndfile
    Sound(
        "rf64_of_16_exabytes.wav",
        b"RF64\xff\xff\xff\xffWAVE"
        + chunk(b"ds64", b"\xff" * 24 + bytes(4))
        + form()
        + data(claims=0xFFFFFFFF),
        NOT + "|claims|no samples",
        ramp,
    ),
    Sound("w64_cut.wav", b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00" + b"\xff" * 60, NOT),
    Sound(
        "aiff_0_channels.aiff",
        b"FORM\x00\x00\x00\x2eAIFFCOMM\x00\x00\x00\x12"
        + bytes(2)
        + b"\x00\x00\x00\x10\x00\x10\x40\x0c\xfa"
        + bytes(7)
        + b"SSND\x00\x00\x00\x08"
        + bytes(8),
        NOT + "|channels|no samples",
    ),
    Sound(
        "au_of_4_billion.au",
        b".snd\x00\x00\x00\x18\xff\xff\xff\xff\x00\x00\x00\x03\x00\x00\x3e\x80\x00\x00\x00\x01"
        + RAMP.astype(">i2").tobytes(),
        holds=ramp,
    ),
]
