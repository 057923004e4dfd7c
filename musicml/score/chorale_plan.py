"""What is known of a four-part chorale before each of its notes: the input of a model that writes one.

    T   steps (sixteenth notes) in the piece
    4T  tokens of ChoraleTokens: soprano, alto, tenor, bass of step 0, then of step 1, ...
    F   facts

For each token there is one row of facts, 0 or 1: its sum of embeddings is ``Dense(width)``. Two kinds:

    the plan   key, length, bars, and where the lines of the hymn end (fermatas). It is given before the first
               note, for the whole piece. A score in nats under this plan is conditional on it.
    the past   what the four voices sing at this moment, read from earlier tokens alone.

Music is moved so that its tonic is a C: a model learns harmony once, and not twelve times. One fact tells
where the music really lies, for voices can sing only so high. Choirs do the same and call it movable do.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..errors import MusicMLError
from .chorale_grid import VOICES, ChoraleTokens
from .endings import final_third, final_tonic, signature_third
from .tokens import check_tokens
from .windows import place_in_bar

SOUNDS = ChoraleTokens().size - 3  # a rest and 58 pitches
# Each group of facts and how many it has. At most one of a group is 1, but for struck and chord.
FACTS = {
    "voice": 4,  # S A T B: which voice comes now
    "place": 24,  # which sixteenth of its bar
    "metre": 3,  # 4/4, 3/4, another
    "until": 32,  # sixteenths until the next fermata; 0 under it, 31 for 31 or more, none after the last
    "end": 32,  # beats until the piece ends; 31 for 31 or more
    "tonic": 12,  # where the piece really lies
    "mode": 2,  # major, minor
    "before 1": SOUNDS,  # what the voice of the token before sings
    "before 2": SOUNDS,  # of the token two before
    "before 3": SOUNDS,
    "before 4": SOUNDS,  # what this voice sang in the last step
    "struck": 4,  # whether the notes of "before 1" to "before 4" began there, or were held
    "held": 16,  # how many sixteenths this voice has sung its note; 16 for 16 or more
    "chord": 12,  # pitch classes of the voices that are settled in this step
}
STARTS = dict(zip(FACTS, np.cumsum([0, *FACTS.values()]).tolist(), strict=False))
NUM_FACTS = sum(FACTS.values())


@dataclass(frozen=True, eq=False)
class ChoralePlan:
    """What is settled before the first note of a chorale.

    place    (T,) int64, which sixteenth of its bar each step is
    bar      sixteenths in a bar: 16 in 4/4, 12 in 3/4
    fermata  (T,) bool, a line of the hymn ends in this step
    tonic    pitch class of the tonic, 0 to 11
    mode     "major" or "minor"
    """

    place: np.ndarray
    bar: int
    fermata: np.ndarray
    tonic: int
    mode: str

    @property
    def shift(self):
        """Semitones that move this key to C by the shorter way: -6 to 5."""
        return (6 - self.tonic) % 12 - 6

    def transpose(self, semitones):
        """The plan of the same piece, sung higher by ``semitones``."""
        return replace(self, tonic=(self.tonic + semitones) % 12)


def chorale_plan(chorale):
    """The plan of a Chorale. Tonic: its last bass note; mode: the third that its signature puts on it."""
    if not all(hasattr(chorale, name) for name in ("grid", "bars", "fermata", "sharps")):
        raise MusicMLError(
            f"chorale_plan received {type(chorale).__name__}, expected a Chorale: only its bars and fermatas "
            "are a plan. Take one of corpora.load('chorales')."
        )
    tonic = final_tonic(chorale)
    bars = chorale.bars
    return ChoralePlan(
        place=place_in_bar(bars, len(chorale.grid)),
        bar=int(bars[1] - bars[0]) if len(bars) > 1 else 16,
        fermata=np.asarray(chorale.fermata).any(axis=1),
        tonic=tonic,
        mode=signature_third(chorale.sharps, tonic) or final_third(chorale) or "major",
    )


def chorale_example(chorale, semitones=0):
    """A Chorale as an example to learn from, sung higher by ``semitones``.

    Returns:
        x (4T, F) float32, the facts of each token; y (4T,) int64, the tokens, with the tonic moved to C.
    """
    plan = chorale_plan(chorale).transpose(semitones)
    tokens = ChoraleTokens()
    y = tokens.transpose(tokens.encode(chorale), semitones + plan.shift)
    return chorale_inputs(y, plan)[: len(y)], y


def chorale_inputs(tokens, plan, first=0):
    """The row of facts for each token, and for the next one that is to be written.

    Row n is made of the plan and of tokens 0 to n - 1. Later tokens do not change it.

    Args:
        tokens: (n,) tokens so far, voices in turn, moved by ``plan.shift``; they may be empty.
        plan: a ChoralePlan of T steps.
        first: leave out the rows before this one.

    Returns:
        (n + 1 - first, F) float32 of 0 and 1; one row fewer where the tokens fill the plan.
    """
    tokens, total = check_tokens(tokens, ChoraleTokens().size), 4 * len(plan.place)
    if len(tokens) > total:
        raise MusicMLError(
            f"chorale_inputs received {len(tokens)} tokens and a plan of {len(plan.place)} steps, expected "
            f"at most {total} tokens. Pass the plan of this piece, and tokens without START and END."
        )
    n = np.arange(first, min(len(tokens) + 1, total))
    step, voice = n // 4, n % 4
    sound, since = _sounding(tokens)
    x = np.zeros((len(n), NUM_FACTS), dtype="float32")

    def mark(name, value, where=True):
        rows = np.flatnonzero(np.broadcast_to(where, n.shape))
        x[rows, STARTS[name] + np.broadcast_to(value, n.shape)[rows]] = 1

    mark("voice", voice)
    mark("place", plan.place[step] % FACTS["place"])
    mark("metre", {16: 0, 12: 1}.get(plan.bar, 2))
    until = _until(plan.fermata)[step]
    mark("until", until.clip(0, 31), until >= 0)
    mark("end", ((len(plan.place) - 1 - step) // 4).clip(0, 31))
    mark("tonic", plan.tonic)
    mark("mode", ("major", "minor").index(plan.mode))
    for back in 1, 2, 3, 4:
        at = n + 4 - back  # four silent tokens stand before the piece
        mark(f"before {back}", sound[at])
        mark("struck", back - 1, (since[at] == at // 4) & (sound[at] > 0))
        mark("chord", (sound[at] - 1 + ChoraleTokens.LOWEST) % 12, (back <= voice) & (sound[at] > 0))
    mark("held", (step - since[n]).clip(0, 15), step > 0)
    return x


def _sounding(tokens):
    """What each voice sings from the token on, 0 for a rest, and since which step; four silent tokens first.

    The steps count the silent one as step 0.
    """
    tokens = np.concatenate([np.full(4, ChoraleTokens.REST), tokens])
    filled = np.append(tokens, np.full(-len(tokens) % 4, ChoraleTokens.HOLD)).reshape(-1, 4)
    steps = np.arange(len(filled))[:, None]
    since = np.maximum.accumulate(np.where(filled != ChoraleTokens.HOLD, steps, 0), axis=0)
    sound = np.take_along_axis(filled, since, axis=0) - 3  # REST is 2, the lowest pitch is 4
    return np.maximum(sound, 0).reshape(-1), since.reshape(-1)


def _until(fermata):
    """(T,) steps until the next step with a fermata, 0 under it, -1 after the last."""
    steps = np.arange(len(fermata))
    following = np.minimum.accumulate(np.where(fermata, steps, len(steps))[::-1])[::-1]
    return np.where(following < len(steps), following - steps, -1)


def fact_names(row):
    """The facts that are 1 in a row (F,), in words: ["voice S", "place 0", ..., "before 4 C5", ...]."""
    tokens, names = ChoraleTokens(), []
    for name, size in FACTS.items():
        for i in np.flatnonzero(row[STARTS[name] : STARTS[name] + size]).tolist():
            words = {"voice": VOICES, "metre": ("4/4", "3/4", "other"), "mode": ("major", "minor")}.get(name)
            if name.startswith("before"):
                value = tokens.name(i + 3) if i else "REST"
            else:
                value = words[i] if words else i + 1 if name in ("held", "struck") else i
            names.append(f"{name} {value}")
    return names
