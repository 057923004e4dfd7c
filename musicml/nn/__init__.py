"""Neural networks in NumPy, to be read: the layers of Keras with their backward passes.

Read ``layer.py``, ``dense.py`` and ``model.py`` in this order, and you know the house.
"""

from .activations import ACTIVATIONS
from .callbacks import Callback, History, ProgressBar
from .config import floatx, set_floatx
from .dense import Activation, Dense, Flatten
from .embedding import Embedding
from .gradcheck import GradientReport, check_gradients
from .initializers import INITIALIZERS
from .layer import Layer, rows
from .losses import BinaryCrossentropy, Loss, MeanSquaredError, SparseCategoricalCrossentropy
from .model import Sequential
from .optimizers import SGD, Adam, Optimizer
from .saving import load_weights, save_weights

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "SGD",
    "Activation",
    "Adam",
    "BinaryCrossentropy",
    "Callback",
    "Dense",
    "Embedding",
    "Flatten",
    "GradientReport",
    "History",
    "Layer",
    "Loss",
    "MeanSquaredError",
    "Optimizer",
    "ProgressBar",
    "Sequential",
    "SparseCategoricalCrossentropy",
    "check_gradients",
    "floatx",
    "load_weights",
    "rows",
    "save_weights",
    "set_floatx",
]
