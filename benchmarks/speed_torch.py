"""The networks of speed_worker.py in plain PyTorch, as one would write them there."""

import numpy as np
import torch
from speed_worker import BATCH, TIMES, VOCABULARY, Stopwatch, data
from torch import nn
from torch.nn import functional as F


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.embed, self.loop = nn.Embedding(VOCABULARY, 64), kind(64, 128, batch_first=True)
        self.out = nn.Linear(128, VOCABULARY)

    def forward(self, x):
        return self.out(self.loop(self.embed(x))[0])


class Block(nn.Module):
    def __init__(self, width=128, heads=4, inside=512):
        super().__init__()
        self.heads = heads
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query_key_value, self.output = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.dense = nn.Sequential(nn.Linear(width, inside), nn.GELU(), nn.Linear(inside, width))

    def forward(self, x):
        B, T, D = x.shape
        parts = self.query_key_value(self.norm_1(x)).view(B, T, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        heard = F.scaled_dot_product_attention(*parts, is_causal=True).transpose(1, 2).reshape(B, T, D)
        x = x + self.output(heard)
        return x + self.dense(self.norm_2(x))


class Transformer(nn.Module):
    def __init__(self, width=128):
        super().__init__()
        self.embed, self.positions = nn.Embedding(VOCABULARY, width), nn.Embedding(TIMES, width)
        self.blocks = nn.Sequential(Block(), Block())
        self.out = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, VOCABULARY))

    def forward(self, x):
        return self.out(self.blocks(self.embed(x) + self.positions.weight[: x.shape[1]]))


def conv2d():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(800, 10),
    )  # fmt: skip


def mlp():
    return nn.Sequential(nn.Linear(128, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))


MODULES = {
    "mlp": mlp,
    "lstm": lambda: Recurrent(nn.LSTM),
    "gru": lambda: Recurrent(nn.GRU),
    "transformer": Transformer,
    "conv2d": conv2d,
}


class PyTorch:
    def __init__(self, cores):
        torch.set_num_threads(cores)
        self.models, self.versions = {}, {"torch": torch.__version__}

    def model(self, task):
        if task not in self.models:
            model = MODULES[task]()
            self.models[task] = model, torch.optim.Adam(model.parameters(), 0.001)
        return self.models[task]

    def train(self, task, steps):
        (model, optimizer), watch = self.model(task), Stopwatch(steps)
        x, y = data(task, steps + 1)
        x = torch.tensor(np.moveaxis(x, -1, 1).copy() if task == "conv2d" else x)
        y, size = torch.tensor(y, dtype=torch.int64), BATCH[task]
        order = torch.randperm(len(x))
        for step in range(steps + 1):
            batch = order[step * size : (step + 1) * size]
            optimizer.zero_grad()
            z = model(x[batch])
            loss = F.cross_entropy(z.flatten(0, -2), y[batch].flatten())
            loss.backward()
            optimizer.step()
            if step in (0, steps):
                watch.mark()
        return watch.seconds

    def generate(self, length):
        """One tune: the network runs on all of what there is so far, for every note."""
        (model, _), watch, tune = (
            self.model("transformer"),
            Stopwatch(length - 1),
            torch.zeros(1, 1, dtype=int),
        )
        with torch.no_grad():
            for _ in range(length):
                tune = torch.cat([tune, model(tune)[:, -1:].argmax(-1)], dim=1)
                watch.mark()
        return watch.seconds
