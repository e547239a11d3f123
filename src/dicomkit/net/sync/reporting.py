"""Events brought to application entities over associations of their own, with the roles reversed (PS3.7 D.3.3.4)."""

from __future__ import annotations

import logging
import threading
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING

from dicomkit.errors import DicomError, NetworkError, escaped
from dicomkit.net.dispatch.admission import destination_of
from dicomkit.net.options import DEFAULT_ASSOCIATION
from dicomkit.net.sync.association import Association
from dicomkit.net.ul import RoleSelection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    from dicomkit.net.dispatch.admission import Destinations
    from dicomkit.net.operations import Reply
    from dicomkit.net.options import AssociationOptions
    from dicomkit.net.providers import Report

__all__ = ["Reporter"]

_LOGGER = logging.getLogger("dicomkit.net")


class Reporter:
    """Sends reports in the background: in their order to each title, and to different titles at the same time.

    A context manager that waits at its end for what is under way. A title that cannot be reached is tried `attempts`
    times, with `pause_seconds` in between; what then is left, and what exceeds `most` for one title, is dropped, with
    a line in the log and `dropped` counting it.
    """

    def __init__(
        self,
        destinations: Destinations,
        *,
        calling: str = "DICOMKIT",
        options: AssociationOptions | None = None,
        attempts: int = 3,
        pause_seconds: float = 2.0,
        most: int = 10_000,
    ) -> None:
        """Take where titles are, as C-MOVE destinations of a server."""
        self._destinations = destinations
        self._calling = calling
        self._options = DEFAULT_ASSOCIATION if options is None else options
        self._attempts = attempts
        self._pause = pause_seconds
        self._most = most
        self._waiting: dict[str, deque[Report]] = {}
        self._changed = threading.Condition()
        self._is_closing = False
        self.dropped = 0
        """Reports that reached nobody."""

    def knows(self, ae_title: str) -> bool:
        """Say whether a title can be reached."""
        return destination_of(self._destinations, ae_title, self._options) is not None

    def __call__(self, ae_title: str, report: Report) -> None:
        """Take a report."""
        with self._changed:
            reports = self._waiting.get(ae_title)
            if reports is None:
                reports = self._waiting[ae_title] = deque()
                threading.Thread(target=self._run, args=(ae_title,), name=f"reports to {ae_title}", daemon=True).start()
            if len(reports) >= self._most:
                self._drop(ae_title, 1, None)
                return
            reports.append(report)

    def __enter__(self) -> Self:
        """Return the reporter."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait for what is under way."""
        self.close()

    def close(self, seconds: float = 10.0) -> bool:
        """Wait until all reports are sent or given up, at most for so long; say whether they are."""
        until = monotonic() + seconds
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._waiting, max(0.0, until - monotonic()))

    def _run(self, title: str) -> None:
        """Send a title's reports until there are no more."""
        failures = 0
        while True:
            with self._changed:
                reports = self._waiting[title]
                if not reports:
                    del self._waiting[title]
                    self._changed.notify_all()
                    return
                batch = list(reports)
            sent, error = 0, None
            try:
                for _ in self._send(title, batch):
                    sent += 1
                    with self._changed:
                        reports.popleft()
            except Exception as caught:  # whatever it is, others are to get their reports
                error = caught
            failures = 0 if sent else failures + 1
            with self._changed:
                if not sent and (failures >= self._attempts or self._is_closing):
                    self._drop(title, len(reports), error)
                    reports.clear()
                elif error is not None:
                    self._changed.wait_for(lambda: self._is_closing, self._pause)

    def _send(self, title: str, batch: list[Report]) -> Iterator[Reply]:
        """Yield once for each report that was taken, or refused, by whoever has the title. Raises NetworkError."""
        found = destination_of(self._destinations, title, self._options)
        if found is None:
            raise NetworkError("nobody knows where the title is")
        address, options = found
        contexts = list(dict.fromkeys([report.context for report in batch]))
        roles = [RoleSelection(uid, scu=False, scp=True) for uid in contexts]
        with Association.request(
            address, calling=self._calling, called=title, services=contexts, roles=roles, options=options
        ) as association:
            for report in batch:
                (reply,) = association.driver.run(report.operation())
                if reply.status.is_failure:
                    _LOGGER.warning("report to %s: status %04X", escaped(title), int(reply.status))
                yield reply

    def _drop(self, title: str, count: int, error: Exception | None) -> None:
        self.dropped += count
        why = str(error) if isinstance(error, DicomError) else type(error).__name__ if error is not None else "too many"
        _LOGGER.warning("%d reports to %s dropped: %s", count, escaped(title), escaped(why, 200))
