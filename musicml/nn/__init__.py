"""Neural networks in NumPy, to be read: the layers of Keras with their backward passes.

Read ``layer.py``, ``dense.py`` and ``model.py`` in this order, and you know the house.
"""

from .activations import ACTIVATIONS
from .attention import MultiHeadAttention
from .branches import Branches
from .cache import KeyValueCache
from .callbacks import (
    BackupAndRestore,
    Callback,
    EarlyStopping,
    History,
    LearningRateScheduler,
    ModelCheckpoint,
    ProgressBar,
)
from .config import floatx, set_floatx
from .convolution import Conv1D, Conv2D
from .dense import Activation, Dense
from .embedding import Embedding
from .gated import GRU, LSTM
from .gradcheck import GradientReport, check_gradients
from .initializers import INITIALIZERS
from .layer import Layer, rows
from .losses import BinaryCrossentropy, Loss, MeanSquaredError, SparseCategoricalCrossentropy
from .model import Sequential
from .normalization import BatchNormalization, LayerNormalization
from .optimizers import SGD, Adam, AdamW, CosineDecay, Optimizer, RMSprop
from .pooling import GlobalAveragePooling1D, GlobalAveragePooling2D, MaxPooling1D, MaxPooling2D
from .recurrent import SimpleRNN
from .saving import load_weights, save_weights
from .shaping import Dot, Dropout, Flatten, Reshape
from .transformer import PositionEmbedding, Residual, TransformerBlock

__all__ = [
    "ACTIVATIONS",
    "GRU",
    "INITIALIZERS",
    "LSTM",
    "SGD",
    "Activation",
    "Adam",
    "AdamW",
    "BackupAndRestore",
    "BatchNormalization",
    "BinaryCrossentropy",
    "Branches",
    "Callback",
    "Conv1D",
    "Conv2D",
    "CosineDecay",
    "Dense",
    "Dot",
    "Dropout",
    "EarlyStopping",
    "Embedding",
    "Flatten",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GradientReport",
    "History",
    "KeyValueCache",
    "Layer",
    "LayerNormalization",
    "LearningRateScheduler",
    "Loss",
    "MaxPooling1D",
    "MaxPooling2D",
    "MeanSquaredError",
    "ModelCheckpoint",
    "MultiHeadAttention",
    "Optimizer",
    "PositionEmbedding",
    "ProgressBar",
    "RMSprop",
    "Reshape",
    "Residual",
    "Sequential",
    "SimpleRNN",
    "SparseCategoricalCrossentropy",
    "TransformerBlock",
    "check_gradients",
    "floatx",
    "load_weights",
    "rows",
    "save_weights",
    "set_floatx",
]
