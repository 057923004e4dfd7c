"""musicml: deep learning, learned through music.

Every idea stands here twice: from scratch in NumPy, to be read, and as its
professional twin, to be used. Importing this package imports neither.
"""

import os

__version__ = "0.1.0"

# Keras picks its backend when it is first imported, and without this it looks
# for TensorFlow. A learner who wants another backend sets the variable first.
os.environ.setdefault("KERAS_BACKEND", "jax")
