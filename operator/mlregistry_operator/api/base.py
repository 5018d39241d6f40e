"""How a resource's fields become Python: camelCase outside, snake_case inside, frozen once read."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class ApiModel(BaseModel):
    """A part of a resource as the API server stores it.

    Unknown fields are ignored: the API server has pruned what its CRD does not know, and an older
    operator must be able to read what a newer CRD allows.
    """

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")
