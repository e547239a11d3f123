"""From one transfer syntax to another and back: what loses nothing is the same, what loses says so."""

from __future__ import annotations

import io
import subprocess
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest

import dicomkit
from dicomkit import Dataset
from dicomkit.codecs import DEFAULT_REGISTRY, EncodeOptions, Registry
from dicomkit.errors import CodecError, PixelError
from dicomkit.pixels import compress, decompress, overlays, pixel_array, transcode, write_transcoded
from tests.corpora import real_file

ROOT = "1.2.840.10008.1.2"
EXPLICIT, UNCOMPRESSED = f"{ROOT}.1", f"{ROOT}.1.98"
BASELINE, LOSSLESS_JPEG, JPEG_LS, NEAR = (f"{ROOT}.4.{number}" for number in (50, 70, 80, 81))
J2K, HTJ2K, XL_LOSSLESS, RECOMPRESSION, XL = (f"{ROOT}.4.{number}" for number in (90, 201, 110, 111, 112))
RLE, DEFLATED_FRAMES = f"{ROOT}.5", f"{ROOT}.8.1"
CODECS = DEFAULT_REGISTRY
OURS_ALONE = (UNCOMPRESSED, XL_LOSSLESS, DEFLATED_FRAMES)  # pydicom decodes none of these

IMAGES = [
    "CT_small.dcm",  # 16 bits, signed
    "693_UNCI.dcm",  # 14 of 16 bits, signed
    "emri_small.dcm",  # frames of 12 bits
    "SC_rgb_2frame.dcm",
    "color-pl.dcm",  # by plane
    "OBXXXX1A.dcm",  # a palette
    "MR_small_bigendian.dcm",
    "US1_J2KR.dcm",  # YBR_RCT
]


@pytest.fixture(autouse=True)
def _libraries() -> None:
    pytest.importorskip("imagecodecs")
    pytest.importorskip("jpeg_ls")


def read(name: str) -> Dataset:
    """Read a real file."""
    return dicomkit.dcmread(real_file(name))


def reread(ds: Dataset) -> Dataset:
    """Write and read."""
    return dicomkit.dcmread(ds.to_bytes())


@pytest.mark.interop
@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize("uid", [LOSSLESS_JPEG, JPEG_LS, J2K, HTJ2K, XL_LOSSLESS, RLE, DEFLATED_FRAMES, UNCOMPRESSED])
def test_what_loses_nothing(name: str, uid: str, corpus: object):
    """In memory, from a file, by streaming, back to native; pydicom sees the same, and the instance stays the same."""
    ds = read(name)
    expected = pixel_array(ds, registry=CODECS)
    result = reread(transcode(ds, uid, registry=CODECS))
    assert (uid, (), ds.SOPInstanceUID) == (result.transfer_syntax.uid, result.issues, result.SOPInstanceUID)
    assert np.array_equal(expected, pixel_array(result, registry=CODECS))
    assert "LossyImageCompressionRatio" not in result or "LossyImageCompressionRatio" in ds
    stream = io.BytesIO()
    write_transcoded(stream, ds, uid, registry=CODECS)
    # Streaming leaves out group lengths, which come before what they count.
    assert [] == [found for found in dicomkit.dcmread(stream.getvalue()).diff(result) if found.path[-1] & 0xFFFF]
    if uid not in OURS_ALONE:
        assert np.array_equal(expected, pydicom.dcmread(io.BytesIO(stream.getvalue())).pixel_array)
    decompress(result, registry=CODECS)
    back = reread(result)
    assert (EXPLICIT, ()) == (back.transfer_syntax.uid, back.issues)
    assert np.array_equal(expected, back.pixel_array)


