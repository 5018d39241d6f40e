"""Versions that an account keeps unchangeable: what its policy may be, and what about it may still change.

A policy begins as Disabled or Unlocked and goes from one to the other; only an Unlocked one can be Locked,
and then it only grows. Two of the sentences are on record, the others are ours under the code that is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mockcloud.arm.call import merged
from mockcloud.arm.errors import ArmError

if TYPE_CHECKING:
    from mockcloud.store import Body

_LONGEST: Final = 146_000
_DAYS: Final = "immutabilityPeriodSinceCreationInDays"
_APPENDS: Final = "allowProtectedAppendWrites"


def check_new(asked: Body) -> None:
    """What a create may ask for."""
    said, policy = _of(asked)
    if policy is None:
        return
    _check_on(said)
    if policy.get("state") is None or policy.get(_DAYS) is None:
        raise _wrong(
            f"The required property immutabilityPolicy.state, immutabilityPolicy.{_DAYS} is missing."
        )
    if policy["state"] == "Locked":
        raise _wrong(
            'Storage account immutability policy state can be set to "Unlocked, Disabled". Note that the '
            "immutability state can either be Disabled or Unlocked during account creation."
        )
    _check_days(policy)


def check_change(held: Body, asked: Body) -> None:
    """What an update may ask of an account that holds this."""
    said, policy = _of(asked)
    before, old = _of(held)
    on = bool(before.get("enabled"))
    if said.get("enabled") not in {None, on}:
        message = "The property 'immutableStorageWithVersioning.enabled' is immutable and cannot be changed."
        raise ArmError(400, "PropertyIsImmutable", message)
    if policy is None:
        return
    _check_on(before)
    if old is None:
        check_new({"immutableStorageWithVersioning": {"enabled": on, "immutabilityPolicy": policy}})
        return
    new = merged(old, policy)
    _check_days(new)
    _check_transition(old, new)


def _check_transition(old: Body, new: Body) -> None:
    state, wanted = old.get("state"), new.get("state")
    if wanted == "Locked" and state == "Disabled":
        raise _wrong("Storage account immutability policy state can be Locked only if it is Unlocked.")
    if state != "Locked":
        return
    if wanted != "Locked":
        raise _wrong("Storage account immutability policy is Locked, and its state cannot be changed.")
    if new[_DAYS] < old[_DAYS]:
        raise _wrong(f"{_DAYS} can only be increased, since the immutability policy is Locked.")
    if bool(new.get(_APPENDS)) != bool(old.get(_APPENDS)):
        raise _wrong(f"{_APPENDS} cannot be changed, since the immutability policy is Locked.")


def _of(properties: Body) -> tuple[Body, Body | None]:
    said: Body = properties.get("immutableStorageWithVersioning") or {}
    return said, said.get("immutabilityPolicy")


def _check_on(said: Body) -> None:
    if not said.get("enabled"):
        raise _wrong("An immutability policy needs immutableStorageWithVersioning.enabled of the account.")


def _check_days(policy: Body) -> None:
    days: Any = policy.get(_DAYS)
    if not isinstance(days, int) or not 1 <= days <= _LONGEST:
        raise _wrong(f"{_DAYS} must be between 1 and {_LONGEST}.")


def _wrong(message: str) -> ArmError:
    return ArmError(400, "InvalidStorageAccountImmutabilityPolicy", message)
