"""Settings: a misspelt one is refused, and none is a secret."""

import os
from collections.abc import Mapping
from typing import Any

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from mlregistry_operator.__main__ import main
from mlregistry_operator.settings import PREFIX, Settings, UnknownSettingError, load, rows_of

SECRET = "s3cr3t-of-the-operator"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests."""
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        monkeypatch.delenv(name)


def loaded(monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str]) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load(environment)


def test_without_a_word_the_defaults_are_those_of_public_azure() -> None:
    found = load({})

    assert found.cloud.arm_endpoint == "https://management.azure.com"
    assert found.cloud.discovers_instances
    assert found.reconcile.retry_min_seconds == 1
    assert found.reconcile.retry_max_seconds == 60
    assert found.reconcile.slow_retry_seconds == 600
    assert found.reconcile.resync_seconds == 3600
    assert found.reconcile.min_resync_seconds == 60


def test_a_setting_is_named_by_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    found = loaded(
        monkeypatch,
        {
            "MLREGISTRY_RECONCILE__RETRY_MAX_SECONDS": "15",
            "MLREGISTRY_CLOUD__ARM_ENDPOINT": "https://127.0.0.1:18443/",
            "MLREGISTRY_LOG__FORMAT": "console",
        },
    )

    assert found.reconcile.retry_max_seconds == 15
    assert found.cloud.arm_endpoint == "https://127.0.0.1:18443"
    assert found.log.format == "console"


@pytest.mark.parametrize(
    ("name", "value", "because"),
    [
        ("MLREGISTRY_RETRY_MAX_SECONDS", "15", "the section is missing"),
        ("MLREGISTRY_RECONCILE_RETRY_MAX_SECONDS", "15", "one underscore too few"),
        ("MLREGISTRY_SERVER_PORT", "8080", "it looks like a Service's link and has a port for a value"),
        ("MLREGISTRY_LOGS__LEVEL", "INFO", "there is no such section"),
    ],
)
def test_an_unknown_name_is_refused_and_named(
    name: str, value: str, because: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UnknownSettingError) as caught:
        loaded(monkeypatch, {name: value, "MLREGISTRY_NAMESPACE": "x", "OTHER_NAME": "y"})

    assert caught.value.names == (name,), because
    assert name in str(caught.value)


def test_a_name_unknown_within_its_section_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError, match="retry_maximum"):
        loaded(monkeypatch, {"MLREGISTRY_RECONCILE__RETRY_MAXIMUM": "15"})


LINKS = {
    "MLREGISTRY_OPERATOR_SERVICE_HOST": "10.0.0.1",
    "MLREGISTRY_OPERATOR_SERVICE_PORT": "8080",
    "MLREGISTRY_OPERATOR_SERVICE_PORT_HTTP": "8080",
    "MLREGISTRY_OPERATOR_PORT": "tcp://10.0.0.1:8080",
    "MLREGISTRY_OPERATOR_PORT_8080_TCP": "tcp://10.0.0.1:8080",
    "MLREGISTRY_OPERATOR_PORT_8080_TCP_PROTO": "tcp",
    "MLREGISTRY_OPERATOR_PORT_8080_TCP_PORT": "8080",
    "MLREGISTRY_OPERATOR_PORT_8080_TCP_ADDR": "10.0.0.1",
}


def test_the_links_that_kubernetes_puts_into_a_pod_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kubernetes names them after each Service of the namespace, and ours begin with our name."""
    webhook = {name.replace("OPERATOR", "WEBHOOK"): value for name, value in LINKS.items()}

    assert loaded(monkeypatch, LINKS | webhook) == Settings()


@pytest.mark.parametrize(
    ("name", "value", "told", "because"),
    [
        ("CLOUD__ARM_ENDPOINT", "http://127.0.0.1", "https://", "tokens are not sent in the clear"),
        ("CLOUD__AUTHORITY_HOST", "login.microsoftonline.com", "https://", "a host is no URL"),
        ("RECONCILE__RETRY_MIN_SECONDS", "0", "greater than 0", "no wait at all would spin"),
        ("RECONCILE__SLOW_RETRY_SECONDS", "10m", "number", "seconds are a number"),
        ("SERVER__PORT", "70000", "65535", "ports end there"),
        ("LOG__LEVEL", "LOUD", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'", "there are four"),
        ("RECONCILE__MAX_CONCURRENT_PASSES", "0", "greater than or equal to 1", "nothing would ever run"),
    ],
)
def test_a_value_that_does_not_fit_is_told_with_its_variable(
    name: str, value: str, told: str, because: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{PREFIX}{name}", value)

    answer = CliRunner().invoke(main, ["settings"])

    assert answer.exit_code == 2, because
    assert f"{PREFIX}{name}: " in answer.output
    assert told in answer.output
    assert "Traceback" not in answer.output


@pytest.mark.parametrize(
    ("host", "discovers"),
    [
        ("https://login.microsoftonline.com", True),
        ("https://login.microsoftonline.us", True),
        ("https://login.partner.microsoftonline.cn", True),
        ("https://127.0.0.1:18443", False),
        ("https://notmicrosoftonline.com", False),
        ("https://login.microsoftonline.com.example", False),
    ],
)
def test_only_microsofts_own_authorities_are_checked_with_microsoft(
    host: str, monkeypatch: pytest.MonkeyPatch, *, discovers: bool
) -> None:
    found = loaded(monkeypatch, {"MLREGISTRY_CLOUD__AUTHORITY_HOST": host})
    other = found.cloud.model_copy(update={"instance_discovery": not discovers})

    assert found.cloud.discovers_instances == discovers
    assert other.discovers_instances != discovers


@pytest.mark.promise(13)
def test_what_is_shown_at_the_start_and_by_the_command_has_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", SECRET)
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", SECRET)

    shown = CliRunner().invoke(main, ["settings"]).output
    logged = str(load({"AZURE_CLIENT_SECRET": SECRET}).model_dump(mode="json"))

    assert "MLREGISTRY_CLOUD__ARM_ENDPOINT=https://management.azure.com" in shown
    assert SECRET not in shown + logged


def test_every_setting_says_what_it_means() -> None:
    rows = rows_of(Settings())

    assert len(rows) == len({name for name, _, _ in rows}) > 15
    for name, _, meaning in rows:
        assert name.startswith(PREFIX)
        assert meaning.endswith("."), name


def test_settings_are_read_once_and_never_changed() -> None:
    changed: Any = Settings()

    with pytest.raises(ValidationError, match="frozen"):
        changed.namespace = "other"


def test_the_shortest_retry_is_not_longer_than_the_longest() -> None:
    with pytest.raises(ValidationError, match="retry_min_seconds must not be longer"):
        Settings(reconcile={"retry_min_seconds": 5, "retry_max_seconds": 4})  # type: ignore[arg-type]