def test_loss_is_said(corpus: object):
    """PS3.3 C.7.6.1.1.5 and C.7.6.1.1.2: ratio, method, a derived image of its own UID that names its source."""
    ds = read("SC_rgb.dcm")
    before = ds.SOPInstanceUID
    result = reread(transcode(ds, BASELINE, EncodeOptions(quality=80), registry=CODECS))
    assert ("01", "ISO_10918_1", "YBR_FULL_422") == (
        result.LossyImageCompression,
        result.LossyImageCompressionMethod,
        result.PhotometricInterpretation,
    )
    size = len(dicomkit.file.frame_bytes(result, 0))
    assert 1 > abs(30000 / size - result.LossyImageCompressionRatio)
    assert "DERIVED" == result.ImageType[0]
    assert before == result.SourceImageSequence[0].ReferencedSOPInstanceUID
    assert before != result.SOPInstanceUID == result.file_meta.MediaStorageSOPInstanceUID
    difference = np.abs(pixel_array(ds).astype(int) - pixel_array(result, registry=CODECS))
    assert difference.mean() < 3
    assert before == ds.SOPInstanceUID  # transcode changes a copy
    kept = transcode(ds, BASELINE, keep_uid=True, registry=CODECS)
    assert before == kept.SOPInstanceUID
    again = transcode(result, NEAR, registry=CODECS)
    assert ["ISO_10918_1", "ISO_14495_1"] == list(again.LossyImageCompressionMethod)


def test_loss_of_the_past_is_said_when_nothing_else_shows_it(corpus: object):
    """Out of JPEG Baseline, the image says what it has been through; it remains the instance that it was."""
    ds = read("SC_rgb_dcmtk_+eb+cy+np.dcm")
    for keyword in ("LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod"):
        if keyword in ds:
            del ds[keyword]
    uid = ds.SOPInstanceUID
    expected = pixel_array(ds, registry=CODECS)
    decompress(ds, registry=CODECS)
    assert ("01", "ISO_10918_1", "RGB") == (
        ds.LossyImageCompression,
        ds.LossyImageCompressionMethod,
        ds.PhotometricInterpretation,
    )
    assert ds.LossyImageCompressionRatio > 5
    assert (uid, True) == (ds.SOPInstanceUID, np.array_equal(expected, reread(ds).pixel_array))


def test_in_place(corpus: object):
    """compress and decompress change the data set itself, and refuse each other's transfer syntaxes."""
    ds = read("emri_small.dcm")
    expected = ds.pixel_array
    ds.compress(UNCOMPRESSED)
    assert (UNCOMPRESSED, True) == (ds.transfer_syntax.uid, np.array_equal(expected, ds.pixel_array))
    ds.PatientName = "Still^Editable"
    ds = reread(ds)
    ds.decompress(ROOT)
    assert ROOT == ds.transfer_syntax.uid
    assert np.array_equal(expected, reread(ds).pixel_array)
    with pytest.raises(PixelError):
        compress(ds, EXPLICIT)
    with pytest.raises(PixelError):
        decompress(ds, UNCOMPRESSED)


@pytest.mark.parametrize("table", ["basic", "extended", "none"])
def test_offset_tables(table: str, corpus: object):
    """A Basic or Extended Offset Table, or none (PS3.5 A.4, PS3.3 C.7.6.3.1.8)."""
    ds = read("emri_small.dcm")
    expected = ds.pixel_array
    stream = io.BytesIO()
    write_transcoded(stream, ds, JPEG_LS, offset_table=table, registry=CODECS)
    for result in (reread(transcode(ds, JPEG_LS, offset_table=table, registry=CODECS)),
                   dicomkit.dcmread(stream.getvalue())):  # fmt: skip
        assert (table == "extended") == ("ExtendedOffsetTable" in result)
        assert (table == "basic") == (result.PixelData[4:8] == bytes((40, 0, 0, 0)))
        assert np.array_equal(expected, pixel_array(result, registry=CODECS))
        assert () == result.check() or "extended" == table


def test_frames_are_copied_where_they_can_be(corpus: object):
    """Under the same or a wider transfer syntax the codestreams are the same bytes."""
    ds = read("MR_small_jpeg_ls_lossless.dcm")
    expected = dicomkit.file.frame_bytes(ds, 0)
    for uid in (JPEG_LS, NEAR):
        result = reread(transcode(ds, uid, registry=Registry(())))
        assert (uid, expected) == (result.transfer_syntax.uid, dicomkit.file.frame_bytes(result, 0))
        assert "LossyImageCompression" not in result


