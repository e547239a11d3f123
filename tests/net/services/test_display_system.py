"""Display system management."""

from __future__ import annotations

from dicomkit import Dataset
from dicomkit.net.services import check
from dicomkit.net.services.display_system import DISPLAY_SYSTEM_ATTRIBUTES


def test_the_provider_tells_of_each_display():
    """PS3.4 EE.2.2: the user may ask for nothing, the provider answers with the system and its displays."""
    assert check(DISPLAY_SYSTEM_ATTRIBUTES, "get", Dataset()).is_success
    verdict = check(DISPLAY_SYSTEM_ATTRIBUTES, "get", Dataset(), of_provider=True)
    assert 0x00287023 in verdict.attributes
