"""Where the account stands in a blob URL: in Azure in the host, in a cloud of one's own maybe in the path."""

import pytest

from mlregistry_operator.cloud.azure.blobs.accounts import account_endpoint, account_of

OWN = "https://mockcloud.example.svc:18443"


@pytest.mark.parametrize(
    ("url", "endpoint", "account"),
    [
        pytest.param(
            "https://team.blob.core.windows.net/data/taxi/1.csv",
            "https://team.blob.core.windows.net",
            "team",
            id="Azure",
        ),
        pytest.param(
            "https://127.0.0.1:10000/team/data/taxi", "https://127.0.0.1:10000/team", "team", id="an address"
        ),
        pytest.param(
            "https://[::1]:10000/team/data", "https://[::1]:10000/team", "team", id="an address of version 6"
        ),
        pytest.param(
            "https://localhost:10000/team/data", "https://localhost:10000/team", "team", id="localhost"
        ),
        pytest.param(f"{OWN}/team/data/taxi", f"{OWN}/team", "team", id="Resource Manager's own host"),
    ],
)
def test_the_account_of_a_url_is_found(url: str, endpoint: str, account: str) -> None:
    found = account_endpoint(url, OWN)

    assert found == endpoint
    assert account_of(found) == account
