"""Corpus H for files: named hostile inputs with what a reader must say about each (PS3.5 section 7, PS3.10 section 7).

Each row is data: a name, a builder, the issue codes that must be reported and what must still be readable.
A code written `A|B` is satisfied by either; a row with both `codes` and `error` by either way of refusing.
Rows are never removed; every defect that is found and mended adds one.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from tests import hostile_bytes as hb
from tests.hostile_bytes import (
    BIG,
    DEFLATED_LE,
    EXPLICIT,
    EXPLICIT_BE,
    EXPLICIT_LE,
    GE_IMPLICIT_BIG_PIXELS,
    IMPLICIT,
    IMPLICIT_LE,
    INSTANCE_UID,
    JPEG_BASELINE,
    LONG_FORM,
    RLE,
    SHORT_FORM,
    UNDEFINED,
    Form,
    basic,
    deflated,
    element,
    file_meta,
    fragments,
    header,
    item,
    item_end,
    nested,
    part10,
    pixels,
    sequence,
    sequence_end,
    text,
)


@dataclass(frozen=True, slots=True)
class Case:
    """One hostile input: how it is built, what must be reported, what must survive."""

    name: str
    build: Callable[[], bytes]
    #: Issue codes, all of which must be reported after `ds.check()`.
    codes: tuple[str, ...] = ()
    #: Names of the error classes that may be raised instead; without `codes`, one of them must be.
    error: str = ""
    #: Keywords of `basic()` and `pixels()` whose values must still be right.
    keeps: tuple[str, ...] = ("PatientID",)


#: What `basic()` and `pixels()` hold, for `Case.keeps`.
EXPECTED_VALUES: dict[str, object] = {
    "SOPInstanceUID": INSTANCE_UID,
    "Modality": "OT",
    "PatientName": "Hostile^Case",
    "PatientID": "H-1",
    "Rows": 4,
    "Columns": 4,
    "SamplesPerPixel": 1,
}

FORMS = (("explicit", EXPLICIT, EXPLICIT_LE), ("implicit", IMPLICIT, IMPLICIT_LE), ("big", BIG, EXPLICIT_BE))

BOTH = ("PatientID", "Rows")
NOTHING: tuple[str, ...] = ()
SEQUENCE_TAG = 0x00400275  # Request Attributes Sequence: SQ in PS3.6, before the pixel module
INNER = text(0x0040A160, "UT", "INNER")


def _in_file(tail: bytes, transfer_syntax: str = EXPLICIT_LE, form: Form = EXPLICIT) -> bytes:
    return part10(basic(form) + tail, transfer_syntax)


def _sq(content: bytes, *, defined: bool = True) -> bytes:
    """Encode a data set with one sequence between the image's description and its pixels."""
    return basic() + pixels()[:-44] + sequence(SEQUENCE_TAG, content, defined=defined) + pixels()[-44:]


# --- p: preamble and meta group (PS3.10 7.1) -------------------------------------------------------------------

_META_IMPLICIT = b"".join(
    (
        element(0x00020000, "UL", struct.pack("<I", 28), IMPLICIT),
        text(0x00020010, "UI", EXPLICIT_LE, IMPLICIT),
    )
)


def _acr_nema() -> bytes:
    return b"".join(
        (
            element(0x00080000, "UL", struct.pack("<I", 20), IMPLICIT),
            text(0x00080010, "LO", "ACR-NEMA 2.0", IMPLICIT),
            text(0x00100010, "PN", "Hostile^Case", IMPLICIT),
            text(0x00100020, "LO", "H-1", IMPLICIT),
        )
    )


