"""Sound files: every form in and out, and headers that lie."""

import hashlib
import io
import os
import struct
import threading

import numpy as np
import pytest

from musicml import sound
from musicml.errors import FileFormatError, MusicMLError

SR = 22050


def noise(seconds=1.0, channels=None, sr=SR):
    n = round(seconds * sr)
    return 0.5 * np.random.default_rng(0).uniform(-1, 1, n if channels is None else (channels, n))


# ---------------------------------------------------------------- every form


@pytest.mark.parametrize("ending, bits, step", [
    ("wav", 8, 2**-7), ("wav", 16, 2**-15), ("wav", 24, 2**-23), ("wav", 32, 2**-24),
    ("wav", "float", 2**-24), ("flac", 8, 2**-7), ("flac", 16, 2**-15), ("flac", 24, 2**-23),
])  # fmt: skip
@pytest.mark.parametrize("channels", [None, 2])
def test_every_number_of_bits_is_kept(tmp_path, ending, bits, step, channels):
    import soundfile

    y = noise(channels=channels)
    path = tmp_path / f"x.{ending}"
    sound.save_audio(path, y, SR, bits=bits)
    back, sr = sound.load_audio(path, mono=channels is None)
    assert sr == SR and back.shape == y.shape and back.dtype == np.float32
    assert np.abs(back - y).max() <= step
    subtype = soundfile.info(path).subtype
    assert subtype == {"float": "FLOAT", 8: "PCM_U8" if ending == "wav" else "PCM_S8"}.get(
        bits, f"PCM_{bits}"
    )


@pytest.mark.parametrize("sr", [8000, 16000, 44100, 48000])
@pytest.mark.parametrize("ending", ["ogg", "mp3"])
def test_compressed_files_keep_the_sound(tmp_path, ending, sr):
    y = np.stack([sound.tone(f, 1.0, sr, "organ") for f in (440, 660)])
    sound.save_audio(tmp_path / f"x.{ending}", y, sr)
    back, found = sound.load_audio(tmp_path / f"x.{ending}", mono=False)
    n = min(back.shape[1], y.shape[1])
    assert found == sr and abs(back.shape[1] - y.shape[1]) < 0.1 * sr
    assert np.corrcoef(back[1, :n], y[1, :n])[0, 1] > 0.99


def test_full_scale_is_not_cut_off(tmp_path):
    for bits in (8, 16, 24, 32, "float"):
        sound.save_audio(tmp_path / "x.wav", [1.0, -1.0, 0.0], SR, bits=bits)
        back, _ = sound.load_audio(tmp_path / "x.wav")
        assert np.abs(back - [1, -1, 0]).max() <= 2**-6 if bits == 8 else 2**-14


def test_a_long_ogg_can_be_written(tmp_path):
    """Given at once, a long array overflows the stack of the Vorbis encoder, and Python dies."""
    sound.save_audio(tmp_path / "x.ogg", np.zeros(400 * 44100), 44100)
    assert (tmp_path / "x.ogg").stat().st_size > 1000


@pytest.mark.parametrize("old, new", [(22050, 44100), (44100, 16000), (48000, 44100), (8000, 22050)])
def test_resampling_keeps_what_both_rates_can_hold(tmp_path, old, new):
    t = np.arange(old) / old
    f = 0.4 * min(old, new)
    low, high = 0.4 * np.sin(2 * np.pi * f * t), 0.4 * np.sin(2 * np.pi * 0.49 * old * t)
    sound.save_audio(tmp_path / "x.wav", np.stack([low, high]), old, bits="float")
    back, sr = sound.load_audio(tmp_path / "x.wav", sr=new, mono=False)
    assert sr == new and back.shape == (2, new) and back.dtype == np.float32
    middle = slice(new // 4, -new // 4)
    wanted = 0.4 * np.sin(2 * np.pi * f * np.arange(new) / new)
    assert np.abs(back[0] - wanted)[middle].max() < 5e-4  # 0.01 dB
    if new < old:  # what is too high for the new rate must not come back as a lower tone
        assert np.abs(back[1, middle]).max() < 1e-6


def test_the_content_decides_and_not_the_name(tmp_path):
    sound.save_audio(tmp_path / "x.flac", noise(), SR)
    (tmp_path / "x.mp3").write_bytes((tmp_path / "x.flac").read_bytes())
    assert len(sound.load_audio(tmp_path / "x.mp3")[0]) == SR
    (tmp_path / "x.vox").write_bytes(b"words " * 500)  # libsndfile would take any bytes of that ending
    with pytest.raises(FileFormatError, match="x.vox is not a sound file"):
        sound.load_audio(tmp_path / "x.vox")


# ---------------------------------------------------------------- headers that lie


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """The bytes of one second as each format, by ending."""
    folder = tmp_path_factory.mktemp("good")
    found = {}
    for ending in ("wav", "flac", "ogg", "mp3"):
        sound.save_audio(folder / f"x.{ending}", noise(), SR)
        found[ending] = (folder / f"x.{ending}").read_bytes()
    return found


def load(tmp_path, data, name="lying.wav", **options):
    (tmp_path / name).write_bytes(data)
    return sound.load_audio(tmp_path / name, **options)


def patched(data, at, form, value):
    return data[:at] + struct.pack(form, value) + data[at + struct.calcsize(form) :]


@pytest.mark.parametrize("at", [4, 40], ids=["RIFF size", "data size"])
@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 100_000_000])
def test_a_wav_that_claims_more_than_it_has_is_read_to_its_end(tmp_path, good, at, size):
    y, _ = load(tmp_path, patched(good["wav"], at, "<I", size))
    assert len(y) == SR


