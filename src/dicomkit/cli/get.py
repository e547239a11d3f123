"""``dicomkit get``: fetch instances over the same association (C-GET, PS3.4 C.4.3, PS3.7 9.1.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit import dictionary
from dicomkit.cli.arguments import add_json
from dicomkit.cli.peer import add_peer, associate, status_text
from dicomkit.cli.query import add_keys, add_level, model_of, retrieval_of
from dicomkit.cli.terminal import CommandError
from dicomkit.dataset import Dataset
from dicomkit.errors import DimseStatusError, UnknownKeywordError, counted, escaped
from dicomkit.net.services import PATIENT_ROOT, STUDY_ROOT

if TYPE_CHECKING:
    from argparse import Namespace

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.terminal import Terminal
    from dicomkit.net.services import InformationModel

__all__ = ["configure", "run"]


def configure(parser: Parser) -> None:
    """Add the command's arguments."""
    add_peer(parser)
    add_keys(parser, "which instances: StudyInstanceUID=1.2.3, SeriesInstanceUID=…, PatientID=…")
    add_level(parser, ("study", "patient", "patient-study", "instance", "without-bulk-data"))
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="the folder that they are written to")
    parser.add_argument(
        "--sop-class",
        action="append",
        metavar="UID",
        help="a SOP Class that may come, by UID or keyword; if none is named the peer is asked first which there are",
    )
    add_json(parser, "a JSON object a line for each instance: file")
    parser.examples(
        "dicomkit get pacs 11112 StudyInstanceUID=1.2.3 -o study/",
        "dicomkit get pacs 11112 SeriesInstanceUID=1.2.3.4 -o series/ --sop-class CTImageStorage",
    )


def run(arguments: Namespace, terminal: Terminal) -> int:
    """Fetch the instances, and say where they are."""
    model = model_of(arguments)
    query = retrieval_of(arguments)
    if model.get is None:
        raise CommandError(f"{model.name} has no C-GET")
    classes = _named(arguments.sop_class) if arguments.sop_class else _found(arguments, terminal, query, model)
    count = 0
    with associate(arguments, [model.get], receive=classes) as association:
        results = association.get(query, model, into=arguments.output)
        try:
            for path in results:
                count += 1
                if arguments.json:
                    terminal.json({"file": str(path)})
        except DimseStatusError as error:
            terminal.error(error)
            return 1
        status = results.status
    if not arguments.json:
        terminal.line(f"{counted(count, 'instance')} in {escaped(arguments.output, 1000)}")
        if status is not None and not status.is_success:
            terminal.line(status_text(status))
    return 0 if count and (status is None or status.is_success) else 1


def _named(names: list[str]) -> list[str]:
    try:
        return list(dict.fromkeys([name if name[:1].isdigit() else dictionary.uid(name) for name in names]))
    except UnknownKeywordError as error:
        raise CommandError(str(error)) from None


def _found(arguments: Namespace, terminal: Terminal, query: Dataset, model: InformationModel) -> list[str] | None:
    """Ask which SOP Classes there are: an association has room for 128, and the standard more. None if nobody says."""
    finding = PATIENT_ROOT if model is PATIENT_ROOT else STUDY_ROOT
    assert finding.find is not None  # both have it
    ask = Dataset(QueryRetrieveLevel="STUDY", SOPClassesInStudy=None)
    for keyword in ("PatientID", "StudyInstanceUID"):
        if keyword in query:
            ask[keyword] = query[keyword].value
    if "StudyInstanceUID" not in query:
        return None
    with associate(arguments, [finding.find]) as association:
        if not association.accepts(finding.find):
            return None
        try:
            classes = {uid for match in association.find(ask, finding) for uid in _values(match)}
            if not classes:
                ask = Dataset(QueryRetrieveLevel="IMAGE", SOPClassUID=None, SeriesInstanceUID=None, SOPInstanceUID=None)
                ask.StudyInstanceUID = query.StudyInstanceUID
                classes = {match.SOPClassUID for match in association.find(ask, finding) if match.get("SOPClassUID")}
        except DimseStatusError as error:
            terminal.note(f"which SOP Classes there are is not known: {error}")
            return None
    return sorted(classes) or None


def _values(match: Dataset) -> list[str]:
    value = match.get("SOPClassesInStudy") or []
    return [value] if isinstance(value, str) else list(value)
