"""Mutations of JSON and XML models that stay JSON and XML: a parser's errors are not what is looked for (PS3.18 F)."""

from __future__ import annotations

import json
import re

from fuzz.mutate import Mutator

#: One in so many inputs is changed byte by byte, so that the parsers get something to refuse, too.
_ONE_IN = 12

_VRS = (
    "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "OB", "OD", "OF", "OL", "OV", "OW", "PN",
    "SH", "SL", "SQ", "SS", "ST", "SV", "TM", "UC", "UI", "UL", "UN", "UR", "US", "UT", "UV", "ZZ", "", "sq",
)  # fmt: skip
_TEXTS = (
    "", " ", "A", "A\\B", "A^B^C^D^E", "A=B=C", "é", "山田", "\0", "\x1b$B", "\ud800", "1.2.840", "20240229",
    "101112.5", "030Y", "20240131101112.5+0100", "1.5", "-0", "NaN", "-inf", "Infinity", "1e400", "12345678901234567",
    "0x10", "00100010", "(0010,0010)", "AAEC", "AAECAw==", "====", "=", "%", "http://example.invalid/b",
    "file:///etc/passwd", "x" * 70,
)  # fmt: skip
_TAGS = (
    "00080005", "00080016", "00080018", "00100010", "00100020", "00100030", "00180050", "00200013", "00280010",
    "00280103", "00280106", "0040A730", "00091001", "00090010", "7FE00010", "7FE00001", "00000002", "00020010",
    "FFFEE000", "FFFCFFFC", "PatientName", "0010", "0010001G", "00100010 ", "",
)  # fmt: skip
_KEYS = ("vr", "Value", "InlineBinary", "BulkDataURI", "Alphabetic", "Ideographic", "Phonetic", "VR", "value")
_NUMBERS = (
    0, 1, -1, 255, 65535, 65536, 2**31, 2**32 - 1, 2**53 + 1, 2**63, 2**64, -(2**63), 10**40, 0.5, -1e300, 1e-7, 1e400,
)  # fmt: skip


class JsonMutator(Mutator):
    """Change nodes of a JSON model."""

    def mutated(self, data: bytes, other: bytes) -> bytes:
        """Give `data` with a few nodes changed; nodes of `other` may come in."""
        rng = self.rng
        if rng.random() * _ONE_IN < 1:
            return super().mutated(data, other)
        try:
            model, donor = json.loads(data), json.loads(other)
        except (ValueError, RecursionError):
            return super().mutated(data, other)
        box = [model]
        while True:
            places, donors = _places(box), _places([donor])
            self._change(places[int(rng.random() * len(places))], donors[int(rng.random() * len(donors))])
            if rng.random() < 0.5 or not box:
                break
        try:
            return json.dumps(box[0] if box else None).encode()[: self.longest]
        except (ValueError, RecursionError):  # a node came into itself
            return super().mutated(data, other)

    def _change(self, place: tuple[list[object] | dict[str, object], object], donor: tuple[object, object]) -> None:
        holder, key = place
        rng = self.rng
        chance = rng.random()
        if isinstance(holder, dict):
            value = holder.get(str(key))
            if chance < 0.1:
                holder.pop(str(key), None)
            elif chance < 0.3:
                names = _TAGS if rng.random() < 0.5 else _KEYS
                holder[names[int(rng.random() * len(names))]] = holder.pop(str(key), None)
            elif chance < 0.4:
                names = _TAGS if rng.random() < 0.5 else _KEYS
                holder[names[int(rng.random() * len(names))]] = self._node(value, donor)
            else:
                holder[str(key)] = self._node(value, donor)
            return
        index = key if isinstance(key, int) else 0
        if chance < 0.15:
            del holder[index]
        elif chance < 0.3:
            holder.insert(index, self._node(holder[index], donor))
        else:
            holder[index] = self._node(holder[index], donor)

    def _node(self, old: object, donor: tuple[object, object]) -> object:
        rng = self.rng
        chance = rng.random()
        if chance < 0.3:
            holder, key = donor
            return holder[key]  # type: ignore[index]
        if chance < 0.4:
            return [old]
        if chance < 0.5:
            return {_TAGS[int(rng.random() * len(_TAGS))]: {"vr": self._vr(), "Value": [old]}}
        if chance < 0.65:
            return self._vr()
        if chance < 0.8:
            return _TEXTS[int(rng.random() * len(_TEXTS))]
        if chance < 0.9:
            return _NUMBERS[int(rng.random() * len(_NUMBERS))]
        return (None, True, [], {}, [None], [{}], [[]])[int(rng.random() * 7)]

    def _vr(self) -> str:
        return _VRS[int(self.rng.random() * len(_VRS))]


