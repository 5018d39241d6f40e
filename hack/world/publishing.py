"""What a data-science team sees: versions published once, the same bytes in every region, promoted, kept."""

import hashlib
import time
from pathlib import Path

import yaml

from hack.world.places import DEFAULT_MOCKCLOUD_PORT, EXAMPLES, WorldError
from hack.world.stages import Stage
from hack.world.teams import ACCOUNT, MODEL, RETRAINED

TEAM = "--namespace=team-a"
PLATFORM = "--namespace=ml-platform"
ALL = "--all-namespaces"
OVERWRITE = "taxi-fare-3-again"
ASSETS = {"demo-registry-1": 4, "demo-registry-2": 3, "demo-registry-3": 2}


class Publishing(Stage):
    """The chapters about assets, after those about a registry."""

    def publish(self) -> None:
        """One asset of each type, from what the team has."""
        self.say(f"\nA team's content, published once (what lies in its account {ACCOUNT}):")
        for blob in self.cloud.client.blobs(ACCOUNT):
            self.say(f"    {blob['size']:>9,}  {blob['container']}/{blob['name']}")
        started = time.monotonic()
        text = "---\n".join(self.example(path) for path in sorted((EXAMPLES / "assets").glob("*.yaml")))
        self.show("apply", "--filename=-", stdin=text, shown="apply -f examples/assets/")
        self.wait("condition=Ready", "mlassets", "--all", TEAM)
        self.say(f"  all Ready, in three regions, after {time.monotonic() - started:.1f} s")
        self.show("get", "mlassets", TEAM, shown="get mlassets -n team-a")
        self.show("get", "mlassets", TEAM, "--output=wide", shown="get mlassets -n team-a -o wide")

    def compare(self) -> None:
        """The bytes as they lie in each region, compared here and not by the operator's word."""
        self.say("\nWhere the model lies, and the SHA-256 of its model.pkl, read from each account:")
        wanted = self.sha256(ACCOUNT, "models", f"{MODEL}/model.pkl")
        self.say(f"    {ACCOUNT:<26} {wanted}  (the source)")
        for row in self.look("mlasset/taxi-fare-3", TEAM)["status"]["regions"]:
            account, container, path = row["uri"].split("/", 5)[3:]
            found = self.sha256(account, container, f"{path}model.pkl")
            self.say(f"    {account:<26} {found}  {row['location']}, {row['evidence']}")
            if found != wanted:
                raise WorldError(f"{row['location']} has other bytes")

    def promote(self) -> None:
        """From dev to test to prod: three registries, one digest."""
        self.say("\nPromotion, from dev to test to prod, by digest and inside Azure:")
        for name in ("registry-storage.yaml", "promotion/test.yaml", "promotion/prod.yaml"):
            self.show("apply", f"--filename={EXAMPLES / name}", shown=f"apply -f examples/{name}")
        self.wait("condition=Ready", "mlassets", "--all", PLATFORM)
        self.show("get", "mlassets", ALL, shown="get mlassets -A")
        first = self.look("mlasset/taxi-fare-3", TEAM)["status"]
        last = self.look("mlasset/prod-taxi-fare-3", PLATFORM)["status"]
        self.say(f"    {last['assetId']}")
        self.say(f"      digest        {last['digest']}")
        self.say(f"      promoted from {last['promotedFrom']['assetId']}")
        self.say(f"      made by       {last['lineage']['jobName']} at {last['lineage']['gitCommit']}")
        if (first["digest"], first["lineage"]) != (last["digest"], last["lineage"]):
            raise WorldError("a promotion has changed the digest, or lost where the version came from")

    def overwrite(self) -> None:
        """What is published never changes."""
        self.say("\nThe same version with other bytes is refused:")
        manifest = list(yaml.safe_load_all(self.example(EXAMPLES / "assets" / "model.yaml")))[-1]
        manifest["metadata"]["name"] = OVERWRITE
        source = manifest["spec"]["source"]["blob"]
        source["url"] = source["url"].replace(MODEL, RETRAINED)
        shown = f"apply -f - # version 3 again, from {RETRAINED}"
        self.show("apply", "--filename=-", stdin=yaml.safe_dump(manifest), shown=shown)
        self.wait("condition=Stalled", f"mlasset/{OVERWRITE}", TEAM)
        conditions = self.look(f"mlasset/{OVERWRITE}", TEAM)["status"]["conditions"]
        published = next(one for one in conditions if one["type"] == "Published")
        self.say(f"    {published['reason']}: {published['message']}")
        if (published["status"], published["reason"]) != ("False", "VersionConflict"):
            raise WorldError("a published version was overwritten")
        self.show("delete", "mlasset", OVERWRITE, TEAM, shown=f"delete mlasset {OVERWRITE} -n team-a")
        if self.look("mlasset/taxi-fare-3", TEAM)["status"]["readyRegions"] != "3/3":
            raise WorldError("deleting the refused version has touched the published one")

    def count(self) -> None:
        """What the platform team sees of it."""
        self.say("\nThe registries count what is complete in each region:")
        for name, number in ASSETS.items():
            complete = f"jsonpath={{.status.regions[1].assets}}={number}/{number}"
            self.wait(complete, f"mlreg/{name}", PLATFORM, seconds=30)
        self.show("get", "mlreg", PLATFORM, shown="get mlreg -n ml-platform")
        for row in self.look("mlreg/demo-registry-1", PLATFORM)["status"]["regions"]:
            self.say(f"    {row['location']:<10} {row['state']:<8} assets {row['assets']}")

    def example(self, path: Path) -> str:
        """An example as it lies in the repository; its cloud listens on this world's port."""
        text = path.read_text("utf-8")
        return text.replace(f":{DEFAULT_MOCKCLOUD_PORT}/", f":{self.cloud.port}/")

    def sha256(self, account: str, container: str, path: str) -> str:
        found = hashlib.sha256()
        for chunk in self.cloud.client.blob_chunks(account, container, path):
            found.update(chunk)
        return found.hexdigest()
