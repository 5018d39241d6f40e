"""Every code of Azure's, and every failure, has a treatment, a reason and a remedy."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain import meanings
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.meanings import MEANINGS, Meaning, meaning_of

EVERY: set[Meaning] = {
    *MEANINGS.values(),
    *(one for one in vars(meanings).values() if isinstance(one, Meaning)),
}


@pytest.mark.parametrize("meaning", sorted(EVERY, key=repr), ids=str)
@pytest.mark.promise(13)
def test_every_meaning_says_what_to_do_in_a_sentence(meaning: Meaning) -> None:
    assert re.fullmatch(r"[A-Z].{10,}\.", meaning.remedy)
    assert "\n" not in meaning.remedy


def test_reasons_are_camel_case_words_and_each_stands_once() -> None:
    assert all(re.fullmatch(r"[A-Z][A-Za-z0-9]{0,63}", reason) for reason in Reason)
    assert len({reason.value for reason in Reason}) == len(Reason.__members__)
    assert len({reason.meaning for reason in Reason}) == len(Reason)


@pytest.mark.parametrize(
    ("code", "status", "severity", "reason", "because"),
    [
        ("StorageAccountAlreadyTaken", 409, Severity.RETRY, "NameTaken", "the next name is tried"),
        ("AlreadyInUse", 409, Severity.RETRY, "NameTaken", "the older word for it"),
        (
            "StorageAccountOperationInProgress",
            409,
            Severity.RETRY,
            "OperationInProgress",
            "not every 409 is alike",
        ),
        ("ScopeLocked", 409, Severity.SLOW_RETRY, "Locked", "so this one"),
        (
            "AccountPropertyCannotBeUpdated",
            400,
            Severity.STALLED,
            "ImmutableInAzure",
            "only another spec helps",
        ),
        ("RequestDisallowedByPolicy", 403, Severity.SLOW_RETRY, "PolicyDenied", "403 is not always a right"),
        (
            "SomethingNew",
            401,
            Severity.SLOW_RETRY,
            "AuthenticationFailed",
            "the status decides for an unknown code",
        ),
        ("SomethingNew", 403, Severity.SLOW_RETRY, "AuthorizationFailed", "so it does"),
        ("SomethingNew", 429, Severity.RETRY, "Throttled", "a 429 is a 429"),
        ("", 408, Severity.RETRY, "AzureUnavailable", "it passes by itself"),
        ("", 500, Severity.RETRY, "AzureUnavailable", "it passes by itself"),
        ("", 502, Severity.RETRY, "AzureUnavailable", "it passes by itself"),
        ("", 503, Severity.RETRY, "AzureUnavailable", "it passes by itself"),
        ("", 504, Severity.RETRY, "AzureUnavailable", "it passes by itself"),
        ("SomethingNew", 400, Severity.SLOW_RETRY, "UnknownAzureError", "nobody knows"),
        ("SomethingNew", 409, Severity.SLOW_RETRY, "UnknownAzureError", "nobody knows"),
        ("", 404, Severity.SLOW_RETRY, "UnknownAzureError", "nobody knows"),
        ("", None, Severity.RETRY, "AzureUnavailable", "no answer came"),
    ],
)
def test_the_code_decides_and_the_status_where_there_is_none(
    code: str, status: int | None, severity: Severity, reason: str, because: str
) -> None:
    found = meaning_of(code, status)

    assert (found.severity, found.reason) == (severity, reason), because


@given(st.sampled_from(sorted(MEANINGS)), st.integers(400, 599))
def test_a_known_code_means_the_same_with_every_status(code: str, status: int) -> None:
    assert meaning_of(code, status) == MEANINGS[code]


@given(st.text(max_size=30), st.none() | st.integers(100, 599))
def test_there_is_a_meaning_for_whatever_comes(code: str, status: int | None) -> None:
    assert meaning_of(code, status).remedy


@given(st.sampled_from(sorted(MEANINGS)), st.integers(400, 599))
@pytest.mark.promise(13)
def test_a_failures_sentence_has_what_code_and_remedy(code: str, status: int) -> None:
    meaning = meaning_of(code, status)
    failure = Failure(
        ArmId("/x/y"), meaning.reason, meaning.severity, "Could not read y", code=code, remedy=meaning.remedy
    )

    assert failure.sentence == f"Could not read y ({code}). {meaning.remedy}"


@pytest.mark.parametrize(
    ("message", "code", "remedy", "sentence"),
    [
        ("It broke", "", "", "It broke."),
        ("It broke.", "", "Mend it.", "It broke. Mend it."),
        ("It broke: Odd", "Odd", "Mend it.", "It broke: Odd. Mend it."),
        ("Did it break?", "", "Look.", "Did it break? Look."),
    ],
)
def test_a_sentence_repeats_nothing_and_ends_properly(
    message: str, code: str, remedy: str, sentence: str
) -> None:
    failure = Failure(
        ArmId("/x"), Reason.UNKNOWN_AZURE_ERROR, Severity.RETRY, message, code=code, remedy=remedy
    )

    assert failure.sentence == sentence
