"""Numbers that are written as text: DS and IS (PS3.5 6.2)."""

from __future__ import annotations

from math import isfinite

from dicomkit.errors import ValueDecodeError, ValueEncodeError

__all__ = ["DSfloat", "ISint"]

_DS_LENGTH = 16
_IS_LENGTH = 12


class DSfloat(float):
    """A DS: a float that keeps the text it was written as, without its padding; None if it was made from a number.

    It compares, hashes and calculates as the float; ``str()`` is the text, so that what was read is written again
    unchanged.
    """

    __slots__ = ("original_text",)

    original_text: str | None

    def __new__(cls, value: float | str, original_text: str | None = None) -> DSfloat:
        """Take a number, or text; raise ValueDecodeError for text that is no finite number."""
        if isinstance(value, str):
            text = value.strip(" ")
            try:
                self = float.__new__(cls, text)
            except ValueError:
                raise ValueDecodeError("not a decimal string", vr="DS", value=value) from None
            # Python also takes "nan", "1_000" and the digits of other scripts; "1e999" becomes infinite.
            if not isfinite(self) or not text.isascii() or "_" in text:
                raise ValueDecodeError("not a decimal string", vr="DS", value=value)
            self.original_text = text
            return self
        try:
            self = float.__new__(cls, value)
        except OverflowError:
            raise ValueEncodeError("too large for a float", vr="DS", value=value) from None
        if original_text is None and isinstance(value, DSfloat):
            original_text = value.original_text
        self.original_text = original_text
        return self

    @property
    def is_valid(self) -> bool:
        """True if the text keeps the rules of PS3.5 6.2, at most 16 characters of a fixed or floating point number."""
        text = self.original_text
        return isfinite(self) if text is None else len(text) <= _DS_LENGTH and _is_decimal(text)

    def __str__(self) -> str:
        return float.__repr__(self) if self.original_text is None else self.original_text

    def __reduce__(self) -> tuple[type[DSfloat], tuple[float, str | None]]:
        return type(self), (float(self), self.original_text)

    @staticmethod
    def shortest(value: float) -> tuple[str, bool]:
        """Return the text of a number in at most 16 characters, and whether that lost precision.

        It is the shortest text that gives the same number, written as people do, if 16 characters suffice; else, of
        the texts that fit, one nearest to the number. Raise ValueEncodeError for what is not finite.
        """
        if isinstance(value, int) and -(10**15) < value < 10**16:
            return int.__repr__(value), False
        try:
            number = float(value)
        except OverflowError:
            number = float("inf")
        if not isfinite(number):
            raise ValueEncodeError("a decimal string is a finite number", vr="DS", value=value)
        text = _tidy(float.__repr__(number))
        if len(text) <= _DS_LENGTH:
            return text, float(text) != value
        return _fitted(number, value)


def _is_decimal(text: str) -> bool:
    """Return whether text keeps the rules of a DS (PS3.5 6.2): [+-] digits with at most one point, [E [+-] digits]."""
    significand, _, exponent = text.lower().partition("e")
    if len(exponent) + len(significand) != len(text) and not _is_signed_digits(exponent):
        return False
    before, _, after = significand.partition(".")
    digits = (before[1:] if before[:1] in ("+", "-") else before) + after
    return digits.isascii() and digits.isdigit()


def _is_signed_digits(text: str) -> bool:
    digits = text[1:] if text[:1] in ("+", "-") else text
    return digits.isascii() and digits.isdigit()


def _tidy(text: str) -> str:
    """Return what repr() made of a float without a fraction of zero, and without what an exponent does not need."""
    significand, e, exponent = text.partition("e")
    return f"{significand}e{int(exponent)}" if e else text.removesuffix(".0")


