"""What the SDKs raise, in the terms of what follows from it."""

import json
from typing import Any

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ServiceRequestError,
    ServiceResponseTimeoutError,
)
from azure.core.rest import HttpRequest
from azure.identity import CredentialUnavailableError
from hypothesis import given
from hypothesis import strategies as st

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.azure.blobs.errors import blob_errors
from mlregistry_operator.cloud.azure.bodies import ResponseTooLargeError
from mlregistry_operator.cloud.azure.errors import azure_errors, code_of, error_body, retry_after
from mlregistry_operator.cloud.azure.gates import HeldBackError
from mlregistry_operator.cloud.azure.images.errors import registry_errors
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.failures import Failure, Severity

TARGET = ArmId("/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/demo")
TRACE = "11111111-2222-4333-8444-555555555555"


class Answer:
    """An HTTP answer, as far as exceptions look at it."""

    def __init__(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        self.status_code, self.reason, self.headers = status, "Reason", headers or {}
        self._text = body if isinstance(body, str) else json.dumps(body)
        self.content_type = "application/json"
        self.request = HttpRequest("GET", "https://management.example")

    def text(self, encoding: str | None = None) -> str:
        return self._text

    def body(self) -> bytes:
        return self._text.encode()


def said(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def failure_of(error: BaseException) -> Failure:
    """What the adapter makes of an exception."""
    with pytest.raises(CloudError) as caught, azure_errors(TARGET, "read storage account"):
        raise error
    return caught.value.failure


def answered(status: int, body: object, headers: dict[str, str] | None = None) -> Failure:
    return failure_of(HttpResponseError(response=Answer(status, body, headers)))


@pytest.mark.parametrize(
    ("status", "code", "reason", "because"),
    [
        (409, "StorageAccountAlreadyTaken", Reason.NAME_TAKEN, "not every conflict is alike"),
        (409, "ScopeLocked", Reason.LOCKED, "so this one"),
        (409, "StorageAccountOperationInProgress", Reason.OPERATION_IN_PROGRESS, "and this one"),
        (403, "RequestDisallowedByPolicy", Reason.POLICY_DENIED, "no right would help"),
        (404, "ResourceGroupNotFound", Reason.RESOURCE_GROUP_NOT_FOUND, "it asks for another remedy"),
        (500, "NeverHeardOf", Reason.AZURE_UNAVAILABLE, "the status decides for what nobody knows"),
    ],
)
def test_the_code_decides_and_never_the_class(status: int, code: str, reason: Reason, because: str) -> None:
    found = failure_of(ResourceExistsError(response=Answer(status, said(code, "It is so."))))

    assert (found.reason, found.code) == (reason, code), because
    assert found.sentence.startswith(f"Could not read storage account demo: It is so. ({code})") or (
        f"({code})" in found.sentence
    )
    assert found.remedy in found.sentence


@pytest.mark.parametrize(
    ("body", "code", "because"),
    [
        (said("Odd", "x"), "Odd", "as ARM writes it"),
        ({"code": "Odd", "message": "x"}, "Odd", "as registries write it now and then"),
        ({"status": "Failed", "error": {"code": "Odd", "message": "x"}}, "Odd", "beside other words"),
        ("<html>502</html>", "", "a gateway that speaks HTML"),
        ("", "", "nothing at all"),
        ([1], "", "JSON, but no object"),
        ({"error": "no object"}, "", "an error that is a word"),
        ({"error": {"message": "x"}}, "", "no code"),
    ],
)
def test_the_code_is_found_wherever_it_stands(body: object, code: str, because: str) -> None:
    error = HttpResponseError(response=Answer(400, body))

    assert code_of(error) == code, because
    assert answered(400, body).reason is Reason.UNKNOWN_AZURE_ERROR


def test_an_error_without_an_answer_has_no_body() -> None:
    assert error_body(HttpResponseError("lost")) == {}


@pytest.mark.parametrize(
    ("headers", "text", "seconds", "because"),
    [
        ({"Retry-After": "17"}, "", 17, "by header"),
        ({"retry-after": " 17 "}, "", 17, "in any case, with blanks"),
        ({"Retry-After": "17"}, "try again after '5' seconds", 17, "the header counts"),
        ({}, "Please try again after '324' seconds.", 324, "by the text where the header is missing"),
        ({}, "Please try again after 5 seconds.", 5, "without quotes"),
        ({"Retry-After": "Tue, 24 Nov 2026 08:00:00 GMT"}, "", None, "no date: ARM says seconds"),
        ({}, "Please wait.", None, "nobody said"),
    ],
)
@pytest.mark.promise(14)
def test_the_wait_is_what_azure_asked_for(
    headers: dict[str, str], text: str, seconds: float | None, because: str
) -> None:
    assert retry_after(headers, text) == seconds, because
    assert answered(429, said("TooManyRequests", text), headers).retry_after == seconds


@pytest.mark.promise(14)
def test_a_throttled_call_says_the_same_each_time() -> None:
    """The seconds that are left change with every answer, and would be written each time."""
    texts = {
        answered(
            429,
            said(
                "SubscriptionRequestsThrottled",
                f"Number of 'read' requests exceeded. Please try again after '{seconds}' seconds.",
            ),
        ).sentence
        for seconds in (3, 17, 324)
    }

    assert len(texts) == 1
    held = {failure_of(HeldBackError(seconds)).sentence for seconds in (1.0, 2.5)}
    assert len(held) == 1


def test_a_call_that_was_held_back_waits_for_the_rest_of_the_time() -> None:
    found = failure_of(HeldBackError(12.5))

    assert (found.reason, found.severity, found.retry_after) == (Reason.THROTTLED, Severity.RETRY, 12.5)


@pytest.mark.parametrize(
    ("text", "because"),
    [
        (
            f"AADSTS7000215: Invalid client secret provided. Trace ID: {TRACE} Timestamp: 2026-11-24 08:00Z",
            "as the token endpoint says it",
        ),
        (
            f"AADSTS7000215: Invalid client secret provided.\r\nTrace ID: {TRACE}\r\nTimestamp: 2026-11-24",
            "in lines",
        ),
    ],
)
@pytest.mark.promise(13)
def test_a_refusal_by_entra_has_its_code_and_no_trace(text: str, because: str) -> None:
    found = failure_of(ClientAuthenticationError(message=text))

    assert (found.code, found.reason) == ("AADSTS7000215", Reason.AUTHENTICATION_FAILED), because
    assert "Invalid client secret provided." in found.sentence
    assert TRACE not in found.sentence
    assert "2026" not in found.sentence


def test_a_refusal_by_arm_has_arms_code_and_its_meaning() -> None:
    answer = Answer(
        401, said("InvalidAuthenticationTokenTenant", "The access token is from the wrong issuer.")
    )
    found = failure_of(ClientAuthenticationError(response=answer))

    assert (found.code, found.reason) == ("InvalidAuthenticationTokenTenant", Reason.AUTHENTICATION_FAILED)


def test_an_identity_that_is_not_there_is_told_with_the_ways_to_give_one() -> None:
    found = failure_of(CredentialUnavailableError("ManagedIdentityCredential: no managed identity endpoint."))

    assert (found.reason, found.severity) == (Reason.CREDENTIALS_UNAVAILABLE, Severity.SLOW_RETRY)
    assert "secretRef" in found.remedy


@pytest.mark.parametrize(
    "error",
    [
        ServiceRequestError("Cannot connect to host management.example:443"),
        ServiceResponseTimeoutError("Timeout on reading data"),
        TimeoutError(),
        ConnectionResetError("reset"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_azure_that_cannot_be_reached_passes_by_itself(error: Exception) -> None:
    found = failure_of(error)

    assert (found.reason, found.severity, found.code) == (Reason.AZURE_UNAVAILABLE, Severity.RETRY, "")


@pytest.mark.parametrize(
    ("text", "told", "because"),
    [
        (f"It broke. Correlation ID: {TRACE}", "It broke", "the id is of this one call"),
        (f"It broke. Tracking id is '{TRACE}'.", "It broke. Tracking id is", "so is this"),
        (
            f"The client '{TRACE}' may not write.",
            f"The client '{TRACE}' may not write",
            "whose id it is matters",
        ),
        ("It\n broke\t badly", "It broke badly", "one line"),
        ("It broke. Diagnostic information: timestamp '20261124T080000Z'", "It broke", "nothing volatile"),
    ],
)
@pytest.mark.promise(13)
def test_what_changes_with_every_call_is_left_out(text: str, told: str, because: str) -> None:
    message = answered(500, said("InternalServerError", text)).message

    assert told in message, because
    if TRACE not in told:
        assert TRACE not in message
    assert "2026" not in message


@given(st.text(max_size=3000), st.integers(400, 599))
def test_whatever_azure_says_a_failure_is_short_and_of_one_line(text: str, status: int) -> None:
    found = answered(status, said("Odd", text))

    assert len(found.message) < 700
    assert "\n" not in found.message


def test_our_own_defects_are_not_taken_for_azures() -> None:
    failure = failure_of(ZeroDivisionError("SharedAccessKey=abc"))

    assert (failure.reason, failure.severity) == (Reason.DEFECT, Severity.RETRY)
    assert "read storage account" in failure.message
    assert "abc" not in failure.sentence, "what a defect says may be anything"


@pytest.mark.promise(13)
async def test_an_answer_that_is_too_large_is_one_failure_wherever_it_comes_from() -> None:
    error = ResponseTooLargeError("the answer is larger than 8 MiB")
    failures = [failure_of(error)]
    with pytest.raises(CloudError) as caught, blob_errors(TARGET, "list models", by_sas=True):
        raise error
    failures.append(caught.value.failure)
    with pytest.raises(CloudError) as caught:
        async with registry_errors("demo.azurecr.io", "list the tags"):
            raise error
    failures.append(caught.value.failure)

    for failure in failures:
        assert (failure.reason, failure.severity) == (Reason.RESPONSE_TOO_LARGE, Severity.SLOW_RETRY)
        assert "the answer is larger than 8 MiB" in failure.message
        assert "what answers at that address" in failure.remedy


URL = "https://a.blob.core.windows.net/c/b?sv=1&sig=s3cr3t%3D"
FOREIGN = "https://bucket.example/b?X-Amz-Credential=s3cr3t&X-Amz-Signature=s3cr3t"


QUOTES = [
    *(quote for url in (URL, FOREIGN) for quote in (url, f"<{url}>", f"url='{url}'", f"{url} and {url}")),
    "the query sv=1&sig=s3cr3t%3D is wrong",
]


@pytest.mark.promise(13)
@pytest.mark.parametrize("text", QUOTES)
@pytest.mark.parametrize(
    "kind",
    [
        HttpResponseError,
        ServiceRequestError,
        ServiceResponseTimeoutError,
        ResponseTooLargeError,
        ValueError,
        OSError,
        TypeError,
    ],
)
def test_no_sentence_about_blobs_has_a_signature_that_an_exception_quotes(
    kind: type[Exception], text: str
) -> None:
    with pytest.raises(CloudError) as caught, blob_errors(TARGET, "list models", by_sas=True):
        raise kind(text)

    assert "s3cr3t" not in repr(caught.value.failure)
    assert "s3cr3t" not in caught.value.failure.sentence
    assert "?" not in caught.value.failure.message, "nor any other part of a query"
