"""Reading files: options, policies, what to leave out (PS3.10 7)."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

import dicomkit
from dicomkit import Dataset, ReadOptions, WriteOptions
from dicomkit.core.issue import DicomWarning, Issue, IssueCode
from dicomkit.core.limits import Limits
from dicomkit.errors import IssueError, LimitExceededError, NotDicomError, UnknownKeywordError
from dicomkit.file import read
from tests import hostile_bytes as hb
from tests.corpora import real_files


@pytest.fixture(scope="module")
def data() -> bytes:
    """Make a file with pixels, and something behind them."""
    made = Dataset(SpecificCharacterSet="ISO_IR 192", SOPClassUID="1.2", SOPInstanceUID="1.2.3", PatientName="Ünal",
                   PatientID="1", PixelData=b"\1\2" * 100_000, DataSetTrailingPadding=b"\0\0")  # fmt: skip
    return made.to_bytes()


@pytest.fixture(scope="module")
def odd(data) -> bytes:
    """Make the same file with a deviation: it ends within a header."""
    return data + b"garbage"


def test_stop_before_pixels(data):
    """Pixel Data, and what follows it, is left out; writing gives a file without."""
    ds = dicomkit.dcmread(data, stop_before_pixels=True)
    again = dicomkit.dcmread(ds.to_bytes())
    assert [False, "1", False] == ["PixelData" in ds, ds.PatientID, "PixelData" in again]
    assert ds == again


@pytest.mark.parametrize("tags", [["PatientName"], [0x00100010], ["PatientName", "Rows"]])
def test_specific_tags(tags, data):
    """Only the named elements, and the character set that their text needs, are there."""
    ds = dicomkit.dcmread(data, specific_tags=tags)
    assert [["SpecificCharacterSet", "PatientName"], "Ünal"] == [[e.keyword for e in ds], ds.PatientName]
    with pytest.raises(UnknownKeywordError):
        dicomkit.dcmread(data, specific_tags=["PatientNam"])


@pytest.mark.parametrize("size", [0, 100, "1 KB", "64kb", "1 MB", 10**9])
def test_defer_size(size, data, tmp_path):
    """Whatever is deferred, values and what is written are the same."""
    path = tmp_path / "a.dcm"
    path.write_bytes(data)
    ds = dicomkit.dcmread(path, defer_size=size)
    assert [b"\1\2" * 100_000, data] == [ds.PixelData, ds.to_bytes()]


def test_what_is_no_size(data):
    """A size is a number of bytes, KB, MB or GB."""
    with pytest.raises(ValueError, match="a size is"):
        dicomkit.dcmread(data, defer_size="many")


def test_shorthand_and_options_are_the_same(data):
    """A keyword of dcmread is one field of the options; the others stay."""
    options = ReadOptions(stop_before_pixels=True)
    assert dicomkit.dcmread(data, options) == dicomkit.dcmread(data, stop_before_pixels=True)
    both = dicomkit.dcmread(data, options, specific_tags=["PatientID", "PixelData"])
    assert ["SpecificCharacterSet", "PatientID"] == [element.keyword for element in both]


# -- policies --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [True, {"force": True}, WriteOptions()])
def test_what_are_no_options_is_refused(options, data):
    """The second argument of ported code is no option; a TypeError says what is."""
    with pytest.raises(TypeError, match=r"ReadOptions .* by name"):
        dicomkit.dcmread(data, options)


def test_policy_collect_is_the_default(odd):
    """Deviations are on ds.issues, with the offset."""
    (issue,) = dicomkit.dcmread(odd).issues
    assert [IssueCode.TRUNCATED, len(odd) - 7] == [issue.code, issue.offset]


def test_policy_warn(odd):
    """Each deviation is a DicomWarning, and collected."""
    with pytest.warns(DicomWarning, match="the source ends"):
        ds = dicomkit.dcmread(odd, ReadOptions(issues="warn"))
    assert "1" == ds.PatientID


def test_policy_raise(odd, data):
    """The first deviation is an IssueError that has the Issue; a clean file reads."""
    with pytest.raises(IssueError) as caught:
        dicomkit.dcmread(odd, ReadOptions(issues="raise"))
    assert IssueCode.TRUNCATED == caught.value.issue.code
    assert () == dicomkit.dcmread(data, ReadOptions(issues="raise")).issues


def test_policy_raise_at_the_first_value(data):
    """Under "raise", a value that is wrong raises when it is decoded."""
    made = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", SliceThickness="1.5").to_bytes()
    ds = dicomkit.dcmread(made.replace(b"1.5 ", b"x.y "), ReadOptions(issues="raise"))
    with pytest.raises(IssueError):
        ds.SliceThickness  # noqa: B018  reading is the point


def test_policy_ignore(odd):
    """Nothing is kept."""
    assert () == dicomkit.dcmread(odd, ReadOptions(issues="ignore")).issues


def test_policy_of_a_function(odd):
    """A function is called with each Issue."""
    found: list[Issue] = []
    dicomkit.dcmread(odd, ReadOptions(issues=found.append))
    assert [IssueCode.TRUNCATED] == [issue.code for issue in found]


# -- limits and dictionaries -----------------------------------------------------------------------------------------


def test_limits_bound_what_a_file_makes_the_reader_do(data):
    """Depth and elements have bounds, told by the error."""
    nested = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", ReferencedStudySequence=[Dataset(
        ReferencedStudySequence=[Dataset(PatientID="1")])]).to_bytes()  # fmt: skip
    for source, limits, name in ((nested, Limits(depth=1), "depth"), (data, Limits(elements=3), "elements")):
        with pytest.raises(LimitExceededError) as caught:
            dicomkit.dcmread(source, ReadOptions(limits=limits))
        assert name == caught.value.limit


def test_force_reads_what_does_not_look_like_dicom():
    """force=True takes any bytes for a data set; without it they are refused."""
    odd_start = b"\x20\0\x10\0SH\2\x0012"
    with pytest.raises(NotDicomError):
        dicomkit.dcmread(odd_start)
    assert "12" == dicomkit.dcmread(odd_start, force=True).StudyID


@pytest.mark.parametrize("uid", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"])
def test_form_other_than_declared_is_read_in_the_form_found(uid):
    """A transfer syntax that says another form or byte order is an Issue; the values are right all the same."""
    made = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.2.3", Rows=258, PatientName="A^B")
    data = made.to_bytes(WriteOptions(transfer_syntax=uid))
    other = {"1.2.840.10008.1.2": b"1.2.840.10008.1.2.1\0", "1.2.840.10008.1.2.1": b"1.2.840.10008.1.2.2\0",
             "1.2.840.10008.1.2.2": b"1.2.840.10008.1.2.1\0"}[uid]  # fmt: skip
    old = uid.encode() + b"\0" * (len(uid) % 2)
    at = data.index(b"\2\0\x10\0UI") + 6
    changed = data[:at] + bytes([len(other), 0]) + other + data[at + 2 + len(old) :]
    length = int.from_bytes(changed[140:144], "little") + len(other) - len(old)
    ds = dicomkit.dcmread(changed[:140] + length.to_bytes(4, "little") + changed[144:])
    assert [258, "A^B"] == [ds.Rows, ds.PatientName]
    assert IssueCode.TRANSFER_SYNTAX_MISMATCH in [issue.code for issue in ds.issues]


@pytest.mark.parametrize(("name", "path"), real_files(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_plain_file_is_read_as_any_other(name: str, path: Path, monkeypatch: pytest.MonkeyPatch):
    """What the scanner takes in one call comes out as when each part of the file is looked at by itself."""
    at_once = dicomkit.dcmread(path, force=True)
    monkeypatch.setattr(read, "scan_file", lambda *_: None)
    in_parts = dicomkit.dcmread(path, force=True)
    assert in_parts == at_once
    assert list(in_parts.file_meta.walk()) == list(at_once.file_meta.walk())
    assert in_parts.issues == at_once.issues
    assert (in_parts.transfer_syntax, in_parts.to_bytes()) == (at_once.transfer_syntax, at_once.to_bytes())


@pytest.mark.parametrize("bound", [0, 3, 100])
@pytest.mark.parametrize("form", ["plain", "bare", "stream"])
def test_issues_beyond_the_bound_are_counted(bound, form):
    """Of more deviations than Limits.issues allows, none is kept silently: those left out are counted."""
    odd = b"".join(hb.element(0x00100010 + 16 * i, "LO", b"odd") for i in range(20, 0, -1))  # out of order as well
    data = hb.part10(hb.basic() + odd) if form == "plain" else hb.basic() + odd
    expected = len(dicomkit.dcmread(data, force=True).issues)
    source = BytesIO(data) if form == "stream" else data
    ds = dicomkit.dcmread(source, ReadOptions(limits=Limits(issues=bound), force=True))
    collector = ds._context.collector
    assert [min(bound, expected), expected] == [len(ds.issues), len(ds.issues) + collector.dropped]
    assert expected > 30
