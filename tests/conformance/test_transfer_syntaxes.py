"""PS3.6 Table A-1 and PS3.5 Annex A: the Transfer Syntaxes, copied literally, and as pydicom and DCMTK have them."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pydicom.uid
import pytest

from dicomkit.core.transfer_syntax import TRANSFER_SYNTAXES

# PS3.6 Table A-1, rows of type Transfer Syntax: UID, name, retired; then the section of PS3.5 that says how the data
# set is encoded (A.1 implicit, A.2 explicit, A.3 big endian, A.4 encapsulated, A.5 deflated, A.6 JPIP, A.7 JPIP
# deflated; PS3.22 for the real-time ones; - for what is no encoding of a data set).
TABLE_A_1 = """
1.2.840.10008.1.2|Implicit VR Little Endian||A.1
1.2.840.10008.1.2.1|Explicit VR Little Endian||A.2
1.2.840.10008.1.2.1.98|Encapsulated Uncompressed Explicit VR Little Endian||A.4
1.2.840.10008.1.2.1.99|Deflated Explicit VR Little Endian||A.5
1.2.840.10008.1.2.2|Explicit VR Big Endian|retired|A.3
1.2.840.10008.1.2.4.50|JPEG Baseline (Process 1)||A.4
1.2.840.10008.1.2.4.51|JPEG Extended (Process 2 and 4)||A.4
1.2.840.10008.1.2.4.52|JPEG Extended (Process 3 and 5)|retired|A.4
1.2.840.10008.1.2.4.53|JPEG Spectral Selection, Non-Hierarchical (Process 6 and 8)|retired|A.4
1.2.840.10008.1.2.4.54|JPEG Spectral Selection, Non-Hierarchical (Process 7 and 9)|retired|A.4
1.2.840.10008.1.2.4.55|JPEG Full Progression, Non-Hierarchical (Process 10 and 12)|retired|A.4
1.2.840.10008.1.2.4.56|JPEG Full Progression, Non-Hierarchical (Process 11 and 13)|retired|A.4
1.2.840.10008.1.2.4.57|JPEG Lossless, Non-Hierarchical (Process 14)||A.4
1.2.840.10008.1.2.4.58|JPEG Lossless, Non-Hierarchical (Process 15)|retired|A.4
1.2.840.10008.1.2.4.59|JPEG Extended, Hierarchical (Process 16 and 18)|retired|A.4
1.2.840.10008.1.2.4.60|JPEG Extended, Hierarchical (Process 17 and 19)|retired|A.4
1.2.840.10008.1.2.4.61|JPEG Spectral Selection, Hierarchical (Process 20 and 22)|retired|A.4
1.2.840.10008.1.2.4.62|JPEG Spectral Selection, Hierarchical (Process 21 and 23)|retired|A.4
1.2.840.10008.1.2.4.63|JPEG Full Progression, Hierarchical (Process 24 and 26)|retired|A.4
1.2.840.10008.1.2.4.64|JPEG Full Progression, Hierarchical (Process 25 and 27)|retired|A.4
1.2.840.10008.1.2.4.65|JPEG Lossless, Hierarchical (Process 28)|retired|A.4
1.2.840.10008.1.2.4.66|JPEG Lossless, Hierarchical (Process 29)|retired|A.4
1.2.840.10008.1.2.4.70|JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])||A.4
1.2.840.10008.1.2.4.80|JPEG-LS Lossless Image Compression||A.4
1.2.840.10008.1.2.4.81|JPEG-LS Lossy (Near-Lossless) Image Compression||A.4
1.2.840.10008.1.2.4.90|JPEG 2000 Image Compression (Lossless Only)||A.4
1.2.840.10008.1.2.4.91|JPEG 2000 Image Compression||A.4
1.2.840.10008.1.2.4.92|JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)||A.4
1.2.840.10008.1.2.4.93|JPEG 2000 Part 2 Multi-component Image Compression||A.4
1.2.840.10008.1.2.4.94|JPIP Referenced||A.6
1.2.840.10008.1.2.4.95|JPIP Referenced Deflate||A.7
1.2.840.10008.1.2.4.100|MPEG2 Main Profile / Main Level||A.4
1.2.840.10008.1.2.4.100.1|Fragmentable MPEG2 Main Profile / Main Level||A.4
1.2.840.10008.1.2.4.101|MPEG2 Main Profile / High Level||A.4
1.2.840.10008.1.2.4.101.1|Fragmentable MPEG2 Main Profile / High Level||A.4
1.2.840.10008.1.2.4.102|MPEG-4 AVC/H.264 High Profile / Level 4.1||A.4
1.2.840.10008.1.2.4.102.1|Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1||A.4
1.2.840.10008.1.2.4.103|MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1||A.4
1.2.840.10008.1.2.4.103.1|Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1||A.4
1.2.840.10008.1.2.4.104|MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video||A.4
1.2.840.10008.1.2.4.104.1|Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video||A.4
1.2.840.10008.1.2.4.105|MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video||A.4
1.2.840.10008.1.2.4.105.1|Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video||A.4
1.2.840.10008.1.2.4.106|MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2||A.4
1.2.840.10008.1.2.4.106.1|Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2||A.4
1.2.840.10008.1.2.4.107|HEVC/H.265 Main Profile / Level 5.1||A.4
1.2.840.10008.1.2.4.108|HEVC/H.265 Main 10 Profile / Level 5.1||A.4
1.2.840.10008.1.2.4.110|JPEG XL Lossless||A.4
1.2.840.10008.1.2.4.111|JPEG XL JPEG Recompression||A.4
1.2.840.10008.1.2.4.112|JPEG XL||A.4
1.2.840.10008.1.2.4.201|High-Throughput JPEG 2000 Image Compression (Lossless Only)||A.4
1.2.840.10008.1.2.4.202|High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)||A.4
1.2.840.10008.1.2.4.203|High-Throughput JPEG 2000 Image Compression||A.4
1.2.840.10008.1.2.4.204|JPIP HTJ2K Referenced||A.6
1.2.840.10008.1.2.4.205|JPIP HTJ2K Referenced Deflate||A.7
1.2.840.10008.1.2.5|RLE Lossless||A.4
1.2.840.10008.1.2.6.1|RFC 2557 MIME encapsulation|retired|-
1.2.840.10008.1.2.6.2|XML Encoding|retired|-
1.2.840.10008.1.2.7.1|SMPTE ST 2110-20 Uncompressed Progressive Active Video||PS3.22
1.2.840.10008.1.2.7.2|SMPTE ST 2110-20 Uncompressed Interlaced Active Video||PS3.22
1.2.840.10008.1.2.7.3|SMPTE ST 2110-30 PCM Digital Audio||PS3.22
1.2.840.10008.1.2.8.1|Deflated Image Frame Compression||A.4
1.2.840.10008.1.20|Papyrus 3 Implicit VR Little Endian|retired|A.1
"""

ROWS = [tuple(row.split("|")) for row in TABLE_A_1.strip().splitlines()]
EVERY_ROW = pytest.mark.parametrize(("uid", "name", "retired", "section"), ROWS, ids=[row[0] for row in ROWS])

GE_PRIVATE = "1.2.840.113619.5.2"

# Section of PS3.5: implicit VR, little endian, deflated data set, encapsulated Pixel Data.
FORMS = {
    "A.1": (True, True, False, False),
    "A.2": (False, True, False, False),
    "A.3": (False, False, False, False),
    "A.4": (False, True, False, True),
    "A.5": (False, True, True, False),
    "A.6": (False, True, False, False),
    "A.7": (False, True, True, False),
    "PS3.22": (False, True, False, False),
    "-": (False, True, False, False),
}


def test_the_table_is_complete():
    """We have the standard's Transfer Syntaxes and one of GE's."""
    assert [*(row[0] for row in ROWS), GE_PRIVATE] == list(TRANSFER_SYNTAXES)


@EVERY_ROW
def test_row(uid: str, name: str, retired: str, section: str):
    """Name, retirement and form of a Transfer Syntax are the standard's."""
    syntax = TRANSFER_SYNTAXES[uid]
    assert (uid, name, retired == "retired") == (syntax.uid, syntax.name, syntax.is_retired)
    assert FORMS[section] == (
        syntax.is_implicit,
        syntax.is_little_endian,
        syntax.is_deflated,
        syntax.is_encapsulated,
    )
    assert (section == "A.3") == syntax.big_endian_pixels


