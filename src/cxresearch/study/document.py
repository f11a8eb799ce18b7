"""`study.yml` as a YAML 1.2 document whose every key knows its line, read so that a hostile file does no harm."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    NodeEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from cxresearch.errors import Problem, StudyError

STUDY_FILE = "study.yml"
MAX_BYTES = 1_000_000
MAX_NODES = 20_000
MAX_DEPTH = 12

KeyPath = tuple[str, ...]

_SYNTAX = (
    (r"'\t' that cannot start", "tab"),
    ("cannot start any token", "syntax_character"),
    ("mapping values are not allowed", "syntax_colon"),
    ("could not find expected ':'", "syntax_no_colon"),
    ("unexpected end of stream", "syntax_quote"),
    ("escape", "syntax_escape"),
    ("expected ',' or", "syntax_bracket"),
    ("block end", "syntax_indent"),
    ("another document", "several_documents"),
)
_TEXT_TAG, _NULL_TAG = "tag:yaml.org,2002:str", "tag:yaml.org,2002:null"


@dataclass(frozen=True)
class Document:
    """The keys and values of `study.yml`.

    Attributes
    ----------
    values : plain dicts, lists, texts, numbers, truth values and dates.
    lines : where each key or list element stands (1-based), by its path of keys; elements are numbered from 0.
    written : the text of each scalar as the file has it.
    sha256 : of the file's bytes.
    problems : what is wrong without making the file unreadable (duplicate keys).
    """

    values: Mapping[str, Any]
    lines: Mapping[KeyPath, int]
    written: Mapping[KeyPath, str]
    sha256: str
    problems: tuple[Problem, ...] = ()

    def line(self, path: KeyPath) -> int:
        """The line of a key; where it is absent, the line of the nearest key that would contain it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_document(file: Path) -> Document:
    """Read `study.yml`.

    Tags, anchors and directives are refused: a study needs none, and they are how YAML files attack.

    Raises
    ------
    StudyError
        If there is no such file, it is too large, not UTF-8, not YAML, or not a mapping of keys to values.
    """
    if not file.is_file():
        raise StudyError(Problem(code="study.no_study_file", file=STUDY_FILE, value=str(file)))
    if file.stat().st_size > MAX_BYTES:
        raise _refusal("too_large", None)
    content = file.read_bytes()
    return parse_document(content)


def parse_document(content: bytes) -> Document:
    """Read the bytes of a `study.yml`; see `read_document`."""
    text = _decoded(content)
    try:
        _refuse_hostile(YAML(typ="safe", pure=True).parse(text))
        yaml = YAML(typ="safe", pure=True)
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        raise _syntax_error(error) from None
    except YAMLError:
        raise _refusal("bad_character", None) from None
    if not isinstance(root, MappingNode):
        raise _refusal("not_a_mapping" if root is not None else "empty", 1)
    walk = _Walk(yaml)
    values = walk.mapping(root, ())
    return Document(values, walk.lines, walk.written, hashlib.sha256(content).hexdigest(), tuple(walk.problems))


def _refusal(name: str, line: int | None, **place: Any) -> StudyError:
    return StudyError(Problem(code=f"study.{name}", file=STUDY_FILE, line=line, **place))


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refusal("not_utf8", content.count(b"\n", 0, error.start) + 1) from None


def _refuse_hostile(events: Iterator[Event]) -> None:
    """Stop at the first event that a study has no use for; nothing has been built by then."""
    depth = 0
    for count, event in enumerate(events):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, DocumentStartEvent) and (event.version or event.tags):
            raise _refusal("directive", line)
        if isinstance(event, NodeEvent) and (isinstance(event, AliasEvent) or event.anchor):
            raise _refusal("anchor", line, value=str(event.anchor))
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise _refusal("tag", line, value=str(tag))
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise _refusal("too_deep", line)
        if count > MAX_NODES:
            raise _refusal("too_large", line)


def _syntax_error(error: MarkedYAMLError) -> StudyError:
    problem = str(error.problem)
    name = next((code for sign, code in _SYNTAX if sign in problem), "syntax")
    mark = error.context_mark if name == "syntax_quote" and error.context_mark else error.problem_mark
    return _refusal(name, mark.line + 1 if mark else None)


@dataclass
class _Walk:
    """Turns nodes into plain values and notes where each stands."""

    yaml: YAML
    lines: dict[KeyPath, int] = field(default_factory=dict)
    written: dict[KeyPath, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def mapping(self, node: MappingNode, path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, child in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, ScalarNode):
                raise _refusal("key_not_text", line, column=".".join(path))
            here = (*path, str(key.value))
            if here in self.lines:
                place = {"file": STUDY_FILE, "line": line, "column": ".".join(here)}
                self.problems.append(
                    Problem(code="study.duplicate_key", **place, details={"first": str(self.lines[here])})
                )
                continue
            self.lines[here] = line
            values[here[-1]] = self.value(child, here)
        return values

    def value(self, node: Node, path: KeyPath) -> Any:
        if isinstance(node, MappingNode):
            return self.mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.element(child, (*path, str(place))) for place, child in enumerate(node.value)]
        self.written[path] = str(node.value)
        return self.scalar(node)

    def element(self, node: Node, path: KeyPath) -> Any:
        self.lines[path] = node.start_mark.line + 1
        return self.value(node, path)

    def scalar(self, node: Node) -> Any:
        if str(node.tag) == _TEXT_TAG:
            return str(node.value)
        if str(node.tag) == _NULL_TAG:
            return None
        try:
            return self.yaml.constructor.construct_object(node)
        except ValueError:
            # A thirteenth month or a number of thousands of digits: no value of its type, so it stays a text.
            return str(node.value)
