"""The table of properties holds: each one is sent, and what comes back is what the table says.

And the table knows all that the SDKs' models know.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from support.arm_requests import Owner
from support.models import missing_rows, wrong_rows

from mockcloud.arm.properties import NOTHING, Kept, Property, Sent, Table
from mockcloud.arm.registry.table import REGISTRY, REPLICATION
from mockcloud.arm.storage.table import (
    ACCOUNT,
    BLOB_SERVICE,
    CONTAINER,
    IMMUTABILITY_POLICY,
    MANAGEMENT_POLICY,
)
from mockcloud.arm.tables import GROUP, ROLE_ASSIGNMENT, TABLES
from mockcloud.server import MockCloudThread

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"
READER = (
    f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
)
SETTINGS = {"lroSeconds": 0, "retryAfterSeconds": 0, "quota": {"accountsPerRegion": 10_000}}
Body = dict[str, Any]
Place = Callable[[Owner], str]


@dataclass(frozen=True)
class Subject:
    """How a resource of a type is made: where, and with which body at least."""

    table: Table
    place: Place
    least: Callable[[], Body] = dict
    patched: bool = True
    extra: frozenset[str] = field(default_factory=frozenset)


def group_of(owner: Owner) -> str:
    owner("PUT", f"{SUBSCRIPTION}/resourceGroups/rg", {"location": "eastus"})
    return f"{SUBSCRIPTION}/resourceGroups/rg"


def account(owner: Owner) -> str:
    return f"{group_of(owner)}/providers/Microsoft.Storage/storageAccounts/a{uuid.uuid4().hex[:12]}"


def made(place: Place, least: Callable[[], Body]) -> Callable[[Owner], str]:
    def there(owner: Owner) -> str:
        path = place(owner)
        owner("PUT", path, least())
        return path

    return there


def new_account() -> Body:
    return {"location": "eastus", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}


def new_registry() -> Body:
    return {"location": "eastus", "sku": {"name": "Premium"}}


def registry(owner: Owner) -> str:
    return f"{group_of(owner)}/providers/Microsoft.ContainerRegistry/registries/r{uuid.uuid4().hex[:12]}"


def below(parent: Place, path: str) -> Place:
    return lambda owner: parent(owner) + path


THERE = made(account, new_account)
HELD = made(below(THERE, "/blobServices/default/containers/one"), dict)
RULES = {"policy": {"rules": [{"name": "one", "type": "Lifecycle", "definition": {}}]}}
SUBJECTS = (
    Subject(ACCOUNT, account, new_account),
    Subject(BLOB_SERVICE, below(THERE, "/blobServices/default"), lambda: {"properties": {}}, patched=False),
    Subject(CONTAINER, below(THERE, "/blobServices/default/containers/one"), lambda: {"properties": {}}),
    Subject(
        IMMUTABILITY_POLICY,
        below(HELD, "/immutabilityPolicies/default"),
        lambda: {"properties": {"immutabilityPeriodSinceCreationInDays": 3}},
        patched=False,
    ),
    Subject(
        MANAGEMENT_POLICY,
        below(THERE, "/managementPolicies/default"),
        lambda: {"properties": RULES},
        patched=False,
    ),
    Subject(REGISTRY, registry, new_registry),
    Subject(
        REPLICATION,
        below(made(registry, new_registry), "/replications/westus"),
        lambda: {"location": "westus"},
    ),
    Subject(
        ROLE_ASSIGNMENT,
        lambda o: f"{group_of(o)}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}",
        lambda: {"properties": {"principalId": str(uuid.uuid4()), "roleDefinitionId": READER}},
        patched=False,
    ),
    Subject(
        GROUP,
        lambda _: f"{SUBSCRIPTION}/resourceGroups/g{uuid.uuid4().hex[:12]}",
        lambda: {"location": "eastus"},
    ),
)


def rows(*, sampled: bool = False, kept: Kept | None = None, sent: Sent | None = None) -> list[Any]:
    return [
        pytest.param(subject, row, id=f"{subject.table.title.rsplit('/', 1)[-1]} {row.path}")
        for subject in SUBJECTS
        for row in subject.table.rows
        if (not sampled or row.sample is not NOTHING)
        and kept in {None, row.kept}
        and sent in {None, row.sent}
        and not {"[]", "*"} & set(row.path.replace("[]", ".[]").split("."))
    ]


@pytest.fixture(scope="module")
def owner() -> Iterator[Owner]:
    with MockCloudThread(settings=SETTINGS) as cloud:
        owner = Owner(cloud)
        yield owner
        owner.close()


def at(body: Any, path: str) -> Any:
    for name in path.split("."):
        if not isinstance(body, dict) or name not in body:
            return NOTHING
        body = body[name]
    return body


def laid(path: str, value: Any, over: Body | None = None) -> Body:
    """The body with this value at this path."""
    body = over or {}
    *above, last = path.split(".")
    place = body
    for name in above:
        place = place.setdefault(name, {})
    place[last] = value
    return body


def fine(answer: tuple[int, Any]) -> Any:
    status, body = answer
    assert status < 300, body
    return body


def expected(row: Property) -> Any:
    return row.spelled(row.sample)


def test_every_type_with_a_table_is_tried() -> None:
    assert {subject.table.title for subject in SUBJECTS} == {table.title for table in TABLES}


@pytest.mark.parametrize(("subject", "row"), rows(sent=Sent.ALWAYS))
def test_what_is_always_sent_is_there_with_its_default(owner: Owner, subject: Subject, row: Property) -> None:
    path = subject.place(owner)
    fine(owner("PUT", path, subject.least()))
    got = at(fine(owner("GET", path)), row.path)
    assert got is not NOTHING
    if row.default is not NOTHING:
        assert got == row.default


@pytest.mark.parametrize(
    ("subject", "row"), [*rows(sent=Sent.WHEN_SET), *rows(sent=Sent.NEVER), *rows(sent=Sent.AT_TIMES)]
)
def test_what_nobody_set_is_not_sent(owner: Owner, subject: Subject, row: Property) -> None:
    path = subject.place(owner)
    fine(owner("PUT", path, subject.least()))
    got = at(fine(owner("GET", path)), row.path)
    assert got is NOTHING or row.sent is Sent.AT_TIMES


@pytest.mark.parametrize(("subject", "row"), rows(sampled=True))
def test_what_is_said_at_creation_comes_back_in_azures_words(
    owner: Owner, subject: Subject, row: Property
) -> None:
    path = subject.place(owner)
    fine(owner("PUT", path, laid(row.path, row.sample, subject.least())))
    assert at(fine(owner("GET", path)), row.path) == expected(row)


@pytest.mark.parametrize(
    ("subject", "row"), [*rows(sampled=True, kept=Kept.PUT_PATCH), *rows(sampled=True, kept=Kept.PUT)]
)
def test_a_put_on_what_exists_changes_what_may_change(owner: Owner, subject: Subject, row: Property) -> None:
    path, least = subject.place(owner), subject.least()
    fine(owner("PUT", path, least))
    fine(owner("PUT", path, laid(row.path, row.sample, least)))
    assert at(fine(owner("GET", path)), row.path) == expected(row)


@pytest.mark.parametrize(("subject", "row"), rows(sampled=True, kept=Kept.PUT_PATCH))
def test_a_patch_changes_what_may_change_and_nothing_else(
    owner: Owner, subject: Subject, row: Property
) -> None:
    path = subject.place(owner)
    fine(owner("PUT", path, subject.least()))
    before = fine(owner("GET", path))
    fine(owner("PATCH", path, laid(row.path, row.sample)))
    after = fine(owner("GET", path))
    assert at(after, row.path) == expected(row)
    same = [one.path for one in subject.table.rows if one.kept is not Kept.NEVER and one.path != row.path]
    assert [at(after, one) for one in same] == [at(before, one) for one in same]


@pytest.mark.parametrize(("subject", "row"), rows(sampled=True, kept=Kept.CREATION))
def test_what_is_fixed_is_refused_later_and_stays(owner: Owner, subject: Subject, row: Property) -> None:
    path, least = subject.place(owner), subject.least()
    fine(owner("PUT", path, least))
    before = at(fine(owner("GET", path)), row.path)
    for method in ("PUT", "PATCH") if subject.patched else ("PUT",):
        status, body = owner(method, path, laid(row.path, row.spelled(row.sample), subject.least()))
        assert (status, set(body)) == (400, {"error"})
    assert at(fine(owner("GET", path)), row.path) == before


@pytest.mark.parametrize(("subject", "row"), rows(kept=Kept.NEVER))
def test_what_is_the_services_own_is_not_taken(owner: Owner, subject: Subject, row: Property) -> None:
    path = subject.place(owner)
    mine: Any = {"it is": "mine"} if row.path in {"properties", "sku", "identity"} else "mine"
    fine(owner("PUT", path, laid(row.path, mine, subject.least())))
    assert at(fine(owner("GET", path)), row.path) != mine


@pytest.mark.parametrize(("subject", "row"), [p for p in rows() if p.values[1].words])
def test_a_word_that_azure_does_not_know_is_refused(owner: Owner, subject: Subject, row: Property) -> None:
    path = subject.place(owner)
    status, body = owner("PUT", path, laid(row.path, "strange", subject.least()))
    assert (status, set(body)) == (400, {"error"})


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda s: s.table.title.rsplit("/", 1)[-1])
def test_what_no_row_knows_is_dropped(owner: Owner, subject: Subject) -> None:
    path = subject.place(owner)
    fine(owner("PUT", path, laid("properties.strange", "mine", subject.least())))
    assert at(fine(owner("GET", path)), "properties.strange") is NOTHING


def test_the_table_knows_every_property_of_the_models() -> None:
    assert missing_rows() == []


def test_the_table_and_the_models_agree_on_what_may_change_and_on_the_words() -> None:
    assert wrong_rows() == []
