"""Our reading of kstatus, on the states that the operator's objects can be in."""

from dataclasses import dataclass
from typing import Any

import pytest
from support.conditions import condition_faults
from support.kstatus import kstatus
from support.kstatus_states import STATES, State, told


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.because)
@pytest.mark.promise(12)
def test_kstatus_reads_every_state_as_its_table_says(state: State) -> None:
    assert kstatus(state.thing()) == state.answer, state.because


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.because)
def test_every_state_of_the_table_has_sane_conditions(state: State) -> None:
    thing = {"metadata": {"name": "a", "generation": 2}} | ({"status": state.status} if state.status else {})

    assert list(condition_faults(thing)) == [], state.because


@dataclass(frozen=True, slots=True)
class Fault:
    """A status that must not be written, and the rule that says so."""

    status: dict[str, Any]
    rule: str
    because: str


def without(status: dict[str, Any], field: str, value: object = None) -> dict[str, Any]:
    """The status with a field of its first condition damaged."""
    status["conditions"][0][field] = value
    return status


FAULTS = [
    Fault({"observedGeneration": 2}, "nothing is said", because="an observed generation has conditions"),
    Fault(
        told(Ready="True", Reconciling="True"), "FAIL0001", because="done and under way exclude each other"
    ),
    Fault(told(Published="True"), "FAIL0002", because="there is always a Ready condition"),
    Fault(told(Ready="Unknown", Stalled="True"), "FAIL0004", because="stalled is not ready"),
    Fault(told(Ready="False", Reconciling="True", Stalled="True"), "FAIL0005", because="one of the two"),
    Fault(told(3, Ready="True"), "FAIL0006", because="nobody has seen the future"),
    Fault(
        without(told(Ready="True"), "observedGeneration", 1), "FAIL0009", because="Ready is of one generation"
    ),
    Fault(
        told(Ready="True", Stalled="False"), "WARN0004", because="abnormal conditions go when they are over"
    ),
    Fault(without(told(Ready="True"), "observedGeneration", 0), "WARN0005", because="kubectl wait reads it"),
    Fault(
        without(told(Ready="True"), "reason", "not done"),
        "CamelCase",
        because="reasons are words for scripts",
    ),
    Fault(without(told(Ready="False"), "message", ""), "what to do", because="a failure says what to do"),
    Fault(without(told(Ready="True"), "status", "Yes"), "status Yes", because="there are three answers"),
    Fault(
        told(Ready="True") | {"conditions": told(Ready="True")["conditions"] * 2},
        "twice",
        because="conditions are a map by type",
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.because)
def test_the_checker_finds_what_must_not_be_written(fault: Fault) -> None:
    thing = {"metadata": {"name": "a", "generation": 2}, "status": fault.status}

    assert any(fault.rule in sentence for sentence in condition_faults(thing)), fault.because
