"""A toolkit for DICOM: read, inspect, edit and write its objects, decode and show their pixels (PS3.3 to PS3.19)."""

from __future__ import annotations

from dicomkit._lazy import load, load_package
from dicomkit.core.limits import Limits
from dicomkit.core.person_name import PersonName
from dicomkit.core.tag import Tag
from dicomkit.core.uid import UID
from dicomkit.core.uid_generation import generate_uid
from dicomkit.dataset import DataElement, Dataset, Sequence
from dicomkit.encoding.options import ReadOptions, WriteOptions
from dicomkit.errors import DicomError
from dicomkit.file import dcmread, dcmwrite

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from dicomkit import formats, net, objects, pixels
    from dicomkit.installation import Info

__version__ = "0.1.0"

__all__ = [
    "UID",
    "DataElement",
    "Dataset",
    "DicomError",
    "Limits",
    "PersonName",
    "ReadOptions",
    "Sequence",
    "Tag",
    "WriteOptions",
    "__version__",
    "dcmread",
    "dcmwrite",
    "formats",
    "generate_uid",
    "info",
    "net",
    "objects",
    "pixels",
]


def info() -> Info:
    """Return what is installed here: version, active kernels, edition of the standard, optional packages."""
    found: Info = load("info")()
    return found


def __getattr__(name: str) -> ModuleType:
    """Import a package that ``import dicomkit`` leaves out, when somebody names it: ``dicomkit.pixels.render(ds)``."""
    return load_package(name)
