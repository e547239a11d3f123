"""`dicomkit transcode`: the forms of a data set and of its pixels, and a clear word where one makes no sense."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import dicomkit
from dicomkit.cli.terminal import CommandError
from dicomkit.cli.transcode import parse_syntax
from tests import hostile_bytes as hb
from tests.cli.conftest import Run
from tests.corpora import real_file

FORMS = {
    "implicit": "1.2.840.10008.1.2",
    "explicit": "1.2.840.10008.1.2.1",
    "deflated": "1.2.840.10008.1.2.1.99",
    "big-endian": "1.2.840.10008.1.2.2",
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_and_back(form: str, run: Run, file: Path, tmp_path: Path):
    """The transfer syntax is the one asked for, and back in the first form the data set is what it was."""
    there, back = tmp_path / "there.dcm", tmp_path / "back.dcm"
    result = run("transcode", file, "--to", form, "-o", there)
    assert (0, "") == (result.status, result.err)
    assert FORMS[form] == dicomkit.dcmread(there).file_meta.TransferSyntaxUID
    assert 0 == run("transcode", there, "--to", "explicit", "-o", back).status
    assert [] == dicomkit.dcmread(file).diff(dicomkit.dcmread(back))


@pytest.mark.interop
@pytest.mark.parametrize(
    ("form", "option"), [("implicit", "+ti"), ("explicit", "+te"), ("big-endian", "+tb"), ("deflated", "+td")]
)
@pytest.mark.parametrize("name", ["MR_small.dcm", "MR_small_bigendian.dcm", "rtplan.dcm", "test-SR.dcm"])
def test_dcmconv_writes_the_same(
    name: str, form: str, option: str, run: Run, corpus: object, tmp_path: Path, require_peer: Callable[[str], str]
):
    """DCMTK's dcmconv reads what we write and, asked for the same form, shows the same elements and values."""
    ours, theirs = tmp_path / "ours.dcm", tmp_path / "theirs.dcm"
    source = real_file(name)
    assert 0 == run("transcode", source, "--to", form, "-o", ours).status
    subprocess.run([require_peer("dcmconv"), option, "-g", str(source), str(theirs)], check=True, capture_output=True)
    # Group lengths are a choice of the writer, -g leaves them out.
    arguments = [
        "--no-meta",
        *(f"--ignore=({group:04X},0000)" for group in range(0x0008, 0x0050, 2)),
        "--ignore=(7FE0,0000)",
    ]
    result = run("diff", theirs, ours, *arguments)
    assert (0, "") == (result.status, result.out)
    shown = subprocess.run([require_peer("dcmdump"), "-q", str(ours)], check=True, capture_output=True)
    assert b"SOPClassUID" in shown.stdout


def test_a_form_already_there_is_a_copy(run: Run, file: Path, tmp_path: Path):
    """Asked for the form that it has, a file is copied byte for byte."""
    assert 0 == run("transcode", file, "--to", "explicit", "-o", tmp_path / "copy.dcm").status
    assert file.read_bytes() == (tmp_path / "copy.dcm").read_bytes()


def test_pixels_there_and_back(run: Run, file: Path, tmp_path: Path):
    """To frames in fragments and back to native, by what is always installed: the same samples."""
    there, back = tmp_path / "there.dcm", tmp_path / "back.dcm"
    for syntax in ("uncompressed-frames", "rle", "deflated-frames"):
        result = run("transcode", file, "--to", syntax, "-o", there)
        assert (0, "") == (result.status, result.err)
        assert dicomkit.dcmread(there).transfer_syntax.is_encapsulated
        assert 0 == run("transcode", there, "--to", "explicit", "-o", back).status
        assert dicomkit.dcmread(file).PixelData == dicomkit.dcmread(back).PixelData


