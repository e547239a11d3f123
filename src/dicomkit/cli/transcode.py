"""``dicomkit transcode``: the forms in which data sets and their pixels can be written (PS3.5 8, 10, Annex A)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dicomkit._lazy import load
from dicomkit.cli.arguments import add_files, add_json, add_output, add_reading, read_options
from dicomkit.cli.inputs import find_inputs, for_each, read, size_of
from dicomkit.cli.outputs import STANDARD_OUTPUT, plan_outputs, refuse_dicomdir, refuse_link, write, write_by
from dicomkit.cli.terminal import CommandError
from dicomkit.core.transfer_syntax import TRANSFER_SYNTAXES, TransferSyntax
from dicomkit.dictionary import uid
from dicomkit.encoding.options import WriteOptions
from dicomkit.errors import DicomError, escaped

if TYPE_CHECKING:
    from argparse import Namespace

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.inputs import Input
    from dicomkit.cli.terminal import Terminal
    from dicomkit.dataset import Dataset

__all__ = ["configure", "parse_syntax", "run"]

_SHORT_NAMES = {
    "implicit": "1.2.840.10008.1.2",
    "explicit": "1.2.840.10008.1.2.1",
    "deflated": "1.2.840.10008.1.2.1.99",
    "big-endian": "1.2.840.10008.1.2.2",
    "uncompressed-frames": "1.2.840.10008.1.2.1.98",
    "rle": "1.2.840.10008.1.2.5",
    "deflated-frames": "1.2.840.10008.1.2.8.1",
    "jpeg": "1.2.840.10008.1.2.4.50",
    "jpeg-extended": "1.2.840.10008.1.2.4.51",
    "jpeg-lossless": "1.2.840.10008.1.2.4.70",
    "jpeg-ls": "1.2.840.10008.1.2.4.80",
    "jpeg-ls-near": "1.2.840.10008.1.2.4.81",
    "jpeg2000": "1.2.840.10008.1.2.4.90",
    "jpeg2000-lossy": "1.2.840.10008.1.2.4.91",
    "htj2k": "1.2.840.10008.1.2.4.201",
    "htj2k-rpcl": "1.2.840.10008.1.2.4.202",
    "htj2k-lossy": "1.2.840.10008.1.2.4.203",
    "jpegxl": "1.2.840.10008.1.2.4.110",
    "jpegxl-jpeg": "1.2.840.10008.1.2.4.111",
    "jpegxl-lossy": "1.2.840.10008.1.2.4.112",
}
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
# The options of the encoder, and what they are to people.
_ENCODER = {
    "quality": (float, "of lossy JPEG and JPEG XL: 1 to 100"),
    "ratio": (float, "of lossy JPEG 2000: how many times smaller than native frames"),
    "near": (int, "of JPEG-LS: the largest difference of a sample"),
    "level": (int, "how hard a lossless encoder tries, where it has levels"),
}


def configure(parser: Parser) -> None:
    """Add the command's arguments."""
    add_files(parser)
    parser.add_argument(
        "--to",
        required=True,
        metavar="SYNTAX",
        help=f"{', '.join(_SHORT_NAMES)}, the keyword or the UID of a transfer syntax",
    )
    add_output(parser, "")
    for name, (kind, what) in _ENCODER.items():
        parser.add_argument(f"--{name}", type=kind, metavar="N", help=what)
    parser.add_argument(
        "--offset-table",
        choices=("basic", "extended", "none"),
        help="of compressed frames; basic, or beyond 4 GiB extended, if not given",
    )
    parser.add_argument(
        "--keep-uid", action="store_true", help="keep the SOP Instance UID in spite of loss, against PS3.3 C.7.6.1.1.2"
    )
    parser.add_argument("--threads", type=int, metavar="N", help="as many as there are processors if not given")
    parser.add_argument("--durable", action="store_true", help="go on only when a file is safely on the disk")
    add_json(parser, "a JSON object a line for each file: file, output, from, to")
    add_reading(parser)
    parser.examples(
        "dicomkit transcode image.dcm --to explicit -o explicit.dcm",
        "dicomkit transcode folder/ --to deflated -o deflated/",
        "dicomkit transcode image.dcm --to jpeg-ls -o small.dcm",
        "dicomkit transcode image.dcm --to jpeg --quality 85 -o lossy.dcm",
        "cat image.dcm | dicomkit transcode - --to implicit -o - | storescu …",
    )