# Where pydicom differs: UID, its property, the section that decides.
DIFFERENCES = {
    ("1.2.840.10008.1.20", "is_implicit_VR"): "PS3.6 A: Papyrus 3 Implicit VR Little Endian, as its name says",
    ("1.2.840.10008.1.2.4.95", "is_deflated"): "PS3.5 A.7: the data set is deflated as in A.5",
    ("1.2.840.10008.1.2.4.205", "is_deflated"): "PS3.5 A.7: the data set is deflated as in A.5",
    **{
        (uid, "is_encapsulated"): "no Pixel Data: a URL (PS3.5 A.6, A.7), a stream (PS3.22), or no such encoding"
        for uid, _, _, section in ROWS
        if section in ("A.6", "A.7", "PS3.22", "-") or uid == "1.2.840.10008.1.20"
    },
}


@EVERY_ROW
def test_pydicom_agrees(uid: str, name: str, retired: str, section: str):
    """pydicom says the same of what it knows, but for the differences listed."""
    peer, ours = pydicom.uid.UID(uid), TRANSFER_SYNTAXES[uid]
    if not peer.is_transfer_syntax or peer.type != "Transfer Syntax":
        pytest.skip("newer than this pydicom")
    assert (name, retired == "retired") == (peer.name, peer.is_retired)
    properties = {
        "is_implicit_VR": ours.is_implicit,
        "is_little_endian": ours.is_little_endian,
        "is_deflated": ours.is_deflated,
        "is_encapsulated": ours.is_encapsulated,
    }
    different = {(uid, key) for key, value in properties.items() if getattr(peer, key) != value}
    assert {key for key in DIFFERENCES if key[0] == uid} == different


