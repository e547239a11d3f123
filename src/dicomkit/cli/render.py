"""``dicomkit render``: pictures of images, as files that any program shows (PS3.4 N.2)."""

from __future__ import annotations

import os
from argparse import ArgumentTypeError
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from dicomkit._lazy import load
from dicomkit.cli.arguments import add_files, add_json, add_reading, read_options
from dicomkit.cli.inputs import find_inputs, for_each, read
from dicomkit.cli.outputs import STANDARD_OUTPUT, plan_outputs, refuse_link, write_by
from dicomkit.cli.terminal import CommandError
from dicomkit.errors import PixelError, escaped
from dicomkit.file import frame_count
from dicomkit.pixels import Picture, RenderOptions, animation, cine_times, contact_sheet, render_frames
from dicomkit.pixels.picture import image_kind, imaging, write_image

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.inputs import Input
    from dicomkit.cli.terminal import Terminal
    from dicomkit.dataset import Dataset

__all__ = ["configure", "parse_frames", "parse_size", "parse_window", "run"]

# The pictures of a contact sheet that nobody gave a size.
_THUMBNAIL = 160
_ENDINGS = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "TIFF": "tif"}
_WIDEST = 65_535
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_WAVEFORM = "WaveformSequence"
# How long a group of channels is shown in a moving picture, in milliseconds.
_GROUP_TIME = 2000.0


class Frames(NamedTuple):
    """The frames from `first` to `last`, which is None for the last one that there is."""

    first: int
    last: int | None


def configure(parser: Parser) -> None:
    """Add the command's arguments."""
    add_files(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        required=True,
        help="a file that ends in .png, .jpg, .gif or .tif, a folder, or - for standard output",
    )
    parser.add_argument(
        "--frames",
        type=parse_frames,
        metavar="N|A-B|all",
        help="these frames, a file each (OUT-A, OUT-B …); the first is 0, and it alone is shown without this; "
        "of a waveform, these groups of channels",
    )
    together = parser.add_mutually_exclusive_group()
    together.add_argument(
        "--cine", action="store_true", help="all frames, or those of --frames, of all files in one GIF, PNG or TIFF"
    )
    together.add_argument(
        "--sheet",
        type=_columns,
        nargs="?",
        const=0,
        metavar="COLUMNS",
        help="all frames, or those of --frames, of all files side by side",
    )
    parser.add_argument(
        "--format", choices=sorted(_ENDINGS.values()), help="of files in a folder and of standard output, else png"
    )
    parser.add_argument(
        "--window",
        type=parse_window,
        metavar="C,W|N|full|minmax",
        help="centre and width; the number of a stored window, from 0; all values that are possible; those that occur",
    )
    parser.add_argument("--presentation", metavar="FILE", help="apply this softcopy presentation state")
    parser.add_argument("--size", type=parse_size, metavar="N|WxH", help="scale to fit into so many pixels")
    parser.add_argument("--no-aspect", action="store_true", help="a pixel for a pixel, also where they are not square")
    parser.add_argument("--no-overlays", action="store_true", help="neither overlays nor annotations")
    parser.add_argument("--invert", action="store_true", help="black for white")
    parser.add_argument("--quality", type=_percent, default=90, metavar="Q", help="of JPEG, 1 to 100; 90 unless said")
    add_json(parser, "a JSON object a line for each picture: files, frames, output, rows, columns")
    add_reading(parser)
    parser.examples(
        "dicomkit render image.dcm -o image.png",
        "dicomkit render ct.dcm -o lung.jpg --window=-600,1500 --size 512",
        "dicomkit render folder/ -o pictures/",
        "dicomkit render heart.dcm -o heart.gif --cine",
        "dicomkit render series/ -o sheet.png --sheet 8 --window 40,400",
        "dicomkit render image.dcm -o seen.png --presentation state.dcm",
        "dicomkit render ecg.dcm -o ecg.png",
    )


# -- arguments -------------------------------------------------------------------------------------------------------


def parse_frames(text: str) -> Frames:
    """Read ``3``, ``0-9``, ``5-`` or ``all``."""
    if text == "all":
        return Frames(0, None)
    first, dash, last = text.partition("-")
    if not _is_number(first) or (last and not _is_number(last)):
        raise ArgumentTypeError(f"{escaped(text, 40)!r} is no frame: a number from 0, A-B, A- or all")
    frames = Frames(int(first), (int(last) if last else None) if dash else int(first))
    if frames.last is not None and frames.last < frames.first:
        raise ArgumentTypeError(f"there are no frames from {frames.first} to {frames.last}")
    return frames


