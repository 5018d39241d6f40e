"""Which registry an image is of, and what to do where it is closed."""

import pytest

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.arm import ArmId, ResourceGroup
from mlregistry_operator.domain.assets.holders import tells_of_images, would_give_images
from mlregistry_operator.domain.assets.ids import AssetId
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.image_kinds import instead_of_image, is_no_image
from mlregistry_operator.domain.image_meanings import import_failure
from mlregistry_operator.domain.image_sources import (
    ImageOrigin,
    Located,
    identity_image,
    locate,
    public_image,
    repository_in,
    secret_image,
)
from mlregistry_operator.domain.images import ImageManifest, ImageReference
from mlregistry_operator.domain.naming import container_registry_names
from mlregistry_operator.domain.pull_secrets import PullCredentials

DIGEST, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64
OWN = "demoeastus0.azurecr.io"
ID = ArmId("/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/team")
REGISTRY = ObjectKey("ml", "demo")


@pytest.mark.parametrize(
    ("reference", "own", "found", "because"),
    [
        ("team.azurecr.io/a/b:1", OWN, Located("team.azurecr.io", "a/b", True), "the same service"),
        ("TEAM.azurecr.io/a:1", OWN, Located("TEAM.azurecr.io", "a", True), "hosts have no case"),
        ("team-h4sh.azurecr.io/a:1", OWN, Located("team-h4sh.azurecr.io", "a", True), "with a label"),
        ("team.azurecr.cn/a:1", OWN, Located("team.azurecr.cn", "a", False), "another cloud's"),
        ("azurecr.io/a:1", OWN, Located("azurecr.io", "a", False), "the service itself is no registry"),
        ("x.team.azurecr.io/a:1", OWN, Located("x.team.azurecr.io", "a", False), "no login server"),
        (
            "team.azurecr.io.evil/a:1",
            OWN,
            Located("team.azurecr.io.evil", "a", False),
            "somebody else's host",
        ),
        ("localhost:5000/a:1", OWN, Located("localhost:5000", "a", False), "a registry at hand"),
        ("team.azurecr.io/a:1", None, Located("team.azurecr.io", "a", False), "nobody knows yet"),
        ("localhost/a:1", None, Located("localhost", "a", False), "nor here"),
        ("h:1/team/a/b:1", "h:1/demo", Located("h:1/team", "a/b", True), "login servers with a path"),
        ("h:2/team/a/b:1", "h:1/demo", Located("h:2", "team/a/b", False), "another port"),
        ("h:1/team:1", "h:1/demo", Located("h:1", "team", False), "no repository is left"),
    ],
)
def test_a_registry_of_azure_is_known_by_its_host(
    reference: str, own: str | None, found: Located, because: str
) -> None:
    assert locate(ImageReference.parse(reference), own) == found, because


@pytest.mark.promise(16)
@pytest.mark.parametrize(
    ("login_server", "repository"),
    [
        ("team.azurecr.io", "a/b"),
        ("TEAM.azurecr.io", "a/b"),
        ("team.azurecr.io/a", "b"),
        ("tea.azurecr.io", None),
        ("team-h4sh.azurecr.io", None),
        ("team.azurecr.i", None),
        ("team.azurecr.io/a/b", None),
    ],
)
def test_an_id_is_of_the_registry_whose_login_server_the_reference_has(
    login_server: str, repository: str | None
) -> None:
    assert repository_in(ImageReference.parse("team.azurecr.io/a/b:1"), login_server) == repository


REFUSED = 'Invalid message Unauthorized Unauthorized {"errors":[{"code":"UNAUTHORIZED","message":"no"}]}'
GONE = 'Invalid message NotFound Not Found {"errors":[{"code":"MANIFEST_UNKNOWN","message":"no"}]}'


def told(origin: ImageOrigin, message: str = REFUSED, code: str = "InvalidParameters") -> Failure:
    failure = Failure(ID, Reason.REFUSED_BY_AZURE, Severity.SLOW_RETRY, message, code=code)
    return import_failure(failure, origin, "environments/a:1")


def origins(reference: str) -> dict[str, ImageOrigin]:
    parsed = ImageReference.parse(reference)
    at = locate(parsed, OWN)
    user = PullCredentials("robot", "hunter2")
    return {
        "nobody": public_image(parsed, at),
        "identity": identity_image(parsed, ID, at.repository, REGISTRY),
        "secret": secret_image(parsed, at, user, ObjectKey("team-a", "pull")),
    }