#: The native Transfer Syntaxes, and the options by which `dcmconv` writes them.
DCMCONV = {
    "+ti": "1.2.840.10008.1.2",
    "+te": "1.2.840.10008.1.2.1",
    "+tb": "1.2.840.10008.1.2.2",
    "+td": "1.2.840.10008.1.2.1.99",
    "+tg": GE_PRIVATE,
}


@pytest.mark.interop
@pytest.mark.parametrize(("option", "uid"), DCMCONV.items())
def test_dcmtk_agrees(option: str, uid: str, tmp_path: Path, require_peer: Callable[[str], str]):
    """DCMTK writes the UID, the header of an element in the form, and the words of pixels in the order that we say."""
    syntax = TRANSFER_SYNTAXES[uid]
    source, target = tmp_path / "source", tmp_path / "target"
    pixels = struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OW", 0, 4) + b"\1\2\3\4"
    source.write_bytes(struct.pack("<HH2sH", 8, 0x60, b"CS", 2) + b"CT" + pixels)
    subprocess.run(
        [require_peer("dcmconv"), "-f", "-t=", "-te", option, source, target], check=True, capture_output=True
    )
    data = target.read_bytes()
    assert uid.encode() in data[132:]
    order = "<" if syntax.is_little_endian else ">"
    header = struct.pack(f"{order}HH", 8, 0x60)
    header += struct.pack(f"{order}I", 2) if syntax.is_implicit else b"CS" + struct.pack(f"{order}H", 2)
    length = struct.unpack("<I", data[140:144])[0]
    data_set = data[144 + length :]
    assert syntax.is_deflated == (header not in data_set)
    if not syntax.is_deflated:
        assert data_set.startswith(header)
        assert data_set.endswith(b"\2\1\4\3" if syntax.big_endian_pixels else b"\1\2\3\4")