def test_jpeg_recompressed_is_the_same_jpeg(corpus: object):
    """There and back without looking at a sample: the codestream comes back to the byte (PS3.5 8.2.15)."""
    ds = read("examples_ybr_color.dcm")
    there = reread(transcode(ds, RECOMPRESSION))
    assert (RECOMPRESSION, "YBR_FULL_422") == (there.transfer_syntax.uid, there.PhotometricInterpretation)
    assert len(there.PixelData) < 0.95 * len(ds.PixelData)
    assert np.array_equal(ds.pixel_array, there.pixel_array)
    back = reread(transcode(there, BASELINE))
    pairs = zip(dicomkit.file.iter_frame_bytes(ds), dicomkit.file.iter_frame_bytes(back), strict=True)
    # A byte of padding behind the end of the image is no part of it (PS3.5 A.4).
    assert all(after.rstrip(b"\0") == before.rstrip(b"\0") for before, after in pairs)
    assert ds.SOPInstanceUID == back.SOPInstanceUID


@pytest.mark.parametrize(
    ("uid", "options", "photometric", "method"),
    [
        (f"{ROOT}.4.91", EncodeOptions(ratio=8), "YBR_ICT", "ISO_15444_1"),
        (f"{ROOT}.4.203", EncodeOptions(ratio=8), "YBR_ICT", "ISO_15444_15"),
        (XL, EncodeOptions(quality=90), "XYB", "ISO_18181_1"),
        (NEAR, EncodeOptions(near=2), "RGB", "ISO_14495_1"),
        (f"{ROOT}.4.51", EncodeOptions(quality=90), "YBR_FULL_422", "ISO_10918_1"),
    ],
)
def test_lossy_transfer_syntaxes(uid: str, options: EncodeOptions, photometric: str, method: str, corpus: object):
    """Each has colours and a method of its own, and shows the same picture but for what it lost."""
    ds = read("US1_UNCI.dcm")
    for keyword in ("LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod"):
        if keyword in ds:
            del ds[keyword]
    result = reread(transcode(ds, uid, options))
    assert (photometric, method) == (result.PhotometricInterpretation, result.LossyImageCompressionMethod)
    assert result.LossyImageCompressionRatio > 2
    assert np.abs(ds.pixel_array.astype(int) - result.pixel_array).mean() < 4


def test_single_bits(corpus: object):
    """Packed, across frames that do not end with a byte, and back."""
    bits = np.random.default_rng(3).integers(0, 2, (7, 5, 5)).astype(bool)
    ds = Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.66.4", SOPInstanceUID="1.2.3")
    ds.set_pixel_data(bits)
    there = reread(transcode(ds, UNCOMPRESSED))
    assert np.array_equal(bits, there.pixel_array)
    stream = io.BytesIO()
    write_transcoded(stream, there, EXPLICIT)
    assert np.array_equal(bits, dicomkit.dcmread(stream.getvalue()).pixel_array)
    assert ds.PixelData == dicomkit.dcmread(stream.getvalue()).PixelData
    decompress(there)
    assert ds.PixelData == there.PixelData