PREAMBLE_CASES = (
    Case("empty_file", lambda: b"", error="NotDicomError|TruncatedError", keeps=NOTHING),
    Case("one_byte", lambda: b"D", error="NotDicomError|TruncatedError", keeps=NOTHING),
    Case("text_file", lambda: b"This is not an image.\n" * 20, error="NotDicomError", keeps=NOTHING),
    Case("zeros_only", lambda: bytes(4096), error="NotDicomError", keeps=NOTHING),
    Case(
        "prefix_only",
        lambda: bytes(128) + b"DICM",
        ("NO_FILE_META|TRUNCATED",),
        "NotDicomError|TruncatedError",
        NOTHING,
    ),
    Case("no_preamble", lambda: file_meta() + basic() + pixels(), ("NO_PREAMBLE",), keeps=BOTH),
    Case("prefix_without_preamble", lambda: b"DICM" + file_meta() + basic(), ("NO_PREAMBLE",)),
    Case("no_preamble_no_meta_explicit", lambda: basic() + pixels(), ("NO_PREAMBLE", "NO_FILE_META"), keeps=BOTH),
    Case("no_preamble_no_meta_implicit", lambda: basic(IMPLICIT), ("NO_PREAMBLE", "NO_FILE_META")),
    Case("no_preamble_no_meta_big", lambda: basic(BIG) + pixels(BIG), ("NO_PREAMBLE", "NO_FILE_META"), keeps=BOTH),
    Case("no_meta_explicit", lambda: part10(basic(), meta=b""), ("NO_FILE_META",)),
    Case("no_meta_implicit", lambda: part10(basic(IMPLICIT), meta=b""), ("NO_FILE_META",)),
    Case("no_meta_big", lambda: part10(basic(BIG), meta=b""), ("NO_FILE_META",)),
    Case("meta_length_zero", lambda: part10(basic(), meta=file_meta(length=0)), ("META_LENGTH_WRONG",)),
    Case("meta_length_short", lambda: part10(basic(), meta=file_meta(length=40)), ("META_LENGTH_WRONG",)),
    Case("meta_length_inside_value", lambda: part10(basic(), meta=file_meta(length=37)), ("META_LENGTH_WRONG",)),
    Case("meta_length_beyond", lambda: part10(basic(), meta=file_meta(length=180)), ("META_LENGTH_WRONG",)),
    Case("meta_length_huge", lambda: part10(basic(), meta=file_meta(length=0xFFFFFFFE)), ("META_LENGTH_WRONG",)),
    Case("meta_length_missing", lambda: part10(basic(), meta=file_meta(with_length=False)), ("META_LENGTH_MISSING",)),
    Case("meta_implicit", lambda: part10(basic(), meta=_META_IMPLICIT), ("META_NOT_EXPLICIT_VR",)),
    Case("meta_only", lambda: part10(b""), keeps=NOTHING),
    Case("meta_truncated", lambda: part10(b"")[:190], ("TRUNCATED",), "TruncatedError", NOTHING),
    Case("transfer_syntax_missing", lambda: part10(basic(), None), ("TRANSFER_SYNTAX_MISSING",)),
    Case("transfer_syntax_unknown", lambda: part10(basic(), "1.2.3.4.5"), ("TRANSFER_SYNTAX_UNKNOWN",)),
    Case("transfer_syntax_empty", lambda: part10(basic(), ""), ("TRANSFER_SYNTAX_MISSING|TRANSFER_SYNTAX_UNKNOWN",)),
    Case("group_2_in_data_set", lambda: part10(basic() + text(0x00020010, "UI", IMPLICIT_LE)), ("OUT_OF_ORDER",)),
    Case("acr_nema", _acr_nema, ("ACR_NEMA",)),
    Case("command_group", lambda: part10(element(0x00000002, "UI", b"1.2\0") + basic())),
    Case(
        "ge_big_endian_pixels",
        lambda: part10(
            basic(IMPLICIT) + pixels(IMPLICIT, value=struct.pack(">16H", *range(16))), GE_IMPLICIT_BIG_PIXELS
        ),
        ("BIG_ENDIAN_PIXELS",),
        keeps=BOTH,
    ),
)

# --- x: the form contradicts the transfer syntax (PS3.5 A.1 to A.3) --------------------------------------------

# Which of the two an implementation says depends on whether it is the first element that deviates.
_MIXED = ("VR_FORM_MIXED|TRANSFER_SYNTAX_MISMATCH",)
_MISMATCH = _MIXED


def _mixed_items(outer: Form, inner: Form, transfer_syntax: str, *, defined: bool) -> bytes:
    """Encode a sequence whose item is encoded as `outer` says, its elements as `inner` says."""
    content = text(0x00080060, "CS", "OT", inner) + text(0x00400007, "LO", "INSIDE", inner)
    return part10(
        basic(outer) + sequence(SEQUENCE_TAG, item(content, outer, defined=defined), outer, defined=defined),
        transfer_syntax,
    )


