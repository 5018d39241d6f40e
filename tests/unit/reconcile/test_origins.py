"""A blob's URL taken apart: the controller refuses what the API server refuses, in the same words."""

import pytest

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.failures import Severity
from mlregistry_operator.domain.storage_service import StorageService
from mlregistry_operator.reconcile.assets.origins import address_of

AZURE = StorageService()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://team.dfs.core.windows.net/models/p", "write https://team.blob.core.windows.net/models/p"),
        ("abfss://models@team.dfs.core.windows.net/p", "write https://team.blob.core.windows.net/models/p"),
        ("azureml://datastores/d/paths/p", "az ml datastore show"),
        ("https://team.blob.core.windows.net/models/a/../b", "no part . or .."),
        ("https://team.blob.core.windows.net/models/a/%2e%2e/b", "no part . or .."),
        ("https://team.blob.core.windows.net/models/..%2fsecret/key", "no part . or .."),
        ("https://team.blob.core.windows.net/../models/p", "as Azure spells it"),
        ("https://team.blob.core.windows.net/./models", "as Azure spells it"),
        ("http://team.blob.core.windows.net/models", "no plain HTTPS URL"),
        ("https://team.blob.core.windows.net/", "names no container"),
    ],
)
def test_a_url_that_names_another_place_than_it_shows_is_refused(url: str, words: str) -> None:
    with pytest.raises(CloudError) as refused:
        address_of(url, AZURE)

    failure = refused.value.failure
    assert (failure.reason, failure.severity) == (Reason.INVALID_SPEC, Severity.STALLED)
    assert words in failure.sentence
