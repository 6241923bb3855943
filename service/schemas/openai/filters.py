"""The filters of OpenAI's vector stores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationInfo, field_validator

from service.expressions import KEYS, TIME, Alternatives, Operator, Value, all_of, any_of, compare


class ComparisonFilterIn(BaseModel):
    """Compares one attribute; texts without regard to case, `published_at` as seconds since 1970."""

    model_config = ConfigDict(extra="forbid")

    type: Operator
    key: str = Field(description=f"One of {', '.join(sorted([*KEYS, TIME]))}.")
    value: Value

    @field_validator("key")
    @classmethod
    def known(cls, key: str) -> str:
        """Refuse attributes that nothing can be filtered by."""
        if key not in KEYS and key != TIME:
            raise ValueError(f"{key!r} cannot be filtered by; {', '.join(sorted([*KEYS, TIME]))} can")
        return key

    @field_validator("value", mode="plain", json_schema_input_type=Value)
    @classmethod
    def comparable(cls, value: Any, info: ValidationInfo) -> Value:  # noqa: ANN401 (whatever JSON can hold)
        """Refuse what the attribute cannot be compared with."""
        if "type" in info.data and "key" in info.data:
            compare(info.data["key"], info.data["type"], value)
        return value  # type: ignore[no-any-return]  # compare has looked at it

    def alternatives(self) -> Alternatives:
        """Return what satisfies it."""
        return compare(self.key, self.type, self.value)


class CompoundFilterIn(BaseModel):
    """Joins filters, which may be compound themselves."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["and", "or"]
    filters: list[FilterIn] = Field(min_length=1, max_length=100)

    def alternatives(self) -> Alternatives:
        """Return what satisfies it; raises ValueError where that takes too many searches."""
        return (all_of if self.type == "and" else any_of)([one.alternatives() for one in self.filters])


def kind(value: object) -> str:
    """Return which of the two filters ``value`` is meant to be."""
    joined = value.get("type") if isinstance(value, Mapping) else getattr(value, "type", None)
    return "Compound" if joined in ("and", "or") else "Comparison"


FilterIn = Annotated[
    Annotated[ComparisonFilterIn, Tag("Comparison")] | Annotated[CompoundFilterIn, Tag("Compound")],
    Discriminator(kind),
]
CompoundFilterIn.model_rebuild()
