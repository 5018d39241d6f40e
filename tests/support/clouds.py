"""The cloud as a test sees it: its own interface, and the questions that tests ask of its audit log."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from support.manifests import RESOURCE_GROUP

from hack.world.clouds import Cloud
from mockcloud import defaults
from mockcloud.client import Body, MockClient

GROUP = f"/subscriptions/{defaults.SUBSCRIPTION_ID}/resourceGroups/{RESOURCE_GROUP}"
ACCOUNTS = "Microsoft.Storage/storageAccounts"
REGISTRIES = "Microsoft.ContainerRegistry/registries"
REPLICATIONS = "Microsoft.ContainerRegistry/registries/replications"


class MockCloud(MockClient):
    """One test's Azure. It has one resource group and nothing in it."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud.url, cloud.ca)
        self.cloud = cloud
        self.put_resource(GROUP, {"location": "eastus"})

    def accounts(self) -> dict[str, Body]:
        """Storage accounts by their location."""
        return {account["location"]: account for account in self.resources(ACCOUNTS)}

    def registries(self) -> list[Body]:
        return self.resources(REGISTRIES)

    def replications(self) -> dict[str, Body]:
        """Replications by their location, without the one that every registry has in its own."""
        homes = {registry["location"] for registry in self.registries()}
        rows = {one["location"]: one for one in self.resources(REPLICATIONS)}
        return {location: one for location, one in rows.items() if location not in homes}

    def writes_per_resource(self, since: int = 0) -> dict[str, int]:
        """How often each resource was asked to change, by its path in lower case."""
        return dict(Counter(entry["path"].lower() for entry in self.arm_writes(since)))

    @contextmanager
    def silence(self, *, because: str) -> Iterator[None]:
        """Nothing is asked to change while the body runs. Fails with `because` and what was written."""
        mark = self.last_request()
        yield
        written = [f"{entry['method']} {entry['path']}" for entry in self.arm_writes(mark)]
        assert not written, f"{because}; written: {written}"
