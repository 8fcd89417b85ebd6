"""The FHIR R4 data types of MedCom's messages, no more of them than is read.

FHIR lets a sender add elements, narrative and extensions, and those are passed over. What is read is read strictly,
and a modifier extension or an implicit rule, which FHIR forbids to pass over, is refused.
"""

import re
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationInfo,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

XML: Final = "xml"
"""Validation context: in XML an element that may repeat looks like any other when it stands once."""

_DATE_AND_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}.*")
_MODIFIERS = frozenset({"modifierExtension", "implicitRules"})

T = TypeVar("T")


def _repeated(value: Any, info: ValidationInfo) -> Any:
    return [value] if info.context == XML and not isinstance(value, list) else value


def _written_out(value: Any) -> Any:
    # A number in place of a time would be read as seconds since 1970.
    if not isinstance(value, str) or not _DATE_AND_TIME.fullmatch(value):
        raise PydanticCustomError("not_a_date_and_time", "not a date and time")
    return value


Many = Annotated[tuple[T, ...], BeforeValidator(_repeated)]
"""An element that FHIR lets repeat: a list in JSON, any number of elements in XML."""

Text = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]+$")]
"""FHIR's string: not empty, and without control characters except tab and line ends."""

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9\-.]{1,64}$")]
"""FHIR's id."""

Instant = Annotated[AwareDatetime, BeforeValidator(_written_out)]
"""FHIR's dateTime, where it is a point in time: date, time and offset."""


class Element(BaseModel):
    """Anything in FHIR."""

    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel)

    @model_validator(mode="before")
    @classmethod
    def _nothing_changes_its_meaning(cls, value: Any) -> Any:
        if isinstance(value, dict) and not _MODIFIERS.isdisjoint(value):
            raise PydanticCustomError("a_modifier_that_is_not_understood", "a modifier that is not understood")
        return value


class Coding(Element):
    """A code of a code system."""

    system: Text | None = None
    code: Text


class CodeableConcept(Element):
    """A concept, as codes or as words."""

    coding: Many[Coding] = ()
    text: Text | None = None

    def code_of(self, system: str) -> str | None:
        """Return the concept's code in `system`."""
        return next((coding.code for coding in self.coding if coding.system == system), None)


class Reference(Element):
    """A reference to another resource, or words in its place."""

    reference: Text | None = None
    identifier: "Identifier | None" = None
    display: Text | None = None


class Identifier(Element):
    """A number or name by which others know something."""

    system: Text | None = None
    value: Text
    assigner: Reference | None = None


class ContactPoint(Element):
    """A telephone number or mail address."""

    value: Text


class Extension(Element):
    """An extension, with the kinds of value that the extensions we read have."""

    url: Text
    value_coding: Coding | None = None
    value_date_time: Instant | None = None
    value_identifier: Identifier | None = None
    value_reference: Reference | None = None
    value_contact_point: ContactPoint | None = None


class HumanName(Element):
    """A person's name."""

    family: Text | None = None
    given: Many[Text] = ()

    def in_full(self) -> str | None:
        """Return given names and family name in one string."""
        return " ".join((*self.given, *([self.family] if self.family else ()))) or None
