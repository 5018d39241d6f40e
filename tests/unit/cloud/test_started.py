"""What the first answer to a write says."""

import pytest

from mlregistry_operator.cloud.azure.started import started
from mlregistry_operator.cloud.ports import Started

URL, OTHER = "https://arm.example/operations/1?t=1&c=2&s=3&h=4", "https://arm.example/results/1"


@pytest.mark.parametrize(
    ("status", "headers", "expected", "because"),
    [
        (202, {"location": URL, "retry-after": "17"}, Started(URL, 17), "a storage account's PUT"),
        (201, {"azure-asyncoperation": URL, "retry-after": "10"}, Started(URL, 10), "a registry's PUT"),
        (201, {"azure-asyncoperation": URL, "location": OTHER}, Started(URL), "the status document counts"),
        (202, {"location": URL}, Started(URL), "nobody said when"),
        (202, {"location": URL, "retry-after": "soon"}, Started(URL), "no number"),
        (200, {"location": URL, "azure-asyncoperation": URL}, Started(), "it is done already"),
        (204, {}, Started(), "there was nothing to delete"),
        (202, {}, Started(), "no address: the resource itself will tell"),
        (201, {}, Started(), "made at once"),
    ],
)
@pytest.mark.promise(6)
def test_the_first_answer_tells_where_to_look_and_when(
    status: int, headers: dict[str, str], expected: Started, because: str
) -> None:
    assert started(status, headers) == expected, because
