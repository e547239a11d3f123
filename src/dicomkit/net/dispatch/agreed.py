"""What an association can tell of itself, whichever shell drives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dicomkit.net.dispatch.endpoint import Endpoint
    from dicomkit.net.operations import Instance
    from dicomkit.net.ul import Association

__all__ = ["AgreedAssociation"]


class AgreedAssociation:
    """An association that is established, on an endpoint; a shell adds the operations."""

    __slots__ = ("_endpoint",)

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    @property
    def agreed(self) -> Association:
        """What both sides agreed on: contexts, titles, window, what the peer says of itself."""
        agreed = self._endpoint.association
        assert agreed is not None  # it was established
        return agreed

    def open_instance(self, item: object) -> Instance:
        """Open what is to be stored, with this association's buffers."""
        return self._endpoint.open_instance(item)

    @property
    def is_open(self) -> bool:
        """True until the association is released, aborted or lost."""
        return not self._endpoint.is_over

    def accepts(self, sop_class: str, transfer_syntax: str | None = None) -> bool:
        """Say whether a context of a SOP Class was accepted, in a transfer syntax if one is given."""
        found = self.agreed.contexts_of(sop_class)
        return any(transfer_syntax in (None, context.transfer_syntax) for context in found)

    def __repr__(self) -> str:
        """Show who talks to whom, and whether still."""
        agreed = self.agreed
        state = "open" if self.is_open else "over"
        return f"<Association {agreed.calling_ae_title!r} to {agreed.called_ae_title!r}, {state}>"