def parse_window(text: str) -> tuple[float, float] | int | str:
    """Read ``40,400``, ``0``, ``full`` or ``minmax``."""
    if text in ("full", "minmax"):
        return text
    if _is_number(text):
        return int(text)
    center, comma, width = text.partition(",")
    try:
        if comma and len(text) < 64:
            return float(center), float(width)
    except ValueError:
        pass
    raise ArgumentTypeError(f"{escaped(text, 40)!r} is no window: centre,width, a number, full or minmax")


def parse_size(text: str) -> int | tuple[int, int]:
    """Read ``512`` or ``640x480``."""
    width, x, height = text.lower().partition("x")
    sides = [width, height] if x else [width]
    if not all(_is_number(side) and 0 < int(side) <= _WIDEST for side in sides):
        raise ArgumentTypeError(f"{escaped(text, 40)!r} is no size: pixels, as 512 or 640x480")
    return (int(width), int(height)) if x else int(width)


def _columns(text: str) -> int:
    if not _is_number(text) or not 0 < int(text) <= _WIDEST:
        raise ArgumentTypeError(f"{escaped(text, 40)!r} is no number of columns")
    return int(text)


def _percent(text: str) -> int:
    if not _is_number(text) or not 0 < int(text) <= 100:
        raise ArgumentTypeError(f"{escaped(text, 40)!r} is no quality from 1 to 100")
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


# -- work ------------------------------------------------------------------------------------------------------------


def run(arguments: Namespace, terminal: Terminal) -> int:
    """Make the pictures of all files, one by one or together."""
    options = _options(arguments)
    inputs, status = find_inputs(arguments.files, terminal)
    if arguments.cine or arguments.sheet is not None:
        return max(status, _together(arguments, terminal, options, inputs))
    kind = _kind(arguments)
    named = [file._replace(relative=f"{os.path.splitext(file.relative)[0]}.{_ENDINGS[kind]}") for file in inputs]
    outputs = dict(zip(inputs, plan_outputs(named, arguments.output, terminal), strict=True))
    show = partial(_render, arguments, terminal, options, outputs)
    return max(status, _for_each_image(inputs, terminal, arguments, show))


def _for_each_image(
    inputs: list[Input], terminal: Terminal, arguments: Namespace, show: Callable[[Input, Dataset], None]
) -> int:
    """Call `show` with each file and its data set; what is no image is left out in folders, and counted."""
    left_out: list[str] = []

    def act(file: Input) -> int:
        ds = read(file.path, read_options(arguments))
        if file.is_named or any(keyword in ds for keyword in (*_PIXELS, _WAVEFORM)):
            show(file, ds)
        else:
            left_out.append(file.path)
        return 0

    status = for_each(inputs, terminal, "rendering", act)
    if left_out:
        terminal.note(f"{len(left_out)} file{' is' if len(left_out) == 1 else 's are'} no image and left out")
    return status


def _options(arguments: Namespace) -> RenderOptions:
    presentation = None
    if arguments.presentation is not None:
        presentation = read(arguments.presentation, read_options(arguments))
    size = arguments.size
    if size is None and arguments.sheet is not None:
        size = _THUMBNAIL
    return RenderOptions(
        window=arguments.window,
        presentation=presentation,
        overlays=not arguments.no_overlays,
        invert=arguments.invert,
        aspect=not arguments.no_aspect,
        size=size,
    )


def _kind(arguments: Namespace) -> str:
    """The kind of picture: by --format, by the ending of a file, PNG elsewhere."""
    output = arguments.output
    is_file = output != STANDARD_OUTPUT and not output.endswith(os.sep) and not os.path.isdir(output)
    ending = os.path.splitext(output)[1] if is_file else ""
    if not ending:
        return image_kind(f".{arguments.format or 'png'}")
    kind = image_kind(ending)
    if arguments.format and image_kind(f".{arguments.format}") != kind:
        raise CommandError(f"{escaped(output, 200)} has not the ending of --format {arguments.format}")
    return kind


def _numbers(ds: Dataset, frames: Frames | None, *, is_all: bool) -> list[int]:
    """The frames that are asked for, of those that there are."""
    is_waveform = _is_waveform(ds)
    count = len(load("waveform_groups")(ds)) if is_waveform else frame_count(ds)
    if frames is None:
        frames = Frames(0, None if is_all else 0)
    last = count - 1 if frames.last is None else frames.last
    if not frames.first <= last < count:
        thing = "group of channels" if is_waveform else "frame"
        raise PixelError(f"there is no {thing} {max(frames.first, last)}: it has {count} (the first is 0)")
    return list(range(frames.first, last + 1))


def _is_waveform(ds: Dataset) -> bool:
    return _WAVEFORM in ds and not any(keyword in ds for keyword in _PIXELS)


