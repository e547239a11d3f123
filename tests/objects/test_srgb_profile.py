"""The ICC profile of sRGB, as Little CMS understands it."""

from __future__ import annotations

import io

import numpy as np
import pytest

from dicomkit.objects.srgb_profile import srgb_profile

CMS = pytest.importorskip("PIL.ImageCms")


def test_it_is_a_profile_of_an_input_device():
    """Version, class, colour space and name are what the header and the tags say (PS3.3 C.11.15)."""
    profile = CMS.ImageCmsProfile(io.BytesIO(srgb_profile())).profile
    assert ("scnr", "RGB ", "XYZ ", 4.3, "sRGB") == (
        profile.device_class,
        profile.xcolor_space,
        profile.connection_space,
        round(profile.version, 1),
        profile.profile_description,
    )
    assert len(srgb_profile()) == int.from_bytes(srgb_profile()[:4])


def test_its_colours_are_those_of_srgb():
    """Colours of it are within one of what they are in the sRGB of Little CMS."""
    from dicomkit.pixels.imaging import to_srgb

    steps = np.arange(0, 256, 15, np.uint8)
    colors = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(len(steps), -1, 3)
    assert 1 >= np.abs(to_srgb(colors, srgb_profile()).astype(int) - colors).max()