def _fitted(number: float, value: float) -> tuple[str, bool]:
    """Return the text of a number whose usual text is too long, and whether that lost precision."""
    # repr() has the fewest digits that give the number; with fewer still it is rounded, once, from its exact value.
    digits = len(float.__repr__(number).partition("e")[0].replace("-", "").replace(".", "").strip("0"))
    room = _DS_LENGTH - (number < 0)
    for precision in range(min(digits, room), 0, -1):
        significand, _, exponent = f"{abs(number):.{precision - 1}e}".partition("e")
        rounded = significand.replace(".", "")
        if not isfinite(float(f"{significand}e{exponent}")):
            # Rounded up beyond the largest float, which every reader would take for infinite: down, then.
            rounded = str(int(rounded) - 1)
        text = _written(rounded.rstrip("0"), int(exponent), room)
        if text:
            text = f"-{text}" if number < 0 else text
            return text, float(text) != value
    raise AssertionError("one digit and an exponent fit")  # at most -1e-324


def _written(digits: str, exponent: int, room: int) -> str:
    """Return d.ddd times ten to the exponent as people write it, else in the shortest form, "" if none fits.

    All forms are fixed or floating point numbers as PS3.5 6.2 describes them. It does not ask for a digit before the
    point, so ``.123456789012345`` may say one digit more than the usual form.
    """
    count = len(digits)
    fixed = ""
    if 0 <= exponent < count - 1:
        fixed = f"{digits[: exponent + 1]}.{digits[exponent + 1 :]}"
    elif count - 1 <= exponent < room:
        fixed = digits.ljust(exponent + 1, "0")
    elif -room < exponent < 0:
        fixed = f".{'0' * (-exponent - 1)}{digits}"
        if len(fixed) < room:
            return f"0{fixed}"
    if fixed and len(fixed) <= room:
        return fixed
    if count + 2 > room:  # no room for an exponent
        return ""
    usual = f"{digits[0]}.{digits[1:]}e{exponent}" if count > 1 else f"{digits}e{exponent}"
    # Without a point, which may cost the exponent a digit. A point elsewhere costs what it saves in the exponent.
    best = min(usual, f"{digits}e{exponent - count + 1}", key=len)
    return best if len(best) <= room else ""


class ISint(int):
    """An IS: an int that keeps the text it was written as, without its padding; None if it was made from a number.

    It compares, hashes and calculates as the int; ``str()`` is the text, so that what was read is written again
    unchanged.
    """

    # No __slots__: the layout of int has no room for them.
    original_text: str | None

    def __new__(cls, value: int | str | float, original_text: str | None = None) -> ISint:
        """Take an integral number, or text.

        Text such as "12.0", which is no IS but integral, is taken; `is_valid` tells. Raise ValueDecodeError for other
        text and ValueEncodeError for other numbers.
        """
        if isinstance(value, str):
            text = value.strip(" ")
            try:
                self = int.__new__(cls, text)
            except ValueError:
                self = int.__new__(cls, _integral(text))
            if not text.isascii() or "_" in text:
                raise ValueDecodeError("not an integer string", vr="IS", value=value)
            self.original_text = text
            return self
        try:
            self = int.__new__(cls, value)
        except (ValueError, OverflowError):
            raise ValueEncodeError("not an integer", vr="IS", value=value) from None
        if self != value:
            raise ValueEncodeError("not an integer", vr="IS", value=value)
        if original_text is None and isinstance(value, ISint):
            original_text = value.original_text
        self.original_text = original_text
        return self

    @property
    def is_valid(self) -> bool:
        """True for a number between -2^31 and 2^31-1 whose text, if any, is at most 12 characters: sign and digits."""
        if not -(2**31) <= self < 2**31:
            return False
        text = self.original_text
        return text is None or (len(text) <= _IS_LENGTH and _is_signed_digits(text))

    def __str__(self) -> str:
        return int.__repr__(self) if self.original_text is None else self.original_text

    def __reduce__(self) -> tuple[type[ISint], tuple[int, str | None]]:
        return type(self), (int(self), self.original_text)


def _integral(text: str) -> int:
    """Return the integer that text such as "12.00" means; raise ValueDecodeError if it means none."""
    whole, _, fraction = text.partition(".")
    if len(whole) <= _IS_LENGTH and _is_signed_digits(whole) and not fraction.strip("0"):
        return int(whole)
    raise ValueDecodeError("not an integer string", vr="IS", value=text)
