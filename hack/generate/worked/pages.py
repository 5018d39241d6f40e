"""The worked examples as the documentation prints them: one after another, and as tables by condition."""

from collections.abc import Iterator
from typing import Final

import yaml

from hack.generate.worked import CASES
from hack.generate.worked.cases import Case
from mlregistry_operator.api.conditions import ConditionType

_PAGES: Final = {"MLRegistry": "spec/mlregistry.md", "MLAsset": "spec/mlasset.md"}
_WIDTH: Final = 110


def examples_of(kind: str) -> str:
    """Every reason of a kind, with what the object says then and what to do."""
    return "".join(f"\n{_example(kind, case)}" for case in CASES[kind]) + "\n"


def by_condition() -> str:
    """For each type of condition, the reasons that it gives in the worked examples."""
    return "\n" + "\n".join(_table(kind, _reasons(kind)) for kind in ConditionType) + "\n"


def by_event() -> str:
    """The reasons that only events give."""
    return "\n" + "\n".join(_rows((kind, case) for kind, case in _all() if case.event)) + "\n\n"


def _example(kind: str, case: Case) -> str:
    opening = f"### {case.reason}\n\n{case.reason.meaning} For instance: {_uncapitalised(case.when)}\n\n"
    if case.event:
        shown = f"```text\nReason:  {case.reason}\nMessage: {case.event}\n```\n"
    else:
        status = {"conditions": case.conditions()}
        text = yaml.safe_dump(status, sort_keys=False, width=_WIDTH, allow_unicode=True)
        shown = f'```yaml title="status of an {kind}"\n{text}```\n'
    return f"{opening}{shown}\nWhat to do: {_uncapitalised(case.do)}\n"


def _table(kind: ConditionType, found: list[tuple[str, Case]]) -> str:
    return f"### {kind}\n\n" + "\n".join(_rows(iter(found))) + "\n"


def _reasons(kind: ConditionType) -> list[tuple[str, Case]]:
    """A part that is as it should be is nothing to look up."""
    return [
        (owner, case)
        for owner, case in _all()
        if any(one.type is kind and (one.status != "True" or _is_a_complaint(kind)) for one in case.verdicts)
    ]


def _is_a_complaint(kind: ConditionType) -> bool:
    return kind in (ConditionType.RECONCILING, ConditionType.STALLED)


def _rows(found: Iterator[tuple[str, Case]]) -> Iterator[str]:
    yield "| reason | for instance | what to do |"
    yield "| --- | --- | --- |"
    for kind, case in found:
        link = f"[`{case.reason}`]({_PAGES[kind]}#{case.reason.lower()})"
        yield f"| {link} ({kind}) | {_from_docs(case.when)} | {_from_docs(case.do)} |"


def _all() -> Iterator[tuple[str, Case]]:
    for kind, cases in CASES.items():
        for case in cases:
            yield kind, case


def _from_docs(text: str) -> str:
    """Cases are written for the pages in docs/spec; links are relative to the page that has them."""
    return text.replace("](../", "](")


def _uncapitalised(text: str) -> str:
    """A sentence that goes on after a colon; names and code keep their form."""
    first, _, _ = text.partition(" ")
    names = ("Azure", "Azure's", "Microsoft", "MLAsset", "MLRegistry")
    return text if first.startswith("`") or first in names else text[0].lower() + text[1:]
