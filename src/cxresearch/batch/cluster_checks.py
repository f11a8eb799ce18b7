"""Whether a cluster's workers fit: the same Python, packages and program as here, and the same files."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path
from typing import Any

from cxresearch.batch.plan import BatchPlan
from cxresearch.errors import ParameterError, Problem, raise_if
from cxresearch.provenance import sha256_of
from cxresearch.workflow.analysis import PACKAGES
from cxresearch.workflow.atomic import output_error

_PROBE = ".probe-"


def check_versions(client: Any) -> None:
    """Refuse workers whose Python, cxresearch or statistical packages are other versions than here.

    Raises
    ------
    ParameterError
        With one problem for each that differs, with both versions.
    """
    told = client.get_versions(packages=("cxresearch", *PACKAGES))
    here = _versions(told["client"])
    problems = [
        Problem(
            code="cluster.version" if there.get(name) else "cluster.missing",
            column="cluster",
            value=worker,
            details={"name": name, "here": version, "there": there.get(name) or ""},
        )
        for worker, answer in told["workers"].items()
        for there in (_versions(answer),)
        for name, version in here.items()
        if there.get(name) != version
    ]
    raise_if(_one_each(problems), ParameterError)


def _versions(told: dict[str, Any]) -> dict[str, str | None]:
    python = ".".join(told["host"]["python"].split(".")[:3])
    return {"Python": python, **{name: told["packages"].get(name) for name in ("cxresearch", *PACKAGES)}}


def _one_each(problems: list[Problem]) -> list[Problem]:
    """The first problem of each kind: a hundred workers with one wrong version are one problem."""
    first: dict[tuple[str, object, object], Problem] = {}
    for problem in problems:
        first.setdefault((problem.code, problem.details.get("name"), problem.details.get("there")), problem)
    return list(first.values())


def check_shared_files(client: Any, plan: BatchPlan, examine: Callable[..., dict[str, Any]]) -> None:
    """Refuse workers that do not see the study and the batch's folder, or whose program is another one.

    Raises
    ------
    ParameterError
        With one problem of each kind, which names a worker.
    """
    with _probe(Path(plan.out)) as (probe, token):
        answers = client.run(examine, plan.study, str(probe), token, _program())
        problems = [
            Problem(code=f"cluster.{code}", column="cluster", file=file, value=worker)
            for worker, seen in answers.items()
            for code, file in _faults(plan, probe, seen)
        ]
    raise_if(_one_each(problems), ParameterError)


def _program() -> dict[str, str]:
    """Hash of each file of the program that may change a number or a sentence, by its path in the package."""
    root = Path(str(resources.files("cxresearch")))
    paths = sorted(path for path in root.rglob("*") if path.suffix in (".py", ".toml"))
    return {path.relative_to(root).as_posix(): sha256_of(path) for path in paths}


def _faults(plan: BatchPlan, probe: Path, seen: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if seen["other"]:
        yield "other_code", seen["other"]
    if not seen["study"]:
        yield "no_study", plan.study
    if not seen["read"]:
        yield "not_shared", plan.out
    elif not seen["written"] or not probe.with_name(seen["written"]).is_file():
        yield "not_written", plan.out


@contextmanager
def _probe(folder: Path) -> Iterator[tuple[Path, str]]:
    """A file in the batch's folder with a text that no one can guess; it and what is beside it go afterwards."""
    token = uuid.uuid4().hex
    probe = folder / f"{_PROBE}{uuid.uuid4().hex}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_text(token, encoding="ascii")
    except OSError as failure:
        raise output_error(folder, failure) from failure
    try:
        yield probe, token
    finally:
        for path in folder.glob(f"{probe.name}*"):
            with suppress(OSError):
                path.unlink()
