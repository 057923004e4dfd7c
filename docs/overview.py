"""Draw docs/overview.png, the picture in README.md: three moments of the course, all of them real.

Run it with ``python docs/overview.py``.
"""

from pathlib import Path

import numpy as np

from musicml import corpora, generate, nn, recipes, show, twin
from musicml.score import MelodyTokens, pitch_to_frequency, pitch_to_name

plt = show.picture.plt
fig, axes = plt.subplots(1, 3, figsize=(13, 3.9), width_ratios=(1, 1, 1.8))

# 1. A line: pitch and log2 of frequency.
pitches = np.arange(57, 82, 2)
octaves = np.log2(pitch_to_frequency(pitches)) + np.random.default_rng(0).normal(0, 0.03, pitches.shape)
w, b = np.polyfit(pitches, octaves, 1)
axes[0].plot(pitches, octaves, "o", color=show.COLOURS["data"], label="notes, with some scatter")
axes[0].plot(pitches, w * pitches + b, color=show.COLOURS["model"], label="the line you derive")
axes[0].set(title="1. Derive it", xlabel="MIDI number of the note", ylabel="log2 of its frequency in Hz")
axes[0].legend()

# 2. The same network in NumPy and in Keras.
vocabulary = MelodyTokens()
ours, card = generate.pretrained("melody_mlp")
theirs = recipes.melody_mlp(twin, **card["arguments"])
theirs.build((None, card["context"]))
twin.copy_weights(ours, theirs)
tune = next(tune for tune in corpora.load("irish").test if tune.metadata["name"] == "1053")  # The Connachman
x, _ = generate.windows(vocabulary.encode(tune, ends=True), card["context"])
a, b = nn.ACTIVATIONS["softmax"](ours(x[8:9]))[0], nn.ACTIVATIONS["softmax"](np.array(theirs(x[8:9])))[0]
axes[1].plot([1e-8, 1], [1e-8, 1], color=show.COLOURS["truth"], linewidth=1)
axes[1].loglog(a, b, "o", color=show.COLOURS["data"], markersize=4)
axes[1].set(
    title="2. Build it twice: the same numbers",
    xlabel="p(next note), our NumPy",
    ylabel="p(next note), Keras",
)

# 3. What it writes after four notes.
prompt = vocabulary.encode(tune, ends=True)[:5]
tokens = generate.sample(
    generate.next_token_logits(ours, card["context"]), prompt, 44, temperature=0.9, top_p=0.9, seed=3
)
notes = vocabulary.decode(tokens[tokens != vocabulary.END]).notes
for n, note in enumerate(notes):
    colour = show.COLOURS["data" if n < 4 else "model"]
    axes[2].barh(note.pitch, float(note.duration) * 0.92, left=float(note.onset), height=0.85, color=colour)
ticks = sorted({note.pitch for note in notes if "#" not in pitch_to_name(note.pitch)})
axes[2].set_yticks(ticks, [pitch_to_name(pitch) for pitch in ticks])
axes[2].set(
    title="3. Let it write: four notes given (blue), then the network", xlabel="beats", ylabel="pitch"
)
axes[2].grid(axis="y", visible=False)

fig.savefig(Path(__file__).with_name("overview.png"), dpi=110, metadata={"Software": None})
