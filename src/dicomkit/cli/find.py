"""``dicomkit find``: ask a peer what it has (C-FIND, PS3.4 C.4.1, PS3.7 9.1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit._lazy import load
from dicomkit.cli.arguments import add_color, add_json
from dicomkit.cli.peer import add_peer, associate, positive
from dicomkit.cli.query import add_keys, add_level, columns_of, model_of, query_of, show
from dicomkit.cli.terminal import CommandError
from dicomkit.net.services import FindExtension
from dicomkit.net.ul import ExtendedNegotiation

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Iterator

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.terminal import Terminal
    from dicomkit.dataset import Dataset

__all__ = ["configure", "run", "tell"]


def configure(parser: Parser) -> None:
    """Add the command's arguments."""
    add_peer(parser)
    add_keys(parser, "what must match, and what is asked for: PatientName='DOE*' StudyDate=20200101- StudyDescription")
    add_level(parser, ("study", "patient", "patient-study"))
    parser.add_argument("--limit", type=positive, metavar="N", help="cancel the query after N matches")
    parser.add_argument("--fuzzy", action="store_true", help="negotiate fuzzy matching of names, if the peer has it")
    parser.add_argument("--relational", action="store_true", help="negotiate queries without the keys of higher levels")
    add_json(parser, "a JSON object a line for each match, in the DICOM JSON Model")
    add_color(parser)
    parser.examples(
        "dicomkit find localhost 11112 'PatientName=DOE*' StudyDate=20240101-20241231",
        "dicomkit find localhost 11112 StudyInstanceUID=1.2.3 --level SERIES",
        "dicomkit find localhost 11112 --limit 20 --json Modality=CT",
    )


def run(arguments: Namespace, terminal: Terminal) -> int:
    """Ask, and show what is found; 1 if nothing is."""
    model, query = model_of(arguments), query_of(arguments.keys, arguments.level)
    if model.find is None:
        raise CommandError(f"{model.name} has no C-FIND")
    extended = []
    if arguments.fuzzy or arguments.relational:
        wished = FindExtension(relational_queries=arguments.relational, fuzzy_names=arguments.fuzzy)
        extended.append(ExtendedNegotiation(model.find, wished.encode()))
    with associate(arguments, [model.find], extended=extended) as association:
        return tell(arguments, terminal, query, association.find(query, model))


def tell(arguments: Namespace, terminal: Terminal, query: Dataset, matches: Iterable[Dataset]) -> int:
    """Show the matches as a table or as JSON; return 1 if there are none."""
    found = _first(matches, arguments.limit)
    count = 0
    if arguments.json:
        for match in found:
            count += 1
            terminal.json_pieces(load("iter_json")(match))
    else:
        count = show(terminal, columns_of(query), found)
        more = ", and there may be more" if arguments.limit is not None and count == arguments.limit else ""
        terminal.note(f"{count:,} found{more}")
    return 0 if count else 1


def _first(matches: Iterable[Dataset], limit: int | None) -> Iterator[Dataset]:
    """As many as were asked for; leaving the loop cancels the query."""
    for count, match in enumerate(matches, 1):
        yield match
        if count == limit:
            return
