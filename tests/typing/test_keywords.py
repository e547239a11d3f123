"""The generated stub types each keyword: what comes out, what may go in, and that nothing else is a keyword."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import dicomkit
from dicomkit import dictionary

STUB = Path(dicomkit.__file__).parent / "dataset" / "_keywords.pyi"

#: Each line, the type it reveals (None: an assignment or deletion that is allowed; "error": one that is not).
LINES = [
    ("ds.PatientName", "PersonName"),
    ("ds.PatientID", "str"),
    ("ds.SOPClassUID", "UID"),
    ("ds.Rows", "int | Any"),
    ("ds.SliceThickness", "DSfloat | Any"),
    ("ds.NumberOfFrames", "ISint | Any"),
    ("ds.StudyDate", "Date | Any"),
    ("ds.StudyTime", "Time | Any"),
    ("ds.AcquisitionDateTime", "DateTime | Any"),
    ("ds.PatientAge", "Age | Any"),
    ("ds.PixelSpacing", "MultiValue[DSfloat] | Any"),
    ("ds.WindowCenter", "MultiValue[DSfloat] | DSfloat | Any"),
    ("ds.ImageType", "MultiValue[str] | str"),
    ("ds.FrameIncrementPointer", "MultiValue[Tag] | Tag | Any"),
    ("ds.PixelData", "bytes"),
    ("ds.LUTData", "MultiValue[int] | int | bytes | Any"),
    ("ds.ReferencedImageSequence", "Sequence"),
    ("ds.StudyDate.to_python()", "date | Any"),
    ("ds.PixelSpacing[0]", "DSfloat | Any"),
    ("ds.StudyDate.to_pyhton()", "error"),
    ("ds.get('Rows', 0) + 1", "Any"),
    ("ds.to_json()", "dict[str, Any]"),
    ("ds.to_bytes()", "bytes"),
    ("ds.pixel_array", "ndarray[tuple[Any, ...], dtype[Any]]"),
    ("ds.PatientName = 'A^B'", None),
    ("ds.PatientName = None", None),
    ("ds.StudyDate = date(2026, 1, 31)", None),
    ("ds.StudyDate = '20260131'", None),
    ("ds.SliceThickness = 3", None),
    ("ds.SliceThickness = Decimal('1.5')", None),
    ("ds.SliceThickness = '1.50'", None),
    ("ds.PixelSpacing = [0.5, 0.5]", None),
    ("ds.WindowCenter = 40", None),
    ("ds.PixelData = bytearray(4)", None),
    ("ds.ImageType = ['ORIGINAL', 'PRIMARY']", None),
    ("del ds.PatientName", None),
    ("ds.Rows = '512'", "error"),
    ("ds.PatientName = 3", "error"),
    ("ds.ReferencedImageSequence = 'no'", "error"),
]


def test_each_keyword_has_an_attribute_and_a_docstring() -> None:
    """The stub has the keywords that name one element with a VR, in the order of their tags, and nothing else."""
    body = next(
        node.body
        for node in ast.parse(STUB.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name == "Keywords"
    )
    names = [
        node.target.id for node in body[::2] if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]
    texts = [ast.literal_eval(node.value) for node in body[1::2] if isinstance(node, ast.Expr)]
    expected = [
        name for name, tag in sorted(dictionary.keywords().items(), key=lambda pair: pair[1]) if dictionary.vr(tag)
    ]
    assert expected == names
    assert "(0010,0010) Patient's Name: PN, 1." == texts[names.index("PatientName")]
    assert len(names) == len(texts)


@pytest.mark.slow
def test_mypy_sees_the_types(tmp_path: Path) -> None:
    """mypy reveals the type of each kind of element, takes what may be assigned and refuses what may not."""
    pytest.importorskip("mypy")
    program = tmp_path / "program.py"
    head = "from datetime import date\nfrom decimal import Decimal\nfrom dicomkit import Dataset\n"
    body = [f"    reveal_type({line})" if kind and kind != "error" else f"    {line}" for line, kind in LINES]
    program.write_text(head + "def use(ds: Dataset) -> None:\n" + "\n".join(body) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(program)]
    source = str(Path(dicomkit.__file__).parent.parent)
    answer = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"MYPYPATH": source, "PATH": "/usr/bin:/bin"},
    )
    seen = {}
    for number, kind, text in re.findall(r"program\.py:(\d+): (note|error): (.*)", answer.stdout):
        revealed = re.search('Revealed type is "(.*)"', text)
        seen[int(number)] = re.sub(r"(?:\w+\.)+", "", revealed[1]) if revealed else kind
    first = head.count("\n") + 2
    assert [kind for _, kind in LINES] == [seen.get(first + at) for at in range(len(LINES))]