FORM_CASES = (
    Case("says_explicit_is_implicit", lambda: part10(basic(IMPLICIT) + pixels(IMPLICIT)), _MISMATCH, keeps=BOTH),
    Case("says_implicit_is_explicit", lambda: part10(basic() + pixels(), IMPLICIT_LE), _MISMATCH, keeps=BOTH),
    Case("says_explicit_is_big", lambda: part10(basic(BIG) + pixels(BIG)), _MISMATCH, keeps=BOTH),
    Case("says_big_is_explicit", lambda: part10(basic() + pixels(), EXPLICIT_BE), _MISMATCH, keeps=BOTH),
    Case("says_big_is_implicit", lambda: part10(basic(IMPLICIT), EXPLICIT_BE), _MISMATCH),
    Case("says_jpeg_is_implicit", lambda: part10(basic(IMPLICIT), JPEG_BASELINE), _MISMATCH),
    Case(
        "says_deflated_is_not",
        lambda: part10(basic(), DEFLATED_LE),
        ("DEFLATE_DAMAGED|TRANSFER_SYNTAX_MISMATCH",),
        "EncodingError",
    ),
    Case("implicit_item_in_explicit", lambda: _mixed_items(EXPLICIT, IMPLICIT, EXPLICIT_LE, defined=True), _MIXED),
    Case(
        "implicit_open_item_in_explicit", lambda: _mixed_items(EXPLICIT, IMPLICIT, EXPLICIT_LE, defined=False), _MIXED
    ),
    Case("explicit_item_in_implicit", lambda: _mixed_items(IMPLICIT, EXPLICIT, IMPLICIT_LE, defined=True), _MIXED),
    Case(
        "explicit_open_item_in_implicit", lambda: _mixed_items(IMPLICIT, EXPLICIT, IMPLICIT_LE, defined=False), _MIXED
    ),
    Case("implicit_tail", lambda: part10(basic() + pixels(IMPLICIT)), _MIXED, keeps=BOTH),
    Case("explicit_tail", lambda: part10(basic(IMPLICIT) + pixels(), IMPLICIT_LE), _MIXED, keeps=BOTH),
)

# --- u: UN (PS3.5 6.2.2 note 2, CP-246) ------------------------------------------------------------------------


def _un(content: bytes, form: Form = EXPLICIT, *, defined: bool, tag: int = SEQUENCE_TAG) -> bytes:
    return part10(basic() + sequence(tag, content, form, defined=defined, vr="UN"))


_IMPLICIT_ITEM = item(text(0x00400007, "LO", "INSIDE", IMPLICIT), IMPLICIT)
_OPEN_IMPLICIT_ITEM = item(text(0x00400007, "LO", "INSIDE", IMPLICIT), IMPLICIT, defined=False)
_PRIVATE = text(0x00090010, "LO", "HOSTILE")

UN_CASES = (
    Case("un_undefined_length", lambda: _un(_OPEN_IMPLICIT_ITEM, defined=False), ("UN_UNDEFINED_LENGTH",)),
    Case("un_undefined_defined_items", lambda: _un(_IMPLICIT_ITEM, defined=False), ("UN_UNDEFINED_LENGTH",)),
    Case("un_undefined_empty", lambda: _un(b"", defined=False), ("UN_UNDEFINED_LENGTH",)),
    Case(
        "un_undefined_explicit_inside",
        lambda: _un(item(text(0x00400007, "LO", "INSIDE")), defined=False),
        ("UN_UNDEFINED_LENGTH", *_MIXED),
    ),
    Case("un_undefined_never_ends", lambda: _un(_IMPLICIT_ITEM, defined=False)[:-8], ("DELIMITER_MISSING|TRUNCATED",)),
    Case("un_defined_sequence", lambda: _un(_IMPLICIT_ITEM, defined=True), ("UN_SEQUENCE",)),
    Case("un_defined_garbage", lambda: _un(b"\xfe\xff\x00\xe0garbage!", defined=True)),
    Case(
        "un_private_undefined",
        lambda: part10(
            _PRIVATE + element(0x00091001, "UN", _OPEN_IMPLICIT_ITEM + sequence_end(), length=UNDEFINED) + basic()
        ),
        ("UN_UNDEFINED_LENGTH",),
    ),
    Case("sq_in_un_in_sq", lambda: part10(basic() + nested(3, un=True)), ("UN_UNDEFINED_LENGTH",)),
    Case("sq_in_un_in_sq_defined", lambda: part10(basic() + nested(3, un=True, defined=True)), ("UN_SEQUENCE",)),
    Case("un_deep", lambda: part10(basic() + nested(200, un=True)), ("DEPTH_LIMIT",), "LimitExceededError"),
)

# --- d: items and delimiters (PS3.5 7.5) -----------------------------------------------------------------------

_INSIDE = text(0x00400007, "LO", "INSIDE")

