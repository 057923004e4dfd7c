"""What may come out of a reader: what the file is, or a MusicMLError that helps; in time and in silence."""

import math
import re
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

MAX_CPU = 5.0  # seconds
MAX_MEGABYTES = 200
MAX_MESSAGE = 700  # characters

# A next step begins with one of these, at the start of a sentence or after a comma, "or" or "and".
VERBS = (
    "Add|Check|Choose|Convert|Correct|Delete|Download|Export|Give|Install|Join|Leave out|Look|Make|Move|Open|"
    "Pass|Play|Put|Record|Remove|Rename|Repair|Save|Set|Split|Transpose|Try|Unpack|Use|Write|Perhaps"
)
NEXT_STEP = re.compile(rf"(?:[.:;,)] |\bor |\band )(?:{VERBS})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Case:
    """One bad file and what must happen.

    name: the file's name; its ending may lie.
    data: the bytes, or a function that makes them.
    says: regular expression that the refusal matches, apart from the name; None: it loads.
    holds: function of what was loaded, true if it is right; with ``says`` given too, both are allowed.
    reader: see worker.readers.
    """

    name: str
    data: object
    says: str | None = None
    holds: object = None
    reader: str = "score"

    def content(self):
        return self.data() if callable(self.data) else self.data


def verdict(outcome, name, case=None):
    """Everything that is wrong with an outcome, as a list of sentences; empty when it may be so."""
    wrong = [f"noise: {noise}" for noise in outcome.noise]
    if outcome.kind not in ("loaded", "refused"):
        return [f"{outcome.kind}: {outcome.error} {outcome.value}", *wrong]
    if outcome.cpu > MAX_CPU:
        wrong.append(f"took {outcome.cpu:.1f} s of processor time, allowed {MAX_CPU:g}")
    if outcome.megabytes > MAX_MEGABYTES:
        wrong.append(f"memory grew by {outcome.megabytes:.0f} MB, allowed {MAX_MEGABYTES}")
    if outcome.kind == "refused":
        wrong += message_faults(outcome.value, name)
        if case and case.says is None:
            wrong.append(f"refused, but is good enough to load: {outcome.value}")
        elif case and not re.search(case.says, outcome.value.replace(name, "")):
            wrong.append(f'the message does not match "{case.says}": {outcome.value}')
        return wrong
    if case and case.holds is None:
        return [*wrong, f"loaded, expected a refusal that matches {case.says}"]
    results = outcome.value if isinstance(outcome.value, list) else [outcome.value]
    for result in results:
        wrong += sound_faults(*result) if isinstance(result, tuple) else score_faults(result)
    if case and not wrong and not case.holds(outcome.value):
        wrong.append(f"loaded as something else than it is: {str(outcome.value)[:500]}")
    return wrong


def message_faults(message, name):
    """What keeps a message from helping."""
    wrong = []
    if name not in message:
        wrong.append(f'the message does not name the file "{name}"')
    if not NEXT_STEP.search(message):
        wrong.append("the message has no next step")
    if not message.isprintable():
        wrong.append("the message has unprintable characters")
    if re.search(r"\b[A-Z]\w*(Error|Exception)\b|object at 0x|Traceback", message):
        wrong.append("the message speaks of Python's insides")
    if len(message) > MAX_MESSAGE:
        wrong.append(f"the message has {len(message):,} characters, allowed {MAX_MESSAGE}")
    if not message.endswith((".", ")", "?")):
        wrong.append("the message ends in the middle of a sentence")
    return [f"{fault}: {message[:400]!r}" for fault in wrong]


def score_faults(score):
    """What is impossible in a Score: each number in its range, exact, and usable further on."""
    wrong = []
    for part in score.parts:
        for note in part.notes:
            exact = type(note.onset) is type(note.duration) is Fraction
            if not exact or note.onset < 0 or note.duration <= 0:
                wrong.append(f"impossible note {note}")
            elif not 0 <= note.pitch <= 127 or not 1 <= note.velocity <= 127:
                wrong.append(f"impossible note {note}")
        if type(part.name) is not str or type(part.is_drums) is not bool or not 0 <= part.program <= 127:
            wrong.append(f"impossible part {part.name!r}, program {part.program}")
    for what in ("tempos", "time_signatures", "keys"):
        beats = [beat for beat, _ in getattr(score, what)]
        if beats[0] != 0 or beats != sorted(set(beats)):
            wrong.append(f"{what} do not begin at 0 or are out of order: {beats[:5]}")
    if not all(0 < bpm < math.inf for _, bpm in score.tempos):
        wrong.append(f"impossible tempos {score.tempos[:5]}")
    if not all(top > 0 and 0 < bottom <= 1024 for _, (top, bottom) in score.time_signatures):
        wrong.append(f"impossible metres {score.time_signatures[:5]}")
    if not 0 <= score.pickup <= Fraction(4 * score.time_signature[0], score.time_signature[1]):
        wrong.append(f"impossible pickup {score.pickup}")
    if type(score.title) is not str:
        wrong.append(f"impossible title {score.title!r}")
    if not math.isfinite(score.seconds(score.duration)) or score.seconds(score.duration) > 24 * 3600:
        wrong.append(f"lasts {score.seconds(score.duration)} s")
    return wrong[:5]


def sound_faults(samples, rate):
    """What is impossible in loaded samples."""
    wrong = []
    if samples.dtype != np.float32 or samples.ndim not in (1, 2) or samples.size == 0:
        wrong.append(f"samples of type {samples.dtype} and shape {samples.shape}")
    elif not np.isfinite(samples).all():
        wrong.append("samples that are not numbers")
    if type(rate) is not int or not 100 <= rate <= 1_000_000:
        wrong.append(f"a rate of {rate!r}")
    return wrong
