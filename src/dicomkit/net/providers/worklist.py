"""Modality worklists as provider: scheduled steps from a list, or from a function of the query (PS3.4 K)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.dataset import Dataset
from dicomkit.errors import LimitExceededError
from dicomkit.net.dispatch import Response
from dicomkit.net.services import WORKLIST, Matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dicomkit.net.dispatch import Request
    from dicomkit.net.dispatch.handlers import Handler
    from dicomkit.net.services import MatchingOptions

__all__ = ["Worklist"]

_OUT_OF_RESOURCES = 0xA700


class Worklist:
    """A worklist: each step is a data set with the attributes of PS3.4 Table K.6-1, patient and order included."""

    def __init__(
        self,
        steps: Iterable[Dataset] | Callable[[Dataset], Iterable[Dataset]],
        options: MatchingOptions | None = None,
    ) -> None:
        """Take the steps, a list that may change, or a function that is called with each query.

        The function may leave out what cannot match; what it gives is held against the query all the same.
        """
        self._steps = steps
        self._options = options

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handlers of a server."""
        assert WORKLIST.find is not None  # it has nothing else
        return {WORKLIST.find: {"find": self.find}}

    def find(self, request: Request) -> Iterator[Dataset | Response]:
        """Perform a C-FIND: the steps that match, with the keys that were asked for."""
        query = request.dataset or Dataset()
        try:
            matcher = Matcher(query, self._options)
        except LimitExceededError as error:
            yield Response(_OUT_OF_RESOURCES, error_comment=f"too many {error.limit} in the query")
            return
        for step in self._steps(query) if callable(self._steps) else self._steps:
            if matcher.matches(step):
                yield matcher.response(step)