def run(arguments: Namespace, terminal: Terminal) -> int:
    """Write each file anew."""
    syntax = parse_syntax(arguments.to)
    if arguments.threads is not None and arguments.threads < 1:
        raise CommandError("--threads is 1 at least")
    inputs, status = find_inputs(arguments.files, terminal)
    outputs = dict(zip(inputs, plan_outputs(inputs, arguments.output, terminal), strict=True))
    return max(status, for_each(inputs, terminal, "writing", partial(_write, arguments, terminal, syntax, outputs)))


def parse_syntax(text: str) -> TransferSyntax:
    """Read a short name, a keyword of PS3.6 or a UID; CommandError for what is no transfer syntax."""
    name = _SHORT_NAMES.get(text.lower(), text)
    if name[:1].isalpha():
        try:
            name = uid(name)
        except DicomError:
            name = ""
    if name not in TRANSFER_SYNTAXES:
        raise CommandError(f"{escaped(text)!r} is no transfer syntax: {', '.join(_SHORT_NAMES)}, a keyword or a UID")
    return TransferSyntax.of(name)


def _write(
    arguments: Namespace, terminal: Terminal, syntax: TransferSyntax, outputs: dict[Input, str], file: Input
) -> int:
    refuse_link(file, outputs[file], arguments.output)
    ds = read(file.path, read_options(arguments))
    refuse_dicomdir(ds)
    before = ds.transfer_syntax
    target = outputs[file]
    if _touches_pixels(arguments, ds, before, syntax):
        _write_pixels(arguments, terminal, ds, syntax, target)
    else:
        progress = terminal.part_of(size_of(file.path))
        write(target, ds, WriteOptions(transfer_syntax=syntax.uid, durable=arguments.durable, progress=progress))
    if target == STANDARD_OUTPUT:
        return 0
    if arguments.json:
        names = {"from": str.__str__(before.uid), "to": str.__str__(syntax.uid)}
        terminal.json({"file": file.path, "output": target, **names})
    else:
        forms = f"{before.name or before.uid} -> {syntax.name}"
        terminal.line(f"{escaped(file.path, 1000)} -> {escaped(target, 1000)}: {escaped(forms, 400)}")
    return 0


def _touches_pixels(arguments: Namespace, ds: Dataset, before: TransferSyntax, after: TransferSyntax) -> bool:
    """Whether frames are decoded or encoded, or put under another offset table."""
    if not any(key in ds for key in _PIXELS) or not (before.is_encapsulated or after.is_encapsulated):
        return False
    return before.uid != after.uid or bool(_encoding(arguments)) or arguments.offset_table is not None


def _encoding(arguments: Namespace) -> dict[str, float]:
    """The options of the encoder that were given."""
    return {name: value for name in _ENCODER if (value := getattr(arguments, name)) is not None}


def _write_pixels(arguments: Namespace, terminal: Terminal, ds: Dataset, syntax: TransferSyntax, target: str) -> None:
    def progress(done: int, total: int) -> None:
        terminal.part_of(total)(done)

    encoding = _encoding(arguments)
    write_by(
        target,
        lambda output: load("write_transcoded")(
            output,
            ds,
            str(syntax.uid),
            load("EncodeOptions")(**encoding) if encoding else None,
            offset_table=arguments.offset_table,
            keep_uid=arguments.keep_uid,
            threads=arguments.threads,
            durable=arguments.durable,
            progress=progress,
        ),
    )
