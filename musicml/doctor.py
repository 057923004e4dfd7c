"""``musicml doctor``: does everything the course needs work here, and if not, what to do.

One function a matter. It returns what was found, in one line, or raises
MusicMLError with the next step. None is stopped by another's failure.
"""

import importlib.metadata
import shutil
import sys
from pathlib import Path

from .errors import MusicMLError

REINSTALL = "Install again: make setup (see README.md for Windows and conda)."


def python():
    found = ".".join(map(str, sys.version_info[:3]))
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        raise MusicMLError(
            f"this is Python {found}, expected 3.11, 3.12 or 3.13. Make .venv with one of these."
        )
    return f"{found} in {sys.prefix}"


def packages():
    """Compare each installed package with the range that pyproject.toml gives."""
    from packaging.requirements import Requirement

    needed = map(Requirement, importlib.metadata.requires("musicml"))
    needed = [requirement for requirement in needed if not requirement.marker]  # extras are the user's choice
    wrong = []
    for requirement in needed:
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            version = "missing"
        if version == "missing" or not requirement.specifier.contains(version, prereleases=True):
            wrong.append(f"{requirement.name} is {version}, expected {requirement.specifier}")
    if wrong:
        raise MusicMLError(f"{'; '.join(wrong)}. {REINSTALL}")
    shown = ("numpy", "keras", "jax", "jupyterlab", "music21")
    return f"{len(needed)} in their ranges; " + ", ".join(
        f"{p} {importlib.metadata.version(p)}" for p in shown
    )


def keras():
    from . import twin

    return f"on {twin.backend()}, device {twin.device()}"


def music():
    """Read every collection; one that is not built yet is built, which takes about a minute."""
    from . import corpora

    return ", ".join(repr(corpora.load(name)) for name in corpora.EMBEDDED)


def sound():
    """Encode a tone as MP3, decode it, and listen: it must be as loud as before."""
    import io

    import numpy as np
    import soundfile

    from .sound import encode_mp3, tone

    before = tone(440, 1.0)
    after, _ = soundfile.read(io.BytesIO(encode_mp3(before, 22050)))
    loudness = [float(np.sqrt(np.mean(np.square(samples)))) for samples in (before, after)]
    if not 0.5 < loudness[1] / loudness[0] < 2:
        raise MusicMLError(
            f"a tone of loudness {loudness[0]:.3f} came back from MP3 with {loudness[1]:.3f}. {REINSTALL}"
        )
    return f"a tone went through MP3 and came back (loudness {loudness[0]:.2f} and {loudness[1]:.2f})"


def score():
    from .score import melody
    from .show.engraving import to_svg

    svg = to_svg(melody([60, 62, 64, 65], [1, 1, 1, 1]))
    if svg.count(b'class="note') < 4:
        raise MusicMLError(f"verovio did not draw the four notes of one bar. {REINSTALL}")
    return "four notes engraved"


def video():
    """Write eight frames that grow brighter as MP4, and read them back."""
    import tempfile

    import numpy as np

    from . import corpora

    brightness = np.arange(20, 180, 20)
    frames = np.broadcast_to(brightness[:, None, None, None], (8, 64, 64, 3)).astype("uint8")
    with tempfile.TemporaryDirectory() as folder:
        corpora.save_frames(frames, 8, Path(folder) / "clip.mp4")
        found, _ = corpora.load_frames(Path(folder) / "clip.mp4")
    if len(found) != 8 or not (np.abs(found.mean(axis=(1, 2, 3)) - brightness) < 10).all():
        raise MusicMLError(
            f"a video of 8 frames came back as {len(found)}, or with other colours. {REINSTALL}"
        )
    return f"{len(found)} frames went through MP4 and came back"


def widgets():
    """The half of ipywidgets that lives in the browser must lie where JupyterLab looks for it."""
    import ipywidgets
    from jupyter_core.paths import jupyter_path

    for folder in jupyter_path("labextensions"):
        if (Path(folder) / "@jupyter-widgets" / "jupyterlab-manager" / "package.json").is_file():
            return f"ipywidgets {ipywidgets.__version__} and its JupyterLab extension"
    raise MusicMLError(f"JupyterLab has no widget extension, so sliders would stay empty. {REINSTALL}")


def disk():
    from .corpora.cache import root

    folder = next(path for path in (root(), *root().parents) if path.exists())
    free = shutil.disk_usage(folder).free / 1e9
    if free < 0.5:
        raise MusicMLError(
            f"{free:.1f} GB are free at {folder}, expected 0.5 or more. "
            "Free some, or set MUSICML_CACHE to another disk."
        )
    return f"{free:.0f} GB free at {folder}"


CHECKS = (python, packages, keras, music, sound, score, video, widgets, disk)


def main(checks=CHECKS):
    """Run the checks and print one line for each. Returns the number of problems, at most 1."""
    problems = 0
    for check in checks:
        try:
            print(f"ok       {check.__name__:9s}{check()}")
        except Exception as error:  # whatever is broken here is what the caller wants to know
            problems += 1
            text = (
                str(error)
                if isinstance(error, MusicMLError)
                else f"{type(error).__name__}: {error}. {REINSTALL}"
            )
            print(f"PROBLEM  {check.__name__:9s}{text}")
    print("Everything works." if not problems else f"{problems} to mend; each line says how.")
    return int(problems > 0)
