"""What a codec is, and how it is told to encode."""

from __future__ import annotations

import pytest

from dicomkit.codecs import DEFAULT_REGISTRY, EncodeOptions

MEMBERS = {
    "name", "requires", "decodes", "encodes", "is_available", "decode", "encode", "photometric_interpretation"
}  # fmt: skip


def test_options_say_nothing_unless_told():
    """What is not chosen is left to the encoder."""
    assert (None, None, None, None) == tuple(EncodeOptions()._as_dict().values())
    assert 90.0 == EncodeOptions(quality=90.0).quality


def test_options_are_immutable_values():
    """Options are equal by their fields and cannot be changed."""
    assert EncodeOptions(near=2) == EncodeOptions(near=2)
    with pytest.raises(AttributeError, match="immutable"):
        EncodeOptions().near = 3  # type: ignore[misc]  # what the test is about


@pytest.mark.parametrize("codec", DEFAULT_REGISTRY.codecs, ids=lambda codec: codec.name)
def test_each_codec_has_what_the_protocol_says(codec: object):
    """Each registered codec has all members, and the sets of UIDs cannot be changed."""
    assert [] == [member for member in sorted(MEMBERS) if not hasattr(codec, member)]
    for name in ("decodes", "encodes"):
        assert isinstance(getattr(codec, name), frozenset)
