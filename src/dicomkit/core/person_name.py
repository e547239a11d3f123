"""Person names: PN (PS3.5 6.2 and 6.2.1)."""

from __future__ import annotations

from dicomkit.errors import ValueEncodeError

__all__ = ["ComponentGroup", "PersonName"]

_LENGTH_OF_GROUP = 64


class ComponentGroup(str):
    """One writing of a name: family name, given name, middle name, prefix and suffix, separated by carets."""

    __slots__ = ()

    def _component(self, index: int) -> str:
        components = self.split("^", index + 1)
        # Trailing spaces of a component are padding (PS3.5 6.2: PN); leading ones too, as no name begins with one.
        return components[index].strip(" ") if index < len(components) else ""

    @property
    def family_name(self) -> str:
        """The family name complex, such as "van Beethoven"; of a veterinary patient, that of the responsible person."""
        return self._component(0)

    @property
    def given_name(self) -> str:
        """The given name complex; of a veterinary patient, its own name."""
        return self._component(1)

    @property
    def middle_name(self) -> str:
        """The middle name."""
        return self._component(2)

    @property
    def name_prefix(self) -> str:
        """What stands before the name, such as "Rev."."""
        return self._component(3)

    @property
    def name_suffix(self) -> str:
        """What stands behind the name, such as "B.A. M.Div."."""
        return self._component(4)

    @property
    def is_valid(self) -> bool:
        """True for at most 64 characters, five components, and nothing that separates groups or values."""
        return (
            len(self) <= _LENGTH_OF_GROUP
            and self.count("^") <= 4
            and "=" not in self
            and "\\" not in self
            and not any(character < " " or character == "\x7f" for character in self)
        )


class PersonName(str):
    """A PN as its text: up to three groups, alphabetic, ideographic and phonetic, separated by ``=``.

    Names are equal as their texts are, so ``Doe^John`` and ``Doe^John^^^`` differ although they mean the same.
    """

    __slots__ = ()

    def _group(self, index: int) -> ComponentGroup:
        groups = self.split("=", index + 1)
        return ComponentGroup(groups[index] if index < len(groups) else "")

    @property
    def alphabetic(self) -> ComponentGroup:
        """The name in a script written with single bytes, or with any of ISO_IR 192, GB18030 and GBK."""
        return self._group(0)

    @property
    def ideographic(self) -> ComponentGroup:
        """The name in ideographs, or in Hangul."""
        return self._group(1)

    @property
    def phonetic(self) -> ComponentGroup:
        """The name as it is spoken, in Hiragana, Katakana or Hangul."""
        return self._group(2)

    @property
    def family_name(self) -> str:
        """The family name complex of the alphabetic group."""
        return self.alphabetic.family_name

    @property
    def given_name(self) -> str:
        """The given name complex of the alphabetic group."""
        return self.alphabetic.given_name

    @property
    def middle_name(self) -> str:
        """The middle name of the alphabetic group."""
        return self.alphabetic.middle_name

    @property
    def name_prefix(self) -> str:
        """The prefix of the alphabetic group."""
        return self.alphabetic.name_prefix

    @property
    def name_suffix(self) -> str:
        """The suffix of the alphabetic group."""
        return self.alphabetic.name_suffix

    @property
    def is_valid(self) -> bool:
        """True for at most three groups that are each valid."""
        return self.count("=") <= 2 and all(ComponentGroup(group).is_valid for group in self.split("="))

    def formatted(self, template: str) -> str:
        """Return `template` with, for example, ``%(family_name)s`` replaced; any component of the alphabetic group."""
        names = ("family_name", "given_name", "middle_name", "name_prefix", "name_suffix")
        alphabetic = self.alphabetic
        return template % {name: alphabetic._component(index) for index, name in enumerate(names)}

    @classmethod
    def from_components(
        cls,
        family: str = "",
        given: str = "",
        middle: str = "",
        prefix: str = "",
        suffix: str = "",
        *,
        ideographic: str = "",
        phonetic: str = "",
    ) -> PersonName:
        """Return the name of the components of its alphabetic group, and of whole other groups (``山田^太郎``).

        Empty components and groups at the end are left out (PS3.5 6.2.1.1). A component that contains a delimiter or a
        control character, or a group of more than 64 characters, is a ValueEncodeError.
        """
        components = (family, given, middle, prefix, suffix)
        for component in components:
            if "^" in component:
                raise ValueEncodeError("a component of a name cannot contain ^", vr="PN", value=component)
        groups = ["^".join(components).rstrip("^"), ideographic, phonetic]
        for group in groups:
            if not ComponentGroup(group).is_valid:
                raise ValueEncodeError("not a group of name components", vr="PN", value=group)
        return cls("=".join(groups).rstrip("="))
