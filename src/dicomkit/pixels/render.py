"""Data sets to pictures: what somebody who opens the image should see (PS3.4 N.2, PS3.3 C.7.6.3, C.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dicomkit.core.frozen import Options
from dicomkit.core.issue import IssueCode
from dicomkit.errors import LimitExceededError, PixelError
from dicomkit.pixels.ahead import thread_count
from dicomkit.pixels.attributes import number, numbers, text
from dicomkit.pixels.color import icc_profile
from dicomkit.pixels.describe import report
from dicomkit.pixels.frame_view import FrameView
from dicomkit.pixels.frames import FrameReader, iter_frames
from dicomkit.pixels.graphics import labels_of, strokes_of
from dicomkit.pixels.grey import GreyFormat, grey_frame, padding_mask, stored_voi, value_range
from dicomkit.pixels.luts import Window, full_range
from dicomkit.pixels.overlays import overlays
from dicomkit.pixels.palette import Palette, has_palette
from dicomkit.pixels.picture import Picture, imaging
from dicomkit.pixels.placement import Placement, pixel_aspect, resize
from dicomkit.pixels.presentation import PresentationState
from dicomkit.pixels.shutters import hidden_by_shutters, shutter_color

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from dicomkit.dataset import Dataset
    from dicomkit.pixels.attributes import Attributes
    from dicomkit.pixels.grey import Voi
    from dicomkit.pixels.luts import Values

    Color = tuple[int, int, int]

__all__ = ["RenderOptions", "cine_times", "render", "render_frames"]

_WHITE = (255, 255, 255)
_MODALITY = ("ModalityLUTSequence", "RescaleSlope", "RescaleIntercept")
_XRAY = ("1.2.840.10008.5.1.4.1.1.12.1", "1.2.840.10008.5.1.4.1.1.12.2")
# PS3.3 C.7.6.5: without Frame Time, a rate that shows movement and can be followed.
_USUAL_MILLISECONDS = 100.0
# The frames whose values decide what is black and white in all: more cost time and change little.
_FRAMES_LOOKED_AT = 16


class RenderOptions(Options):
    """What of an image its picture shows."""

    window: Voi | None = None
    """A Window, a LookupTable, (centre, width), the number of a stored window from 0, "full" for all values that are
    possible, "minmax" for those that occur. None: what the image says, see `stored_voi`."""

    presentation: Dataset | None = None
    """A grayscale, colour or pseudo-colour softcopy presentation state of the image."""

    overlays: bool = True
    """Draw overlays, white. With a presentation state those that it activates, and its annotations."""

    shutter: bool = True
    """Hide what display shutters hide."""

    invert: bool = False
    """Black for white."""

    palette: bool = True
    """Show values beyond the grey ones by the supplemental palette (C.7.6.19)."""

    icc: bool = True
    """Convert colours by the ICC profile to sRGB, where there is one."""

    padding: bool = True
    """Make pixel padding black, and leave it out of what "minmax" looks at."""

    aspect: bool = False
    """Make pixels as high and wide as they are, by repeating none and interpolating where they are not square."""

    size: int | tuple[int, int] | None = None
    """The largest width and height of the picture; it is scaled to fill one of them. An integer is for both."""

    @property
    def bound(self) -> tuple[int, int] | None:
        """`size` as width and height."""
        return (self.size, self.size) if isinstance(self.size, int) else self.size

    def _check(self) -> None:
        bound = self.bound
        if bound is not None and not all(0 < side <= 0xFFFF for side in bound):
            raise ValueError(f"a picture of the size {self.size}")


def render(ds: Dataset, frame: int = 0, options: RenderOptions | None = None, **shorthand: object) -> Picture:
    """Return the picture of a frame, counted from 0: grey or sRGB.

    Stored values go through the modality LUT, the window or VOI LUT and the presentation LUT of the frame; palettes
    and YBR become RGB, MONOCHROME1 becomes what it means, overlays are drawn. `shorthand` are fields of RenderOptions:
    ``render(ds, window=(40, 400), size=512)``.

    Raises what decoding raises, PixelError for what cannot be shown, LimitExceededError for a picture larger than
    ``Limits.frame_bytes``.

    >>> import dicomkit
    >>> from dicomkit.pixels import render
    >>> render(dicomkit.dcmread("CT_small.dcm"), window=(40, 400))
    <Picture 128x128 grey>
    """
    reader = FrameReader(ds)
    return _Renderer(ds, reader, _options(options, shorthand)).picture(
        reader.read(frame, threads=thread_count(None)), frame
    )


def render_frames(
    ds: Dataset, frames: Iterable[int] | None = None, options: RenderOptions | None = None, **shorthand: object
) -> Iterator[Picture]:
    """Iterate over the pictures of frames, all of them or those of the numbers `frames`, in that order.

    As `render` one by one, but where values that occur decide what is white, those of up to 16 frames decide for all,
    so that a cine does not flicker.
    """
    chosen = _options(options, shorthand)
    reader = FrameReader(ds)
    # How many frames there are only the file says, which may lie: they are counted as they come.
    numbers_ = range(reader.description.number_of_frames) if frames is None else list(frames)
    renderer = _Renderer(ds, reader, chosen)
    renderer.look_at(numbers_)
    for position, stored in enumerate(iter_frames(ds, numbers_)):
        yield renderer.picture(stored, numbers_[position])


def cine_times(ds: Dataset) -> list[float]:
    """Return how many milliseconds each frame is shown; the last time holds for the frames that follow (C.7.6.5)."""
    vector = [time for time in numbers(ds, "FrameTimeVector")[1:] if time > 0]
    if vector:
        return vector
    time = number(ds, "FrameTime", 0)
    if time > 0:
        return [time]
    rate = number(ds, "RecommendedDisplayFrameRate", 0) or number(ds, "CineRate", 0)
    return [1000 / rate if rate > 0 else _USUAL_MILLISECONDS]


def _options(options: RenderOptions | None, shorthand: dict[str, object]) -> RenderOptions:
    if options is None:
        return RenderOptions(**shorthand)  # type: ignore[arg-type]  # it refuses what it does not know
    return options.replace(**shorthand) if shorthand else options


class _Renderer:
    """Makes the pictures of the frames of one data set."""

    def __init__(self, ds: Dataset, reader: FrameReader, options: RenderOptions) -> None:
        self._ds = ds
        self._options = options
        self._photometric = reader.photometric_interpretation
        frame = reader.description.frame
        self._reader = reader
        self._window: Window | None = None
        self._form = GreyFormat(
            bits_stored=frame.bits_stored,
            is_signed=frame.is_signed,
            is_float=frame.is_float,
            is_inverted=self._photometric == "MONOCHROME1" and options.presentation is None,
        )

    def look_at(self, frames: Sequence[int]) -> None:
        """Fix the window of all frames, if values that occur decide on it."""
        options = self._options
        if not frames or self._reader.description.frame.samples_per_pixel > 1 or options.presentation is not None:
            return
        view = FrameView(self._ds, frames[0])
        source = _shown_attributes(view)
        voi = stored_voi(source, self._form) if options.window is None else options.window
        if voi != "minmax":
            return
        step = -(-len(frames) // _FRAMES_LOOKED_AT)
        seen = [self._reader.read(number) for number in frames[::step]]
        paddings = [self._padding(stored, view) for stored in seen]
        self._window = Window.of_range(*value_range(seen, source, paddings))

    def picture(self, stored: Values, frame: int) -> Picture:
        """Make the picture of a frame from its samples."""
        options = self._options
        view = FrameView(self._ds, frame)
        state = None if options.presentation is None else PresentationState(options.presentation, self._ds, frame)
        image = self._image(stored, view, state)
        rows, columns = image.shape[:2]
        if options.invert:
            image = 255 - image
        placement = self._placement(state, view, rows, columns)
        if options.shutter:
            source = view if state is None else state.dataset
            hidden = hidden_by_shutters(view, rows, columns, pixel_aspect(view)) if state is None else None
            hidden = hidden if state is None else state.hidden(rows, columns)
            if hidden is not None:
                image = _painted(image, hidden, shutter_color(source))
        if options.overlays and state is None:
            image = self._with_overlays(image, frame)
        if options.overlays and state is not None:
            for layer in state.layers():
                for overlay in layer.overlays:
                    image = _painted(image, overlay.placed(frame, rows, columns), layer.color)
        image = resize(placement.oriented(image), *placement.size)
        if options.overlays and state is not None:
            image = _annotated(image, state, placement)
        return Picture(image)

    # -- the image itself --------------------------------------------------------------------------------------------

    def _image(self, stored: Values, view: FrameView, state: PresentationState | None) -> NDArray[np.uint8]:
        image = self._color(stored, view) if self._is_color(stored) else self._grey(stored, view, state)
        if image.ndim == 3 and self._options.icc:
            profile = icc_profile(view) or (icc_profile(state.dataset) if state is not None else b"")
            if profile:
                try:
                    image = imaging("icc_to_srgb")(image, profile)
                except PixelError as error:
                    report(self._ds, IssueCode.PIXEL_DESCRIPTION_WRONG, str(error), "colours left as they are")
        return image

    def _is_color(self, stored: Values) -> bool:
        return stored.ndim == 3 or self._photometric == "PALETTE COLOR"

    def _color(self, stored: Values, view: FrameView) -> NDArray[np.uint8]:
        if self._photometric == "PALETTE COLOR":
            return Palette.of_dataset(self._ds, is_signed=self._form.is_signed).rgb(stored)
        if self._photometric != "RGB" or stored.shape[2] != 3:
            raise PixelError(f"no picture is made of {self._photometric} with {stored.shape[2]} samples a pixel")
        bits = self._form.bits_stored
        if bits == 8 and stored.dtype == np.uint8:
            return stored.astype(np.uint8, copy=False)
        if bits > 8:
            return (stored >> (bits - 8)).astype(np.uint8)
        return np.rint(stored * (255 / ((1 << bits) - 1))).astype(np.uint8)

    def _grey(self, stored: Values, view: FrameView, state: PresentationState | None) -> NDArray[np.uint8]:
        padding = self._padding(stored, view)
        source: Attributes = _shown_attributes(view) if state is None else state.dataset
        voi: Voi | None = self._window or self._options.window
        if voi is None:
            # A VOI LUT is looked up by modality values, which can be negative where stored values cannot (C.11.2.1.1).
            is_signed = full_range(self._form.bits_stored, self._form.is_signed, source)[0] < 0
            voi = stored_voi(source, self._form) if state is None else state.voi(is_signed=is_signed)
        grey = grey_frame(stored, self._form, voi, modality=source, presentation=source, padding=padding)
        if state is not None and state.kind == "PSEUDO-COLOR":
            palette = Palette.of_dataset(state.dataset)
            # C.11.? : the output of the VOI LUT spans the whole palette.
            position = np.rint(np.arange(256) / 255 * (len(palette.colors) - 1)).astype(np.int64)
            return np.take(palette.rgb_table()[position], grey, axis=0)
        if self._options.palette and state is None and _is_supplemented(self._ds, view):
            palette = Palette.of_dataset(self._ds, is_signed=self._form.is_signed)
            colored = stored.astype(np.int64) >= palette.first
            return np.where(colored[..., None], palette.rgb(stored), grey[..., None])
        return grey

    def _padding(self, stored: Values, view: FrameView) -> NDArray[np.bool_] | None:
        return padding_mask(stored, view) if self._options.padding else None

    # -- what lies over it -------------------------------------------------------------------------------------------

    def _with_overlays(self, image: NDArray[np.uint8], frame: int) -> NDArray[np.uint8]:
        """Draw the overlays of the image; one that is damaged is left out, and an Issue says so."""
        try:
            found = overlays(self._ds)
            for overlay in found:
                image = _painted(image, overlay.placed(frame, *image.shape[:2]), _WHITE)
        except (PixelError, LimitExceededError) as error:
            report(self._ds, IssueCode.PIXEL_DESCRIPTION_WRONG, str(error), "the overlay is left out")
        return image

    def _placement(self, state: PresentationState | None, view: FrameView, rows: int, columns: int) -> Placement:
        options = self._options
        if state is None:
            aspect = pixel_aspect(view) if options.aspect else 1.0
            placement = Placement.whole(rows, columns).scaled(aspect, bound=options.bound)
        else:
            placement = state.placement(rows, columns, has_aspect=options.aspect, size=options.bound)
        bound = self._ds._context.limits.frame_bytes
        width, height = placement.natural_size
        size = 3 * max(width * height, placement.size[0] * placement.size[1])
        if bound is not None and size > bound:
            raise LimitExceededError("frame_bytes", size, bound=bound)
        return placement


class _WithoutModality:
    """The attributes of a frame, without a modality LUT."""

    def __init__(self, view: FrameView) -> None:
        self._view = view

    def get(self, key: str, default: object = None, /) -> object:
        """Return the value for a keyword."""
        return default if key in _MODALITY else self._view.get(key, default)


def _shown_attributes(view: FrameView) -> Attributes:
    """The attributes by which a frame is shown.

    The modality LUT of XA and XRF images leads back to the intensity of X-rays (C.8.7.1.1.2) and is not for display:
    their windows are in stored values.
    """
    return _WithoutModality(view) if text(view, "SOPClassUID") in _XRAY else view


def _is_supplemented(ds: Dataset, view: FrameView) -> bool:
    return text(view, "PixelPresentation") in ("COLOR", "MIXED", "COLOR_RANGE", "COLOR_REF") and has_palette(ds)


def _painted(image: NDArray[np.uint8], mask: NDArray[np.bool_], color: Color) -> NDArray[np.uint8]:
    """The image, with a colour where the mask is set; a grey one stays grey for a shade of grey."""
    if not mask.any():
        return image
    if image.ndim == 2 and color[0] == color[1] == color[2]:
        return np.where(mask, np.uint8(color[0]), image)
    base = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
    return np.where(mask[..., None], np.array(color, np.uint8), base)


def _annotated(image: NDArray[np.uint8], state: PresentationState, placement: Placement) -> NDArray[np.uint8]:
    for layer in state.layers():
        strokes = [stroke for annotation in layer.annotations for stroke in strokes_of(annotation, placement.points)]
        labels = [label for annotation in layer.annotations for label in labels_of(annotation, placement.points)]
        if strokes or labels:
            image = imaging("draw_on_picture")(image, strokes, labels, layer.color)
    return image