def test_a_wav_that_claims_no_riff_size_is_read(tmp_path, good):
    assert len(load(tmp_path, patched(good["wav"], 4, "<I", 0))[0]) == SR


@pytest.mark.parametrize("at, form, value, message", [
    (22, "<H", 0, "Channel count is zero"),
    (22, "<H", 200, "claims 200 channels, expected at most 16"),
    (24, "<I", 0, "not a sound file that can be read"),
    (24, "<I", 1, "claims 1 samples a second, expected 1,000 to 768,000"),
    (24, "<I", 0x7FFFFFFF, "claims 2,147,483,647 samples a second"),
    (34, "<H", 0, "not a sound file that can be read"),
    (34, "<H", 64, "not a sound file that can be read"),
    (40, "<I", 0, "holds no samples"),
    (0, "<I", 0, "not a sound file that can be read"),
])  # fmt: skip
def test_a_wav_with_an_impossible_header_is_refused(tmp_path, good, at, form, value, message):
    with pytest.raises(FileFormatError, match=f"lying.wav.*{message}"):
        load(tmp_path, patched(good["wav"], at, form, value))


@pytest.mark.parametrize("ending", ["wav", "ogg", "mp3"])
def test_a_file_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path, ending):
    sound.save_audio(tmp_path / f"x.{ending}", noise(5), SR)
    whole = (tmp_path / f"x.{ending}").read_bytes()
    y, _ = load(tmp_path, whole[: len(whole) // 2], f"x.{ending}")
    assert 1 * SR < len(y) < 3 * SR


def test_a_flac_that_is_cut_off_is_refused(tmp_path, good):
    with pytest.raises(FileFormatError, match="x.flac is not a sound file that can be read.*convert"):
        load(tmp_path, good["flac"][:20000], "x.flac")


def flac_that_claims(data, frames):
    """STREAMINFO has the number of samples in 36 bits, from the middle of byte 21."""
    return (
        data[:21]
        + bytes([data[21] & 0xF0 | frames >> 32])
        + struct.pack(">I", frames & 0xFFFFFFFF)
        + data[26:]
    )


@pytest.mark.parametrize("frames", [0, SR, 100 * SR], ids=["unknown, as in a stream", "right", "too many"])
def test_a_flac_of_unknown_or_wrong_length_is_read_to_its_end(tmp_path, good, frames):
    assert len(load(tmp_path, flac_that_claims(good["flac"], frames), "x.flac")[0]) == SR


@pytest.mark.parametrize("frames, message", [
    (2**36 - 1, "claims 3,116,530 s.*expected at most 3,600 s. Pass max_seconds="),
    (3000 * SR, "claims 3,000 s.*too much for a file of [0-9,]+ bytes"),
])  # fmt: skip
def test_a_giant_length_is_refused_before_memory_is_taken(tmp_path, good, frames, message):
    with pytest.raises(FileFormatError, match=message):
        load(tmp_path, flac_that_claims(good["flac"], frames), "x.flac")


def test_a_small_file_that_holds_an_hour_is_refused_while_it_is_read(tmp_path):
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, np.zeros(400 * 44100, dtype="int16"), 44100, format="FLAC")
    with pytest.raises(FileFormatError, match="too much for a file of"):
        load(tmp_path, flac_that_claims(file.getvalue(), 0), "x.flac")  # the length is not in the header


def test_seconds_are_counted_while_reading(tmp_path, good):
    with pytest.raises(FileFormatError, match="expected at most 0.5 s"):
        load(tmp_path, flac_that_claims(good["flac"], 0), "x.flac", max_seconds=0.5)


def test_a_small_file_is_not_blown_up_by_resampling(tmp_path):
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, np.zeros(60 * 8000, dtype="int16"), 8000, format="FLAC")
    with pytest.raises(FileFormatError, match="at 192000 Hz instead of its 8000 would be 11,520,000 values"):
        load(tmp_path, file.getvalue(), "x.flac", sr=192_000)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_samples_that_are_no_sound_are_placed(tmp_path, value, subtype):
    import soundfile

    y = noise(seconds=4, channels=2)
    y[1, 3 * SR] = value
    file = io.BytesIO()
    soundfile.write(file, y.T, SR, format="WAV", subtype=subtype)
    with pytest.raises(FileFormatError, match=r"not numbers \(nan or inf\) or above.*the first at 3.000 s"):
        load(tmp_path, file.getvalue())


