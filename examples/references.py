"""List the instances that an object refers to, however deep: python examples/references.py report.dcm."""

from __future__ import annotations

import sys

import dicomkit
from dicomkit import dictionary

ds = dicomkit.dcmread(sys.argv[1])
for element in ds.walk():  # every element, those of items of sequences included
    if element.keyword in ("ReferencedSOPClassUID", "ReferencedSOPInstanceUID"):
        entry = dictionary.uid_entry(element.value) if element.value else None
        print(f"{element.keyword:26} {element.value} {entry.name if entry else ''}".rstrip())
