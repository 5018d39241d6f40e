"""A text of one registry, written for another: the registry's name changes, and not a byte besides."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlregistry_operator.domain.assets.components import read_component
from mlregistry_operator.domain.assets.rewriting import (
    RewritingError,
    Wording,
    names_others,
    rewritten,
    wording_of,
)

DEV, PROD = "ContosoDev", "Prod"
ENVIRONMENT = f"azureml://registries/{DEV}/environments/sklearn/versions/12"
OF_PROD = f"azureml://registries/{PROD}/environments/sklearn/versions/12"
OF_OLDER = f"azureml://registries/{DEV}/environments/sklearn/versions/9"
OLD = "azureml://registries/Old/environments/sklearn/versions/12"


@pytest.mark.parametrize(
    ("text", "because"),
    [
        (f"environment: {ENVIRONMENT}\n", "plain"),
        (
            f"environment: '{ENVIRONMENT}'   # as in {DEV}\r\n",
            "quoted, with comment and Windows' line end",
        ),
        (f'environment: "{ENVIRONMENT}"', "in double quotes, without a line end"),
        (f"\ufeff# ü 漢 😀\nenvironment: {ENVIRONMENT}\n", "behind a mark and characters of many bytes"),
        (f"environment: >-\n  {ENVIRONMENT}\n\n# {DEV}\n", "folded"),
        (f"environment: |\n  {ENVIRONMENT}\n".replace("|", "|-"), "as a block"),
        (f"{{environment: {ENVIRONMENT} , b: [ ]}}", "in flow style"),
        (f"a: &e {ENVIRONMENT}\nenvironment: *e\n", "by an alias, which is written once"),
        (f"environment: !!str {ENVIRONMENT}\n", "with a tag"),
        (f"environment: >- # was {OLD}\n  {ENVIRONMENT}\n", "below a header whose comment has another's id"),
        (f"environment: >- # was {OF_OLDER}\n  {ENVIRONMENT}\n", "below one whose comment has the origin's"),
        (f"environment: |-2 # was {OF_OLDER}\r\n  {ENVIRONMENT}\r\n", "the same as a block of Windows"),
        (f"environment: &e !!str # was {OF_OLDER}\n\n  # {OLD}\n  {ENVIRONMENT}\n", "below comments"),
        (f"environment: &e >- # was {OF_OLDER}\n  {ENVIRONMENT}\nb: *e\n", "below a header with an anchor"),
        (f"jobs:\n  a:\n    trial: {{environment: {ENVIRONMENT}}}\n", "in a step"),
    ],
)
def test_nothing_changes_but_the_registry_where_the_text_refers_to_a_version(text: str, because: str) -> None:
    changed = rewritten(text, DEV, PROD)

    assert changed == text.replace(ENVIRONMENT, OF_PROD), because
    assert read_component(changed, PROD).refusals == (), because
    assert rewritten(text, DEV, PROD) == changed, "the same bytes at every attempt"


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        (
            f"component: mlregistry://{DEV}/components/a/versions/1",
            "mlregistry://Prod/components/a/",
        ),
        (
            "environment: azureml://registries/contosoDEV/environment/a/versions/1",
            "Prod/environment/",
        ),
        (
            f"jobs: {{a: {{inputs: {{b: mlregistry://{DEV}/data/a/versions/1}}}}}}",
            "mlregistry://Prod/data/a/",
        ),
        (
            f"inputs: {{b: {{path: azureml://registries/{DEV}/models/a/versions/1}}}}",
            "registries/Prod/models/",
        ),
    ],
)
def test_both_spellings_are_rewritten_in_every_place_that_refers(text: str, becomes: str) -> None:
    changed = rewritten(text, DEV, PROD)

    assert becomes in changed
    assert DEV.lower() not in changed.lower()


@pytest.mark.parametrize(
    ("text", "because"),
    [
        (f"description: see {ENVIRONMENT}\n", "prose refers to nothing"),
        (f"command: az ml show {ENVIRONMENT}\n", "nor does a command, which nobody can understand"),
        (f"a: b # environment: {ENVIRONMENT}\n", "nor a comment"),
        ("environment: azureml://registries/ContosoDev2/environments/a/versions/1\n", "it only begins alike"),
        ("environment: mlregistry://./environments/a/versions/1\n", "it is true everywhere"),
        (f"code: azureml://registries/{DEV}/codes/a/versions/1\n", "code is no asset of its own"),
        (f"inputs: {{a: {{description: '{ENVIRONMENT}'}}}}\n", "an input's description is prose"),
        ("jobs: {}\n", "there is nothing"),
    ],
)
def test_everything_else_stays_as_it_is(text: str, because: str) -> None:
    assert rewritten(text, DEV, PROD) == text, because


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f'environment: "azureml:\\/\\/registries/{DEV}/environments/a/versions/1"', "with escapes"),
        ("a: [", "cannot be read"),
        ("- a\n", "no YAML mapping"),
    ],
)
def test_what_cannot_be_put_right_is_told(text: str, says: str) -> None:
    with pytest.raises(RewritingError, match=re.escape(says)):
        rewritten(text, DEV, PROD)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["plain", "'single'", '"double"']),
            st.sampled_from([ENVIRONMENT, f"mlregistry://{DEV}/components/a/versions/1", "azureml:x", "漢"]),
            st.text(st.sampled_from("# ab漢😀ü"), max_size=8),
        ),
        max_size=6,
    )
)
def test_lines_keep_their_bytes_whatever_stands_around_them(rows: list[tuple[str, str, str]]) -> None:
    text = "".join(
        f"# {noise}\njob{number}: {quoted(style, value)}\n"
        for number, (style, value, noise) in enumerate(rows)
    )
    jobs = "jobs:\n" + "".join(
        f"  j{number}: {{component: {quoted(style, value)}}} # {noise}\n"
        for number, (style, value, noise) in enumerate(rows)
    )

    changed = rewritten(text + jobs, DEV, PROD)

    assert changed == text + jobs.replace(f"/{DEV}/", f"/{PROD}/"), "only what refers is another one"


def quoted(style: str, value: str) -> str:
    mark = style[0] if style[0] in "'\"" else ""
    return f"{mark}{value}{mark}"


def test_a_text_that_was_promoted_as_it_is_names_its_origin_and_that_is_told() -> None:
    text = f"environment: {ENVIRONMENT}\njobs: {{a: {{component: mlregistry://./components/a/versions/1}}}}\n"

    told = names_others(wording_of(text, DEV, written_for=PROD), PROD)

    assert told is not None
    assert (
        f"The text itself names {ENVIRONMENT}, so that whoever runs it asks {DEV} for that, and not {PROD}"
        in told
    )
    assert "rewriteReferences: true" in told
    assert names_others(wording_of(text, DEV, written_for=PROD, rewrites=True), PROD) is None
    assert names_others(Wording(), PROD) is None


def test_of_many_names_a_few_are_told() -> None:
    jobs = "".join(
        f"  j{n}: {{component: mlregistry://{DEV}/components/c{n}/versions/1}}\n" for n in range(9)
    )

    told = names_others(wording_of(f"jobs:\n{jobs}", DEV, written_for=PROD), PROD)

    assert told is not None
    assert "components/c4/versions/1 and 4 more" in told