DELIMITER_CASES = (
    Case(
        "sequence_never_ends",
        lambda: _in_file(sequence(SEQUENCE_TAG, item(_INSIDE), defined=False)[:-8]),
        ("DELIMITER_MISSING|TRUNCATED",),
    ),
    Case(
        "item_never_ends",
        lambda: _in_file(header(SEQUENCE_TAG, "SQ", UNDEFINED) + item(length=UNDEFINED) + _INSIDE),
        ("DELIMITER_MISSING|TRUNCATED",),
    ),
    Case(
        "item_end_missing_before_sequence_end",
        lambda: part10(_sq(item(_INSIDE, length=UNDEFINED), defined=False)),
        ("DELIMITER_MISSING|DELIMITER_STRAY",),
    ),
    Case(
        "item_end_missing_before_next_item",
        lambda: part10(_sq(item(_INSIDE, length=UNDEFINED) + item(_INSIDE), defined=False)),
        ("DELIMITER_MISSING|ITEM_EXPECTED",),
    ),
    Case("stray_sequence_end_behind_meta", lambda: part10(sequence_end() + basic()), ("DELIMITER_STRAY",)),
    Case("stray_item_end_at_top", lambda: part10(basic() + item_end() + pixels()), ("DELIMITER_STRAY",), keeps=BOTH),
    Case(
        "stray_sequence_end_at_top",
        lambda: part10(basic() + sequence_end() + pixels()),
        ("DELIMITER_STRAY",),
        keeps=BOTH,
    ),
    Case(
        "stray_item_at_top",
        lambda: part10(basic() + item(_INSIDE) + pixels()),
        ("DELIMITER_STRAY|ITEM_EXPECTED|TRAILING_BYTES",),
    ),
    Case(
        "stray_item_end_in_sequence",
        lambda: part10(_sq(item(_INSIDE) + item_end(), defined=False)),
        ("DELIMITER_STRAY",),
    ),
    Case("stray_item_end_in_defined_item", lambda: part10(_sq(item(_INSIDE + item_end()))), ("DELIMITER_STRAY",)),
    Case("sequence_end_in_defined_sequence", lambda: part10(_sq(item(_INSIDE) + sequence_end())), ("DELIMITER_STRAY",)),
    Case(
        "item_end_with_length",
        lambda: part10(_sq(item(length=UNDEFINED) + _INSIDE + header(0xFFFEE00D, "", 4), defined=False)),
        ("DELIMITER_LENGTH",),
    ),
    Case(
        "sequence_end_with_length",
        lambda: part10(basic() + header(SEQUENCE_TAG, "SQ", UNDEFINED) + item(_INSIDE) + header(0xFFFEE0DD, "", 2)),
        ("DELIMITER_LENGTH",),
    ),
    Case("element_instead_of_item", lambda: part10(_sq(_INSIDE)), ("ITEM_EXPECTED",)),
    Case("element_instead_of_item_open", lambda: part10(_sq(_INSIDE, defined=False)), ("ITEM_EXPECTED",)),
    Case("garbage_instead_of_item", lambda: part10(_sq(b"\xde\xad\xbe\xef" * 4)), ("ITEM_EXPECTED",)),
    Case(
        "item_longer_than_sequence",
        lambda: part10(_sq(item(_INSIDE, length=len(_INSIDE) + 100))),
        ("ITEM_LENGTH_WRONG|LENGTH_OVERRUN",),
    ),
    Case(
        "item_shorter_than_content",
        lambda: part10(_sq(item(_INSIDE, length=len(_INSIDE) - 4))),
        ("ITEM_LENGTH_WRONG|LENGTH_OVERRUN",),
    ),
    Case(
        "item_length_huge", lambda: part10(_sq(item(_INSIDE, length=0xFFFFFFFE))), ("ITEM_LENGTH_WRONG|LENGTH_OVERRUN",)
    ),
    Case(
        "item_of_three_bytes",
        lambda: part10(_sq(item(b"abc"))),
        ("ITEM_LENGTH_WRONG|LENGTH_OVERRUN|TRUNCATED|ODD_LENGTH",),
    ),
    Case(
        "sequence_of_four_bytes",
        lambda: part10(_sq(b"\xfe\xff\x00\xe0")),
        ("ITEM_EXPECTED|LENGTH_OVERRUN|ITEM_LENGTH_WRONG|TRUNCATED",),
    ),
    Case(
        "explicit_header_for_item",
        lambda: part10(_sq(b"\xfe\xff\x00\xe0UN\0\0\0\0\0\0")),
        ("ITEM_LENGTH_WRONG|LENGTH_OVERRUN|ITEM_EXPECTED",),
    ),
    Case("empty_sequence", lambda: part10(_sq(b"")), keeps=BOTH),
    Case("empty_open_sequence", lambda: part10(_sq(b"", defined=False)), keeps=BOTH),
    Case("empty_items", lambda: part10(_sq(item() + item(defined=False) + item(), defined=False)), keeps=BOTH),
    Case(
        "undefined_length_text",
        lambda: _in_file(header(0x00104000, "UT", UNDEFINED) + b"text" + sequence_end()),
        ("UNDEFINED_LENGTH_VR",),
    ),
)

# --- e: encapsulated pixel data (PS3.5 A.4) --------------------------------------------------------------------

_FRAME = b"\xff\xd8\xff\xe0" + bytes(28) + b"\xff\xd9"
_IMAGE = pixels()[:-44]


def _encapsulated(tail: bytes, transfer_syntax: str = JPEG_BASELINE) -> bytes:
    return part10(basic() + _IMAGE + tail, transfer_syntax)


