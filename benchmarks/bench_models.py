"""The JSON and XML models of a segmentation of 12,000 frames, and of an image of 200 MB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import dicomkit
from benchmarks import peers
from benchmarks.bench_memory import METER, added
from benchmarks.files import Files
from benchmarks.harness import Comparison, Figure, Subject
from dicomkit.formats import from_json, iter_json, to_json

_STREAM = (
    METER
    + """
import dicomkit
from dicomkit.formats import iter_json, iter_xml

small, *paths = sys.argv[1:]
for make in (iter_json, iter_xml):
    assert sum(map(len, make(dicomkit.dcmread(small)))) > 1_000
reset_peak()
before = status("VmRSS")
for make in (iter_json, iter_xml):
    for path in paths:
        assert sum(map(len, make(dicomkit.dcmread(path)))) > 5_000_000
print(status("VmHWM") - before)
"""
)

_BY_REFERENCE = (
    METER
    + """
import dicomkit
from dicomkit.formats import from_json, to_json

small, path = sys.argv[1:]
from_json(to_json(dicomkit.dcmread(small)))
data = bytes(200 << 20)
reset_peak()
before = status("VmRSS")
model = to_json(dicomkit.dcmread(path), bulk_data_uri=lambda path, element: "bulk:1")
assert model["7FE00010"] == {"vr": "OW", "BulkDataURI": "bulk:1"}
assert from_json(model, bulk_data=lambda uri: data).PixelData is data
print(status("VmHWM") - before)
"""
)


def _model(path: Path) -> int:
    return len(to_json(dicomkit.dcmread(path))["52009230"]["Value"])


def _text(path: Path) -> bool:
    return "".join(iter_json(dicomkit.dcmread(path))).endswith("}}")


def _read(text: str) -> str:
    position = from_json(text).PerFrameFunctionalGroupsSequence[-1].PlanePositionSequence[0].ImagePositionPatient
    assert position is not None
    return f"{float(position[2]):g}"


def subjects(files: Files) -> Iterator[Subject]:
    """Give the comparisons with pydicom, and what a stream and values by reference add to the process."""
    path = files.segmentation(defined=True)
    text = "".join(iter_json(dicomkit.dcmread(path)))
    jobs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "json-model": (partial(_model, path), partial(peers.pydicom_json_model, path)),
        "json-text": (partial(_text, path), partial(peers.pydicom_json_text, path)),
        "json-read": (partial(_read, text), partial(peers.pydicom_from_json, text)),
    }
    for name, (ours, theirs) in jobs.items():
        yield Comparison(f"{name}-vs-pydicom", "pydicom", ours, theirs)
    paths = path, files.bulky()
    yield Figure("memory-model-stream", "MB", lambda: added(_STREAM, files.small_ct(), *paths))
    yield Figure("memory-model-by-reference", "MB", lambda: added(_BY_REFERENCE, files.small_ct(), files.bulky()))
