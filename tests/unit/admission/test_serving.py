"""The certificate that is served: replaced in place, and never by one that cannot be served."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support import waiting

from mlregistry_operator.admission import serving
from mlregistry_operator.admission.serving import Following, ServedCertificate, follow_files
from mlregistry_operator.domain.certificates import Rotation
from mlregistry_operator.kube import pki
from mlregistry_operator.kube.ports import ClusterError, ConflictError, ServedPair

HOST = "127.0.0.1"
PATIENCE_SECONDS = 10


async def until(fact: Callable[[], bool]) -> None:
    """Wait until it is so."""

    async def look() -> bool | None:
        return fact() or None

    await waiting.until(look, PATIENCE_SECONDS)


def a_pair() -> pki.Pair:
    return pki.make(frozenset({HOST}), datetime.now(UTC), timedelta(days=1))


@asynccontextmanager
async def listening(served: ServedCertificate) -> AsyncIterator[int]:
    """A TLS server that echoes; its port."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    server = await asyncio.start_server(echo, HOST, 0, ssl=served.context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def connected(port: int, pair: pki.Pair) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection of somebody who trusts that pair's authority and no other."""
    trusting = ssl.create_default_context(cadata=pair.bundle.decode())
    return await asyncio.open_connection(HOST, port, ssl=trusting)


async def test_new_connections_see_the_new_certificate_and_open_ones_go_on() -> None:
    served, old, new = ServedCertificate(), a_pair(), a_pair()
    served.serve(old.certificate, old.key)
    async with listening(served) as port:
        reader, writer = await connected(port, old)

        assert served.serve(new.certificate, new.key)

        with pytest.raises(ssl.SSLError):
            await connected(port, old)
        _, other = await connected(port, new)
        writer.write(b"still here\n")
        assert await reader.readline() == b"still here\n"
        for one in (writer, other):
            one.close()
            await one.wait_closed()


def test_what_cannot_be_served_leaves_the_last_good_one() -> None:
    served, good, other = ServedCertificate(), a_pair(), a_pair()
    served.serve(good.certificate, good.key)

    for certificate, key in ((other.certificate, good.key), (b"", b""), (good.certificate[:200], good.key)):
        with pytest.raises(ssl.SSLError):
            served.serve(certificate, key)

    assert not served.serve(good.certificate, good.key), "it is served still"


@dataclass
class Told:
    """What was said of readiness, the last word last."""

    words: list[str | None] = field(default_factory=list)

    def __call__(self, waits: str | None) -> None:
        self.words.append(waits)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_LOOK_SECONDS", "_SETTLE_SECONDS", "_AGAIN_SECONDS"):
        monkeypatch.setattr(serving, name, 0.01)


@pytest.mark.usefixtures("quick")
async def test_files_are_taken_up_when_they_are_whole_and_until_then_the_last_good_ones_are_served(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    served, told, old, new = ServedCertificate(), Told(), a_pair(), a_pair()
    task = asyncio.create_task(follow_files(served, certificate, key, told))

    await until(lambda: "cannot be read" in ((told.words or [""])[-1] or ""))
    certificate.write_bytes(old.certificate)
    key.write_bytes(old.key)
    await until(lambda: told.words[-1] is None)
    certificate.write_bytes(new.certificate)  # the disk is full: the key does not follow
    await until(lambda: "no certificate with its key" in caplog.records[-1].__dict__.get("error", ""))
    assert caplog.records[-1].__dict__["outcome"] == "the last good one is served on"
    assert told.words[-1] is None, "the replica stays ready"
    assert not served.serve(old.certificate, old.key)
    key.write_bytes(new.key)
    await until(lambda: caplog.records[-1].message == "the webhook serves another certificate")
    assert not served.serve(new.certificate, new.key)
    task.cancel()


@dataclass
class MemorySource:
    """What a look finds, or raises."""

    found: ServedPair | Exception
    looks: int = 0

    async def look(self) -> ServedPair:
        self.looks += 1
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def found(pair: pki.Pair, *, trusted: bool = True) -> ServedPair:
    return ServedPair(pair.certificate, pair.key, pair.held.ends, trusted)


@pytest.mark.usefixtures("quick")
async def test_the_first_certificate_is_served_at_once_and_the_replica_is_ready_when_it_is_trusted() -> None:
    served, told, first = ServedCertificate(), Told(), a_pair()
    source = MemorySource(found(first, trusted=False))
    task = asyncio.create_task(following(served, source, told).run())

    await until(lambda: served.serves)
    assert told.words[-1] == "the API server is being told of the webhook's certificate"
    source.found = found(first)
    await until(lambda: told.words[-1] is None)
    task.cancel()


@pytest.mark.usefixtures("quick")
async def test_another_certificate_is_served_only_once_it_is_trusted() -> None:
    served, told, first, second = ServedCertificate(), Told(), a_pair(), a_pair()
    source = MemorySource(found(first))
    task = asyncio.create_task(following(served, source, told).run())
    await until(lambda: told.words != [] and told.words[-1] is None)

    source.found = found(second, trusted=False)
    seen = source.looks
    await until(lambda: source.looks > seen + 2)
    assert not served.serve(first.certificate, first.key), "the API server would not trust the second"
    source.found = found(second)
    await until(lambda: source.looks > seen + 5)
    assert not served.serve(second.certificate, second.key)
    task.cancel()


@pytest.mark.usefixtures("quick")
async def test_trouble_passes_by_itself_and_is_told_where_nothing_is_served() -> None:
    served, told = ServedCertificate(), Told()
    source = MemorySource(ClusterError("could not read Secret x"))
    task = asyncio.create_task(following(served, source, told).run())

    await until(lambda: told.words[-1:] == ["could not read Secret x"])
    source.found = ConflictError("somebody was faster")
    seen = source.looks
    await until(lambda: source.looks > seen + 2)
    source.found = found(a_pair())
    await until(lambda: told.words[-1] is None)
    task.cancel()


def following(served: ServedCertificate, source: MemorySource, told: Told) -> Following:
    return Following(served, source, Rotation(timedelta(seconds=20)), told)