def _pictures(ds: Dataset, numbers: list[int], options: RenderOptions) -> Iterator[Picture]:
    """The pictures of frames, or of the groups of channels of a waveform."""
    if not _is_waveform(ds):
        return render_frames(ds, numbers, options)
    groups, draw = load("waveform_groups")(ds), load("waveform_picture")
    return (_fitting(draw(groups[number]), options) for number in numbers)


def _fitting(picture: Picture, options: RenderOptions) -> Picture:
    """A plot in the size that is asked for."""
    if options.size is None:
        return picture
    width, height = options.size if isinstance(options.size, tuple) else (options.size, options.size)
    scale = min(width / picture.columns, height / picture.rows)
    size = max(round(picture.columns * scale), 1), max(round(picture.rows * scale), 1)
    return Picture(imaging("resized_picture")(picture.array, *size))


def _render(
    arguments: Namespace,
    terminal: Terminal,
    options: RenderOptions,
    outputs: dict[Input, str],
    file: Input,
    ds: Dataset,
) -> None:
    numbers = _numbers(ds, arguments.frames, is_all=False)
    target = outputs[file]
    if target == STANDARD_OUTPUT and len(numbers) > 1:
        raise CommandError("standard output takes one picture: name a file with -o, or add --cine or --sheet")
    progress = terminal.part_of(len(numbers))
    for position, picture in enumerate(_pictures(ds, numbers, options)):
        number = numbers[position]
        name = _numbered(target, number) if len(numbers) > 1 else target
        refuse_link(file, name, arguments.output)
        _write(name, picture.to_bytes(_kind(arguments), quality=arguments.quality))
        _tell(arguments, terminal, [file.path], [number], name, picture)
        progress(position + 1)


def _together(arguments: Namespace, terminal: Terminal, options: RenderOptions, inputs: list[Input]) -> int:
    """Make one picture of all frames of all files; a file that cannot be shown is told and left out."""
    target = _one_target(arguments.output, terminal)
    kind = _kind(arguments)
    if arguments.cine and kind == "JPEG":
        raise CommandError("a JPEG holds one picture; a moving one is a GIF, a PNG or a TIFF")
    pictures: list[Picture] = []
    times: list[float] = []
    names: list[str] = []

    def collect(file: Input, ds: Dataset) -> None:
        numbers = _numbers(ds, arguments.frames, is_all=True)
        found = list(_pictures(ds, numbers, options))
        shown = [_GROUP_TIME] if _is_waveform(ds) else cine_times(ds)
        pictures.extend(found)
        times.extend((shown + shown[-1:] * len(found))[: len(found)])
        names.append(file.path)

    status = _for_each_image(inputs, terminal, arguments, collect)
    if not pictures:
        raise CommandError("there is nothing to show")
    if arguments.cine:
        data, first = animation(pictures, kind, times), pictures[0]
    else:
        first = contact_sheet(pictures, arguments.sheet or None)
        data = first.to_bytes(kind, quality=arguments.quality)
    _write(target, data)
    _tell(arguments, terminal, names, list(range(len(pictures))), target, first)
    return status


# -- output ----------------------------------------------------------------------------------------------------------


def _one_target(output: str, terminal: Terminal) -> str:
    if output.endswith(os.sep) or os.path.isdir(output):
        raise CommandError(f"{escaped(output, 200)} is a folder: --cine and --sheet make one file")
    if output == STANDARD_OUTPUT and terminal.is_terminal:
        raise CommandError("standard output is a terminal: name a file with -o, or send it to a program")
    return output


def _numbered(target: str, number: int) -> str:
    """The name of the file of one frame of several."""
    stem, ending = os.path.splitext(target)
    return f"{stem}-{number:04}{ending}"


def _write(target: str, data: bytes) -> None:
    def put(output: str | BinaryIO) -> None:
        if isinstance(output, str):
            write_image(output, data)
        else:
            output.write(data)

    write_by(target, put)


def _tell(
    arguments: Namespace, terminal: Terminal, files: list[str], frames: list[int], target: str, picture: Picture
) -> None:
    """Say which picture was made of what."""
    if target == STANDARD_OUTPUT:
        return
    if arguments.json:
        size = {"rows": picture.rows, "columns": picture.columns}
        terminal.json({"files": files, "frames": frames, "output": target, **size})
        return
    source = escaped(files[0], 1000) if len(files) == 1 else f"{len(files)} files"
    which = f"frame {frames[0]}" if len(frames) == 1 else f"{len(frames)} frames"
    terminal.line(f"{source}, {which} -> {escaped(target, 1000)}: {picture.columns}x{picture.rows}")
