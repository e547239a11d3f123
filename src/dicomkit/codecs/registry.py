"""Which codec for which transfer syntax: an explicit, immutable list in the order of preference (design D6)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from dicomkit.core.transfer_syntax import TransferSyntax
from dicomkit.errors import UnsupportedTransferSyntaxError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dicomkit.codecs.base import Codec

__all__ = ["Registry", "chosen"]


class Registry:
    """Codecs in the order of preference; immutable. The first that is there and knows a transfer syntax is taken.

    `decoder_order` and `encoder_order` say for single transfer syntaxes, by UID, the names of the codecs that come
    first; the others follow.
    """

    __slots__ = ("codecs", "decoder_order", "encoder_order")

    codecs: tuple[Codec, ...]
    decoder_order: Mapping[str, tuple[str, ...]]
    encoder_order: Mapping[str, tuple[str, ...]]

    def __init__(
        self,
        codecs: Iterable[Codec],
        *,
        decoder_order: Mapping[str, tuple[str, ...]] | None = None,
        encoder_order: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.codecs = tuple(codecs)
        self.decoder_order = MappingProxyType(dict(decoder_order or {}))
        self.encoder_order = MappingProxyType(dict(encoder_order or {}))

    def decoders(self, uid: str) -> tuple[Codec, ...]:
        """Return the codecs that decode a transfer syntax, the preferred first, those that are not installed too."""
        return _ordered([codec for codec in self.codecs if uid in codec.decodes], self.decoder_order.get(uid, ()))

    def encoders(self, uid: str) -> tuple[Codec, ...]:
        """Return the codecs that encode a transfer syntax, the preferred first, those that are not installed too."""
        return _ordered([codec for codec in self.codecs if uid in codec.encodes], self.encoder_order.get(uid, ()))

    def decoder(self, uid: str) -> Codec:
        """Return the codec that decodes a transfer syntax; UnsupportedTransferSyntaxError says what to install."""
        return _first(uid, self.decoders(uid))

    def encoder(self, uid: str) -> Codec:
        """Return the codec that encodes a transfer syntax; UnsupportedTransferSyntaxError says what to install."""
        return _first(uid, self.encoders(uid))


def _ordered(able: list[Codec], names: tuple[str, ...]) -> tuple[Codec, ...]:
    return tuple(sorted(able, key=lambda codec: names.index(codec.name) if codec.name in names else len(names)))


def chosen(able: Iterable[Codec]) -> Codec | None:
    """Return the first codec that is available, one that gives way to the others behind them; None for none."""
    available = [codec for codec in able if codec.is_available]
    available.sort(key=lambda codec: bool(getattr(codec, "gives_way", False)))  # only those that can say so
    return available[0] if available else None


def _first(uid: str, able: tuple[Codec, ...]) -> Codec:
    codec = chosen(able)
    if codec is not None:
        return codec
    syntax = TransferSyntax.of(uid)
    needs = f'pip install "{able[0].requires}"' if able else ""
    raise UnsupportedTransferSyntaxError(f"{uid} ({syntax.name})" if syntax.name else uid, needs)
