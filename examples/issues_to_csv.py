"""What is wrong with the files of a folder, as a table: python examples/issues_to_csv.py folder > issues.csv."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import dicomkit

table = csv.writer(sys.stdout)
table.writerow(["file", "code", "offset", "path", "message", "action"])
for path in sorted(Path(sys.argv[1]).rglob("*")):
    if not path.is_file():
        continue
    try:
        ds = dicomkit.dcmread(path)
    except dicomkit.DicomError as error:  # not DICOM, or beyond a limit
        table.writerow([path, "unreadable", "", "", error, ""])
        continue
    for issue in ds.check():
        fields = issue.to_json()
        table.writerow([path, *(fields[name] for name in ("code", "offset", "path", "message", "action"))])
