"""What of dicomkit is installed here: version, kernels, edition of the standard, optional packages."""

from __future__ import annotations

import platform
from importlib import metadata

import dicomkit.dictionary
from dicomkit._ext import COMPILED
from dicomkit.core.frozen import Frozen

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OPTIONAL_PACKAGES", "Info", "info"]

# Distribution, the extra of pyproject.toml that brings it ("" for what the library always needs), what it is for.
OPTIONAL_PACKAGES = (
    ("numpy", "", "arrays"),
    ("rich", "cli", "colours and progress bars of the command line"),
    ("fsspec", "remote", "reading from URLs"),
    ("aiohttp", "remote", "HTTP range requests"),
    ("pillow", "images", "pictures of images: PNG, JPEG, GIF, TIFF"),
    ("imagecodecs", "codecs", "JPEG, JPEG-LS, JPEG 2000, HTJ2K and JPEG XL"),
    ("pylibjpeg-openjpeg", "codecs", "JPEG 2000 and HTJ2K"),
    ("pyjpegls", "codecs", "JPEG-LS"),
    ("pylibjpeg-libjpeg", "libjpeg", "JPEG and JPEG-LS"),
    ("av", "video", "MPEG and HEVC"),
    ("pydicom", "", "ds.to_pydicom() and Dataset.from_pydicom()"),
)


class Info(Frozen):
    """What is installed; `str()` is one line, `to_json()` the fields as JSON values.

    `kernels` is "compiled" or "pure". `packages` maps the optional packages to their versions, None where absent.
    """

    __slots__ = ("edition", "kernels", "packages", "platform", "python", "version")

    version: str
    kernels: str
    edition: str
    python: str
    platform: str
    packages: Mapping[str, str | None]

    def __init__(
        self,
        *,
        version: str,
        kernels: str,
        edition: str,
        python: str,
        platform: str,
        packages: Mapping[str, str | None],
    ) -> None:
        put = object.__setattr__
        put(self, "version", version)
        put(self, "kernels", kernels)
        put(self, "edition", edition)
        put(self, "python", python)
        put(self, "platform", platform)
        put(self, "packages", dict(packages))

    def to_json(self) -> dict[str, object]:
        """Return the fields as JSON values."""
        return {
            "version": self.version,
            "kernels": self.kernels,
            "edition": self.edition,
            "python": self.python,
            "platform": self.platform,
            "packages": dict(self.packages),
        }

    def __hash__(self) -> int:
        return hash((self.version, self.kernels, self.edition, self.python, self.platform, *self.packages.items()))

    def __str__(self) -> str:
        return (
            f"dicomkit {self.version}, {self.kernels} kernels, edition {self.edition} of the standard, "
            f"Python {self.python}, {self.platform}"
        )


def info() -> Info:
    """Return what is installed here: version, which kernels are active, edition of the standard, optional packages."""
    return Info(
        version=dicomkit.__version__,
        kernels="compiled" if COMPILED else "pure",
        edition=dicomkit.dictionary.EDITION,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        platform=f"{platform.system()} {platform.machine()}",
        packages={name: _version(name) for name, _, _ in OPTIONAL_PACKAGES},
    )


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
