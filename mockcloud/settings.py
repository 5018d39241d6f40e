"""What a test may turn while the cloud runs: how long things take, what is limited, locked or denied.

`GET /_mock/settings` gives the whole of it, and `PATCH` takes any part back. Unknown keys are refused.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Wire(BaseModel):
    """A document on `/_mock`: camelCase outside, strict about keys."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", coerce_numbers_to_str=True
    )


class RateLimit(Wire):
    """Requests per second for each verb class of one principal in one subscription; None is without limit."""

    reads: float | None = Field(default=None, gt=0)
    writes: float | None = Field(default=None, gt=0)
    deletes: float | None = Field(default=None, gt=0)


class PolicyDenial(Wire):
    """Writes whose path matches are refused by a policy of this name."""

    path_regex: str
    name: str = "deny"


class Lock(Wire):
    """A management lock. A plain string in `locks` is a `CanNotDelete` lock on that scope."""

    scope: str
    level: Literal["CanNotDelete", "ReadOnly"] = "CanNotDelete"


class Quota(Wire):
    accounts_per_region: int = Field(default=250, ge=0)


class Settings(Wire):
    """Durations are seconds. `lroSeconds` 0 answers registry writes with a finished 200."""

    lro_seconds: float = Field(default=1.0, ge=0)
    retry_after_seconds: int = Field(default=1, ge=0)
    replication_seconds: float = Field(default=0.0, ge=0)
    copy_seconds_per_mi_b: float = Field(default=0.0, ge=0, alias="copySecondsPerMiB")
    latency_seconds: float = Field(default=0.0, ge=0)
    rate_limit: RateLimit = Field(default_factory=RateLimit)
    token_seconds: int = Field(default=3600, ge=1)
    role_delay_seconds: float = Field(default=0.0, ge=0)
    locks: list[str | Lock] = Field(default_factory=list)
    policy_denials: list[PolicyDenial] = Field(default_factory=list)
    quota: Quota = Field(default_factory=Quota)
    regional_endpoints: bool = True
    principals_must_exist: bool = False

    def patched(self, changes: dict[str, object]) -> Settings:
        """These settings with the named ones replaced (nested objects are merged one level deep).

        Raises:
            pydantic.ValidationError: an unknown key or a value out of range.
        """
        now = self.wire()
        for key, value in changes.items():
            old = now.get(key)
            if value is None and key in now:
                del now[key]  # back to what it was at first
                continue
            now[key] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
        return Settings.model_validate(now)

    def wire(self) -> dict[str, object]:
        return self.model_dump(by_alias=True, mode="json")

    def lock_list(self) -> list[Lock]:
        return [Lock(scope=lock) if isinstance(lock, str) else lock for lock in self.locks]
