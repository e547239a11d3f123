"""Build the Cython kernels of ``dicomkit._ext``; everything else about the package stands in pyproject.toml.

Switches, read from the environment while building:

- ``DICOMKIT_PURE=1``         build no kernel: the pure-Python twins run.
- ``DICOMKIT_REQUIRE_EXT=1``  a kernel that does not compile fails the build (set for every wheel that is published).
- ``DICOMKIT_DEBUG=1``        line tracing, so that coverage sees the kernels, and no optimisation.
- ``DICOMKIT_SANITIZE=1``     AddressSanitizer and UndefinedBehaviorSanitizer (GCC and Clang).

Without any of them a machine that has no compiler gets a working, slower package and a message that says so.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

KERNELS = Path("src/dicomkit/_ext")
NEEDS_POSIX = {"local"}


def switch(name: str) -> bool:
    """Say whether the build switch `name` is on."""
    return os.environ.get(f"DICOMKIT_{name}", "0").lower() not in {"", "0", "no", "off", "false"}


PURE, REQUIRED, DEBUG, SANITIZE = (switch(name) for name in ("PURE", "REQUIRE_EXT", "DEBUG", "SANITIZE"))


class BuildKernels(build_ext):
    """``build_ext`` that says in one line which kernel is missing and what runs instead."""

    def build_extension(self, ext: Extension) -> None:
        """Build one kernel; where that fails and kernels are not required, leave its place to the twin."""
        try:
            super().build_extension(ext)
        except Exception as error:
            if REQUIRED:
                raise
            print(
                f"dicomkit: {ext.name} was not compiled ({error}); its pure-Python twin will run, many times slower. "
                "Install a C compiler and reinstall, or set DICOMKIT_REQUIRE_EXT=1 to make this an error.",
                file=sys.stderr,
            )


def flags() -> tuple[list[str], list[str]]:
    """Give the flags of the compiler and of the linker."""
    if sys.platform == "win32":
        return (["/Od", "/Zi"] if DEBUG else ["/O2"]), []
    compiler = ["-O0", "-g"] if DEBUG else ["-O3", "-g0"]
    linker: list[str] = []
    if SANITIZE:
        compiler += ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer"]
        linker += ["-fsanitize=address,undefined"]
    return compiler, linker


def kernels() -> list[Extension]:
    """Give one extension per ``.pyx`` file of ``dicomkit._ext``."""
    sources = [] if PURE else sorted(KERNELS.glob("*.pyx"))
    if sys.platform == "win32":
        sources = [source for source in sources if source.stem not in NEEDS_POSIX]
    if not sources:
        return []
    from Cython.Build import cythonize  # noqa: PLC0415  (a pure build needs no Cython)

    compiler, linker = flags()
    extensions = [
        Extension(
            f"dicomkit._ext.{source.stem}",
            [str(source)],
            extra_compile_args=compiler,
            extra_link_args=linker,
            define_macros=[("CYTHON_TRACE", "1")] if DEBUG else [],
        )
        for source in sources
    ]
    # Not "freethreading_compatible": the kernels rest on the interpreter lock, see docs/decisions/0004.
    directives = {"language_level": 3, "linetrace": DEBUG}
    compiled = cythonize(extensions, compiler_directives=directives, force=DEBUG or SANITIZE)
    for extension in compiled:
        extension.optional = not REQUIRED  # said here because cythonize forgets it
    return compiled


setup(ext_modules=kernels(), cmdclass={"build_ext": BuildKernels})
