"""`python -m hack.policies CHECKOV` runs Checkov over the rendered chart and fails at what is not expected.

The image's digest is all that may be missing: it is known where the image is, not here. What is passed over
stands beside what it is about, as an annotation with its reason.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, Final

import helm_python

from hack.install.manifests import CHART, NAMESPACE, RELEASE

DIGEST: Final = "CKV_K8S_43"


def main(checkov: str) -> int:
    """Print every finding. 1 where a container has another one than its missing digest."""
    found = findings(checkov)
    for check, resource, told in found:
        print(f"{check} {resource}: {told}")
    per_object = Counter(resource for _, resource, _ in found)
    print(f"{len(found)} findings, at most {max(per_object.values(), default=0)} for one object")
    return int(any(check != DIGEST for check, _, _ in found))


def findings(checkov: str) -> list[tuple[str, str, str]]:
    """Check, object and sentence of everything that Checkov complains about."""
    with tempfile.TemporaryDirectory() as folder, helm_python.Chart.load(CHART) as chart:
        rendered = chart.render({}, name=RELEASE, namespace=NAMESPACE)
        for name, text in rendered.items():
            if name.endswith(".yaml"):
                (Path(folder) / name.replace("/", "-")).write_text(text, "utf-8")
        command = [checkov, "--directory", folder, "--framework", "kubernetes", "--output", "json"]
        options = ["--compact", "--quiet", "--skip-download"]
        done = subprocess.run(
            [*command, *options],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"LOG_LEVEL": "ERROR"},
        )
    try:
        report: Any = json.loads(done.stdout)
    except json.JSONDecodeError:
        sys.exit(f"checkov did not answer: {done.stdout}{done.stderr}")
    if report.get("results", {}).get("parsing_errors"):
        sys.exit(f"checkov cannot read the chart: {report['results']['parsing_errors']}")
    return [
        (one["check_id"], one["resource"], one["check_name"]) for one in report["results"]["failed_checks"]
    ]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
