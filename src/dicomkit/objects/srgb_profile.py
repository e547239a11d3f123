"""The ICC profile of sRGB, for objects whose colours need one (PS3.3 C.11.15, ICC.1:2010, IEC 61966-2-1)."""

from __future__ import annotations

import struct

__all__ = ["srgb_profile"]

# ICC.1:2010 7.2: version 4.3, an input device as C.11.15 asks for, colours of red, green and blue in XYZ.
_VERSION, _CLASS, _SPACE, _CONNECTION = 0x04300000, b"scnr", b"RGB ", b"XYZ "
_MADE = (2026, 1, 1, 0, 0, 0)
# D50, and red, green and blue of sRGB after the Bradford adaptation from D65 to it.
_D50 = (0.9642, 1.0, 0.8249)
_COLUMNS = {
    b"rXYZ": (0.436065, 0.222489, 0.013916),
    b"gXYZ": (0.385147, 0.716873, 0.097076),
    b"bXYZ": (0.143066, 0.060608, 0.714096),
}
# D65 to D50, as the chromaticAdaptationTag says it.
_ADAPTATION = (1.047844, 0.022888, -0.050127, 0.029556, 0.990494, -0.017049, -0.009237, 0.015050, 0.752091)
# IEC 61966-2-1 as a function of type 3 (ICC.1:2010 10.16): g, a, b, c, d.
_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_TEXTS = {b"desc": "sRGB", b"cprt": "No copyright"}


def srgb_profile() -> bytes:
    """Return an ICC profile that says that colours are sRGB."""
    tags = {key: _text(text) for key, text in _TEXTS.items()}
    tags[b"wtpt"] = _xyz(_D50)
    tags[b"chad"] = b"sf32\0\0\0\0" + _numbers(_ADAPTATION)
    tags |= {key: _xyz(values) for key, values in _COLUMNS.items()}
    tags[b"rTRC"] = tags[b"gTRC"] = tags[b"bTRC"] = b"para\0\0\0\0\0\3\0\0" + _numbers(_CURVE)
    offset = 128 + 4 + 12 * len(tags)
    table, data, places = struct.pack(">I", len(tags)), b"", dict[bytes, int]()
    for key, value in tags.items():
        if value not in places:  # the three curves are one
            places[value] = offset + len(data)
            data += value + b"\0" * (-len(value) % 4)
        table += struct.pack(">4sII", key, places[value], len(value))
    body = table + data
    header = struct.pack(
        ">I4sI4s4s4s6H4s", 128 + len(body), b"\0\0\0\0", _VERSION, _CLASS, _SPACE, _CONNECTION, *_MADE, b"acsp"
    )
    return header.ljust(68, b"\0") + _numbers(_D50) + b"\0" * 48 + body


def _numbers(values: tuple[float, ...]) -> bytes:
    """Numbers of 16 bits before and 16 after the point (ICC.1:2010 4.6)."""
    return struct.pack(f">{len(values)}i", *[round(value * 65536) for value in values])


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + _numbers(values)


def _text(text: str) -> bytes:
    """A multiLocalizedUnicodeType of one language (ICC.1:2010 10.13)."""
    data = text.encode("utf-16-be")
    return struct.pack(">4sIIIHHII", b"mluc", 0, 1, 12, 0x656E, 0x5553, len(data), 28) + data