def _places(model: list[object]) -> list[tuple[list[object] | dict[str, object], object]]:
    """Give every node as what holds it and its key there, the first some hundred."""
    found: list[tuple[list[object] | dict[str, object], object]] = []
    todo: list[object] = [model]
    while todo and len(found) < 300:
        holder = todo.pop()
        if isinstance(holder, dict):
            found += [(holder, key) for key in holder]
            todo += holder.values()
        elif isinstance(holder, list):
            found += [(holder, key) for key in range(len(holder))]
            todo += holder
    return found or [(model, 0)]


_PARTS = re.compile(r"<[^<>]*>|[^<]+|<")
_QUOTED = re.compile(r'"[^"<>]*"')
_ELEMENTS = (
    "Value", "Item", "PersonName", "Alphabetic", "Ideographic", "Phonetic", "FamilyName", "GivenName", "MiddleName",
    "NamePrefix", "NameSuffix", "InlineBinary", "DicomAttribute", "NativeDicomModel", "x",
)  # fmt: skip
_ENTITIES = ("&lt;", "&amp;", "&#0;", "&#x10FFFF;", "&#xD800;", "&x;", "<!-- -->", "<?x?>", "<![CDATA[<]]>", "\n  ")


class XmlMutator(Mutator):
    """Change tags, attributes and texts of an XML model."""

    def mutated(self, data: bytes, other: bytes) -> bytes:
        """Give `data` with a few parts changed; parts of `other` may come in."""
        rng = self.rng
        if rng.random() * _ONE_IN < 1:
            return super().mutated(data, other)
        parts = _PARTS.findall(data.decode("utf-8", "replace"))
        if not parts:
            return super().mutated(data, other)
        while True:
            self._change(parts, other)
            if rng.random() < 0.5 or not parts:
                break
        return "".join(parts).encode("utf-8", "replace")[: self.longest]

    def _change(self, parts: list[str], other: bytes) -> None:
        rng = self.rng
        at = int(rng.random() * len(parts))
        part, chance = parts[at], rng.random()
        if not part.startswith("<"):
            parts[at] = self._text()
        elif chance < 0.5 and '"' in part:
            parts[at] = _QUOTED.sub(lambda found: f'"{self._attribute()}"' if rng.random() < 0.4 else found[0], part)
        elif chance < 0.6:
            name = _ELEMENTS[int(rng.random() * len(_ELEMENTS))]
            parts[at:at] = (f'<{name} number="{int(rng.random() * 4)}">', self._text(), f"</{name}>")
        elif chance < 0.7:
            name = _VRS[int(rng.random() * len(_VRS))]
            tag = _TAGS[int(rng.random() * len(_TAGS))]
            parts[at:at] = (f'<DicomAttribute tag="{tag}" vr="{name}" keyword="">', "</DicomAttribute>")
        elif chance < 0.8:
            end = self._end(parts, at)
            copied = parts[at:end]
            parts[at:at] = copied
        elif chance < 0.9:
            del parts[at : self._end(parts, at)]
        else:
            borrowed = _PARTS.findall(other.decode("utf-8", "replace"))
            start = int(rng.random() * len(borrowed)) if borrowed else 0
            parts[at:at] = borrowed[start : self._end(borrowed, start)]

    @staticmethod
    def _end(parts: list[str], at: int) -> int:
        """Find the end of the element that begins at `at`; of anything else it is the next part."""
        depth = 0
        for position in range(at, min(len(parts), at + 60)):
            part = parts[position]
            if part.startswith("</"):
                depth -= 1
            elif part.startswith("<") and not part.endswith("/>"):
                depth += 1
            if depth <= 0:
                return position + 1
        return at + 1

    def _text(self) -> str:
        rng = self.rng
        if rng.random() < 0.2:
            return _ENTITIES[int(rng.random() * len(_ENTITIES))]
        text = _TEXTS[int(rng.random() * len(_TEXTS))]
        return text.replace("&", "&amp;")

    def _attribute(self) -> str:
        rng = self.rng
        values = (_TAGS, _VRS, _TEXTS, ("0", "1", "2", "-1", "99999999999"))[int(rng.random() * 4)]
        return values[int(rng.random() * len(values))]
