"""The webhook's certificate where the operator makes it itself, as the API server meets it."""

import base64
import ssl
from collections.abc import Iterator

import pytest
from support.clusters import Cluster, Ref
from support.reviews import asked_of_api_server
from support.services import Service
from support.soon import soon

from hack.world.places import NAMESPACE
from hack.world.replicas import Replicas
from mlregistry_operator.kube.pki import authorities_in

CALLS = 1000
PATIENCE_SECONDS = 120.0
SECRET = Ref("Secret", "mlregistry-operator-webhook", NAMESPACE)
CONFIGURATION = Ref("ValidatingWebhookConfiguration", "mlregistry-operator", "")
NEVER = 5 * 365 * 24 * 3600
SELF_MANAGED = {
    "MLREGISTRY_WEBHOOK__CERTIFICATES": "SelfManaged",
    "MLREGISTRY_WEBHOOK__CERT_FILE": "",
    "MLREGISTRY_WEBHOOK__KEY_FILE": "",
}


@pytest.fixture
def keepers(replicas: Replicas, cluster: Cluster, service: Service) -> Iterator[Replicas]:
    """Two replicas that make their certificate themselves, not started; the Secret is there and empty."""
    empty = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET.name, "namespace": NAMESPACE}}
    if cluster.find(SECRET) is not None:
        cluster.delete(SECRET)
    cluster.create(empty)
    for replica in replicas:
        for name in SELF_MANAGED:
            replica.settings.pop(name, None)
        replica.settings |= SELF_MANAGED
    yield replicas
    replicas.stop()
    cluster.delete(SECRET)


def renewed_after(replicas: Replicas, validity: float) -> None:
    for replica in replicas:
        replica.settings["MLREGISTRY_WEBHOOK__VALIDITY_SECONDS"] = str(validity)


def in_secret(cluster: Cluster, name: str) -> bytes:
    return base64.b64decode((cluster.get(SECRET).get("data") or {}).get(name, ""))


def bundle(cluster: Cluster) -> bytes:
    client = cluster.get(CONFIGURATION)["webhooks"][0]["clientConfig"]
    return base64.b64decode(client.get("caBundle", ""))


def served(replicas: Replicas) -> set[str]:
    """The certificates that the replicas serve."""
    return {ssl.get_server_certificate(("127.0.0.1", one.webhook.port)).strip() for one in replicas}


def all_serve_what_is_stored(cluster: Cluster, replicas: Replicas) -> bool:
    return served(replicas) == {in_secret(cluster, "tls.crt").decode().strip()}


def test_a_certificate_is_renewed_under_a_thousand_reviews_and_none_fails(
    cluster: Cluster, keepers: Replicas, service: Service
) -> None:
    renewed_after(keepers, validity=90)  # another after a minute, both trusted for 15 s
    keepers.start()
    service.wait()
    first = in_secret(cluster, "tls.crt")

    with asked_of_api_server(cluster.plane, CALLS) as asked:
        soon(
            lambda: in_secret(cluster, "tls.crt") != first,
            because="two thirds of its time are over",
            seconds=PATIENCE_SECONDS,
        )
        assert len(authorities_in(bundle(cluster))) <= 2
        soon(
            lambda: all_serve_what_is_stored(cluster, keepers),
            because="every replica goes over to it",
            seconds=PATIENCE_SECONDS,
        )
        soon(asked.enough.is_set, because="a thousand reviews are asked for", seconds=PATIENCE_SECONDS)

    assert asked.failures == []
    assert asked.answered >= CALLS


def test_replicas_that_start_together_agree_and_mend_what_is_lost(
    cluster: Cluster, keepers: Replicas
) -> None:
    renewed_after(keepers, validity=240)  # a look every 7 s
    keepers.start()
    assert all_serve_what_is_stored(cluster, keepers), "one made it, the other took it"
    assert bundle(cluster) == in_secret(cluster, "ca.crt")

    cluster.patch(SECRET, {"data": {"tls.crt": base64.b64encode(b"garbage").decode()}})
    comes_back(cluster, keepers, because="a Secret that holds no certificate is given another")
    assert "it is no PEM of a certificate" in logs(keepers)

    cluster.delete(SECRET)
    comes_back(cluster, keepers, because="a Secret that vanishes is made again")
    assert "the Secret of the webhook's certificate is made" in logs(keepers)

    webhooks = cluster.get(CONFIGURATION)["webhooks"]
    del webhooks[0]["clientConfig"]["caBundle"]
    cluster.patch(CONFIGURATION, {"webhooks": webhooks})
    comes_back(cluster, keepers, because="whoever forgets whom to trust is told again")


def comes_back(cluster: Cluster, replicas: Replicas, *, because: str) -> None:
    """All replicas serve a certificate that the API server trusts, and it is what the Secret holds."""

    def whole() -> bool:
        if cluster.find(SECRET) is None or not in_secret(cluster, "ca.crt"):
            return False
        same = all_serve_what_is_stored(cluster, replicas)
        return same and bundle(cluster) == in_secret(cluster, "ca.crt")

    soon(whole, because=because, seconds=PATIENCE_SECONDS)


def logs(replicas: Replicas) -> str:
    return "".join(one.log.read_text("utf-8") for one in replicas)
