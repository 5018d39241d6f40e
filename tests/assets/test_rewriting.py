"""On its way from dev to test to prod a component names, in each registry's bytes, what is there."""

from typing import Any

import pytest
from support.assets import REGIONS, a_component, an_environment, published, ready, refused_for, stalled_for
from support.clouds import MockCloud
from support.clusters import Cluster, condition
from support.images import an_image
from support.manifests import AssetBuilder, Manifest, RegistryBuilder, a_registry, an_asset
from support.shelves import Shelves, Version

DEV, TEST, PROD = "registry", "testing", "production"
TWO = ("westeurope", "northeurope")
BY_NAME = (
    "# made in registry; stays as it is: azureml://registries/registry/environments/env/versions/1\r\n"
    "type: command\r\n"
    "environment: 'azureml://registries/registry/environments/env/versions/1'   # 漢\r\n"
    "command: python train.py\r\n"
)
RELATIVE = "type: command\nenvironment: mlregistry://./environments/env/versions/1\n"


@pytest.fixture(scope="module")
def chain(module_cluster: Cluster, module_cloud: MockCloud, registry: RegistryBuilder) -> None:
    """Development, test and production."""
    assert registry.name == DEV
    for name in (TEST, PROD):
        builder = a_registry(name).in_regions(*TWO)
        module_cluster.apply(builder)
        module_cluster.ready(builder)
    module_cloud.put_image("external", "mcr.example", "env", "1", an_image("env").content)


@pytest.fixture(autouse=True)
def environments(cluster: Cluster, chain: None) -> None:
    """The environment, in all three."""
    assert chain is None
    published(cluster, an_environment("env", "mcr.example/env:1"))
    for name, origin in ((TEST, DEV), (PROD, TEST)):
        published(cluster, promoted(f"env-{name}", "env", origin, name, kind="Environment"))


def promoted(
    name: str, asset: str, origin: str, to: str, *, kind: str = "Component", **fields: Any
) -> AssetBuilder:
    source = {"registryRef": {"name": origin}, "assetName": asset, "version": "1", **fields}
    return an_asset(name, asset).of_registry(to).of_type(kind).with_spec(source={"asset": source})


def rewritten(name: str, asset: str, origin: str, to: str, **fields: Any) -> AssetBuilder:
    return promoted(name, asset, origin, to, rewriteReferences=True, **fields)


def told(seen: Manifest) -> str:
    return str(condition(seen, "ReferencesResolved").get("message", ""))


def bytes_in(shelves: Shelves, registry: str, asset: str) -> set[bytes | None]:
    """The specification, as each of the registry's accounts has it."""
    version = Version(registry, "Component", asset)
    return {
        shelves.cloud.get_blob(account, version.container, version.file("component.yaml"))
        for account in shelves.accounts(registry).values()
    }


@pytest.mark.promise(11)
def test_a_relative_reference_is_the_same_bytes_and_another_environment_in_each_registry(
    cluster: Cluster, shelves: Shelves
) -> None:
    seen = [
        published(cluster, a_component("relative", RELATIVE)),
        published(cluster, promoted("relative-t", "relative", DEV, TEST)),
        published(cluster, promoted("relative-p", "relative", TEST, PROD)),
    ]

    for registry, one in zip((DEV, TEST, PROD), seen, strict=True):
        assert bytes_in(shelves, registry, "relative") == {RELATIVE.encode()}
        assert told(one) == f"Published: mlregistry://{registry}/environments/env/versions/1."
    assert len({one["status"]["digest"] for one in seen}) == 1


@pytest.mark.promise(11)
def test_a_rewritten_reference_names_the_environment_of_the_registry_that_the_bytes_are_in(
    cluster: Cluster, shelves: Shelves
) -> None:
    first = published(cluster, a_component("named", BY_NAME))
    second = published(cluster, rewritten("named-t", "named", DEV, TEST))
    third = published(cluster, rewritten("named-p", "named", TEST, PROD))

    for registry, seen, regions in ((DEV, first, REGIONS), (TEST, second, TWO), (PROD, third, TWO)):
        text = BY_NAME.replace(
            "'azureml://registries/registry/", f"'azureml://registries/{registry}/"
        ).encode()
        assert bytes_in(shelves, registry, "named") == {text}, "nothing else has changed"
        digest = shelves.assert_everywhere(
            Version(registry, "Component", "named"), {"component.yaml": text}, *regions
        )
        assert seen["status"]["digest"] == digest
        assert told(seen) == f"Published: mlregistry://{registry}/environments/env/versions/1."
    assert len({one["status"]["digest"] for one in (first, second, third)}) == 3
    for seen, origin, registry in ((second, first, DEV), (third, second, TEST)):
        assert seen["status"]["derivedFrom"] == {
            "assetId": f"mlregistry://{registry}/components/named/versions/1",
            "digest": origin["status"]["digest"],
        }
        assert "promotedFrom" not in seen["status"]


