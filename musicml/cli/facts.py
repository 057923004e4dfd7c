"""What is in a file, in lines of text: for ``musicml show``."""


def describe_score(score):
    """What is in a score, in lines of text."""
    from ..score.notation import bar_lines, fifths_at, key_words, spelled_name
    from ..sound import instrument_of

    if not score.notes:
        return f"{score.title or '(no title)'}: no notes"
    bars = len(bar_lines(score, score.duration)) - (score.pickup > 0)
    fifths = fifths_at(score)[0][1]
    later = len(score.time_signatures) - 1
    tempo_changes = len(score.tempos) - 1
    lines = [
        ("title", score.title or "-"),
        *((key, value) for key, value in score.metadata.items() if key in ("composer", "rhythm") and value),
        ("key", key_words(score.key) or "not given"),
        ("metre", "/".join(map(str, score.time_signature)) + _more(later)),
        ("tempo", f"{score.tempo:g} quarter notes a minute" + _more(tempo_changes)),
        ("length", f"{bars} bars, {float(score.duration):g} beats, {time(score.seconds(score.duration))}"),
        ("parts", str(len(score.parts))),
    ]
    for number, part in enumerate(score.parts, 1):
        if part.notes:
            pitches = [note.pitch for note in part.notes]
            span = f"{spelled_name(min(pitches), fifths)} to {spelled_name(max(pitches), fifths)}"
            voice = "drums" if part.is_drums else f"{span}, {instrument_of(part.program)}"
        else:
            voice = "silent"
        lines.append((f"  {number}", f"{part.name or '(no name)'}: {len(part.notes)} notes, {voice}"))
    return "\n".join(f"{name:8s}  {value}" for name, value in lines)


def describe_sound(name, samples, sr):
    """What is in a sound of shape (channels, n), in lines of text."""
    import numpy as np

    peak, rms = float(np.abs(samples).max()), float(np.sqrt(np.mean(np.square(samples, dtype="float64"))))
    lines = [
        ("file", name),
        ("length", f"{time(samples.shape[1] / sr)}, {samples.shape[1]:,} samples at {sr:,} a second"),
        ("channels", {1: "1 (mono)", 2: "2 (stereo)"}.get(len(samples), len(samples))),
        ("peak", f"{peak:.3f} ({_decibels(peak)} below full scale)" if peak else "0: it is silent"),
        ("loudness", f"{rms:.3f} ({_decibels(rms)} below full scale, root mean square)" if rms else "0"),
    ]
    return "\n".join(f"{name:8s}  {value}" for name, value in lines)


def _more(changes):
    return f", and {changes} change{'s' if changes > 1 else ''} later" if changes else ""


def time(seconds):
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {seconds % 60:02.0f} s"


def _decibels(value):
    from math import log10

    return f"{-20 * log10(value):.1f} dB" if value < 1 else "0 dB"
