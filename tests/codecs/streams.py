"""Short video streams that FFmpeg makes of plain pictures, through PyAV."""

from __future__ import annotations

import io

import numpy as np

ROWS, COLUMNS, FRAMES = 48, 64, 9


def picture(number: int) -> np.ndarray:
    """Give a plain picture, of a colour that tells its number."""
    return np.full((ROWS, COLUMNS, 3), (20 * number + 20, 200 - 20 * number, 128), np.uint8)


def stream(codec: str, container: str, pixels: str = "yuv420p", **options: str) -> bytes:
    """Make a stream of pictures, with frames that depend on later ones."""
    import av

    target = io.BytesIO()
    with av.open(target, "w", format=container) as output:
        quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
        made = output.add_stream(codec, rate=25, options={**quiet, **options})
        made.width, made.height, made.pix_fmt, made.gop_size, made.max_b_frames = COLUMNS, ROWS, pixels, 5, 2
        made.bit_rate = 4_000_000
        for number in range(FRAMES):
            output.mux(made.encode(av.VideoFrame.from_ndarray(picture(number), format="rgb24")))
        output.mux(made.encode(None))
    return target.getvalue()
