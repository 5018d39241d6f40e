"""The example's component, downloaded as it was published, runs: its code came with it."""

import json
import subprocess
import sys
from pathlib import Path

import yaml
from support.assets import REGIONS, an_environment, published
from support.clouds import MockCloud
from support.clusters import Cluster
from support.images import an_image
from support.manifests import AssetBuilder, RegistryBuilder, an_asset
from support.shelves import Shelves, Version

from hack.world.places import DEFAULT_MOCKCLOUD_PORT, EXAMPLES
from hack.world.teams import plant
from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.domain.assets.local_files import specification_in

RIDES = "km,fare\n1,5\n2,7\n3,9\n"


def the_example(cloud: MockCloud) -> AssetBuilder:
    """The asset of examples/assets/component.yaml, for this test's registry and cloud."""
    text = (EXAMPLES / "assets" / "component.yaml").read_text("utf-8")
    port = cloud.cloud.url.rpartition(":")[2]
    spec = list(yaml.safe_load_all(text.replace(f":{DEFAULT_MOCKCLOUD_PORT}/", f":{port}/")))[-1]["spec"]
    return an_asset("train-taxi").with_spec(**{**spec, "registryRef": {"name": "registry"}})


def downloaded(shelves: Shelves, version: Version, folder: Path) -> None:
    """Every file of the version, from the account of its first region."""
    account = shelves.accounts(version.registry)[REGIONS[0]]
    for name in shelves.committed(account, version):
        if name.startswith("files/"):
            path = folder / name.removeprefix("files/")
            path.parent.mkdir(parents=True, exist_ok=True)
            content = shelves.cloud.get_blob(account, version.container, version.folder + name)
            assert content is not None
            path.write_bytes(content)


def test_the_example_s_component_runs_from_a_downloaded_version(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves, tmp_path: Path
) -> None:
    plant(cloud)
    cloud.put_image("external", "mcr.example", "of-example", "1", an_image("of-example").content)
    environment = an_environment("sklearn", "mcr.example/of-example:1").with_spec(version="12")
    published(cluster, environment)
    published(cluster, the_example(cloud))

    version = Version(registry.name, "Component", "train_taxi", "1.2.0")
    there = tmp_path / "there"
    downloaded(shelves, version, there)

    files = {path.relative_to(there).as_posix(): path for path in there.rglob("*")}
    specification = yaml.safe_load(files[specification_in(AssetType.COMPONENT, files) or ""].read_bytes())
    code = there / specification["code"]
    (tmp_path / "rides").mkdir()
    (tmp_path / "rides" / "october.csv").write_text(RIDES)
    command = specification["command"].replace("${{inputs.rides}}", str(tmp_path / "rides"))
    words = command.replace("${{outputs.model}}", str(tmp_path / "model")).split()
    assert words[:2] == ["python", "train.py"]
    subprocess.run([sys.executable, *words[1:]], cwd=code, check=True, timeout=60)

    model = json.loads((tmp_path / "model" / "fare.json").read_text())
    assert model == {"start": 3.0, "perKm": 2.0, "rides": 3}
