"""Real files behind a server of ours, for the commands that talk to a peer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dicomkit import dcmread
from dicomkit.dataset import Dataset
from dicomkit.net.services import matches, response_of
from tests.corpora import real_file

NAMES = ("CT_small.dcm", "MR_small.dcm", "JPEG2000.dcm")
CT_STUDY = "1.3.6.1.4.1.5962.1.2.1.20040119072730.12322"


class Archive:
    """Real files behind a server: what it is asked for, and where what it was sent lies."""

    def __init__(self, folder: Path) -> None:
        self.paths = [real_file(name) for name in NAMES]
        self.stored = folder
        self.asked: list[Dataset] = []

    def find(self, request: object) -> Iterator[Dataset]:
        """Answer from the files, an instance for a study."""
        query = request.dataset  # type: ignore[attr-defined]  # a Request
        self.asked.append(query)
        for path in self.paths:
            ds = dcmread(path)
            if matches(query, ds):
                yield response_of(query, ds)

    def retrieve(self, request: object) -> list[Path]:
        """Give the files of a study."""
        query = request.dataset  # type: ignore[attr-defined]  # a Request
        self.asked.append(query)
        return [path for path in self.paths if dcmread(path).StudyInstanceUID == query.StudyInstanceUID]
