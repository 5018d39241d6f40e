"""Versions that an account keeps unchangeable, as they were recorded and tried by others in 2022."""

from typing import Any, Final

from support.recorded.accounts import GET, patch, put
from support.recorded.said import Exchange

WORM: Final = "properties.immutableStorageWithVersioning.immutabilityPolicy"
WRONG: Final = "InvalidStorageAccountImmutabilityPolicy"


def worm(*, on: bool | None = None, **policy: Any) -> dict[str, Any]:
    said = {} if on is None else {"enabled": on}
    return {"immutableStorageWithVersioning": {**said, **({"immutabilityPolicy": policy} if policy else {})}}


KEPT: Final = put(
    **worm(
        on=True,
        immutabilityPeriodSinceCreationInDays=10,
        state="Disabled",
        allowProtectedAppendWrites=True,
    )
)
UNLOCKED: Final = (
    KEPT,
    patch(
        **worm(immutabilityPeriodSinceCreationInDays=15, state="Unlocked", allowProtectedAppendWrites=False)
    ),
)
LOCKED: Final = (*UNLOCKED, patch(**worm(state="Locked")))

VERSIONS: Final = (
    Exchange(
        "versions that are kept, by the account",
        GET,
        200,
        {
            WORM: {
                "immutabilityPeriodSinceCreationInDays": 10,
                "state": "Disabled",
                "allowProtectedAppendWrites": True,
            }
        },
        (KEPT,),
    ),
    Exchange(
        "a policy of the account without a state",
        put(**worm(on=True, immutabilityPeriodSinceCreationInDays=10, allowProtectedAppendWrites=True)),
        400,
        code=WRONG,
        text=(
            r"The required property immutabilityPolicy\.state, "
            r"immutabilityPolicy\.immutabilityPeriodSinceCreationInDays is missing\."
        ),
    ),
    Exchange(
        "a policy of the account that begins as locked",
        put(**worm(on=True, immutabilityPeriodSinceCreationInDays=10, state="Locked")),
        400,
        code=WRONG,
        text=r'Storage account immutability policy state can be set to "Unlocked, Disabled"\. Note that .*',
    ),
    Exchange(
        "a policy of the account that is changed while it can be",
        UNLOCKED[1],
        200,
        {f"{WORM}.immutabilityPeriodSinceCreationInDays": 15, f"{WORM}.allowProtectedAppendWrites": False},
        (KEPT,),
    ),
    Exchange(
        "a policy for an account that keeps no versions",
        patch(**worm(immutabilityPeriodSinceCreationInDays=10, state="Disabled")),
        400,
        before=(put(**worm(on=False)),),
        code=WRONG,
    ),
    Exchange("from disabled to locked", patch(**worm(state="Locked")), 400, before=(KEPT,), code=WRONG),
    Exchange(
        "a state in other letters",
        patch(**worm(state="UnLocked")),
        200,
        {f"{WORM}.state": "Unlocked", f"{WORM}.immutabilityPeriodSinceCreationInDays": 10},
        (KEPT,),
    ),
    Exchange("a policy is locked", LOCKED[2], 200, {f"{WORM}.state": "Locked"}, UNLOCKED),
    Exchange(
        "a locked policy made shorter",
        patch(**worm(immutabilityPeriodSinceCreationInDays=10)),
        400,
        before=LOCKED,
        code=WRONG,
    ),
    Exchange("a locked policy unlocked", patch(**worm(state="UnLocked")), 400, before=LOCKED, code=WRONG),
    Exchange(
        "a locked policy that lets append",
        patch(**worm(allowProtectedAppendWrites=True)),
        400,
        before=LOCKED,
        code=WRONG,
    ),
)