@pytest.mark.promise(13)
@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("nobody", "source.image.pullSecretRef"),
        ("identity", f"Grant the identity of MLRegistry ml/demo Reader, or AcrPull, on {ID}"),
        ("secret", "into the entry for team.azurecr.io of Secret team-a/pull"),
    ],
)
@pytest.mark.parametrize(
    "said",
    [
        REFUSED,
        REFUSED.replace("UNAUTHORIZED", "DENIED"),
        "Operation registries-1 failed. Resource x Invalid message Unauthorized Unauthorized",
        "Invalid message Forbidden Forbidden <html>",
    ],
)
def test_who_is_refused_learns_the_way_that_he_can_take(by: str, words: str, said: str) -> None:
    found = told(origins("team.azurecr.io/a:1")[by], said)
    assert (found.reason, found.severity) == (Reason.SOURCE_UNAVAILABLE, Severity.SLOW_RETRY)
    assert found.message.startswith("Could not import team.azurecr.io/a:1: ")
    assert words in found.remedy


@pytest.mark.promise(13)
@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("team.azurecr.io/a:1", "Push the image to where spec.source.image.reference points"),
        (f"team.azurecr.io/a:1@{DIGEST}", "If the tag 1 was moved, pin the digest that it names now"),
        (f"team.azurecr.io/a@{DIGEST}", "If its tag was moved, pin the digest that it names now"),
    ],
)
def test_what_is_not_there_says_whether_a_tag_may_have_moved(reference: str, words: str) -> None:
    for origin in origins(reference).values():
        assert words in told(origin, GONE).remedy


@pytest.mark.promise(13)
def test_a_password_that_the_source_repeats_is_not_repeated() -> None:
    origin = origins("team.azurecr.io/a:1")["secret"]
    for message in ("Error copying blobs for robot:hunter2", REFUSED.replace("no", "hunter2 is wrong")):
        assert "hunter2" not in told(origin, message).sentence
    assert "hunter2" not in repr(origin)


def test_a_pin_keeps_the_repository_whatever_named_the_image() -> None:
    for image in ("a/b:1", f"a/b@{OTHER}"):
        assert ImageOrigin("h", image).as_digest(DIGEST).image == f"a/b@{DIGEST}"


@pytest.mark.parametrize(
    ("config", "artifact", "what"),
    [
        ("application/vnd.oci.image.config.v1+json", None, None),
        ("application/vnd.docker.container.image.v1+json", None, None),
        (None, None, None),
        ("application/vnd.cncf.helm.config.v1+json", None, "a Helm chart"),
        ("application/vnd.kitops.modelkit.config.v1+json", None, "a KitOps kit"),
        ("application/vnd.cncf.model.config.v1+json", None, "a model by the ModelPack specification"),
        ("application/vnd.docker.plugin.v1+json", None, "a Docker plugin"),
        ("application/vnd.wasm.config.v0+json", None, "a WebAssembly module"),
        ("application/vnd.oci.empty.v1+json", None, "an artifact"),
        ("application/vnd.oci.empty.v1+json", "application/vnd.cncf.model.manifest.v1+json", "a model by"),
        ("text/plain", None, "an artifact"),
    ],
)
def test_what_is_no_image_is_known_by_its_config(
    config: str | None, artifact: str | None, what: str | None
) -> None:
    manifest = ImageManifest(DIGEST, "m", 1, (), config, artifact)
    found = instead_of_image(manifest)
    assert (found is None) if what is None else (found is not None and found.startswith(what))


def test_who_published_no_image_learns_that_the_version_is_free() -> None:
    failure = is_no_image(
        "h.example/a:1", "a Helm chart (…)", AssetId("demo", AssetType.ENVIRONMENT, "a", "1")
    )
    assert failure.severity is Severity.STALLED
    assert "which may have the same version" in failure.remedy


@pytest.mark.promise(16)
def test_a_container_registry_is_known_by_status_by_what_was_left_and_by_its_computed_name() -> None:
    body = {
        "metadata": {"namespace": "ml", "name": "demo"},
        "spec": {"location": "eastus", "azure": {"subscriptionId": "s", "resourceGroup": "g"}},
        "status": {
            "containerRegistry": {"name": "Adopted", "loginServer": "Adopted-h4sh.azurecr.io"},
            "retained": [
                {"id": f"{ID}", "location": "eastus"},
                {"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/other"},
            ],
        },
    }
    assert tells_of_images(body, "adopted-h4sh.azurecr.io")
    assert tells_of_images(body, "team.azurecr.io")
    assert not tells_of_images(body, "other.azurecr.io"), "an account is no container registry"
    assert not tells_of_images({**body, "status": None}, "team.azurecr.io")
    assert would_give_images({**body, "status": None}, f"{_name_of_demo()}.azurecr.io")
    assert would_give_images({**body, "status": None}, f"127.0.0.1:1/{_name_of_demo()}")
    assert not would_give_images(body, "team.azurecr.io")


def _name_of_demo() -> str:
    return container_registry_names(ResourceGroup("s", "g"), "demo", "eastus")[0]
