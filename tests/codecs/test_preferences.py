"""The codecs that dicomkit brings or knows, and their order."""

from __future__ import annotations

from dicomkit.codecs import DEFAULT_REGISTRY
from dicomkit.core.transfer_syntax import TRANSFER_SYNTAXES


def test_native_formats_need_nothing():
    """What has native pixel data is decoded and encoded by the library itself."""
    for uid in ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.98"):
        assert "" == DEFAULT_REGISTRY.decoder(uid).requires == DEFAULT_REGISTRY.encoder(uid).requires


def test_names_are_unique():
    """A codec is found in tables by its name."""
    names = [codec.name for codec in DEFAULT_REGISTRY.codecs]
    assert len(names) == len(set(names))


def test_orders_name_codecs_that_are_there():
    """Each name in an order is that of a codec which can do what it is ordered for."""
    wrong = [
        (uid, name)
        for order, able in (
            (DEFAULT_REGISTRY.decoder_order, DEFAULT_REGISTRY.decoders),
            (DEFAULT_REGISTRY.encoder_order, DEFAULT_REGISTRY.encoders),
        )
        for uid, names in order.items()
        for name in names
        if name not in {codec.name for codec in able(uid)}
    ]
    assert [] == wrong


def test_only_known_transfer_syntaxes_are_registered():
    """Codecs name transfer syntaxes that the library knows, without typing errors."""
    named = {uid for codec in DEFAULT_REGISTRY.codecs for uid in codec.decodes | codec.encodes}
    assert set() == named - set(TRANSFER_SYNTAXES)


def test_what_is_not_permissive_comes_last():
    """No codec under the GPL is taken where another one decodes the transfer syntax."""
    gpl = {"pylibjpeg-libjpeg"}
    uids = {uid for codec in DEFAULT_REGISTRY.codecs for uid in codec.decodes}
    ranks = {uid: [codec.name in gpl for codec in DEFAULT_REGISTRY.decoders(uid)] for uid in uids}
    assert {} == {uid: rank for uid, rank in ranks.items() if rank != sorted(rank)}