def test_overlays_in_the_pixel_data_are_not_thrown_away():
    """Retired, but seen: an overlay in a bit above those stored, which no compressed frame has (PS3.3 C.9.2, 2004)."""
    random = np.random.default_rng(6)
    samples, shown = random.integers(0, 4096, (2, 5, 7), np.uint16), random.integers(0, 2, (2, 5, 7), np.uint16)
    ds = Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.7.3", SOPInstanceUID="1.2.3")
    ds.set_pixel_data(samples | shown << 13)
    ds.BitsStored, ds.HighBit = 12, 11
    for element, vr, value in ((0x10, "US", 5), (0x11, "US", 7), (0x40, "CS", "G"), (0x50, "SS", [1, 1]),
                               (0x100, "US", 16), (0x102, "US", 13)):  # fmt: skip
        ds.add_new(0x60000000 | element, vr, value)
    stream = io.BytesIO()
    write_transcoded(stream, ds, RLE)
    for result in (reread(transcode(ds, RLE)), dicomkit.dcmread(stream.getvalue())):
        assert np.array_equal(samples, result.pixel_array)
        (overlay,) = overlays(result)
        assert [False, 1, 0] == [overlay.is_embedded, result[0x60000100].value, result[0x60000102].value]
        assert np.array_equal(shown, np.stack([overlay.bitmap(0), overlay.bitmap(1)]))


def test_what_cannot_be_decoded_leaves_everything_as_it_was(tmp_path: Path, corpus: object):
    """A damaged frame is a CodecError with its number; the file that was there stays, and nothing is left beside it."""
    ds = read("emri_small_jpeg_ls_lossless.dcm")
    data = bytearray(ds.PixelData)
    second = data.index(b"\xff\xd8\xff\xf7", data.index(b"\xff\xd8\xff\xf7") + 1)
    data[second + 10 : second + 60] = bytes(50)
    ds.PixelData = bytes(data)
    target = tmp_path / "target.dcm"
    target.write_bytes(b"what was there")
    with pytest.raises(CodecError) as raised:
        write_transcoded(target, ds, EXPLICIT, registry=CODECS)
    assert (1, b"what was there", [target]) == (raised.value.frame, target.read_bytes(), list(tmp_path.iterdir()))
    with pytest.raises(CodecError):
        decompress(ds, registry=CODECS)
    assert JPEG_LS == ds.transfer_syntax.uid


def test_progress_and_memory(tmp_path: Path):
    """A long series of frames is never in memory: 200 frames of 256 KiB pass through less than 64 of them."""
    path = tmp_path / "long.dcm"
    ds = Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.7.2", SOPInstanceUID="1.2.3")
    ds.set_pixel_data(np.random.default_rng(4).integers(0, 256, (200, 512, 512), np.uint8))
    ds.save_as(path)
    ds = dicomkit.dcmread(path)
    done: list[tuple[int, int]] = []
    tracemalloc.start()
    write_transcoded(tmp_path / "out.dcm", ds, UNCOMPRESSED, threads=2, progress=lambda *at: done.append(at))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(number, 200) for number in range(1, 201)] == done
    assert peak < 64 * (256 << 10)
    assert np.array_equal(ds.pixel_array[::50], dicomkit.dcmread(tmp_path / "out.dcm").pixel_array[::50])


@pytest.mark.parametrize("end", ["", ".1.99", ".2"])
@pytest.mark.parametrize("name", ["emri_small_RLE.dcm", "SC_rgb_rle_2frame.dcm", "MR_small_jp2klossless.dcm"])
def test_out_of_fragments_into_every_native_form(name: str, end: str, corpus: object):
    """Implicit, deflated and big endian, in memory and by streaming."""
    ds = read(name)
    stream = io.BytesIO()
    write_transcoded(stream, ds, ROOT + end)
    for result in (dicomkit.dcmread(stream.getvalue()), reread(transcode(ds, ROOT + end))):
        assert (ROOT + end, ()) == (result.transfer_syntax.uid, result.issues)
        assert np.array_equal(ds.pixel_array, result.pixel_array)


def test_header_only(corpus: object):
    """Native to native takes no codec: the words of a big endian file turn around."""
    ds = read("MR_small.dcm")
    stream = io.BytesIO()
    write_transcoded(stream, ds, f"{ROOT}.2")
    big = dicomkit.dcmread(stream.getvalue())
    assert (f"{ROOT}.2", True) == (big.transfer_syntax.uid, np.array_equal(ds.pixel_array, big.pixel_array))
    assert f"{ROOT}.2" == transcode(ds, f"{ROOT}.2").transfer_syntax.uid


