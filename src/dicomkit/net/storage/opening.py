"""Opening what is to be sent, with buffers that the instances of one association share (PS3.4 B.2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.net.options import DEFAULT_ASSOCIATION
from dicomkit.net.storage.sending import BufferPool, open_instance

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomkit.net.operations import Instance
    from dicomkit.net.options import AssociationOptions

__all__ = ["opener"]


def opener(options: AssociationOptions = DEFAULT_ASSOCIATION) -> Callable[[object], Instance]:
    """Return what opens the instances of one association; its memory is taken when the first one is."""
    pool = BufferPool(options.send_buffer)

    def opened(item: object) -> Instance:
        return open_instance(item, pool)  # type: ignore[arg-type]  # what it cannot open it says

    return opened