ENCAPSULATION_CASES = (
    Case(
        "fragments_never_end",
        lambda: _encapsulated(fragments([b"", _FRAME], end=False)),
        ("DELIMITER_MISSING|TRUNCATED",),
        keeps=BOTH,
    ),
    Case("fragment_truncated", lambda: _encapsulated(fragments([b"", _FRAME])[:-20]), ("TRUNCATED",), keeps=BOTH),
    Case(
        "fragment_header_truncated",
        lambda: _encapsulated(fragments([b"", _FRAME], end=False) + b"\xfe\xff\x00\xe0\x10"),
        ("TRUNCATED",),
        keeps=BOTH,
    ),
    Case(
        "fragment_length_huge",
        lambda: _encapsulated(header(0x7FE00010, "OB", UNDEFINED) + item() + item(_FRAME, length=0xFFFFFFFE)),
        ("TRUNCATED|LENGTH_OVERRUN",),
        keeps=BOTH,
    ),
    Case(
        "fragment_length_undefined",
        lambda: _encapsulated(header(0x7FE00010, "OB", UNDEFINED) + item() + item(_FRAME, length=UNDEFINED)),
        ("ITEM_LENGTH_WRONG|TRUNCATED|LENGTH_OVERRUN|ITEM_EXPECTED",),
        keeps=BOTH,
    ),
    Case("fragment_odd", lambda: _encapsulated(fragments([b"", _FRAME + b"!"])), ("ODD_LENGTH",), keeps=BOTH),
    Case(
        "fragments_of_elements",
        lambda: _encapsulated(header(0x7FE00010, "OB", UNDEFINED) + _INSIDE + sequence_end()),
        ("ITEM_EXPECTED",),
        keeps=BOTH,
    ),
    Case(
        "fragments_stray_item_end",
        lambda: _encapsulated(
            header(0x7FE00010, "OB", UNDEFINED) + item() + item(_FRAME) + item_end() + sequence_end()
        ),
        ("DELIMITER_STRAY|ITEM_EXPECTED",),
        keeps=BOTH,
    ),
    Case(
        "offset_table_beyond",
        lambda: _encapsulated(fragments([struct.pack("<I", 99999), _FRAME])),
        ("FRAGMENT_TABLE_WRONG",),
        keeps=BOTH,
    ),
    Case(
        "offset_table_descending",
        lambda: _encapsulated(fragments([struct.pack("<II", 46, 0), _FRAME, _FRAME])),
        ("FRAGMENT_TABLE_WRONG",),
        keeps=BOTH,
    ),
    Case(
        "offset_table_of_three_bytes",
        lambda: _encapsulated(fragments([b"\0\0\0", _FRAME])),
        ("FRAGMENT_TABLE_WRONG|ODD_LENGTH",),
        keeps=BOTH,
    ),
    Case("no_offset_table_item", lambda: _encapsulated(fragments([])), keeps=BOTH),
    Case(
        "fragments_in_native_syntax",
        lambda: _encapsulated(fragments([b"", _FRAME]), EXPLICIT_LE),
        ("TRANSFER_SYNTAX_MISMATCH",),
        keeps=BOTH,
    ),
    Case(
        "native_in_encapsulated_syntax",
        lambda: part10(basic() + pixels(), RLE),
        ("TRANSFER_SYNTAX_MISMATCH",),
        keeps=BOTH,
    ),
    Case(
        "trailing_zeros_after_fragments",
        lambda: _encapsulated(fragments([b"", _FRAME]) + bytes(500)),
        ("TRAILING_ZEROS",),
        keeps=BOTH,
    ),
)

# --- s: single headers -----------------------------------------------------------------------------------------

