"""DICOM files (PS3.10): reading, writing, streams longer than memory, frames, URLs."""

from __future__ import annotations

from dicomkit._lazy import load
from dicomkit.file.read import dcmread
from dicomkit.file.write import dcmwrite, to_bytes

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.file.bare import data_set_bytes, read_data_set
    from dicomkit.file.frame_index import FrameIndex
    from dicomkit.file.frames import frame_bytes, frame_count, iter_frame_bytes
    from dicomkit.file.remote import open_url
    from dicomkit.file.stream_reader import ElementKind, ElementStream, StreamedElement, iter_elements
    from dicomkit.file.stream_writer import StreamWriter

__all__ = [
    "ElementKind",
    "ElementStream",
    "FrameIndex",
    "StreamWriter",
    "StreamedElement",
    "data_set_bytes",
    "dcmread",
    "dcmwrite",
    "frame_bytes",
    "frame_count",
    "iter_elements",
    "iter_frame_bytes",
    "open_url",
    "read_data_set",
    "to_bytes",
]


def __getattr__(name: str) -> object:
    """Load what `import dicomkit` does not, when somebody names it."""
    if name in __all__:
        return load(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
