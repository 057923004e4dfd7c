"""Sound: in tune, in time, without clicks, never silent, never too loud, the same bytes every time."""

import hashlib
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from musicml import sound
from musicml.errors import FileFormatError, MusicMLError
from musicml.score import Note, Part, Score, melody, pitch_to_frequency

SR = 22050
every_instrument = pytest.mark.parametrize("instrument", sorted(sound.INSTRUMENTS))


def cents_off(samples, frequency, sr):
    """How far the fundamental lies from the wanted frequency, in cents; its mean, where it swings."""
    n = 1 << 19
    samples = samples[len(samples) // 5 :]  # the tone, not its start
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), n)) ** 2
    low, high = (int(frequency * 2 ** (cents / 1200) / sr * n) for cents in (-40, 41))
    near = np.arange(low, high)
    return 1200 * np.log2((power[near] * near).sum() / power[near].sum() * sr / n / frequency)


@every_instrument
@pytest.mark.parametrize("sr, step", [(22050, 4), (44100, 12)])
def test_every_note_is_in_tune(instrument, sr, step):
    for pitch in range(24, 109, step):  # C1 to C8
        frequency = pitch_to_frequency(pitch)
        off = cents_off(sound.tone(frequency, 2.0, sr, instrument), frequency, sr)
        assert abs(off) < 2, f"pitch {pitch} is {off:.2f} cents off"


def test_the_pitch_test_notices_a_detuned_note():
    for cents in (-20, 4):
        assert cents_off(sound.tone(440 * 2 ** (cents / 1200), 2.0), 440, SR) == pytest.approx(cents, abs=0.5)


def test_no_partial_is_folded_back_below_half_the_sample_rate():
    spectrum = np.abs(np.fft.rfft(sound.tone(3000, 1.0, SR, "organ")))
    loud = np.flatnonzero(spectrum > 0.01 * spectrum.max())
    assert {round(k / 3000) * 3000 for k in loud} == {3000, 6000, 9000}
    assert all(min(abs(k - f) for f in (3000, 6000, 9000)) < 40 for k in loud)


@every_instrument
def test_a_tone_begins_and_ends_without_a_click(instrument):
    for pitch in range(33, 97, 4):
        y = sound.tone(pitch_to_frequency(pitch), 0.3, SR, instrument, velocity=127)
        assert y[0] == 0 and y[-1] == pytest.approx(0, abs=1e-12)
        inside = np.abs(np.diff(y)).max()
        assert abs(y[1] - y[0]) < 0.02 * inside and abs(y[-1] - y[-2]) < 0.02 * inside
        assert abs(y.mean()) < 0.01  # no constant part, which would push the loudspeaker out


@every_instrument
def test_a_tone_has_the_length_and_level_it_was_asked_for(instrument):
    assert sound.tone(440, 0.5, SR, instrument).shape == (11025,)
    loud = sound.tone(440, 0.5, SR, instrument, velocity=127)
    soft = sound.tone(440, 0.5, SR, instrument, velocity=40)
    if sound.INSTRUMENTS[instrument].touch:
        assert np.abs(soft).max() < 0.5 * np.abs(loud).max()
    else:
        assert np.allclose(soft, loud * 40 / 127)
    for pitch in range(21, 109):
        peak = np.abs(sound.tone(pitch_to_frequency(pitch), 0.2, SR, instrument, velocity=127)).max()
        assert 0.15 < peak <= 0.9, pitch


