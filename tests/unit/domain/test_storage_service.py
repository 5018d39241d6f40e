"""Whose account a blob URL lies in: told by the URL alone, however it is dressed up."""

import pytest

from mlregistry_operator.domain.public_addresses import is_public
from mlregistry_operator.domain.storage_service import Origin, StorageService

AZURE = StorageService()
OWN = StorageService("https://mockcloud.example.svc:18443")
LOCAL = StorageService("https://127.0.0.1:18443")


@pytest.mark.parametrize(
    ("cloud", "url", "endpoint", "account"),
    [
        pytest.param(
            AZURE,
            "https://team.blob.core.windows.net/data/taxi/1.csv",
            "https://team.blob.core.windows.net",
            "team",
            id="Azure",
        ),
        pytest.param(
            AZURE,
            "https://TEAM.Blob.core.windows.net:443/data",
            "https://TEAM.Blob.core.windows.net:443",
            "team",
            id="in capitals, with the usual port",
        ),
        pytest.param(
            AZURE,
            "https://team-secondary.blob.core.windows.net/data",
            "https://team-secondary.blob.core.windows.net",
            "team",
            id="the readable secondary is the same account",
        ),
        pytest.param(
            AZURE,
            "https://team.z12.blob.storage.azure.net/data",
            "https://team.z12.blob.storage.azure.net",
            "team",
            id="in a DNS zone",
        ),
        pytest.param(
            LOCAL,
            "https://127.0.0.1:18443/team/data/taxi",
            "https://127.0.0.1:18443/team",
            "team",
            id="on Resource Manager's own address",
        ),
        pytest.param(
            LOCAL,
            "https://127.0.0.1:18443/team-secondary/data",
            "https://127.0.0.1:18443/team-secondary",
            "team",
            id="the secondary there",
        ),
        pytest.param(
            OWN,
            "https://mockcloud.example.svc:18443/team/data/taxi",
            "https://mockcloud.example.svc:18443/team",
            "team",
            id="Resource Manager's own host",
        ),
        pytest.param(
            OWN,
            "https://team.blob.example.svc:18443/data",
            "https://team.blob.example.svc:18443",
            "team",
            id="beside it",
        ),
        pytest.param(
            AZURE,
            "https://127.0.0.1:10000/team/data/x",
            "https://127.0.0.1:10000/team",
            None,
            id="an address",
        ),
        pytest.param(AZURE, "https://[::1]:1/team/data", "https://[::1]:1/team", None, id="of version 6"),
        pytest.param(OWN, "https://localhost:1/team/data", "https://localhost:1/team", None, id="localhost"),
        pytest.param(
            LOCAL,
            "https://127.0.0.1:18443/%74eam/data",
            "https://127.0.0.1:18443/%74eam",
            None,
            id="an escape",
        ),
        pytest.param(
            LOCAL,
            "https://127.0.0.1:18444/team/data",
            "https://127.0.0.1:18444/team",
            None,
            id="another port",
        ),
        pytest.param(
            OWN, "https://elsewhere.example/data", "https://elsewhere.example", None, id="elsewhere"
        ),
    ],
)
def test_the_account_of_a_url_is_found(
    cloud: StorageService, url: str, endpoint: str, account: str | None
) -> None:
    found = cloud.address(url)

    assert found is not None
    assert (found.endpoint, found.account) == (endpoint, account)


@pytest.mark.parametrize(
    "url",
    [
        "http://team.blob.core.windows.net/data",
        "https://[::1/data",
        "https://team.blob.core.windows.net\uff0fdata",
        "https://\uff54eam.blob.core.windows.net/data",
        "https://team.blob.core.windows.net\\@attacker.example/data",
        "https://user@team.blob.core.windows.net/data",
        "https://account\t.blob.core.windows.net/data",
        "https://team.blob.core.windows.net:0/data",
        "https://team.blob.core.windows.net:99999/data",
        "https://team.blob.core.windows.net/data#part",
        "",
    ],
)
def test_what_two_readers_could_read_differently_is_no_address(url: str) -> None:
    assert AZURE.address(url) is None


@pytest.mark.promise(16)
@pytest.mark.parametrize(
    ("path", "fits"),
    [
        ("staging/team-a/model", True),
        ("data/a//b", True),
        ("$web/index.html", True),
        ("staging/team-a/../team-b", False),
        ("staging/team-a/%2e%2E/team-b", False),
        ("staging/team-a%2F..%2Fteam-b", False),
        ("staging/team-a/..\\team-b", False),
        ("staging/./team-a", False),
        ("staging%2Fteam-b", True),
        ("STAGING/team-b", False),
        ("%73taging/team-b", True),
        ("../staging/team-b", False),
    ],
)
def test_a_path_is_read_as_the_service_reads_it_or_not_at_all(path: str, *, fits: bool) -> None:
    found = AZURE.address(f"https://team.blob.core.windows.net/{path}")

    assert found is not None
    assert found.fits is fits
    if fits and "team-b" in path:
        assert (found.container, found.name) == ("staging", "team-b")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("20.60.1.1", True),
        ("2603:1030::1", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("168.63.129.16", False),
        ("0.0.0.0", False),
        ("224.0.1.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff0e::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("::10.0.0.1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b::1414:1414", True),
        ("64:ff9b:1::1", False),
        ("2002:a9fe:a9fe::", False),
        ("attacker.example", False),
    ],
)
def test_only_public_addresses_are_public(address: str, *, public: bool) -> None:
    assert is_public(address) is public


def test_an_origin_is_host_and_port() -> None:
    assert Origin.of("https://A.example/x?y=1") == Origin("a.example", 443)
    assert str(Origin.of("https://a.example:8443")) == "a.example:8443"
