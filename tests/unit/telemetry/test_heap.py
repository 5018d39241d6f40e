"""What a connection takes of the process's memory."""

import asyncio
import ssl
import tracemalloc
from asyncio import sslproto
from datetime import UTC, datetime, timedelta

import pytest

from mlregistry_operator.admission.serving import ServedCertificate
from mlregistry_operator.kube import pki
from mlregistry_operator.telemetry.heap import read_tls_in_small_pieces

HOST = "127.0.0.1"
QUARTER_OF_A_MIB = 2**18


async def test_both_ends_of_a_tls_connection_take_less_than_asyncios_buffers_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sslproto.SSLProtocol, "max_size", QUARTER_OF_A_MIB)  # put back afterwards
    read_tls_in_small_pieces()
    pair, served = pki.make(frozenset({HOST}), datetime.now(UTC), timedelta(days=1)), ServedCertificate()
    served.serve(pair.certificate, pair.key)
    trusting = ssl.create_default_context(cadata=pair.bundle.decode())
    ends = asyncio.Event()

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ends.wait()
        writer.close()

    async with await asyncio.start_server(hold, HOST, 0, ssl=served.context) as server:
        tracemalloc.start()
        try:
            _, writer = await asyncio.open_connection(HOST, server.sockets[0].getsockname()[1], ssl=trusting)
            taken, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            ends.set()
        writer.close()

    assert taken < 2 * QUARTER_OF_A_MIB
