"""What the header of a codestream says about the image in it (PS3.5 8.2)."""

from __future__ import annotations

from dicomkit.core.frozen import Options

__all__ = ["CodestreamInfo"]


class CodestreamInfo(Options):
    """The description that a codestream carries of itself; immutable. Nothing here comes from the data set.

    `precision` is that of the deepest component; `precisions` has one for each. `subsampling` is (horizontal, vertical)
    per component, relative to the component with most samples: (2, 1) has half the columns. `color_transform` is what
    the codestream says was done before coding: "" nothing, "YCbCr", "YCCK", "RCT", "ICT", "XYB", "HP1" to "HP3", and
    None where it does not say: JPEG without an Adobe or JFIF marker. `undoes_color_transform` tells whether decoding
    includes the way back. `is_lossless` is None where the header cannot tell.
    """

    standard: str = ""
    """"JPEG", "JPEG-LS", "JPEG 2000", "HTJ2K" or "JPEG XL"."""

    rows: int = 0
    columns: int = 0
    samples_per_pixel: int = 1
    precision: int = 8
    precisions: tuple[int, ...] = ()
    is_signed: bool = False
    is_float: bool = False
    subsampling: tuple[tuple[int, int], ...] = ()
    color_transform: str | None = ""
    undoes_color_transform: bool = False
    is_lossless: bool | None = None

    is_complete: bool = True
    """Whether the marker that ends the codestream is there (EOI, EOC). JPEG XL has none: True."""

    start: int = 0
    """Where the codestream starts: behind the boxes of a file format that should not be there (PS3.5 8.2.4)."""

    end: int = 0
    """Where the header ends: the first scan, tile-part or, in JPEG XL, the end of what was looked at."""

    process: int | None = None
    """Of JPEG and JPEG-LS: n of the marker SOFn (ISO/IEC 10918-1 B.1.1.3): 0 baseline, 1 extended, 3 lossless, 55."""

    predictor: int | None = None
    """Of lossless JPEG: the selection value (ISO/IEC 10918-1 H.1.2.1)."""

    near: int | None = None
    """Of JPEG-LS: the largest difference of a sample, 0 for lossless (ISO/IEC 14495-1)."""

    interleave: int | None = None
    """Of JPEG-LS: 0 by plane, 1 by line, 2 by sample."""

    progression: str | None = None
    """Of JPEG 2000: "LRCP", "RLCP", "RPCL", "PCRL" or "CPRL" (ISO/IEC 15444-1 A.6.1)."""

    tiles: int = 1
    layers: int = 1
    resolutions: int = 1
    has_tile_lengths: bool = False
    """Of JPEG 2000: whether its main header says where tile-parts start, in a segment TLM."""

    extensions: tuple[str, ...] = ()
    """Of JPEG 2000: what of Part 2 it uses, "MCT" being the multi-component transformation of PS3.5 A.4.4."""

    reconstructs_jpeg: bool = False
    """Of JPEG XL: whether it holds what is needed to give back the JPEG file that it was made from."""
