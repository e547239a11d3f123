"""Reports, key object selections and presentation states under attack: read, shown, built again of what was read."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

import dicomkit
from dicomkit.errors import DicomError
from dicomkit.objects import (
    Annotation,
    CircularShutter,
    Code,
    DisplayedArea,
    GraphicLayer,
    GraphicObject,
    RectangularShutter,
    SoftcopyPresentation,
    TextObject,
    by_reference,
    content_item,
    content_problems,
    content_tree,
    evidence_of,
    key_object_selection,
    key_objects,
    presentation_state,
    presented_instances,
    report_html,
    report_text,
    softcopy_presentation,
    structured_report,
)
from dicomkit.pixels import LookupTable, render
from tests.corpora import real_file
from tests.objects.test_report_document import CINE, EVIDENCE, document
from tests.pixels.images import image, ramp

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

_PRESENTATION = "1.2.840.10008.5.1.4.1.1.11."
_NAME = Code(value="1", scheme="DCM", meaning="Name")


@cache
def _image() -> dicomkit.Dataset:
    """Give the image that presentation states are of."""
    uids = {"StudyInstanceUID": "1.2.826.1", "SeriesInstanceUID": "1.2.826.2"}
    return image(ramp(8, 12, np.uint16) * 40, BitsStored=12, HighBit=11, **uids)


@cache
def seeds() -> tuple[bytes, ...]:
    """Give files of each kind."""
    reference = content_item("TEXT", _NAME, "x")
    crossed = content_item("TEXT", _NAME, "y", children=[by_reference(reference, "INFERRED FROM")])
    said = SoftcopyPresentation(
        window=(1000, 1500),
        rotation=90,
        area=DisplayedArea(left=2, top=3, right=11, bottom=7, size_mode="MAGNIFY", magnification=2.0),
        shutters=(CircularShutter(row=4, column=6, radius=3), RectangularShutter(left=2, right=11, upper=2, lower=7)),
        layers=(GraphicLayer(name="A", color=(255, 0, 0)),),
        annotations=(
            Annotation(
                layer="A",
                graphics=(GraphicObject(kind="CIRCLE", points=((6.0, 4.0), (8.0, 4.0)), is_filled=True),),
                texts=(TextObject(text="here", anchor=(6.0, 4.0)),),
            ),
        ),
    )
    table = LookupTable(np.arange(20, dtype=np.uint16), bits=12)
    made = (
        structured_report(document(), EVIDENCE),
        structured_report(content_item("CONTAINER", _NAME, children=[reference, crossed])),
        key_object_selection([(CINE, [1, 2]), *EVIDENCE], "Best In Set", "words", modifiers=["Series"]),
        presentation_state([_image()], said),
        presentation_state([_image()], SoftcopyPresentation(window=table, presentation_lut=table)),
    )
    files = tuple([ds.to_bytes() for ds in made])
    return (*files, real_file("test-SR.dcm").read_bytes())


def run(data: bytes) -> Hashable:
    """Do with a file what can be done with one of its kind."""
    ds = dicomkit.dcmread(data)
    if str(ds.get("SOPClassUID") or "").startswith(_PRESENTATION):
        return _state(ds)
    root = content_tree(ds)
    report_text(ds)
    report_html(ds)
    count = sum(1 for _ in content_problems(root, "Comprehensive SR"))
    found = frozenset(issue.code for issue in ds.issues)
    return (
        found,
        count.bit_length(),
        _outcome(lambda: len(evidence_of(ds))),
        _outcome(lambda: len(key_objects(ds).references)),
        _outcome(lambda: len(structured_report(root, [ds]))),
    )


def _state(ds: dicomkit.Dataset) -> Hashable:
    instances = presented_instances(ds)
    outcomes = (
        _outcome(lambda: len(softcopy_presentation(ds).annotations)),
        _outcome(lambda: render(_image(), presentation=ds).array.ndim),
        _outcome(lambda: len(presentation_state([_image()], softcopy_presentation(ds)))),
    )
    return len(instances), outcomes, frozenset(issue.code for issue in ds.issues)


def _outcome(action: Callable[[], int]) -> Hashable:
    try:
        return action().bit_length()
    except DicomError as error:
        return type(error).__name__