STRUCTURE_CASES = (
    Case("unknown_vr", lambda: _in_file(element(0x00104000, b"ZZ", b"text")), ("UNKNOWN_VR",)),
    Case(
        "unknown_vr_long_form", lambda: _in_file(b"\x10\x00\x00\x40ZZ\0\0\4\0\0\0text"), ("UNKNOWN_VR|VR_FORM_MIXED",)
    ),
    Case(
        "garbage_vr",
        lambda: _in_file(element(0x00104000, b"\x01\x9f", b"text")),
        ("INVALID_VR|UNKNOWN_VR|VR_FORM_MIXED",),
    ),
    Case(
        "blank_vr",
        lambda: _in_file(element(0x00104000, b"  ", b"text") + pixels()),
        ("INVALID_VR|UNKNOWN_VR",),
        keeps=BOTH,
    ),
    Case(
        "zero_vr",
        lambda: _in_file(element(0x00104000, b"\0\0", b"text") + pixels()),
        ("INVALID_VR|UNKNOWN_VR|VR_FORM_MIXED",),
        keeps=BOTH,
    ),
    Case(
        "lower_case_vr",
        lambda: _in_file(element(0x00104000, b"lt", b"text") + pixels()),
        ("INVALID_VR|UNKNOWN_VR",),
        keeps=BOTH,
    ),
    Case(
        "garbage_in_reserved_bytes", lambda: _in_file(b"\x10\x00\x00\x40UT\xab\xcd\x04\0\0\0text"), keeps=("PatientID",)
    ),
    Case("wrong_vr", lambda: part10(basic()[:-12] + element(0x00100020, "SH", b"H-1 ")), ("VR_MISMATCH",)),
    Case(
        "odd_length",
        lambda: part10(basic() + element(0x00104000, "LT", b"odd") + pixels()),
        ("ODD_LENGTH",),
        keeps=BOTH,
    ),
    Case("odd_length_at_end", lambda: _in_file(element(0x00104000, "LT", b"odd")), ("ODD_LENGTH",)),
    Case("odd_length_in_item", lambda: part10(_sq(item(element(0x00400007, "LO", b"odd")))), ("ODD_LENGTH",)),
    Case("odd_pixel_data", lambda: _in_file(pixels(value=bytes(31))), ("ODD_LENGTH",), keeps=BOTH),
    Case(
        "duplicate",
        lambda: part10(basic() + text(0x00100020, "LO", "H-1") + pixels()),
        ("DUPLICATE_ELEMENT",),
        keeps=BOTH,
    ),
    Case("duplicate_in_item", lambda: part10(_sq(item(_INSIDE + _INSIDE))), ("DUPLICATE_ELEMENT",)),
    Case("out_of_order", lambda: part10(pixels()[:-44] + basic()), ("OUT_OF_ORDER",), keeps=BOTH),
    Case("elements_after_pixels", lambda: part10(pixels() + basic()), ("OUT_OF_ORDER",), keeps=BOTH),
    Case(
        "private_without_creator",
        lambda: part10(element(0x00091001, "LO", b"OWN?") + basic()),
        ("PRIVATE_WITHOUT_CREATOR",),
    ),
    Case(
        "group_length_wrong",
        lambda: part10(element(0x00080000, "UL", b"\x07\0\0\0") + basic()),
        ("GROUP_LENGTH_WRONG",),
    ),
    Case(
        "group_length_huge",
        lambda: part10(element(0x00080000, "UL", b"\xfe\xff\xff\xff") + basic()),
        ("GROUP_LENGTH_WRONG",),
    ),
    Case("trailing_zeros", lambda: _in_file(pixels() + bytes(1000)), ("TRAILING_ZEROS",), keeps=BOTH),
    Case("trailing_zero", lambda: _in_file(pixels() + b"\0"), ("TRAILING_ZEROS",), keeps=BOTH),
    Case(
        "trailing_text",
        lambda: _in_file(pixels() + b"-- the end --"),
        ("TRAILING_BYTES|TRUNCATED|LENGTH_OVERRUN",),
        keeps=BOTH,
    ),
    Case("group_1_first", lambda: part10(text(0x00010001, "LO", "LOW") + basic())),
    Case("tag_zero", lambda: part10(element(0, "UL", bytes(4)) + basic())),
    Case("tag_maximum", lambda: part10(basic() + element(0xFFFFFFFF, "LO", b"last"))),
    Case(
        "item_tag_of_big_endian",
        lambda: part10(basic() + b"\xff\xfe\xe0\x00\0\0\0\0"),
        ("TRAILING_BYTES|INVALID_VR|UNKNOWN_VR|VR_FORM_MIXED",),
    ),
)

# --- v: values and character sets (PS3.5 6.1, 6.2) -------------------------------------------------------------


def _value(tag: int, vr: str, value: bytes) -> Callable[[], bytes]:
    return lambda: _in_file(element(tag, vr, value))


def _with_charset(terms: str, name: bytes) -> Callable[[], bytes]:
    def build() -> bytes:
        return part10(
            text(0x00080005, "CS", terms)
            + basic()[:-12]
            + element(0x00100020, "LO", b"H-1 ")
            + element(0x00102154, "SH", name)
        )

    return build