def test_a_string_rings_and_fades():
    y = sound.tone(220, 3.0, SR, "pluck")
    early, late = (np.sqrt((y[a : a + SR // 4] ** 2).mean()) for a in (0, 2 * SR))
    assert 0.005 * early < late < 0.2 * early


@pytest.mark.parametrize("length", [1, 2, 3, 10, 50])
@every_instrument
def test_the_shortest_tones_are_possible(instrument, length):
    assert sound.tone(440, length / SR, SR, instrument).shape == (length,)


def test_strings_from_the_lowest_to_the_highest_are_finite():
    for pitch in range(0, 124):
        assert np.isfinite(sound.tone(pitch_to_frequency(pitch), 0.05, SR, "pluck")).all()


@pytest.mark.parametrize("frequency", [0, -1, 11025, 1e9, float("nan")])
def test_a_frequency_that_cannot_be_sampled_is_refused(frequency):
    with pytest.raises(MusicMLError, match="less than half of it, 11025 Hz. Lower"):
        sound.tone(frequency, 1)


def test_wrong_words_are_refused_with_the_right_ones():
    with pytest.raises(MusicMLError, match='did you mean "pluck"'):
        sound.tone(440, 1, instrument="plucked")
    with pytest.raises(MusicMLError, match="sr is 0"):
        sound.synthesize(melody([60]), sr=0)
    with pytest.raises(MusicMLError, match="lasts -1 s"):
        sound.tone(440, -1)


# ---------------------------------------------------------------- scores


@every_instrument
def test_a_score_lasts_as_long_as_its_tempo_map_says(instrument):
    score = Score(
        [Part([Note(0, 69, 4), Note(4, 72, 4)])], tempos=((Fraction(0), 120.0), (Fraction(4), 60.0))
    )
    y = sound.synthesize(score, SR, instrument)
    assert 6.0 <= len(y) / SR <= 6.3 + (instrument == "bell")  # 2 s + 4 s, and the fade; a bell rings on
    first, second = y[: 2 * SR], y[int(2.3 * SR) : 4 * SR]
    assert abs(cents_off(first, 440, SR)) < 2
    assert abs(cents_off(second, pitch_to_frequency(72), SR)) < 2


def test_notes_start_when_the_score_says():
    y = sound.synthesize(melody([60, None, 64], 1, tempo=60), SR, "sine")
    loud = np.abs(y) > 0.05
    assert (
        loud[: SR // 2].any()
        and not loud[int(1.1 * SR) : 2 * SR].any()
        and loud[2 * SR : int(2.1 * SR)].any()
    )


def test_parts_are_added():
    low, high = melody([48], 2), melody([64], 2)
    both = Score([*low.parts, *high.parts])
    mixed = sound.synthesize(low) + sound.synthesize(high)
    assert np.allclose(sound.synthesize(both), mixed * (0.9 / max(0.9, np.abs(mixed).max())))


@every_instrument
def test_forty_loud_voices_do_not_clip(instrument):
    crowd = Score([Part([Note(0, pitch, 1, 127)]) for pitch in range(40, 80)])
    assert np.abs(sound.synthesize(crowd, SR, instrument)).max() == pytest.approx(0.9)


def test_a_soft_score_stays_softer_than_a_loud_one():
    loud, soft = (np.abs(sound.synthesize(melody([60, 64], velocity=v))).max() for v in (110, 30))
    assert soft == pytest.approx(loud * 30 / 110)


def test_drums_are_heard_and_notes_too_high_for_the_samples_are_left_out():
    drums = sound.synthesize(Score([Part([Note(0, 36, 1), Note(1, 42, 1)], is_drums=True)]))
    assert np.abs(drums).max() > 0.1
    assert not sound.synthesize(melody([127])).any()


def test_a_score_without_notes_is_no_samples():
    assert sound.synthesize(Score()).shape == (0,)


def test_a_score_of_four_hours_is_refused():
    score = Score([Part([Note(0, 60, 1), Note(28_800, 60, 1)])], title="Endless")
    with pytest.raises(MusicMLError, match=r'"Endless" lasts 14,400 s \(4.0 h\).*score.slice'):
        sound.synthesize(score)


def test_equal_notes_of_different_length_sound_equal_while_they_last():
    short, long = (sound.synthesize(melody([60], beats)) for beats in (1, 3))
    assert np.array_equal(short[: SR // 4], long[: SR // 4])


# ---------------------------------------------------------------- samples and files


def test_to_int16():
    assert sound.to_int16([0, 1, -1, 0.5]).tolist() == [0, 32767, -32767, 16384]
    assert sound.to_int16(np.zeros(0)).shape == (0,)
    for bad in ([1.5], [np.nan], [-np.inf]):
        with pytest.raises(MusicMLError, match="expected samples from -1 to 1"):
            sound.to_int16(bad)


SAME_BYTES = """
import hashlib, warnings
warnings.simplefilter("error")
from musicml import sound
from musicml.score import melody
for instrument in sorted(sound.INSTRUMENTS):
    y = sound.synthesize(melody([60, 64, 67, 72], 1), instrument=instrument)
    for data in (sound.to_int16(y).tobytes(), sound.encode_mp3(y, 22050)):
        print(hashlib.sha256(data).hexdigest())
"""


def test_two_processes_make_the_same_bytes():
    runs = [
        subprocess.run([sys.executable, "-c", SAME_BYTES], capture_output=True, text=True, check=True)
        for _ in "ab"
    ]
    assert runs[0].stdout == runs[1].stdout
    hashes = runs[0].stdout.split()
    assert len(set(hashes)) == 2 * len(sound.INSTRUMENTS)


@pytest.mark.parametrize(
    "instrument, start",
    [("sine", "0bdd70276a0076ce"), ("organ", "c29fb9d832618d85"), ("pluck", "760a51e31afb34ee")],
)
def test_the_sounds_in_the_lessons_stay_as_they_are(instrument, start):
    """The lessons' outputs hold these sounds, and are compared byte by byte."""
    y = sound.synthesize(melody([60, 64, 67, 72], 1), instrument=instrument)
    assert hashlib.sha256(sound.to_int16(y).astype("<i2").tobytes()).hexdigest().startswith(start)


def test_an_mp3_is_small_and_decodes_to_the_sound(tmp_path):
    y = sound.synthesize(melody([60, 64, 67, 72] * 5, 1, tempo=120))
    data = sound.encode_mp3(y, SR)
    assert len(data) < 3_000 * len(y) / SR
    (tmp_path / "x.mp3").write_bytes(data)
    back, sr = sound.load_audio(tmp_path / "x.mp3")
    assert sr == SR and abs(len(back) - len(y)) < 0.1 * SR
    assert abs(np.sqrt((back**2).mean()) / np.sqrt((y**2).mean()) - 1) < 0.05


@pytest.mark.parametrize("ending, tolerance", [("wav", 5e-5), ("flac", 5e-5), ("ogg", 0.2), ("mp3", 0.2)])
def test_what_is_saved_is_loaded(tmp_path, ending, tolerance):
    y = sound.tone(440, 0.5, SR, "organ")
    sound.save_audio(tmp_path / f"x.{ending}", y, SR)
    back, sr = sound.load_audio(tmp_path / f"x.{ending}")
    assert sr == SR and back.dtype == np.float32 and back.ndim == 1
    n = min(len(y), len(back))
    assert n > 0.95 * len(y) and np.abs(back[:n] - y[:n]).max() < tolerance
    assert [p.name for p in tmp_path.iterdir()] == [f"x.{ending}"]  # no half-written file is left


def test_stereo_and_mono(tmp_path):
    left, right = sound.tone(440, 0.2), sound.tone(660, 0.2)
    sound.save_audio(tmp_path / "x.wav", np.stack([left, right]), SR)
    both, _ = sound.load_audio(tmp_path / "x.wav", mono=False)
    assert both.shape == (2, len(left)) and np.abs(both[1] - right).max() < 5e-5
    one, _ = sound.load_audio(tmp_path / "x.wav")
    assert np.abs(one - (left + right) / 2).max() < 5e-5


@pytest.mark.parametrize("new", [16000, 44100])
def test_loading_at_another_rate_keeps_pitch_and_length(tmp_path, new):
    sound.save_audio(tmp_path / "x.wav", sound.tone(440, 1.0), SR)
    y, sr = sound.load_audio(tmp_path / "x.wav", sr=new)
    assert sr == new and y.dtype == np.float32 and len(y) == pytest.approx(new, abs=2)
    assert abs(cents_off(y, 440, new)) < 1


def test_bad_sound_files_are_named(tmp_path):
    (tmp_path / "text.wav").write_text("this is no sound")
    (tmp_path / "empty.mp3").write_bytes(b"")
    whole = sound.encode_mp3(sound.tone(440, 0.2), SR)
    cases = {
        "text.wav": "not a sound file",
        "empty.mp3": "not a sound file",
        "absent.wav": "does not exist",
        ".": "is a folder",
    }
    for name, message in cases.items():
        with pytest.raises(FileFormatError, match=message):
            sound.load_audio(tmp_path / name)
    for cut in range(0, len(whole), 97):  # a damaged file is read as far as it goes, or refused by name
        (tmp_path / "cut.mp3").write_bytes(whole[:cut])
        try:
            sound.load_audio(tmp_path / "cut.mp3")
        except FileFormatError as error:
            assert "cut.mp3" in str(error)


def test_a_long_file_is_refused_before_it_is_read(tmp_path):
    sound.save_audio(tmp_path / "x.wav", sound.tone(440, 2.0), SR)
    with pytest.raises(FileFormatError, match="x.wav claims 2 s in 1 channels, expected at most 1 s"):
        sound.load_audio(tmp_path / "x.wav", max_seconds=1)


def test_samples_that_cannot_be_saved_are_refused(tmp_path):
    y = sound.tone(440, 0.1)
    with pytest.raises(FileFormatError, match='ends in ".doc"'):
        sound.save_audio(tmp_path / "x.doc", y, SR)
    with pytest.raises(MusicMLError, match="MP3 has no sample rate 22000"):
        sound.save_audio(tmp_path / "x.mp3", y, 22000)
    with pytest.raises(MusicMLError, match="shape"):
        sound.save_audio(tmp_path / "x.wav", np.zeros((100, 2)), SR)
    with pytest.raises(MusicMLError, match="the folder of"):
        sound.save_audio(tmp_path / "no" / "x.wav", y, SR)
    assert list(tmp_path.iterdir()) == []


def test_a_saved_wav_is_the_same_file_every_time(tmp_path):
    hashes = set()
    for name in "ab":
        sound.save_audio(tmp_path / f"{name}.wav", sound.synthesize(melody([60, 62])), SR)
        hashes.add(hashlib.sha256((tmp_path / f"{name}.wav").read_bytes()).hexdigest())
    assert len(hashes) == 1