def test_offset_tables(run: Run, corpus: object, tmp_path: Path):
    """An Extended Offset Table in front of frames that are copied as they are (PS3.3 C.7.6.3.1.8)."""
    out = tmp_path / "out.dcm"
    arguments = ("--to", "jpeg-ls", "--offset-table", "extended", "-o", out)
    assert 0 == run("transcode", real_file("emri_small_jpeg_ls_lossless.dcm"), *arguments).status
    ds = dicomkit.dcmread(out)
    assert (80, 80) == (len(ds.ExtendedOffsetTable), len(ds.ExtendedOffsetTableLengths))
    expected = dicomkit.dcmread(real_file("emri_small_jpeg_ls_lossless.dcm"))
    assert list(dicomkit.file.iter_frame_bytes(expected)) == list(dicomkit.file.iter_frame_bytes(ds))


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("CT_small.dcm", ["--to", "1.2.840.10008.1.2.4.102"], "holds a stream"),
        ("CT_small.dcm", ["--to", "jpegxl-jpeg"], "JPEG Recompression"),
        ("OBXXXX1A.dcm", ["--to", "jpeg"], "would lose something of palette entries"),
        ("CT_small.dcm", ["--to", "rle", "--quality", "3"], "no option quality"),
        ("CT_small.dcm", ["--to", "rle", "--threads", "0"], "--threads"),
        ("JPEG2000.dcm", ["--to", "1.2.840.10008.1.2.4.94"], "no Pixel Data of its own"),
    ],
)
def test_what_makes_no_sense_is_refused(
    name: str, arguments: list[str], message: str, run: Run, corpus: object, tmp_path: Path
):
    """One line, status 2, and nothing is written."""
    out = tmp_path / "out.dcm"
    result = run("transcode", real_file(name), *arguments, "-o", out)
    assert (2, "", 1) == (result.status, result.out, result.err.count("\n"))
    assert message in result.err
    assert [] == list(tmp_path.iterdir())


def test_the_data_set_of_a_compressed_form_without_pixels(run: Run, corpus: object, tmp_path: Path):
    """Where there is no Pixel Data any form can be had."""
    ds = dicomkit.dcmread(real_file("JPEG2000.dcm"))
    del ds.PixelData
    source, out = tmp_path / "no_pixels.dcm", tmp_path / "out.dcm"
    ds.save_as(source)
    assert 0 == run("transcode", source, "--to", "implicit", "-o", out).status
    assert dicomkit.dcmread(out).transfer_syntax.is_implicit


def test_links_in_a_folder_are_not_written_through(run: Run, file: Path, tmp_path: Path):
    """A link in the folder that is written to leads to no file outside."""
    before = file.read_bytes()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "small.dcm").symlink_to(file)
    result = run("transcode", file, "--to", "implicit", "-o", tmp_path / "out")
    assert (2, before) == (result.status, file.read_bytes())
    assert "small.dcm is a link" in result.err


def test_json_says_what_became_what(run: Run, file: Path, tmp_path: Path):
    """A line a file: file, output, from, to."""
    out = tmp_path / "out.dcm"
    expected = {"file": str(file), "output": str(out), "from": FORMS["explicit"], "to": FORMS["implicit"]}
    assert expected == run("transcode", file, "--to", "implicit", "-o", out, "--json").json


def test_streams(run: Run, file: Path):
    """`-` on both sides makes it a filter."""
    result = run("transcode", "-", "--to", "implicit", "-o", "-", stdin=file.read_bytes())
    assert (0, "", True) == (result.status, result.err, dicomkit.dcmread(result.data).transfer_syntax.is_implicit)


def test_an_output_is_asked_for(run: Run, file: Path):
    """Without -o or --to nothing happens."""
    assert (2, 1) == ((result := run("transcode", file, "--to", "implicit")).status, result.err.count("\n"))
    assert (2, 1) == ((result := run("transcode", file, "-o", "x")).status, result.err.count("\n"))


def test_names_of_transfer_syntaxes():
    """Short names in any case, keywords of PS3.6 and UIDs; everything else is refused."""
    for name in ("implicit", "IMPLICIT", "ImplicitVRLittleEndian", "1.2.840.10008.1.2"):
        assert "1.2.840.10008.1.2" == parse_syntax(name).uid
    assert "1.2.840.10008.1.2.4.50" == parse_syntax("jpeg").uid
    for name in ("tiff", "", "1.2.3", "CTImageStorage", "1.2.840.10008.1.1"):
        with pytest.raises(CommandError):
            parse_syntax(name)


def test_a_large_file_moves_the_bar(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """While one large file is written, parts of it are shown as done, up to all of it."""
    large, shown = tmp_path / "large.dcm", list[float]()
    large.write_bytes(hb.part10(hb.basic() + hb.element(0x7FE00010, "OW", bytes(8 << 20))))
    monkeypatch.setattr("dicomkit.cli.progress.SilentProgress.part", lambda self, fraction: shown.append(fraction))
    assert 0 == run("transcode", large, "--to", "implicit", "-o", tmp_path / "out.dcm").status
    assert len(shown) > 3
    assert shown == sorted(shown)
    assert shown[-1] == pytest.approx(1, abs=0.001)
