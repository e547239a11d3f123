"""``dicomkit codecs``: by what each transfer syntax is decoded and encoded here, and what would add the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.cli.arguments import add_color, add_json
from dicomkit.codecs import DEFAULT_REGISTRY
from dicomkit.codecs.registry import chosen
from dicomkit.core.transfer_syntax import TRANSFER_SYNTAXES

if TYPE_CHECKING:
    from argparse import Namespace

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.terminal import Terminal
    from dicomkit.codecs import Codec, Registry
    from dicomkit.core.transfer_syntax import TransferSyntax

__all__ = ["configure", "run"]


def configure(parser: Parser) -> None:
    """Add the command's arguments."""
    add_json(parser, "a JSON object: UID → name, decoders and encoders in the order of preference")
    add_color(parser)
    parser.examples("dicomkit codecs", "dicomkit codecs --json | jq '.\"1.2.840.10008.1.2.4.90\".decoder'")


def run(arguments: Namespace, terminal: Terminal, registry: Registry = DEFAULT_REGISTRY) -> int:
    """Print the table."""
    syntaxes = _with_pixels(registry)
    if arguments.json:
        terminal.json({str(syntax.uid): _described(syntax, registry) for syntax in syntaxes})
        return 0
    rows: list[tuple[str, ...]] = [("transfer syntax", "decoded by", "encoded by", "")]
    missing: dict[str, tuple[list[str], list[str]]] = {}
    for syntax in syntaxes:
        uid = str(syntax.uid)
        decoders, encoders = registry.decoders(uid), registry.encoders(uid)
        name = f"{syntax.name} (retired)" if syntax.is_retired else syntax.name
        rows.append((uid, _name(decoders), _name(encoders), name))
        for codecs, place in ((decoders, 0), (encoders, 1)):
            if codecs and chosen(codecs) is None:
                missing.setdefault(codecs[0].requires, ([], []))[place].append(uid)
    terminal.table(rows, styles=("bold",))
    for requirement, (decoded, encoded) in missing.items():
        terminal.line()
        terminal.line(f'pip install "{requirement}" adds')
        for what, uids in (("decoding", decoded), ("encoding", encoded)):
            if uids:
                terminal.line(f"  {what}  {' '.join(uids)}")
    return 0


def _with_pixels(registry: Registry) -> list[TransferSyntax]:
    """Return the transfer syntaxes whose Pixel Data are encoded in a way of their own, or that some codec knows."""
    known = {uid for codec in registry.codecs for uid in codec.decodes | codec.encodes}
    return [syntax for uid, syntax in TRANSFER_SYNTAXES.items() if syntax.is_encapsulated or uid in known]


def _name(codecs: tuple[Codec, ...]) -> str:
    codec = chosen(codecs)
    return "–" if codec is None else codec.name


def _described(syntax: TransferSyntax, registry: Registry) -> dict[str, object]:
    found: dict[str, object] = {"name": syntax.name, "retired": syntax.is_retired}
    for role, codecs in (("decoder", registry.decoders(syntax.uid)), ("encoder", registry.encoders(syntax.uid))):
        installed = chosen(codecs)
        found[role] = None if installed is None else installed.name
        found[f"{role}s"] = [
            {"name": codec.name, "installed": codec.is_available, "requires": codec.requires} for codec in codecs
        ]
    return found