VALUE_CASES = (
    Case("ds_garbage", _value(0x00101030, "DS", b"heavy "), ("VALUE_INVALID",)),
    Case("ds_infinite", _value(0x00101030, "DS", b"inf "), ("VALUE_INVALID",)),
    Case("ds_underscores", _value(0x00101030, "DS", b"1_0 "), ("VALUE_INVALID",)),
    Case("ds_too_long", _value(0x00101030, "DS", b"0.12345678901234567890"), ("VALUE_TOO_LONG",)),
    Case("is_huge", _value(0x00200013, "IS", b"9" * 5000), ("VALUE_TOO_LONG|VALUE_INVALID",)),
    Case("is_fraction", _value(0x00200013, "IS", b"1.5 "), ("VALUE_INVALID",)),
    Case("da_impossible", _value(0x00100030, "DA", b"20231399"), ("VALUE_INVALID",)),
    Case("da_text", _value(0x00100030, "DA", b"tomorrow"), ("VALUE_INVALID",)),
    Case("tm_text", _value(0x00100032, "TM", b"noon"), ("VALUE_INVALID",)),
    Case("age_text", _value(0x00101010, "AS", b"old "), ("VALUE_INVALID",)),
    Case("uid_letters", _value(0x0020000D, "UI", b"1.2.three\0"), ("VALUE_INVALID",)),
    Case("uid_path", _value(0x0020000D, "UI", b"../../etc/passwd"), ("VALUE_INVALID",)),
    Case("uid_too_long", _value(0x0020000D, "UI", b"1." + b"2" * 70), ("VALUE_INVALID|VALUE_TOO_LONG",)),
    Case("us_three_bytes", _value(0x00280010, "US", b"\1\0\2"), ("VALUE_LENGTH|ODD_LENGTH",)),
    Case("us_one_pair_and_half", _value(0x00280301, "FD", bytes(12)), ("VALUE_LENGTH",)),
    Case("at_six_bytes", _value(0x00280009, "AT", bytes(6)), ("VALUE_LENGTH",)),
    Case("vm_mismatch", _value(0x00280010, "US", bytes(8)), ("VM_MISMATCH",)),
    Case("cs_lower_case", _value(0x00280004, "CS", b"mono"), ("VALUE_INVALID",)),
    Case("sh_too_long", _value(0x00080050, "SH", b"x" * 40), ("VALUE_TOO_LONG",)),
    Case("many_backslashes", _value(0x00104000, "LO", b"\\" * 60000)),
    Case("pn_many_carets", _value(0x00081070, "PN", b"^" * 60000)),
    Case("pn_many_groups", _value(0x00081070, "PN", b"=" * 60000)),
    Case("charset_unknown", _with_charset("KLINGON", b"\xe9t\xe9 "), ("CHARSET_UNKNOWN",)),
    Case("charset_as_number", lambda: part10(element(0x00080005, "UL", b"\1\0\0\0") + basic()), ("VR_MISMATCH",)),
    Case("charset_undeclared", _value(0x00102154, "SH", b"\xe9t\xe9 "), ("CHARSET_UNDECLARED",)),
    Case("charset_damaged_utf8", _with_charset("ISO_IR 192", b"a\xc3(b"), ("CHARSET_DAMAGED",)),
    Case(
        "charset_escape_unknown",
        _with_charset("\\ISO 2022 IR 87", b"\x1b$Zxx"),
        ("CHARSET_DAMAGED|CHARSET_UNDECLARED",),
    ),
    Case("charset_escape_cut", _with_charset("\\ISO 2022 IR 87", b"ab\x1b$"), ("CHARSET_DAMAGED|CHARSET_UNDECLARED",)),
    Case("charset_half_character", _with_charset("\\ISO 2022 IR 149", b"\x1b$)C\xb1\xe8\xb1 "), ("CHARSET_DAMAGED",)),
    Case("charset_gbk_half", _with_charset("GBK", b"\xcd\xf5\xd0"), ("CHARSET_DAMAGED|ODD_LENGTH",)),
    Case("charset_many_terms", lambda: part10(text(0x00080005, "CS", "\\".join(["ISO 2022 IR 6"] * 2000)) + basic())),
)

# --- a, c, f: nesting, bombs and floods (limits) ---------------------------------------------------------------

_DEEP = "LimitExceededError"


def _nesting(depth: int, form: Form, transfer_syntax: str, *, defined: bool) -> bytes:
    return part10(basic(form) + nested(depth, form, defined=defined), transfer_syntax)


NESTING_CASES = tuple(
    Case(
        f"nested_{depth}_{'defined' if defined else 'open'}_{name}",
        partial(_nesting, depth, form, syntax, defined=defined),
        ("DEPTH_LIMIT",) if depth > 64 else (),
        _DEEP if depth > 64 else "",
    )
    for depth in (1, 63, 65, 1000)
    for defined in (True, False)
    for name, form, syntax in FORMS
)

