"""Image references, endpoints, and how it is known that a region has an image."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mlregistry_operator.api.asset_status import CopyState, Evidence
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.image_meanings import import_failure, registry_meaning
from mlregistry_operator.domain.image_sources import ImageOrigin
from mlregistry_operator.domain.images import (
    ImageManifest,
    ImageReference,
    ImageVerdict,
    asked_itself,
    explained,
    regional_endpoint,
    told_by_status,
)
from mlregistry_operator.domain.resources import ObservedReplication

DIGEST, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64
IMPORTED = datetime(2026, 11, 24, 12, tzinfo=UTC)
REPLICATION = ObservedReplication(
    ArmId("/r/westus"), "westus", "westus", "Succeeded", "Ready", {}, IMPORTED + timedelta(seconds=1)
)


@pytest.mark.parametrize(
    ("text", "host", "source_image", "because"),
    [
        ("mcr.example/a/b:1", "mcr.example", "a/b:1", "a tag"),
        ("mcr.example/a", "mcr.example", "a:latest", "neither tag nor digest: what registries take then"),
        (f"mcr.example:5000/a@{DIGEST}", "mcr.example:5000", f"a@{DIGEST}", "a digest, and a port"),
        (f"mcr.example/a:1@{DIGEST}", "mcr.example", f"a@{DIGEST}", "a digest counts more than a tag"),
        ("localhost/a:1", "localhost", "a:1", "a host without a dot that everybody knows"),
    ],
)
def test_a_reference_is_read_as_a_source(text: str, host: str, source_image: str, because: str) -> None:
    found = ImageReference.parse(text)
    assert (found.host, found.source_image) == (host, source_image), because


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("python:3", "no host"),
        ("mcr.example/", "no repository"),
        ("mcr.example/A:1", "upper case in a repository"),
        ("mcr.example/a@sha256:abc", "half a digest"),
        ("https://mcr.example/a", "a URL"),
        ("mcr.example/a:1\n", "a line break at the end"),
    ],
)
def test_what_is_no_reference_is_refused_with_the_form_of_one(text: str, because: str) -> None:
    with pytest.raises(ValueError, match="write host/repository@sha256") as refused:
        ImageReference.parse(text)
    assert repr(text) in str(refused.value), because


def test_a_pinned_reference_can_name_no_other_image() -> None:
    reference = ImageReference.parse("mcr.example/a:1")
    assert reference.pinned_to(DIGEST).source_image == f"a@{DIGEST}"
    assert reference.pinned_to(DIGEST).pinned_to(DIGEST).digest == DIGEST
    with pytest.raises(ValueError, match=f"{DIGEST}.*{OTHER}"):
        reference.pinned_to(DIGEST).pinned_to(OTHER)


@pytest.mark.parametrize(
    ("login_server", "expected", "because"),
    [
        ("images01.azurecr.io", "images01.westus.geo.azurecr.io", "Azure's public cloud"),
        ("images01.azurecr.cn", "images01.westus.geo.azurecr.cn", "a sovereign cloud"),
        ("127.0.0.1:18443/images01", "127.0.0.1:18443/images01.westus.geo", "a login server with a path"),
    ],
)
def test_the_region_goes_behind_the_registry_s_name(login_server: str, expected: str, because: str) -> None:
    assert regional_endpoint(login_server, "westus") == expected, because


def test_a_region_that_answers_for_the_digest_has_the_image() -> None:
    found = asked_itself(DIGEST, ImageManifest(DIGEST, "", 1))
    assert (found.ready, found.evidence, found.message) == (True, Evidence.MANIFEST, None)


def test_a_region_that_does_not_have_it_yet_is_waited_for() -> None:
    assert asked_itself(DIGEST, None).state is CopyState.COPYING


def test_a_region_that_had_it_has_lost_it_and_is_not_waited_for() -> None:
    found = asked_itself(DIGEST, None, had_it=True)
    assert (found.state, found.lost) == (CopyState.FAILED, True)
    assert DIGEST in str(found.message)
    assert "delete its replication" in str(found.message)


def test_a_region_with_another_image_is_never_ready_and_both_digests_are_told() -> None:
    found = asked_itself(DIGEST, ImageManifest(OTHER, "", 1))
    assert (found.state, found.evidence) == (CopyState.FAILED, None)
    assert DIGEST in str(found.message)
    assert OTHER in str(found.message)


def test_a_region_that_cannot_be_asked_says_why_and_is_not_ready() -> None:
    failure = Failure(ArmId(""), Reason.AZURE_UNAVAILABLE, Severity.RETRY, "No answer")
    found = asked_itself(DIGEST, failure)
    assert (found.state, found.failure) == (CopyState.FAILED, failure)


@pytest.mark.parametrize(
    ("replication", "state", "because"),
    [
        (REPLICATION, CopyState.READY, "ready, with a time after the import"),
        (replace(REPLICATION, status_time=IMPORTED), CopyState.READY, "ready in the instant of the import"),
        (
            replace(REPLICATION, status_time=IMPORTED - timedelta(microseconds=1)),
            CopyState.COPYING,
            "ready since before the import: it says nothing of this image",
        ),
        (replace(REPLICATION, status_time=None), CopyState.COPYING, "ready without a time"),
        (replace(REPLICATION, display_status="Syncing"), CopyState.COPYING, "it is at work"),
        (
            replace(REPLICATION, display_status=None, provisioning_state="Creating"),
            CopyState.COPYING,
            "it is being made",
        ),
        (
            replace(REPLICATION, provisioning_state="Failed"),
            CopyState.FAILED,
            "a failed replication stays so until it is made anew, whatever its last status",
        ),
        (None, CopyState.PENDING, "there is none"),
    ],
)
def test_a_replication_s_status_is_believed_only_for_what_came_before_it(
    replication: ObservedReplication | None, state: CopyState, because: str
) -> None:
    found = told_by_status(replication, IMPORTED, "westus")
    assert found.state is state, because
    assert found.evidence is (Evidence.REPLICATION_STATUS if found.ready else None), because
    assert found.message, "the weaker evidence and every wait are explained"


def test_where_a_region_cannot_be_asked_at_all_nobody_is_sent_to_a_switch() -> None:
    told = str(told_by_status(REPLICATION, IMPORTED, "westus", offered=False).message)
    assert "does not offer" in told
    assert "Enabled" not in told
    assert "regionalEndpoints: Enabled" in str(told_by_status(REPLICATION, IMPORTED, "westus").message)


AWAY = asked_itself(DIGEST, Failure(ArmId(""), Reason.AZURE_UNAVAILABLE, Severity.RETRY, "No answer"))
DAMAGED = asked_itself(DIGEST, Failure(ArmId(""), Reason.CONTENT_DAMAGED, Severity.RETRY, "Other bytes"))
THERE, NOT_YET, LOST = (
    asked_itself(DIGEST, ImageManifest(DIGEST, "", 1)),
    asked_itself(DIGEST, None),
    asked_itself(DIGEST, None, had_it=True),
)
UP_TO_DATE = told_by_status(REPLICATION, IMPORTED, "westus")
SYNCING = told_by_status(replace(REPLICATION, display_status="Syncing"), IMPORTED, "westus")
NONE = told_by_status(None, IMPORTED, "westus")


@pytest.mark.parametrize(
    ("asked", "told", "state", "because"),
    [
        (THERE, SYNCING, CopyState.READY, "the replica has it, whatever else it is still working on"),
        (NOT_YET, UP_TO_DATE, CopyState.COPYING, "the word of the replication is no image"),
        (NOT_YET, SYNCING, CopyState.COPYING, "it is on its way"),
        (NOT_YET, NONE, CopyState.PENDING, "there is no replica that could have it"),
        (AWAY, UP_TO_DATE, CopyState.FAILED, "who does not answer has proved nothing"),
        (AWAY, NONE, CopyState.PENDING, "a replica that is not there has no endpoint either"),
        (DAMAGED, SYNCING, CopyState.FAILED, "other bytes are no matter of time"),
        (LOST, UP_TO_DATE, CopyState.FAILED, "it was there"),
        (LOST, SYNCING, CopyState.COPYING, "a replica that is filled again may get it back"),
    ],
)
def test_a_region_s_own_answer_counts_and_its_replication_explains_it(
    asked: ImageVerdict, told: ImageVerdict, state: CopyState, because: str
) -> None:
    found = explained(asked, told)
    assert found.state is state, because
    assert found.evidence is (Evidence.MANIFEST if found.ready else None), because
    assert found.lost is asked.lost, because


def import_failed(message: str, code: str = "InvalidParameters") -> Failure:
    return Failure(ArmId("/r"), Reason.UNKNOWN_AZURE_ERROR, Severity.SLOW_RETRY, message, code)


@pytest.mark.parametrize(
    ("failure", "reason", "code", "because"),
    [
        (
            import_failed(
                "Invalid message NotFound Not Found"
                r' {"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest tagged by \"1\" is not found"}]}'
            ),
            Reason.SOURCE_UNAVAILABLE,
            "MANIFEST_UNKNOWN",
            "the source does not have it",
        ),
        (
            import_failed(
                "Invalid message Unauthorized Unauthorized"
                ' {"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":[{"Type":"r'
            ),
            Reason.SOURCE_UNAVAILABLE,
            "UNAUTHORIZED",
            "the source is private; the message was cut short",
        ),
        (
            import_failed("no permission on the linked scope", "LinkedAuthorizationFailed"),
            Reason.SOURCE_UNAVAILABLE,
            "LinkedAuthorizationFailed",
            "the source is an Azure registry that the identity may not pull from",
        ),
        (
            import_failed("Tag a:1 already exists in target registry.", "Conflict"),
            Reason.VERSION_CONFLICT,
            "Conflict",
            "the tag is taken: not the conflict of two operations",
        ),
        (
            import_failed("Another operation is in progress.", "Conflict"),
            Reason.UNKNOWN_AZURE_ERROR,
            "Conflict",
            "any other conflict keeps its meaning",
        ),
        (
            import_failed("Error copying blobs"),
            Reason.UNKNOWN_AZURE_ERROR,
            "InvalidParameters",
            "the source's registry said nothing",
        ),
    ],
)
def test_an_import_s_failure_is_read_from_what_the_source_said(
    failure: Failure, reason: Reason, code: str, because: str
) -> None:
    found = import_failure(failure, ImageOrigin("mcr.example", "a:1"), "environments/a:1")
    assert (found.reason, found.code) == (reason, code), because


@pytest.mark.parametrize(
    ("code", "status", "reason", "because"),
    [
        ("DENIED", 403, Reason.AUTHORIZATION_FAILED, "a role is missing"),
        ("TOOMANYREQUESTS", 429, Reason.THROTTLED, "the registry asks to wait"),
        ("UNAVAILABLE", 503, Reason.AZURE_UNAVAILABLE, "it passes by itself"),
        ("", 502, Reason.AZURE_UNAVAILABLE, "a gateway answered, which knows no registry's codes"),
        ("", None, Reason.AZURE_UNAVAILABLE, "nobody answered"),
        ("SOMETHING_NEW", 400, Reason.UNKNOWN_AZURE_ERROR, "a code that nobody knows yet"),
    ],
)
def test_a_registry_s_codes_have_meanings(
    code: str, status: int | None, reason: Reason, because: str
) -> None:
    assert registry_meaning(code, status).reason is reason, because
