"""The kernels: compiled where a compiler or a wheel was there, their pure-Python twins elsewhere.

``DICOMKIT_PURE=1`` in the environment chooses the twins; the whole test suite passes with either. This is the one
place that decides, and the one environment variable the library reads.
"""

from __future__ import annotations

import os

__all__ = [
    "COMPILED",
    "ISSUE_NAMES",
    "Index",
    "Items",
    "Record",
    "Scanner",
    "ValueTypes",
    "View",
    "open_file",
    "read_again",
    "scan_file",
    "wants_pure",
]


def wants_pure() -> bool:
    """Say whether the environment asks for the twins."""
    return os.environ.get("DICOMKIT_PURE", "0").lower() not in {"", "0", "no", "off", "false"}


if wants_pure():
    COMPILED = False
else:
    try:
        from dicomkit._ext.record import Items, Record, ValueTypes, View
        from dicomkit._ext.scan import ISSUE_NAMES, Index, Scanner, scan_file

        COMPILED = True
    except ImportError:
        COMPILED = False

if not COMPILED:
    # To type checkers the twins are what the stubs of the kernels say.
    from dicomkit._ext.pure.record import Items, Record, ValueTypes, View  # type: ignore[assignment]
    from dicomkit._ext.pure.scan import ISSUE_NAMES, Index, Scanner, scan_file  # type: ignore[assignment]

if wants_pure():
    from dicomkit._ext.pure.local import open_file, read_again
else:
    try:
        from dicomkit._ext.local import open_file, read_again
    except ImportError:  # not compiled, or a system without the calls of POSIX
        from dicomkit._ext.pure.local import open_file, read_again
