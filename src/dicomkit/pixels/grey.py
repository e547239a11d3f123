"""One frame of stored values to grey: padding, modality LUT, VOI, presentation LUT, in that order (PS3.4 N.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dicomkit.core.frozen import Options
from dicomkit.errors import PixelError, escaped
from dicomkit.pixels.attributes import numbers, text
from dicomkit.pixels.luts import (
    LookupTable,
    Window,
    full_range,
    modality_values,
    presentation_lut,
    through_table,
    voi_luts,
    windows,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from dicomkit.pixels.attributes import Attributes
    from dicomkit.pixels.luts import Values

    #: A window, a VOI LUT, centre and width, the number of a stored window, "full" or "minmax".
    Voi = Window | LookupTable | tuple[float, float] | int | str

__all__ = ["GreyFormat", "grey_frame", "padding_mask", "stored_voi", "value_range"]


class GreyFormat(Options):
    """What is known of the stored values of a frame without looking at them."""

    bits_stored: int = 16
    is_signed: bool = False
    is_float: bool = False
    is_inverted: bool = False
    """MONOCHROME1: the lowest value is white (C.7.6.3.1.2)."""


def grey_frame(
    stored: Values,
    form: GreyFormat,
    voi: Voi | None,
    *,
    modality: Attributes,
    presentation: Attributes,
    padding: NDArray[np.bool_] | None = None,
) -> NDArray[np.uint8]:
    """Return stored values as grey from 0 to 255.

    `modality` has the modality LUT, `presentation` the presentation LUT; in an image both are the frame's attributes,
    in a presentation state its own. `voi` None is "full". Padding is black.
    """
    window = resolved_voi(voi, stored, form, modality, padding)
    change = presentation_lut(presentation)
    # Where there is a shape, IDENTITY or INVERSE, it says once more what MONOCHROME1 does (C.11.6), or better.
    is_inverted = form.is_inverted and not text(presentation, "PresentationLUTShape")

    def grey(values: Values) -> NDArray[np.uint8]:
        shade = change(window.grey(modality_values(values, modality)))
        if is_inverted:
            shade = 1 - shade
        return np.rint(np.nan_to_num(np.clip(shade, 0, 1)) * 255).astype(np.uint8)

    picture = through_table(stored, grey)
    if padding is not None:
        picture[padding] = 0
    return picture


def stored_voi(attributes: Attributes, form: GreyFormat) -> Voi:
    """Return how an image wants to be seen: its first window, else its first VOI LUT.

    An image that has neither says that its values are shown as they are (C.11.2); that is believed of 8 bits and less.
    Of more, all values that can be would mostly be one shade, so those that occur are spread.
    """
    found: list[Window] | list[LookupTable] = windows(attributes)
    if not found:
        found = voi_luts(attributes, is_signed=full_range(form.bits_stored, form.is_signed, attributes)[0] < 0)
    if found:
        return found[0]
    return "full" if form.bits_stored <= 8 and not form.is_float else "minmax"


def resolved_voi(
    voi: Voi | None, stored: Values, form: GreyFormat, modality: Attributes, padding: NDArray[np.bool_] | None = None
) -> Window | LookupTable:
    """Return the window or table that is meant; PixelError for a stored one that is not there."""
    if isinstance(voi, Window | LookupTable):
        return voi
    if isinstance(voi, tuple):
        center, width = voi
        return Window.meant(center, width, text(modality, "VOILUTFunction", "LINEAR"))
    if isinstance(voi, int):
        found = windows(modality)
        if not 0 <= voi < len(found):
            raise PixelError(f"there is no window {voi}: the image has {len(found)} (the first is 0)")
        return found[voi]
    if voi not in (None, "full", "minmax"):
        raise PixelError(f"{escaped(voi)} is no window: full, minmax, centre and width, or the number of a stored one")
    if voi == "minmax" or form.is_float:
        return Window.of_range(*value_range([stored], modality, [padding]))
    return Window.of_range(*full_range(form.bits_stored, form.is_signed, modality))


def value_range(
    frames: Iterable[Values], modality: Attributes, paddings: Iterable[NDArray[np.bool_] | None]
) -> tuple[float, float]:
    """Return the lowest and the highest modality value that occurs, padding and what is no number left out."""
    lowest, highest = np.inf, -np.inf
    for stored, padding in zip(frames, paddings, strict=False):
        shown = stored if padding is None else stored[~padding]
        if stored.dtype.kind == "f":
            shown = shown[np.isfinite(shown)]
        if not shown.size:
            continue
        # Ends of the stored values are ends of the rescaled ones, whatever the sign of the slope; not of a LUT.
        ends = shown if attributes_have_lut(modality) else np.array([shown.min(), shown.max()])
        values = np.asarray(modality_values(ends, modality), np.float64)
        lowest, highest = min(lowest, float(values.min())), max(highest, float(values.max()))
    return (lowest, highest) if lowest <= highest else (0.0, 0.0)


def attributes_have_lut(attributes: Attributes) -> bool:
    """Say whether modality values come from a table."""
    return bool(attributes.get("ModalityLUTSequence"))


def padding_mask(stored: Values, attributes: Attributes) -> NDArray[np.bool_] | None:
    """Return which stored values are padding, None if none are (C.7.5.1.1.2)."""
    ends: list[float] = []
    for keyword in ("FloatPixelPaddingValue", "DoubleFloatPixelPaddingValue", "PixelPaddingValue"):
        ends = numbers(attributes, keyword)[:1]
        if ends:
            ends += numbers(attributes, keyword.replace("Value", "RangeLimit"))[:1]
            break
    if not ends:
        return None
    if stored.dtype.kind == "i":  # written as US where the pixels are signed
        ends = [end - (1 << 8 * stored.itemsize) if end > np.iinfo(stored.dtype).max else end for end in ends]
    elif stored.dtype.kind == "u":
        ends = [end + (1 << 16) if end < 0 else end for end in ends]
    lowest, highest = min(ends), max(ends)
    mask: NDArray[np.bool_] = (stored == lowest) if lowest == highest else (stored >= lowest) & (stored <= highest)
    return mask if mask.any() else None
