"""Data sets in other formats: the JSON model of PS3.18 Annex F and the XML model of PS3.19 Annex A."""

from __future__ import annotations

from dicomkit.formats.json import from_json, from_json_array, iter_json, to_json
from dicomkit.formats.xml import from_xml, iter_xml, to_xml

__all__ = ["from_json", "from_json_array", "from_xml", "iter_json", "iter_xml", "to_json", "to_xml"]
