"""Machine-readable results beside every report."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cxresearch.findings import Findings
from cxresearch.statistic import tidy


def write_json(path: Path, values: Any) -> None:
    """Write values as readable UTF-8 JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values, ensure_ascii=False, indent=2, sort_keys=False) + "\n", encoding="utf-8")


def write_results(findings: Findings, folder: Path) -> None:
    """Write `results/estimates.csv`, `results/verdicts.json` and `manifest.json` into `folder`.

    `estimates.csv` holds every statistic of the run in the column vocabulary `statistic.COLUMNS`, full precision
    (17 significant digits), decimal point, UTF-8, no language.
    """
    results = folder / "results"
    results.mkdir(parents=True, exist_ok=True)
    tidy(findings.results.values()).to_csv(results / "estimates.csv", index=False, float_format="%.17g")
    write_json(results / "verdicts.json", [asdict(verdict) for verdict in findings.verdicts])
    write_json(folder / "manifest.json", manifest(findings))


def manifest(findings: Findings) -> dict[str, Any]:
    """What the results were made from and what was lost on the way."""
    return {
        "study": findings.spec.study,
        **asdict(findings.provenance),
        "sources": [asdict(source) for source in findings.sources],
        "losses": [asdict(loss) for loss in findings.losses],
    }
