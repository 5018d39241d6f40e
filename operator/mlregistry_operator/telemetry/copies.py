"""Content on its way, measured."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from mlregistry_operator.telemetry import metrics


@contextmanager
def measured_copy(size: int) -> Iterator[None]:
    """A server-side copy of so many bytes is the body; a call that moves none is no copy."""
    if size == 0:
        yield
        return
    began = time.monotonic()
    with metrics.COPIES.track_inprogress():
        yield
    metrics.COPIED_BYTES.inc(size)
    metrics.COPY_SECONDS.observe(time.monotonic() - began)


@contextmanager
def measured_replication() -> Iterator[None]:
    """The body brings a version to one more region; what fails is not measured."""
    began = time.monotonic()
    yield
    metrics.REPLICATION_SECONDS.observe(time.monotonic() - began)


def has_read(size: int) -> None:
    """So many bytes of content came into memory."""
    metrics.READ_BYTES.inc(size)
