"""Made-up samples for encoders."""

from __future__ import annotations

import numpy as np

from dicomkit.codecs import FrameFormat


def noise(frame: FrameFormat, seed: int = 0) -> np.ndarray:
    """Give random samples over the whole range."""
    low = -(1 << frame.bits_stored - 1) if frame.is_signed else 0
    return np.random.default_rng(seed).integers(low, low + (1 << frame.bits_stored), frame.shape).astype(frame.dtype)


def smooth(frame: FrameFormat) -> np.ndarray:
    """Give a picture without much detail, over the whole range."""
    y, x = np.mgrid[0 : frame.rows, 0 : frame.columns]
    top = (1 << frame.bits_stored) - 1
    low = -(1 << frame.bits_stored - 1) if frame.is_signed else 0
    waves = [0.5 + 0.5 * np.sin(x / (9 + n) + n) * np.cos(y / (7 + n)) for n in range(frame.samples_per_pixel)]
    return (low + top * np.stack(waves, axis=-1)).reshape(frame.shape).astype(frame.dtype)