DEFLATE_CASES = (
    Case("deflated", lambda: part10(deflated(basic() + pixels()), DEFLATED_LE), keeps=BOTH),
    Case(
        "deflated_truncated",
        lambda: part10(deflated(basic() + INNER * 20)[:-40], DEFLATED_LE),
        ("TRUNCATED|DEFLATE_DAMAGED",),
        "TruncatedError",
        NOTHING,
    ),
    Case(
        "deflated_damaged",
        lambda: part10(hb.mutated(deflated(basic() + INNER * 20), 3, 8), DEFLATED_LE),
        ("DEFLATE_DAMAGED",),
        "EncodingError",
        NOTHING,
    ),
    Case("deflated_empty", lambda: part10(b"", DEFLATED_LE), ("TRUNCATED|DEFLATE_DAMAGED",), "TruncatedError", NOTHING),
    Case(
        "deflated_with_zlib_header",
        lambda: part10(zlib.compress(basic()), DEFLATED_LE),
        ("DEFLATE_DAMAGED",),
        "EncodingError",
    ),
    Case(
        "deflated_unknown_vr_first",
        lambda: part10(deflated(element(0x00060006, b"ZZ", b"text") + basic()), DEFLATED_LE),
        ("UNKNOWN_VR",),
    ),
    Case("deflated_trailing", lambda: part10(deflated(basic()) + b"tail", DEFLATED_LE), ("TRAILING_BYTES",)),
    Case("deflated_nested", lambda: part10(deflated(basic() + nested(1000)), DEFLATED_LE), ("DEPTH_LIMIT",), _DEEP),
)

# --- b: lying lengths, each VR in each position ----------------------------------------------------------------

_POSITIONS = ("first", "middle", "last", "item", "open_item")
_LIE_CODES = (
    "LENGTH_OVERRUN|TRUNCATED|ITEM_LENGTH_WRONG|ITEM_EXPECTED|DELIMITER_MISSING|INVALID_VR|"
    "UN_UNDEFINED_LENGTH|UNDEFINED_LENGTH_VR"
)
_LIES = {"huge": 0xFFFFFFFE, "top_bit": 0x80000104, "past_end": 0x400, "odd": 0x301, "undefined": UNDEFINED}


def lying_length(vr: str, position: str, length: int, form: Form, transfer_syntax: str) -> bytes:
    """Build a file of under 500 bytes in which one element of `vr` declares `length`."""
    lie = element(0x00090010, vr, b"LIES", form, length)
    before, after = b"", basic(form)
    if position != "first":
        lie = element(0x00110010, vr, b"LIES", form, length)
        before, after = basic(form), element(0x00280010, "US", form.number("H", 4), form)
    if position == "last":
        after = b""
    elif "item" in position:
        is_defined = position == "item"
        lie = sequence(0x00189346, item(lie, form, defined=is_defined), form, defined=is_defined)
    return part10(before + lie + after, transfer_syntax)


def lying_lengths() -> Iterator[Case]:
    """Yield a case for every VR, position, form and impossible length: more than 1,000 small files."""
    for form_name, form, syntax in FORMS:
        for vr in ("UN",) if form.is_implicit else (*sorted(LONG_FORM), *SHORT_FORM):
            for position in _POSITIONS:
                for lie_name, lie in _LIES.items():
                    is_short = vr in SHORT_FORM and not form.is_implicit
                    if is_short and lie_name not in ("huge", "past_end", "odd"):
                        continue  # a 16-bit length can only be large
                    if lie == UNDEFINED and vr in ("SQ", "UN") and not form.is_implicit:
                        continue  # allowed; see UN_CASES and DELIMITER_CASES
                    yield Case(
                        f"length_{lie_name}_{vr}_{position}_{form_name}",
                        partial(lying_length, vr, position, lie, form, syntax),
                        (_LIE_CODES,),
                        keeps=NOTHING if position == "first" else ("PatientID",),
                    )


# --- g: truncations --------------------------------------------------------------------------------------------


def _cut(start: bytes, tail: bytes, length: int) -> bytes:
    return start + tail[:length]


def truncations() -> Iterator[Case]:
    """Yield one small file of each form cut at every byte that is no boundary between top-level elements."""
    for name, form, syntax in FORMS:
        start = part10(basic(form), syntax)
        for what, tail in (
            ("sequence", sequence(SEQUENCE_TAG, item(text(0x00400007, "LO", "INSIDE", form), form), form)),
            (
                "open_sequence",
                sequence(
                    SEQUENCE_TAG, item(text(0x00400007, "LO", "INSIDE", form), form, defined=False), form, defined=False
                ),
            ),
            ("bulk", element(0x7FE00010, "OW", bytes(40), form)),
        ):
            for cut in range(1, len(tail)):
                yield Case(
                    f"cut_{what}_{cut}_{name}",
                    partial(_cut, start, tail, cut),
                    ("TRUNCATED|LENGTH_OVERRUN|DELIMITER_MISSING|ITEM_LENGTH_WRONG|TRAILING_BYTES|TRAILING_ZEROS",),
                )


#: Every row that is judged by its issues; the generated families are `lying_lengths()` and `truncations()`.
CASES = (
    *PREAMBLE_CASES,
    *FORM_CASES,
    *UN_CASES,
    *DELIMITER_CASES,
    *ENCAPSULATION_CASES,
    *STRUCTURE_CASES,
    *VALUE_CASES,
    *NESTING_CASES,
    *DEFLATE_CASES,
)
