"""``dicomkit worklist``: ask a peer which procedure steps are scheduled (PS3.4 K)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.cli.arguments import add_color, add_json
from dicomkit.cli.find import tell
from dicomkit.cli.peer import add_peer, associate, positive
from dicomkit.cli.query import add_keys, put_key
from dicomkit.dataset import Dataset, Sequence
from dicomkit.net.services import WORKLIST

if TYPE_CHECKING:
    from argparse import Namespace

    from dicomkit.cli.arguments import Parser
    from dicomkit.cli.terminal import Terminal

__all__ = ["configure", "run"]

_STEP = "ScheduledProcedureStepSequence"
# What a modality asks for (PS3.4 Table K.6-1), of the step and around it.
_OF_STEP = (
    "ScheduledProcedureStepStartDate", "ScheduledProcedureStepStartTime", "Modality", "ScheduledStationAETitle",
    "ScheduledProcedureStepDescription", "ScheduledProcedureStepID",
)  # fmt: skip
_AROUND = ("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "AccessionNumber", "RequestedProcedureID",
           "StudyInstanceUID")  # fmt: skip


def configure(parser: Parser) -> None:
    """Add the command's arguments."""
    add_peer(parser)
    add_keys(parser, f"further keys, those of the step as {_STEP}.Modality=CT")
    parser.add_argument("--date", metavar="DATE", help="of the step: 20241231, or a range 20241201-")
    parser.add_argument("--modality", metavar="CS", help="such as CT")
    parser.add_argument("--station", metavar="AE", help="the AE title that the step is scheduled on")
    parser.add_argument("--patient", metavar="NAME", help="the patient's name, with * and ?")
    parser.add_argument("--limit", type=positive, metavar="N", help="cancel the query after N matches")
    add_json(parser, "a JSON object a line for each step, in the DICOM JSON Model")
    add_color(parser)
    parser.examples(
        "dicomkit worklist ris 11112 --station CT1 --date 20241231",
        "dicomkit worklist ris 11112 --modality MR --json",
    )


def run(arguments: Namespace, terminal: Terminal) -> int:
    """Ask, and show the steps; 1 if there are none."""
    step = Dataset()
    for keyword in _OF_STEP:
        step[keyword] = None
    for keyword, value in (
        ("ScheduledProcedureStepStartDate", arguments.date),
        ("Modality", arguments.modality),
        ("ScheduledStationAETitle", arguments.station),
    ):
        if value is not None:
            put_key(step, keyword, value)
    query = Dataset()
    for keyword in _AROUND:
        query[keyword] = None
    if arguments.patient is not None:
        put_key(query, "PatientName", arguments.patient)
    query[_STEP] = Sequence([step])
    for text in arguments.keys:
        name, equals, value = text.partition("=")
        put_key(query, name, value if equals else None)
    assert WORKLIST.find is not None  # it has nothing else
    with associate(arguments, [WORKLIST.find]) as association:
        return tell(arguments, terminal, query, association.find(query, WORKLIST))