@pytest.mark.promise(12)
def test_a_promotion_byte_for_byte_says_whom_its_text_asks(cluster: Cluster, shelves: Shelves) -> None:
    published(cluster, a_component("as-it-is", BY_NAME))

    second = promoted("as-it-is-t", "as-it-is", DEV, TEST)
    third = promoted("as-it-is-p", "as-it-is", TEST, PROD)
    for one in (second, third):
        published(cluster, one)

    assert bytes_in(shelves, PROD, "as-it-is") == {BY_NAME.encode()}
    for one, registry in ((second, TEST), (third, PROD)):
        message = told(cluster.look_now(one))
        assert f"Published: mlregistry://{registry}/environments/env/versions/1." in message
        assert "The text itself names azureml://registries/registry/environments/env/versions/1" in message
        assert f"whoever runs it asks registry for that, and not {registry}." in message
        assert "rewriteReferences: true" in message


def test_the_other_files_of_a_component_come_along_unchanged(cluster: Cluster, shelves: Shelves) -> None:
    text = "type: command\ncode: ./src\nenvironment: mlregistry://REGISTRY/environments/env/versions/1\n"
    files = {"train.yml": text.encode(), "src/train.py": b"print('trained')\n", "src/empty": b""}
    shelves.plant("components", {f"with-code/{path}": content for path, content in files.items()})
    blob = {"blob": {"url": shelves.url("components", "with-code")}}
    published(cluster, an_asset("with-code", "with-code").of_type("Component").with_spec(source=blob))

    published(cluster, rewritten("with-code-t", "with-code", DEV, TEST))

    files["train.yml"] = text.replace("//REGISTRY/", "//testing/").encode()
    shelves.assert_everywhere(Version(TEST, "Component", "with-code"), files, *TWO)


@pytest.mark.promise(13)
def test_pins_are_of_the_text_there_and_of_the_text_here(cluster: Cluster, shelves: Shelves) -> None:
    there = published(cluster, a_component("pinned", BY_NAME))["status"]["digest"]
    wrong = f"sha256:{'1' * 64}"

    asset = rewritten("pinned-wrong", "pinned", DEV, TEST, digest=wrong)
    cluster.apply(asset)
    assert there in condition(stalled_for(cluster, asset, "DigestMismatch"), "Stalled")["message"]
    cluster.delete(asset)

    asset = rewritten("pinned-there", "pinned", DEV, TEST).with_spec(digest=there)
    cluster.apply(asset)
    message = condition(stalled_for(cluster, asset, "DigestMismatch"), "Stalled")["message"]
    assert "with its references rewritten, has the digest sha256:" in message
    assert shelves.is_nowhere(Version(TEST, "Component", "pinned"))
    cluster.delete(asset)

    here = message.partition("has the digest ")[2].partition(",")[0]
    seen = published(cluster, rewritten("pinned-t", "pinned", DEV, TEST, digest=there).with_spec(digest=here))
    assert seen["status"]["digest"] == here


@pytest.mark.promise(13)
def test_a_text_that_names_a_third_registry_is_not_rewritten_into_a_half_truth(
    cluster: Cluster, shelves: Shelves
) -> None:
    published(cluster, a_component("third", BY_NAME))
    published(cluster, promoted("third-t", "third", DEV, TEST))
    asset = rewritten("third-p", "third", TEST, PROD)
    cluster.apply(asset)

    message = condition(stalled_for(cluster, asset, "InvalidSpec"), "Stalled")["message"]

    assert (
        "is in the registry registry, and a version in production needs only what is in production" in message
    )
    assert shelves.is_nowhere(Version(PROD, "Component", "third"))


@pytest.mark.promise(4)
def test_a_rewriting_that_was_stopped_goes_on_to_the_same_bytes(cluster: Cluster, shelves: Shelves) -> None:
    published(cluster, a_component("stopped", BY_NAME))
    shelves.cloud.fault(method="PUT", pathRegex="components/stopped/1/manifest.json", status=500, times=6)
    asset = rewritten("stopped-t", "stopped", DEV, TEST)
    cluster.apply(asset)
    refused_for(cluster, asset, "AzureUnavailable")
    shelves.cloud.clear_faults()

    seen = ready(cluster, asset)

    text = BY_NAME.replace("'azureml://registries/registry/", "'azureml://registries/testing/").encode()
    digest = shelves.assert_everywhere(Version(TEST, "Component", "stopped"), {"component.yaml": text}, *TWO)
    assert seen["status"]["digest"] == digest


@pytest.mark.promise(16)
def test_a_text_is_rewritten_only_for_whom_its_registry_is_open(cluster: Cluster, shelves: Shelves) -> None:
    published(cluster, a_component("secret", BY_NAME))
    away = cluster.namespace("away")
    cluster.apply(a_registry("foreign").in_namespace(away).in_regions(*TWO))
    ref = {"registryRef": {"name": DEV, "namespace": "default"}}
    asset = rewritten("secret-f", "secret", DEV, "foreign", **ref).in_namespace(away)
    cluster.apply(asset)

    seen = refused_for(cluster, asset, "NamespaceNotAllowed")

    assert "default/registry" in condition(seen, "Ready")["message"]
