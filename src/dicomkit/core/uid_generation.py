"""Making new Unique Identifiers (PS3.5 9.1 and Annex B)."""

from __future__ import annotations

import os

from dicomkit.core.uid import UID
from dicomkit.errors import ValueEncodeError

try:
    # Where hashlib.blake2b comes from; hashlib itself would load OpenSSL, 3 ms for a function that few call.
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

# Type checkers take this name for true; see dicomkit.errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["generate_uid"]

# With fewer random digits, two of a million UIDs would be equal more often than once in a million (birthday bound).
_DIGITS_NEEDED = 18


def generate_uid(root: str | None = None, *, entropy: Sequence[str] | None = None) -> UID:
    """Return a new UID: ``2.25.`` and a random UUID as a number (PS3.5 B.2), or `root` and random digits up to 64.

    The same `entropy` gives the same UID every time and everywhere, so that the UIDs of related objects can be replaced
    consistently. A `root` may end with a dot; one that is no UID, or leaves no room, is a ValueEncodeError.
    """
    if entropy is None:
        seed = os.urandom(32)
    else:
        # The lengths keep ("ab", "c") and ("a", "bc") apart.
        text = "".join([f"{len(part)}:{part}" for part in entropy])
        seed = blake2b(text.encode("utf-8", "surrogatepass")).digest()
    if root is None:
        # RFC 9562: the bits that say version 4 (random) or 8 (own scheme), and the variant.
        version = 4 if entropy is None else 8
        uuid = int.from_bytes(seed[:16], "big")
        uuid = uuid & ~(0xF << 76) | version << 76
        uuid = uuid & ~(0b11 << 62) | 0b10 << 62
        return UID(f"2.25.{uuid}")
    prefix = root.removesuffix(".") + "."
    digits = 64 - len(prefix)
    if digits < _DIGITS_NEEDED or not UID(f"{prefix}1").is_valid:
        raise ValueEncodeError(
            f"a UID root has at most {63 - _DIGITS_NEEDED} characters, digits and single dots", vr="UI", value=root
        )
    # The first digit is none of 0, so that the component has no leading zero; one digit is kept short of the seed's 77.
    number = 10 ** (digits - 1) + int.from_bytes(seed, "big") % (9 * 10 ** (digits - 1))
    return UID(f"{prefix}{number}")
