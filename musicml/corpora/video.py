"""Frames to video files and back, by PyAV."""

import os
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..errors import DataError, FileFormatError, ShapeError

LARGEST = 500_000_000  # bytes of frames that are read


def save_clip(clip, path):
    """Write a Clip as an MP4 file (H.264), whole or not at all. The quality is high, and not lossless."""
    save_frames(clip.frames, clip.fps, path)


def save_frames(frames, fps, path):
    """Write frames (T, H, W, 3) uint8 as an MP4 file; H and W are even, as H.264 wants them."""
    import av

    frames = np.asarray(frames)
    if frames.ndim != 4 or frames.shape[3] != 3 or frames.dtype != np.uint8 or not len(frames):
        raise ShapeError(
            f"{path}: frames of shape {frames.shape} and type {frames.dtype} cannot be a video; "
            "expected (T, H, W, 3) of type uint8 and at least one frame."
        )
    if frames.shape[1] % 2 or frames.shape[2] % 2:
        raise ShapeError(
            f"{path}: frames of {frames.shape[1]} rows and {frames.shape[2]} columns cannot be written; "
            "both must be even. Leave out a row or a column."
        )
    path = Path(path)
    try:
        with tempfile.TemporaryDirectory(
            prefix=".video-", dir=path.parent, ignore_cleanup_errors=True
        ) as folder:
            inner = Path(folder) / "clip.mp4"
            with av.open(inner, "w") as file:
                stream = file.add_stream("libx264", rate=Fraction(fps).limit_denominator(1000))
                stream.height, stream.width = frames.shape[1:3]
                stream.pix_fmt = "yuv420p"  # what every player understands
                stream.options = {"crf": "16", "threads": "1"}  # high quality; one thread repeats its bytes
                for frame in frames:
                    file.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
                file.mux(stream.encode())
            os.replace(inner, path)
    except OSError as error:
        raise DataError(
            f"{path} cannot be written ({error}). Choose a folder that exists, with space, "
            "in which you may write."
        ) from error


def load_frames(path):
    """Read a video file.

    Returns:
        (frames (T, H, W, 3) uint8, frames a second as a float).
    """
    import av

    frames, size = [], 0
    try:
        with av.open(path) as file:
            if not file.streams.video:
                raise FileFormatError(f"{path} has no pictures, expected a video. Choose another file.")
            stream = file.streams.video[0]
            fps = float(stream.average_rate or 0)
            for frame in file.decode(stream):
                size += 3 * frame.width * frame.height
                if size > LARGEST:
                    raise FileFormatError(
                        f"{path} has more than {LARGEST:,} bytes of pictures, which is the limit. "
                        "Make the video shorter or smaller."
                    )
                frames.append(frame.to_ndarray(format="rgb24"))
    except (OSError, av.FFmpegError) as error:
        raise FileFormatError(
            f"{path} cannot be read as a video ({type(error).__name__}). "
            "Open it in a player; if it plays there, save it as MP4."
        ) from error
    if not frames:
        raise FileFormatError(
            f"{path} has no picture that can be read. Open it in a player, or choose another."
        )
    return np.stack(frames), fps
