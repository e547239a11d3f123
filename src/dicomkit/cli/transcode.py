"""``dicomkit transcode``: the forms in which a data set can be written (PS3.5 10, Annex A)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dicomkit.cli.arguments import add_files, add_json, add_output, add_reading, read_options
from dicomkit.cli.inputs import find_inputs, for_each, read, size_of
from dicomkit.cli.outputs import STANDARD_OUTPUT, plan_outputs, refuse_dicomdir, write
from dicomkit.cli.terminal import CommandError
from dicomkit.core.transfer_syntax import TRANSFER_SYNTAXES, TransferSyntax
from dicomkit.dictionary import uid
from dicomkit.encoding.options import WriteOptions
from dicomkit.errors import DicomError, UnsupportedTransferSyntaxError, escaped

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
    parser.add_argument("--durable", action="store_true", help="go on only when a file is safely on the disk")
    add_json(parser, "a JSON object a line for each file: file, output, from, to")
    add_reading(parser)
    parser.examples(
        "dicomkit transcode image.dcm --to explicit -o explicit.dcm",
        "dicomkit transcode folder/ --to deflated -o deflated/",
        "cat image.dcm | dicomkit transcode - --to implicit -o - | storescu …",
    )


def run(arguments: Namespace, terminal: Terminal) -> int:
    """Write each file anew."""
    syntax = parse_syntax(arguments.to)
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
    ds = read(file.path, read_options(arguments))
    refuse_dicomdir(ds)
    before = ds.transfer_syntax
    _refuse_codec(ds, before, syntax)
    target = outputs[file]
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


def _refuse_codec(ds: Dataset, before: TransferSyntax, after: TransferSyntax) -> None:
    """Raise UnsupportedTransferSyntaxError where Pixel Data would have to be compressed or decompressed."""
    if before.uid == after.uid or not any(key in ds for key in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        return
    if before.is_encapsulated or after.is_encapsulated:
        which = after if after.is_encapsulated else before
        raise UnsupportedTransferSyntaxError(
            which.uid, f"{which.name} needs one, and this command converts headers and byte order only"
        )
