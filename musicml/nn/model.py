"""Sequential: layers in a row."""

from ..errors import MusicMLError
from .trainer import Trainer


class Sequential(Trainer):
    """The output of each layer is the input of the next.

    Input shape:  that of the first layer
    Output shape: that of the last
    Args:
        seed: start of the model's random numbers (first weights, order of the batches).
    Lesson: stack_layers
    """

    casts_input = False
    takes = ("mask", "cache")

    def __init__(self, layers, name=None, seed=0):
        super().__init__(name=name, seed=seed)
        self.layers = list(layers)
        names = [layer.name for layer in dict.fromkeys(self.layers)]
        if len(set(names)) < len(names):
            raise MusicMLError(
                f"{self!r} received two layers of one name among {names}. Give each its own name=."
            )
        self.input_shape = None

    # --- the function

    def build(self, input_shape):
        self.input_shape = shape = (None, *input_shape[1:])
        for layer in self.layers:
            layer.rng = layer.rng or self.rng
            layer.ensure_built(shape)
            shape = layer.compute_output_shape(shape)
        self.built = True

    def call(self, x, training=False, mask=None, cache=None):
        for layer in self.layers:
            y = layer(x, training=training, **layer.wanted({"mask": mask, "cache": cache}))
            x, mask = y, layer.compute_mask(x, mask)
        self.mask = mask  # which steps of the output are real, for the loss
        return x

    def backward(self, dy):
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy

    def compute_output_shape(self, input_shape):
        for layer in self.layers:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    # --- looking

    def summary(self):
        """Print one line for each layer: name and class, shape of the output, number of weights."""
        print(f"{'layer':<32}{'output shape':<22}{'weights':>10}")
        shape = self.input_shape
        for layer in self.layers:
            shape = layer.compute_output_shape(shape) if self.built else "not built yet"
            print(f"{f'{layer.name} ({type(layer).__name__})':<32}{shape!s:<22}{layer.count_params():>10,}")
        print(f"{'total':<54}{self.count_params():>10,}")
