"""Make a Secondary Capture image from nothing: python examples/from_scratch.py new.dcm."""

from __future__ import annotations

import sys
from datetime import datetime

import dicomkit
from dicomkit import dictionary

now = datetime.now()
rows, columns = 64, 96
gradient = bytes((2 * row + column) & 0xFF for row in range(rows) for column in range(columns))

ds = dicomkit.Dataset(
    SpecificCharacterSet="ISO_IR 192",
    SOPClassUID=dictionary.uid("SecondaryCaptureImageStorage"),
    SOPInstanceUID=dicomkit.generate_uid(),
    StudyInstanceUID=dicomkit.generate_uid(),
    SeriesInstanceUID=dicomkit.generate_uid(),
    StudyDate=now.date(),
    StudyTime=now.time(),
    Modality="OT",
    ConversionType="SYN",
    PatientName="Müller^Jürgen",
    PatientID="1",
    # Type 2 attributes: they must be there, and may be empty.
    PatientBirthDate=None,
    PatientSex="",
    ReferringPhysicianName="",
    StudyID="",
    AccessionNumber="",
    SeriesNumber=1,
    InstanceNumber=1,
    Laterality="",
    PatientOrientation="",
    # Type 1: these say what the pixels are.
    SamplesPerPixel=1,
    PhotometricInterpretation="MONOCHROME2",
    Rows=rows,
    Columns=columns,
    BitsAllocated=8,
    BitsStored=8,
    HighBit=7,
    PixelRepresentation=0,
    PixelData=gradient,
)
# A sequence is a list of data sets.
ds.ProcedureCodeSequence = [
    dicomkit.Dataset(CodeValue="113014", CodingSchemeDesignator="DCM", CodeMeaning="Study"),
]
ds.save_as(sys.argv[1])  # the File Meta Information is made as PS3.10 asks

print(dicomkit.dcmread(sys.argv[1]))
