"""The right parser for each transfer syntax, and the truth about a frame that has another one's codestream."""

from __future__ import annotations

import pytest

from dicomkit.codecs.codestream import inspect, standard_of
from dicomkit.errors import UnsupportedTransferSyntaxError
from tests.codecs.real_frames import ROOT, RealFrame, named, real_frames

FRAMES = real_frames(50, 51, 57, 70, 80, 81, 90, 91)


@pytest.mark.parametrize("real", FRAMES, ids=lambda real: real.name)
def test_the_header_of_each_real_frame_agrees_with_its_data_set(real: RealFrame):
    """Rows, columns, samples per pixel and the standard are what file and transfer syntax say."""
    info = inspect(real.uid, real.data)
    expected = real.frame.rows, real.frame.columns, real.frame.samples_per_pixel
    assert expected == (info.rows, info.columns, info.samples_per_pixel)
    assert standard_of(real.uid) == info.standard
    assert info.is_complete
    assert info == inspect(real.uid, memoryview(real.data))


def test_a_frame_under_the_wrong_transfer_syntax_is_told_for_what_it_is():
    """A JPEG 2000 codestream that the file calls JPEG Baseline is described as JPEG 2000."""
    assert "JPEG 2000" == inspect(f"{ROOT}50", named("MR_small_jp2klossless.dcm").data).standard


def test_a_transfer_syntax_without_codestreams_is_refused():
    """RLE frames have no header that says what they are."""
    with pytest.raises(UnsupportedTransferSyntaxError):
        inspect("1.2.840.10008.1.2.5", b"\0" * 64)


@pytest.mark.parametrize(
    ("number", "standard"),
    [(50, "JPEG"), (70, "JPEG"), (81, "JPEG-LS"), (90, "JPEG 2000"), (202, "HTJ2K"), (110, "JPEG XL"), (100, "")],
)
def test_standard_of_a_transfer_syntax(number: int, standard: str):
    """Each transfer syntax with codestreams belongs to one standard; MPEG-2 to none of these."""
    assert standard == standard_of(f"{ROOT}{number}")