def test_floating_point_samples_above_one_are_kept(tmp_path):
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, np.array([0.0, 3.0, -2.0]), SR, format="WAV", subtype="FLOAT")
    y, _ = load(tmp_path, file.getvalue())
    assert y.tolist() == [0, 3, -2]
    assert np.abs(sound.clean.normalize_peak(y)).max() == pytest.approx(0.9)


@pytest.mark.parametrize("name, data", [
    ("empty.wav", b""), ("html.mp3", b"<html><body>not found</body></html>" * 50),
    ("zeros.mp3", bytes(65536)), ("ones.mp3", b"\xff" * 65536), ("frames.mp3", b"\xff\xfb\x90\x00" * 16384),
    ("magic.flac", b"fLaC" + bytes(99)), ("id3.mp3", b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + bytes(65000)),
    ("midi.wav", b"MThd" + bytes(100)), ("magic.ogg", b"OggS" + bytes(999)),
    ("riff.wav", b"RIFF\0\0\0\0WAVE"), ("x.raw", bytes(999)),
])  # fmt: skip
def test_what_is_no_sound_is_refused_by_name(tmp_path, name, data):
    with pytest.raises(FileFormatError, match=f"{name} (is not a sound file|holds no samples)") as caught:
        load(tmp_path, data, name)
    assert str(tmp_path) not in str(caught.value)  # the name, and no place twice


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "mp3"])
def test_damaged_bytes_give_sound_or_a_sentence(tmp_path, good, ending):
    rng = np.random.default_rng(5)
    sounds = 0
    for _ in range(60):
        data = bytearray(good[ending])
        for at in rng.integers(0, 60 if rng.random() < 0.5 else len(data), rng.integers(1, 20)):
            data[at] = rng.integers(256)
        try:
            y, _ = load(tmp_path, bytes(data), f"x.{ending}")
        except FileFormatError as error:
            assert f"x.{ending}" in str(error)
        else:
            sounds += 1
            assert y.ndim == 1 and y.size and np.isfinite(y).all()
    assert 0 < sounds < 60


# ---------------------------------------------------------------- saving


@pytest.mark.parametrize("samples, sr, bits, ending, message", [
    ([0.0, np.nan], SR, 16, "wav", "expected samples from -1 to 1"),
    ([0.0, 1.2], SR, "float", "wav", "the largest sample is 1.2"),
    ([0.0, np.inf], SR, 32, "wav", "expected samples from -1 to 1"),
    ([0.0], 0, 16, "wav", "sr is 0, expected a whole number"),
    ([0.0], -5, 16, "flac", "sr is -5"),
    ([0.0], 22050.5, 16, "wav", "sr is 22050.5"),
    ([0.0], np.nan, 16, "wav", "sr is nan"),
    ([0.0], 10**9, 16, "wav", "sr is 1000000000"),
    ([0.0], SR, 12, "wav", "WAV has no samples of 12 bits, expected 8, 16, 24, 32, float"),
    ([0.0], SR, 32, "flac", "FLAC has no samples of 32 bits, expected 8, 16, 24"),
    ([0.0], SR, 24, "mp3", "MP3 has no samples of 24 bits, expected 16"),
    ([], SR, 16, "wav", "n at least 1"),
])  # fmt: skip
def test_what_cannot_be_saved_leaves_no_file(tmp_path, samples, sr, bits, ending, message):
    with pytest.raises(MusicMLError, match=message):
        sound.save_audio(tmp_path / f"x.{ending}", np.array(samples), sr, bits=bits)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "x.wav"
    sound.save_audio(path, noise(), SR)
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(MusicMLError, match="x.wav cannot be written: No space left on device. See whether"):
        sound.save_audio(path, noise() / 2, SR)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["x.wav"]


def test_a_folder_is_not_overwritten(tmp_path):
    (tmp_path / "x.wav").mkdir()
    with pytest.raises(MusicMLError, match="cannot be written"):
        sound.save_audio(tmp_path / "x.wav", noise(), SR)
    assert [p.name for p in tmp_path.iterdir()] == ["x.wav"]


def test_a_reader_beside_a_writer_sees_whole_files(tmp_path):
    path, stop = tmp_path / "x.wav", threading.Event()
    sound.save_audio(path, noise(3), SR)

    def write():
        while not stop.is_set():
            sound.save_audio(path, noise(3), SR)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        lengths = {len(sound.load_audio(path)[0]) for _ in range(100)}
    finally:
        stop.set()
        writer.join()
    assert lengths == {3 * SR}


def test_the_same_samples_give_the_same_bytes(tmp_path):
    for ending in ("wav", "flac", "mp3"):
        hashes = set()
        for name in "ab":
            sound.save_audio(tmp_path / f"{name}.{ending}", noise(4, channels=2), SR)
            hashes.add(hashlib.sha256((tmp_path / f"{name}.{ending}").read_bytes()).hexdigest())
        assert len(hashes) == 1
