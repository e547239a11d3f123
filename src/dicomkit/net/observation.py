"""What happens on associations, counted and logged, without patients: titles, addresses, statuses, kinds of errors."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from dicomkit.errors import DicomError, escaped

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Observer"]

_LOGGER = logging.getLogger("dicomkit.net")
_LOGGER.addHandler(logging.NullHandler())  # a program that wants no logs gets none on its standard error

# What is worth a line in the log of a server that works; the rest is for who looks for something.
_LEVELS = {
    "established": logging.INFO,
    "released": logging.INFO,
    "rejected": logging.WARNING,
    "failed": logging.WARNING,
    "handshake failed": logging.WARNING,
    "handler failed": logging.ERROR,
    "defect": logging.ERROR,
}


class Observer:
    """Counts and logs the events of all associations of one side, and tells a callback.

    `counters` has how often each event happened, those with a status once more with it: ``performed store A700``. The
    callback is called in the thread of the association as ``callback(number, event, **fields)``.
    """

    __slots__ = ("_callback", "_lock", "counters")

    def __init__(self, callback: Callable[..., None] | None = None) -> None:
        self._callback = callback
        self._lock = threading.Lock()  # each association counts in its own thread
        self.counters: Counter[str] = Counter()

    def of(self, number: int) -> Callable[..., None]:
        """Return what an endpoint calls."""
        return partial(self._note, number)

    def _note(self, number: int, event: str, /, **fields: object) -> None:
        with self._lock:
            self.counters[event] += 1
            if "status" in fields:
                self.counters[f"{event} {fields.get('operation', '')} {fields['status']}"] += 1
        level = _LEVELS.get(event, logging.DEBUG)
        if _LOGGER.isEnabledFor(level):
            _log(level, number, event, fields)
        if self._callback is not None:
            self._callback(number, event, **fields)


def _log(level: int, number: int, event: str, fields: dict[str, object]) -> None:
    shown = {name: _shown(value) for name, value in fields.items()}
    text = " ".join([f"{name}={value}" for name, value in shown.items()])
    _LOGGER.log(level, "association %d %s %s", number, event, text, extra={"association": number, "event": event, **{
        f"dicom_{name}": value for name, value in shown.items()
    }})  # fmt: skip
    error = fields.get("error")
    if isinstance(error, Exception) and not isinstance(error, DicomError) and _LOGGER.isEnabledFor(logging.DEBUG):
        # Other people's errors may quote a patient's values: they are shown to who asks for DEBUG.
        _LOGGER.debug("association %d %s", number, event, exc_info=error)


def _shown(value: object) -> str:
    if isinstance(value, BaseException):
        # A network error speaks of the protocol; of any other one the kind alone is safe.
        name = type(value).__name__
        return f"{name}: {escaped(str(value), 200)}" if isinstance(value, ConnectionError) else name
    return escaped(value if isinstance(value, (str, int)) else str(value))
