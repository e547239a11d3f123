"""F5: reading takes at most 16 MiB and four times the bytes read; a declared length is not a reason to allocate."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import hostile
from tests.faults.confine import confined
from tests.hostile_bytes import EXPLICIT_LE, UNDEFINED, basic, deflated, element, header, item, part10

# The rule is applied to each file by itself: the limit moves along with what the process already has.
_UNDER_THE_RULE = """
import io, pathlib, resource

def limited(job, size):
    current = status("VmSize")
    resource.setrlimit(resource.RLIMIT_AS, (current + (16 << 20) + 4 * size, resource.RLIM_INFINITY))
    try:
        job()
    except DicomError:
        pass
    except Exception as error:
        return repr(error)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return ""

def everything(source):
    ds = dicomkit.dcmread(source)
    ds.check()
    dicomkit.dcmwrite(io.BytesIO(), ds)

failures, count = [], 0
for path in sorted(pathlib.Path(ARGUMENTS[0]).iterdir()):
    data = path.read_bytes()
    sources = {"bytes": data, "path": path, "stream": io.BytesIO(data)}
    if not count:
        for source in sources.values():
            everything(source)
    for name, source in sources.items():
        count += 1
        failure = limited(lambda: everything(source), len(data))
        if failure:
            failures.append(f"{path.name} from {name}: {failure}")
answer(failures=failures[:20], count=count)
"""


def _more() -> dict[str, bytes]:
    """Give further ways to promise much: items, fragments, tables, nested and deflated."""
    huge = 0xFFFFFFFE
    pixel = header(0x7FE00010, "OB", UNDEFINED)
    jpeg = "1.2.840.10008.1.2.4.50"
    return {
        "a_first": part10(basic()),
        "item": part10(basic() + header(0x00400275, "SQ", UNDEFINED) + item(b"", length=huge)),
        "item_of_defined": part10(basic() + header(0x00400275, "SQ", huge) + item(b"", length=huge)),
        "fragment": part10(basic() + pixel + item() + item(b"\xff\xd8", length=huge), jpeg),
        "offset_table": part10(basic() + pixel + item(bytes(8), length=huge), jpeg),
        "extended_offset_table": part10(basic() + element(0x7FE00001, "OV", bytes(8), length=huge) + pixel, jpeg),
        "deflated": part10(deflated(basic() + header(0x7FE00010, "OW", huge) + bytes(20)), "1.2.840.10008.1.2.1.99"),
        "meta": part10(basic(), meta=element(0x00020000, "UL", b"\xfe\xff\xff\xff")),
        "meta_element": part10(b"", meta=element(0x00020001, "OB", b"\0\1", length=huge)),
        "frames": part10(
            element(0x00280008, "IS", b"2147483647")
            + element(0x00280010, "US", b"\xff\xff")
            + element(0x00280011, "US", b"\xff\xff")
            + element(0x7FE00010, "OW", bytes(64)),
            EXPLICIT_LE,
        ),
    }


@pytest.mark.timeout(600)
def test_lying_lengths_allocate_nothing(tmp_path: Path) -> None:
    """F5: more than 1,000 files of under 500 bytes that declare up to 4 GiB stay under the rule, virtual memory too."""
    files = {case.name: case.build() for case in hostile.lying_lengths()} | _more()
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    result = confined(_UNDER_THE_RULE, str(tmp_path), timeout=300)
    assert 0 == result.status, result
    assert 1000 < len(files)
    assert {"failures": [], "count": 3 * len(files)} == result.answer