@pytest.mark.interop
@pytest.mark.parametrize(
    ("name", "uid", "program"),
    [
        ("emri_small.dcm", LOSSLESS_JPEG, "dcmdjpeg"),
        ("CT_small.dcm", LOSSLESS_JPEG, "dcmdjpeg"),
        ("SC_rgb_2frame.dcm", LOSSLESS_JPEG, "dcmdjpeg"),
        ("SC_ybr_full_422_uncompressed.dcm", LOSSLESS_JPEG, "dcmdjpeg"),
        ("emri_small.dcm", RLE, "dcmdrle"),
        ("SC_rgb_2frame.dcm", RLE, "dcmdrle"),
        ("emri_small.dcm", JPEG_LS, "dcmdjpls"),
        ("SC_rgb_2frame.dcm", JPEG_LS, "dcmdjpls"),
    ],
)
def test_dcmtk_decodes_what_we_encode(
    name: str, uid: str, program: str, tmp_path: Path, corpus: object, require_peer: Callable[[str], str]
):
    """DCMTK's decompressed file has the samples that we started from."""
    ours, theirs = tmp_path / "ours.dcm", tmp_path / "theirs.dcm"
    ds = read(name)
    write_transcoded(ours, ds, uid, registry=CODECS)
    # +cn: leaves YBR as it is.
    options = ["+cn"] if program == "dcmdjpeg" else []
    subprocess.run([require_peer(program), *options, str(ours), str(theirs)], check=True, capture_output=True)
    assert np.array_equal(pixel_array(ds, raw=True), pixel_array(dicomkit.dcmread(theirs), raw=True))


@pytest.mark.interop
@pytest.mark.parametrize(
    "name", ["SC_rgb_dcmtk_+eb+cy+np.dcm", "SC_rgb_dcmtk_+eb+cr.dcm", "SC_rgb_small_odd_jpeg.dcm", "JPEG-LL.dcm",
             "SC_rgb_jpeg_gdcm.dcm", "SC_rgb_jpeg_lossy_gdcm.dcm", "JPGExtended.dcm"]
)  # fmt: skip
def test_dcmtk_decompresses_to_the_same(name: str, tmp_path: Path, corpus: object, require_peer: Callable[[str], str]):
    """dcmdjpeg and decompress(): within one grey level of the other's inverse transform, two for colours."""
    theirs = tmp_path / "theirs.dcm"
    subprocess.run([require_peer("dcmdjpeg"), str(real_file(name)), str(theirs)], check=True, capture_output=True)
    expected = dicomkit.dcmread(theirs)
    ds = read(name)
    decompress(ds, registry=CODECS)
    assert expected.PhotometricInterpretation == ds.PhotometricInterpretation
    difference = np.abs(expected.pixel_array.astype(int) - ds.pixel_array.astype(int))
    assert difference.max() <= (2 if ds.SamplesPerPixel == 3 else 1)


def test_a_transfer_syntax_is_named_by_uid_or_keyword(corpus: object):
    """A keyword of PS3.6 is as good as the UID; what is none of either is said to be none, whoever is asked."""
    ds = dicomkit.dcmread(real_file("CT_small.dcm"))
    assert transcode(ds, "1.2.840.10008.1.2.5").PixelData == transcode(ds, "RLELossless").PixelData
    assert "1.2.840.10008.1.2.5" == transcode(ds, "RLELossless").file_meta.TransferSyntaxUID
    assert "1.2.840.10008.1.2" == transcode(ds, "ImplicitVRLittleEndian").file_meta.TransferSyntaxUID
    target = io.BytesIO()
    write_transcoded(target, ds, "RLELossless")
    assert "1.2.840.10008.1.2.5" == dicomkit.dcmread(target.getvalue()).transfer_syntax.uid
    for change in (ds.compress, ds.decompress, lambda uid: transcode(ds, uid)):
        with pytest.raises(PixelError, match="'rle' is no transfer syntax"):
            change("rle")
