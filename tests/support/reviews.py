"""Admission reviews asked all the time while something happens, and how many were answered."""

import itertools
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from support.manifests import a_registry

from hack.controlplane.plane import ControlPlane

ASKERS = 4  # at the same time
REGISTRIES = "/apis/mlregistry.io/v1alpha1/namespaces/default/mlregistries"


@dataclass
class Asked:
    """What came of the calls: how many were answered, and in what words the others failed."""

    answered: int = 0
    failures: list[str] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)
    wanted: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def hear(self, answer: httpx.Response | httpx.HTTPError, expected: int) -> None:
        if isinstance(answer, httpx.Response) and answer.status_code == expected:
            self.answered += 1
        elif isinstance(answer, httpx.Response):
            self.failures.append(f"{answer.status_code}: {answer.text}")
        else:
            self.failures.append(repr(answer))
        if self.answered + len(self.failures) >= self.wanted:
            self.enough.set()


@contextmanager
def asked_of_replica(url: str, ca: Path) -> Iterator[Asked]:
    """Ask one replica itself, again and again."""
    manifest = a_registry("asked").manifest()
    kind = {"group": "mlregistry.io", "version": "v1alpha1", "kind": "MLRegistry"}
    review = {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {"uid": "1", "kind": kind, "operation": "CREATE", "object": manifest},
    }
    with (
        httpx.Client(verify=ssl.create_default_context(cafile=ca), trust_env=False, timeout=10) as client,
        _asking(lambda: client.post(f"{url}/validate", json=review), 200) as asked,
    ):
        yield asked


@contextmanager
def asked_of_api_server(plane: ControlPlane, wanted: int = 0) -> Iterator[Asked]:
    """Have the API server ask, as it does when somebody creates an object; nothing is kept."""
    names = itertools.count()

    with (
        plane.client() as client,
        _asking(
            lambda: client.post(
                REGISTRIES, params={"dryRun": "All"}, json=a_registry(f"asked-{next(names)}").manifest()
            ),
            201,
            wanted,
        ) as asked,
    ):
        yield asked


@contextmanager
def _asking(call: Callable[[], httpx.Response], expected: int, wanted: int = 0) -> Iterator[Asked]:
    asked, over = Asked(wanted=wanted), threading.Event()

    def ask() -> None:
        while not over.is_set():
            try:
                heard: httpx.Response | httpx.HTTPError = call()
            except httpx.HTTPError as error:
                heard = error
            with asked.lock:
                asked.hear(heard, expected)

    threads = [threading.Thread(target=ask) for _ in range(ASKERS)]
    for thread in threads:
        thread.start()
    try:
        yield asked
    finally:
        over.set()
        for thread in threads:
            thread.join()
