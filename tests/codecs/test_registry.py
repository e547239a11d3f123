"""The registry: the first codec in the order of preference that is installed, else what to install."""

from __future__ import annotations

import pytest

from dicomkit.codecs import Registry
from dicomkit.codecs.native import NativeCodec
from dicomkit.codecs.registry import chosen
from dicomkit.errors import UnsupportedTransferSyntaxError

JPEG, RLE = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.5"
NOTHING: frozenset[str] = frozenset()


def codec(name: str, decodes: str = "", encodes: str = "", *, is_available: bool = True) -> NativeCodec:
    """Give a codec that only says what it can do."""
    return NativeCodec(
        name=name,
        requires=f"dicomkit[{name}]",
        decodes=frozenset(decodes.split()),
        encodes=frozenset(encodes.split()),
        is_available=is_available,
    )


ABSENT = codec("absent", f"{JPEG} {RLE}", RLE, is_available=False)
SLOW = codec("slow", f"{JPEG} {RLE}", JPEG)
FAST = codec("fast", JPEG, RLE)


def test_the_first_that_is_installed_is_taken():
    """Order is preference; what is not installed is passed over; decoders and encoders are told apart."""
    registry = Registry([ABSENT, SLOW, FAST])
    assert (SLOW, FAST) == (registry.decoder(RLE), registry.encoder(RLE))
    assert SLOW is registry.decoder(JPEG)
    assert FAST is Registry([FAST, SLOW]).decoder(JPEG)


def test_one_transfer_syntax_can_have_an_order_of_its_own():
    """What is named for a transfer syntax comes first, in that order; the rest follows in the order of the registry."""
    registry = Registry(
        [ABSENT, SLOW, FAST], decoder_order={JPEG: ("fast", "none such")}, encoder_order={RLE: ("fast",)}
    )
    assert (FAST, ABSENT, SLOW) == registry.decoders(JPEG)
    assert (ABSENT, SLOW) == registry.decoders(RLE)
    assert (FAST, ABSENT) == registry.encoders(RLE)
    assert FAST is registry.decoder(JPEG)


def test_what_is_missing_is_said_as_a_command():
    """The error names the transfer syntax and the line that installs the preferred codec."""
    with pytest.raises(UnsupportedTransferSyntaxError) as caught:
        Registry([ABSENT]).decoder(RLE)
    assert 'pip install "dicomkit[absent]"' == caught.value.needs
    assert "1.2.840.10008.1.2.5 (RLE Lossless)" in str(caught.value)
    assert str(caught.value).endswith('; pip install "dicomkit[absent]"')


@pytest.mark.parametrize("uid", ["1.2.3", "", "x\n", RLE])
def test_where_nothing_would_help_nothing_is_named(uid: str):
    """A transfer syntax that no codec knows gives an error of one line without advice."""
    with pytest.raises(UnsupportedTransferSyntaxError) as caught:
        Registry([FAST]).decoder(uid)
    assert ("", 1) == (caught.value.needs, len(str(caught.value).splitlines()))


def test_a_registry_does_not_change():
    """The lists a registry was made of can change without it."""
    codecs, order = [SLOW], {JPEG: ("slow",)}
    registry = Registry(codecs, decoder_order=order)
    codecs.clear()
    order.clear()
    assert ((SLOW,), {JPEG: ("slow",)}) == (registry.codecs, dict(registry.decoder_order))


def test_a_codec_that_gives_way_is_the_last_resort() -> None:
    """The twin of a kernel decodes where nothing faster is installed; it is available all the same."""

    class Twin:
        is_available = gives_way = True

    slow, fast = Twin(), NativeCodec(name="fast")
    assert [fast, slow, None] == [chosen([slow, fast]), chosen([slow]), chosen([])]
