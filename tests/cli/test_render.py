"""`dicomkit render`: one picture, several, a cine, a contact sheet."""

from __future__ import annotations

import io
import shutil
from argparse import ArgumentTypeError
from pathlib import Path

import numpy as np
import pytest

import dicomkit
from dicomkit.cli.render import parse_frames, parse_size, parse_window
from dicomkit.objects import waveform_groups, waveform_picture
from dicomkit.pixels import render
from tests.cli.conftest import Run
from tests.corpora import real_file
from tests.pixels.images import image, ramp

Image = pytest.importorskip("PIL.Image")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Give an image of 8 rows and 16 columns whose pixels are twice as high as wide."""
    path = tmp_path / "image.dcm"
    image(ramp(8, 16), PixelSpacing=[2, 1]).save_as(path)
    return path


@pytest.fixture
def cine(tmp_path: Path) -> Path:
    """Give an image of three frames, shown 50 ms each."""
    path = tmp_path / "cine.dcm"
    frames = np.stack([ramp(4, 4), ramp(4, 4) + 100, ramp(4, 4) + 200])
    image(frames[0], NumberOfFrames=3, PixelData=frames.tobytes(), FrameTime=50).save_as(path)
    return path


def pixels(data: Path | bytes) -> np.ndarray:
    """Give the pixels of a picture."""
    with Image.open(data if isinstance(data, Path) else io.BytesIO(data)) as opened:
        return np.asarray(opened.convert("L") if opened.mode == "P" else opened)


def test_a_picture_is_what_the_library_makes(run: Run, picture: Path, tmp_path: Path):
    """The file has the pixels of `render`, of the shape that they have, and one line says so."""
    out = tmp_path / "new" / "out.png"
    result = run("render", picture, "-o", out)
    assert (0, f"{picture}, frame 0 -> {out}: 16x16\n", "") == (result.status, result.out, result.err)
    np.testing.assert_array_equal(render(dicomkit.dcmread(picture), aspect=True).array, pixels(out))


def test_options_are_those_of_the_library(run: Run, picture: Path, tmp_path: Path):
    """Window, inversion, size and aspect."""
    out = tmp_path / "out.tif"
    assert 0 == run("render", picture, "-o", out, "--window", "64,1", "--invert", "--no-aspect").status
    np.testing.assert_array_equal((ramp(8, 16) < 64) * 255, pixels(out))
    assert 0 == run("render", picture, "-o", out, "--size", "32x20", "--window=-5.5,1").status
    assert (20, 20) == pixels(out).shape
    assert {255} == set(pixels(out).ravel().tolist())


def test_frames_are_files(run: Run, cine: Path, tmp_path: Path):
    """Each frame of a range is a file with its number; one frame has the name that was given."""
    result = run("render", cine, "-o", tmp_path / "f.png", "--frames", "1-", "--json")
    expected = [
        {
            "files": [str(cine)],
            "frames": [number],
            "output": str(tmp_path / f"f-000{number}.png"),
            "rows": 4,
            "columns": 4,
        }
        for number in (1, 2)
    ]
    assert (0, expected) == (result.status, result.json_lines)
    assert 200 == pixels(tmp_path / "f-0002.png")[0, 0]
    run("render", cine, "-o", tmp_path / "g.png", "--frames", "1")
    assert 100 == pixels(tmp_path / "g.png")[0, 0]


def test_links_in_a_folder_are_not_written_through(run: Run, cine: Path, tmp_path: Path):
    """A link in the folder that pictures go to, also of one frame of several, leads to no file outside."""
    outside, folder = tmp_path / "outside", tmp_path / "out"
    outside.write_bytes(b"mine")
    folder.mkdir()
    for name in (f"{cine.stem}.png", f"{cine.stem}-0001.png"):
        (folder / name).symlink_to(outside)
    for frames, written in (("0", []), ("0-1", [f"{cine.stem}-0000.png"])):
        result = run("render", cine, "--frames", frames, "-o", folder)
        assert (2, b"mine") == (result.status, outside.read_bytes())
        assert "is a link" in result.err
        assert written == [path.name for path in folder.iterdir() if not path.is_symlink()]


def test_a_cine(run: Run, cine: Path, tmp_path: Path):
    """All frames, each for its time."""
    out = tmp_path / "out.gif"
    assert f"{cine}, 3 frames -> {out}: 4x4\n" == run("render", cine, "-o", out, "--cine").out
    with Image.open(out) as opened:
        assert (3, 50) == (opened.n_frames, opened.info["duration"])


def test_a_contact_sheet_of_several_files(run: Run, cine: Path, picture: Path, tmp_path: Path):
    """All frames of all files side by side, scaled to thumbnails or to a size."""
    out = tmp_path / "out.png"
    result = run("render", picture, cine, "-o", out, "--sheet", "2", "--size", "10")
    assert (0, f"2 files, 4 frames -> {out}: 22x22\n") == (result.status, result.out)
    assert (22, 22) == pixels(out).shape
    run("render", picture, cine, "-o", out, "--sheet")
    assert (322, 322) == pixels(out).shape


def test_a_folder_keeps_its_shape(run: Run, picture: Path, corpus: object, tmp_path: Path):
    """Pictures of a folder have the names of its files; what is no image and what is not DICOM are counted."""
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    shutil.copyfile(picture, folder / "deep" / "IM0001")
    shutil.copyfile(real_file("rtplan.dcm"), folder / "none.dcm")
    (folder / "text.txt").write_text("text")
    result = run("render", folder, "-o", tmp_path / "out", "--format", "jpg")
    assert (0, ["IM0001.jpg"]) == (result.status, [path.name for path in (tmp_path / "out").rglob("*.*")])
    assert ["1 file is not DICOM and skipped", "1 file is no image and left out"] == [
        line.partition(": ")[2] for line in result.err.splitlines()
    ]


def test_standard_output(run: Run, picture: Path):
    """One picture can go to a program."""
    result = run("render", picture, "-o", "-", "--format", "gif")
    assert (0, b"GIF8") == (result.status, result.data[:4])
    assert b"\x89PNG" == run("render", "-", "-o", "-", stdin=picture.read_bytes()).data[:4]


def test_a_presentation_state(run: Run, picture: Path, tmp_path: Path):
    """The state that is named is applied, and one of another image refused."""
    reference = dicomkit.Dataset(ReferencedSOPInstanceUID="1.2.3.4")
    state = dicomkit.Dataset(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.11.1",
        SOPInstanceUID="1.2.3.5",
        ReferencedSeriesSequence=[dicomkit.Dataset(ReferencedImageSequence=[reference])],
        PresentationLUTShape="INVERSE",
    )
    state.save_as(tmp_path / "state.dcm")
    out = tmp_path / "out.png"
    run("render", picture, "-o", out, "--presentation", tmp_path / "state.dcm", "--no-aspect")
    np.testing.assert_array_equal(255 - ramp(8, 16), pixels(out))
    other = tmp_path / "other.dcm"
    image(ramp(), SOPInstanceUID="1.9").save_as(other)
    result = run("render", other, "-o", out, "--presentation", tmp_path / "state.dcm")
    assert (2, 1) == (result.status, result.err.count("\n"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-o", "a.bmp"], "no kind of picture"),
        (["-o", "a.png", "--frames", "3"], "no frame 3"),
        (["-o", "a.png", "--frames", "0-3"], "no frame 3"),
        (["-o", "-", "--frames", "all"], "one picture"),
        (["-o", "a.jpg", "--cine"], "JPEG"),
        (["-o", "a.png", "--format", "jpg"], "--format jpg"),
        (["-o", ".", "--sheet"], "is a folder"),
        (["-o", "a.png", "--window", "3"], "no window 3"),
        (["-o", "a.png", "--window", "wide"], "is no window"),
        (["-o", "a.png", "--size", "0"], "is no size"),
        (["-o", "a.png", "--quality", "0"], "is no quality"),
        (["-o", "a.png", "--sheet", "0"], "is no number of columns"),
    ],
)
def test_what_makes_no_sense(arguments: list[str], says: str, run: Run, cine: Path, monkeypatch: pytest.MonkeyPatch):
    """It is said in one line, the status is 2, and no file is made."""
    monkeypatch.chdir(cine.parent)
    result = run("render", cine, *arguments)
    assert (2, "", 1) == (result.status, result.out, result.err.count("\n"))
    assert says in result.err
    assert [cine.name] == [path.name for path in cine.parent.iterdir()]


def test_what_is_no_image(run: Run, corpus: object, tmp_path: Path):
    """A named file without pixels is an error; so is a sheet of nothing."""
    result = run("render", real_file("rtplan.dcm"), "-o", tmp_path / "a.png")
    assert (2, 1) == (result.status, result.err.count("\n"))
    result = run("render", real_file("rtplan.dcm"), "-o", tmp_path / "a.png", "--sheet")
    assert (2, 2) == (result.status, result.err.count("\n"))


def test_how_arguments_are_read():
    """Frames, windows and sizes."""
    assert [(3, 3), (0, 9), (5, None), (0, None)] == [parse_frames(text) for text in ("3", "0-9", "5-", "all")]
    assert [(40, 400), (-600.5, 1500), 2, "full"] == [parse_window(t) for t in ("40,400", "-600.5,1500", "2", "full")]
    assert [512, (640, 480)] == [parse_size(text) for text in ("512", "640x480")]


@pytest.mark.parametrize("text", ["", "-1", "a", "3-1", "1-b", "1" * 50, "²"])
def test_frames_that_are_none(text: str):
    """Anything else is no range."""
    with pytest.raises(ArgumentTypeError):
        parse_frames(text)


def test_a_waveform_is_plotted(run: Run, tmp_path: Path, corpus: object):
    """Its groups of channels take the place of frames: one, all of them, those of a folder; options for size hold."""
    ecg = real_file("waveform_ecg.dcm")
    out = tmp_path / "ecg.png"
    result = run("render", ecg, "-o", out)
    assert (0, f"{ecg}, frame 0 -> {out}: 1425x1350\n") == (result.status, result.out)
    groups = waveform_groups(dicomkit.dcmread(ecg))
    np.testing.assert_array_equal(waveform_picture(groups[0]).array, pixels(out))
    assert 0 == run("render", ecg, "-o", out, "--frames", "all", "--size", "300").status
    assert (284, 300, 3) == pixels(tmp_path / "ecg-0000.png").shape
    assert (300, 72, 3) == pixels(tmp_path / "ecg-0001.png").shape
    folder = tmp_path / "files"
    folder.mkdir()
    shutil.copyfile(ecg, folder / "ecg.dcm")
    assert 0 == run("render", folder, "-o", tmp_path / "pictures").status
    assert (1350, 1425, 3) == pixels(tmp_path / "pictures" / "ecg.png").shape
    assert 0 == run("render", ecg, "-o", tmp_path / "ecg.gif", "--cine", "--size", "200").status
    with Image.open(tmp_path / "ecg.gif") as opened:
        assert (2, 2000) == (opened.n_frames, opened.info["duration"])
    result = run("render", ecg, "-o", out, "--frames", "2")
    assert (2, True) == (result.status, "there is no group of channels 2: it has 2" in result.err)
