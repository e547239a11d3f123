"""Read a file, look at values, change one, write it: python examples/first_steps.py image.dcm changed.dcm."""

from __future__ import annotations

import sys

import dicomkit

source, target = sys.argv[1:]

ds = dicomkit.dcmread(source)

# An attribute is the value; what is absent raises, get() gives a default.
print("modality:     ", ds.Modality)
print("patient:      ", ds.PatientName.family_name, "/", ds.PatientID)
print("study date:   ", ds.StudyDate, "in the year", ds.StudyDate.year)
print("slice at:     ", ds.get("SliceLocation"))

# An index is the element: tag, VR, name, value.
print(ds["PixelSpacing"])
print(ds[0x0028, 0x0010])

# What is wrong with the file; check() decodes every value, so it knows all of it.
for issue in ds.check():
    print("issue:", issue)

# Only what is edited is written anew, all the rest of the file stays byte for byte.
ds.PatientID = "ANON-0001"
ds.save_as(target)

again = dicomkit.dcmread(target)
for difference in dicomkit.dcmread(source).diff(again):
    print("changed:", difference)
