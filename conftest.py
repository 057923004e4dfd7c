"""What holds for every test and every notebook that pytest runs, however it is called."""

import os
import tempfile

# Before NumPy and Keras are imported.
os.environ["MUSICML_PROGRESS"] = "0"
os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # kind to a busy machine, and sums in one order


def pytest_configure(config):
    if config.option.nbval or config.option.nbval_lax:
        from musicml.classroom.build import kernel_environment

        folder = tempfile.TemporaryDirectory(prefix="musicml-kernels-", ignore_cleanup_errors=True)
        config.add_cleanup(folder.cleanup)
        os.environ.update(kernel_environment(folder.name))  # notebooks are tested as they are built
    else:
        from hypothesis import settings

        os.environ["MPLBACKEND"] = "agg"  # no window
        settings.register_profile("musicml", deadline=None)  # tests check, benchmarks time
        settings.load_profile("musicml")
