"""What is imported when it is first used: the one door upwards, and what most programs never need.

The contract test of the layers reads this table; nothing else in the package imports upwards or inside a function.
"""

from __future__ import annotations

from importlib import import_module

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

__all__ = ["PACKAGES", "TABLE", "LazyMethod", "load", "load_package"]

TABLE = {
    # Methods of Dataset that live in higher layers.
    "compress": "dicomkit.pixels.transcode:compress",
    "decompress": "dicomkit.pixels.transcode:decompress",
    "from_pydicom": "dicomkit.formats.pydicom_objects:from_pydicom",
    "pickled": "dicomkit.file.pickling:reduce",
    "pixel_array": "dicomkit.pixels.frames:pixel_array",
    "save_as": "dicomkit.file.write:save_as",
    "set_pixel_data": "dicomkit.pixels.encode:set_pixel_data",
    "to_bytes": "dicomkit.file.write:to_bytes",
    "to_json": "dicomkit.formats.json:to_json",
    "to_pydicom": "dicomkit.formats.pydicom_objects:to_pydicom",
    "to_xml": "dicomkit.formats.xml:to_xml",
    # What the command line needs of the layers that load NumPy.
    "EncodeOptions": "dicomkit.codecs.base:EncodeOptions",
    "transcode": "dicomkit.pixels.transcode:transcode",
    "write_transcoded": "dicomkit.pixels.transcode:write_transcoded",
    "waveform_groups": "dicomkit.objects.waveform:waveform_groups",
    "waveform_picture": "dicomkit.objects.waveform_plot:waveform_picture",
    # What image files need Pillow for.
    "read_image_file": "dicomkit.objects.image_files:read",
    # What `import dicomkit` does not load.
    "info": "dicomkit.installation:info",
    "iter_json": "dicomkit.formats.json:iter_json",
    "iter_xml": "dicomkit.formats.xml:iter_xml",
    # What values know of the dictionary, and options of themselves.
    "options_signature": "dicomkit.core.signatures:options_signature",
    "uid_entry": "dicomkit.dictionary.uid_registry:uid_entry",
    # Functions that load zlib, tempfile or fsspec, for the sources that need them.
    "deflated": "dicomkit.encoding.deflate:deflated",
    "inflate": "dicomkit.encoding.deflate:inflate",
    "inflated": "dicomkit.encoding.deflate:inflated",
    "open_url": "dicomkit.file.remote:open_url",
    "spooled": "dicomkit.file.spool:spooled",
    "spooled_descriptor": "dicomkit.file.spool:spooled_descriptor",
    # What dicomkit.file has for files longer than memory.
    "ElementKind": "dicomkit.file.stream_reader:ElementKind",
    "ElementStream": "dicomkit.file.stream_reader:ElementStream",
    "FrameIndex": "dicomkit.file.frame_index:FrameIndex",
    "data_set_bytes": "dicomkit.file.bare:data_set_bytes",
    "read_data_set": "dicomkit.file.bare:read_data_set",
    "StreamWriter": "dicomkit.file.stream_writer:StreamWriter",
    "StreamedElement": "dicomkit.file.stream_reader:StreamedElement",
    "frame_bytes": "dicomkit.file.frames:frame_bytes",
    "frame_count": "dicomkit.file.frames:frame_count",
    "iter_elements": "dicomkit.file.stream_reader:iter_elements",
    "iter_frame_bytes": "dicomkit.file.frames:iter_frame_bytes",
    # What pictures need Pillow for.
    "draw_on_picture": "dicomkit.pixels.imaging:draw",
    "encode_animation": "dicomkit.pixels.imaging:encode_animation",
    "encode_picture": "dicomkit.pixels.imaging:encode",
    "icc_to_srgb": "dicomkit.pixels.imaging:to_srgb",
    "resized_picture": "dicomkit.pixels.imaging:resized",
}


PACKAGES = ("formats", "net", "objects", "pixels")
"""What ``dicomkit.pixels`` and its like import, where ``import dicomkit`` did not."""


def load(name: str) -> Callable[..., Any]:
    """Import and return a function of the table."""
    module, _, attribute = TABLE[name].partition(":")
    function: Callable[..., Any] = getattr(import_module(module), attribute)
    return function


def load_package(name: str) -> ModuleType:
    """Import and return a package of dicomkit that is named as its attribute; AttributeError for any other name."""
    if name not in PACKAGES:
        raise AttributeError(f"module 'dicomkit' has no attribute {name!r}")
    return import_module(f"dicomkit.{name}")


class LazyMethod:
    """A method whose function is imported at its first use."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def function(self) -> Callable[..., Any]:
        """Import and return the function."""
        return load(self.name)

    def __get__(self, instance: object, owner: type) -> Any:
        function = self.function()
        return function if instance is None else function.__get__(instance, owner)
