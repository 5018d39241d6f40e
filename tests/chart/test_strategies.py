"""How one version of the operator follows another."""

import pytest
from support.charts import VARIANTS, Values, objects, the


@pytest.mark.parametrize("values", VARIANTS.values(), ids=list(VARIANTS))
def test_an_upgrade_never_has_two_operators_that_nothing_keeps_apart(values: Values) -> None:
    found = objects(values)
    deployment, elects = the("Deployment", found), "MLREGISTRY_LEADER_ELECTION__ENABLED"
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    elected = {one["name"]: one.get("value") for one in container["env"]}.get(elects) != "false"
    assert deployment["spec"]["strategy"] == (
        {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}} if elected else {"type": "Recreate"}
    )
