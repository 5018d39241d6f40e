"""The certificate that replicas share: its Secret is the lock, and the API server's time counts."""

import base64
import logging
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from kubernetes.aio import client

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.domain.certificates import Rotation
from mlregistry_operator.kube import pki
from mlregistry_operator.kube.certificates import Places, SharedCertificate
from mlregistry_operator.kube.ports import Body, ConflictError

ROTATION = Rotation(timedelta(days=90))
PLACES = Places(ObjectKey("system", "certificate"), "operator", "operator")
HOST = "operator.system.svc"
SERVICE = {"name": "operator", "namespace": "system"}
OTHER = pki.make(frozenset({HOST}), datetime.now(UTC), timedelta(days=1))


@dataclass
class MemoryRest:
    """One Secret and one configuration, with versions, and an API server's time. A write counts."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    secret: Body | None = None
    configuration: Body = field(
        default_factory=lambda: {
            "metadata": {"resourceVersion": "1"},
            "webhooks": [{"name": "a", "clientConfig": {"service": dict(SERVICE)}}],
        }
    )
    writes: list[str] = field(default_factory=list)

    async def get(self, path: str) -> Body:
        return deepcopy(self.configuration)

    async def dated(self, path: str) -> tuple[Body, datetime]:
        if self.secret is None:
            raise client.ApiException(status=404, reason="Not Found")
        return deepcopy(self.secret), self.now

    async def patch(self, path: str, body: Mapping[str, Any], content_type: str = "") -> Body:
        if "secrets" in path:
            self.writes.append("secret")
            if "apply" in content_type:
                self.secret = {"metadata": {"resourceVersion": "1"}}
                return self.secret
            self.secret = self._written(self.secret or {}, body) | {"data": dict(body["data"])}
            return self.secret
        self.writes.append("configuration")
        written = self._written(self.configuration, body)
        for one, change in zip(written["webhooks"], body["webhooks"], strict=True):
            one["clientConfig"] |= change["clientConfig"]
        self.configuration = written
        return written

    def _written(self, thing: Body, body: Mapping[str, Any]) -> Body:
        version = thing["metadata"]["resourceVersion"]
        if body["metadata"]["resourceVersion"] != version:
            raise client.ApiException(status=409, reason="Conflict")
        return deepcopy(thing) | {"metadata": {"resourceVersion": str(int(version) + 1)}}

    def trusted(self) -> int:
        """How many authorities the API server trusts."""
        bundle = self.configuration["webhooks"][0]["clientConfig"].get("caBundle", "")
        return len(pki.authorities_in(base64.b64decode(bundle)))


def shared(rest: MemoryRest) -> SharedCertificate:
    return SharedCertificate(rest, PLACES, ROTATION)  # type: ignore[arg-type]


@pytest.fixture
def rest() -> MemoryRest:
    """An empty Secret, as the chart makes it."""
    return MemoryRest(secret={"metadata": {"resourceVersion": "1"}})


async def test_the_first_look_makes_it_and_the_next_finds_it_trusted(rest: MemoryRest) -> None:
    made = await shared(rest).look()
    found = await shared(rest).look()

    assert not made.trusted
    assert found.trusted
    assert (found.certificate, found.key) == (made.certificate, made.key), "another replica serves the same"
    assert rest.writes == ["secret", "configuration"], "a settled look writes nothing"


async def test_a_secret_that_is_not_there_is_made(rest: MemoryRest) -> None:
    rest.secret = None

    await shared(rest).look()

    assert rest.secret is not None
    assert (await shared(rest).look()).trusted


async def test_who_is_slower_takes_what_the_other_made(rest: MemoryRest) -> None:
    other = deepcopy(rest)
    assert other.secret is not None
    await shared(other).look()
    stale, fresh = rest.secret, other.secret

    async def dated(path: str) -> tuple[Body, datetime]:
        rest.secret = fresh  # written between our look and our write
        return cast("Body", stale), rest.now

    rest.dated = dated  # type: ignore[method-assign]
    with pytest.raises(ConflictError):
        await shared(rest).look()

    assert rest.secret == fresh


async def test_a_renewal_is_trusted_beside_the_old_one_which_then_goes(rest: MemoryRest) -> None:
    first = await shared(rest).look()
    rest.now += timedelta(days=61)

    second = await shared(rest).look()
    assert second.certificate != first.certificate
    assert rest.trusted() == 2
    assert (await shared(rest).look()).trusted

    rest.now += ROTATION.overlap
    third = await shared(rest).look()
    assert (third.certificate, third.trusted) == (second.certificate, True)
    assert rest.trusted() == 1


@pytest.mark.parametrize(
    ("damage", "told", "because"),
    [
        ({"tls.crt": b"garbage"}, "it is no PEM", "somebody has edited it"),
        ({"tls.key": OTHER.key}, "the key is not", "it is of another pair"),
        ({"ca.crt": b""}, "it is no PEM", "a part is missing"),
    ],
)
async def test_garbage_is_replaced_with_a_clear_line_and_what_others_serve_is_still_trusted(
    rest: MemoryRest, caplog: pytest.LogCaptureFixture, damage: dict[str, bytes], told: str, because: str
) -> None:
    await shared(rest).look()
    assert rest.secret is not None
    rest.secret["data"] |= {name: base64.b64encode(content).decode() for name, content in damage.items()}

    await shared(rest).look()

    assert any(told in record.__dict__.get("reason", "") for record in caplog.records), because
    assert rest.trusted() == 2
    assert (await shared(rest).look()).trusted


async def test_it_is_for_the_hosts_that_the_configuration_calls(rest: MemoryRest) -> None:
    first = await shared(rest).look()
    rest.configuration["webhooks"][0]["clientConfig"] = {"url": "https://127.0.0.1:9443/validate"}

    second = await shared(rest).look()

    assert second.certificate != first.certificate, "it was for the Service alone"
    assert (await shared(rest).look()).trusted


@pytest.mark.parametrize("off", [timedelta(days=-400), timedelta(days=400)])
async def test_a_clock_that_is_off_changes_nothing_and_is_told_once(
    rest: MemoryRest, caplog: pytest.LogCaptureFixture, off: timedelta
) -> None:
    caplog.set_level(logging.WARNING)
    rest.now += off  # the API server is right, and this machine is not
    keeper = shared(rest)

    first = await keeper.look()
    second = await keeper.look()

    assert second.trusted
    assert second.certificate == first.certificate
    assert rest.now < second.ends < rest.now + timedelta(days=91)
    told = [record.message for record in caplog.records if "clock" in record.message]
    assert len(told) == 1
