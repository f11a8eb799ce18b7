"""No secret comes in as a parameter, and none goes out in what a batch writes."""

from __future__ import annotations

import base64
import html
import json
import pickle
import re
from typing import Any
from urllib.parse import quote, quote_plus

import nbformat
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cxresearch.batch.secrets import (
    SHORTEST,
    Secrets,
    child_environment,
    find_secrets,
    named_variables,
    redact,
    redact_text,
    redact_values,
    secret_problems,
)

VALUE = 'hä"/&+ 7\\x'
VALUES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=SHORTEST, max_size=24).filter(
    lambda text: len(text.strip()) >= SHORTEST and text == text.strip()
)
TEXTS = st.text(max_size=40)


def secrets_of(value: str = VALUE, name: str = "DB_PASSWORD") -> Secrets:
    return find_secrets([name], {name: value})


def notebook_with(*outputs: Any, source: str = "1 + 1") -> nbformat.NotebookNode:
    cell = nbformat.v4.new_code_cell(source, outputs=list(outputs))
    return nbformat.v4.new_notebook(cells=[cell])


ENCODINGS = {
    "plain": lambda value: value,
    "url": lambda value: quote(value, safe=""),
    "url with small letters": lambda value: re.sub("%..", lambda sign: sign.group().lower(), quote(value, safe="")),
    "url path": quote,
    "form": quote_plus,
    "json": lambda value: json.dumps(value)[1:-1],
    "json of a json text": lambda value: json.dumps(json.dumps(value)[1:-1])[1:-1],
    "json, not only ASCII": lambda value: json.dumps(value, ensure_ascii=False)[1:-1],
    "python": lambda value: repr(value)[1:-1],
    "html": html.escape,
    "hex": lambda value: value.encode().hex(),
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "base64 of user and password": lambda value: base64.b64encode(f"me:{value}".encode()).decode(),
    "base64 amid a text": lambda value: base64.b64encode(f"a {value} or so".encode()).decode(),
    "base64 for addresses": lambda value: base64.urlsafe_b64encode(f"u:{value}?".encode()).decode(),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_writing_of_a_value_is_found(encoding: str) -> None:
    text, found = redact_text(f"before {ENCODINGS[encoding](VALUE)} after", secrets_of())
    assert found == 1
    assert "${DB_PASSWORD}" in text
    assert text.startswith("before ") and text.endswith(" after")


@settings(deadline=None, max_examples=60)
@given(value=VALUES, before=TEXTS, after=TEXTS, encoding=st.sampled_from(sorted(ENCODINGS)))
def test_no_writing_of_any_value_is_left(value: str, before: str, after: str, encoding: str) -> None:
    secrets = secrets_of(value)
    text, found = redact_text(before + ENCODINGS[encoding](value) + after, secrets)
    assert found >= 1
    assert not any(form in text for form in secrets.forms)
    assert redact_text(text, secrets) == (text, 0)


@settings(deadline=None, max_examples=60)
@given(value=VALUES, text=TEXTS)
def test_a_text_without_the_value_is_left_as_it_is(value: str, text: str) -> None:
    secrets = secrets_of(value)
    assume(not any(form in text for form in secrets.forms))
    assume("\x1b" not in text)
    assert redact_text(text, secrets) == (text, 0)


@settings(deadline=None, max_examples=30)
@given(values=st.lists(VALUES, min_size=1, max_size=3, unique=True), data=st.data())
def test_of_several_values_none_is_left_in_json(values: list[str], data: st.DataObject) -> None:
    secrets = find_secrets([], {f"CXRESEARCH_SECRET_{number}": value for number, value in enumerate(values)})
    leaf = st.one_of(st.integers(), st.none(), TEXTS, st.sampled_from(values), st.sampled_from(values).map(json.dumps))
    tree = data.draw(st.recursive(leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner)))
    cleaned, found = redact_values({"values": tree, values[0]: 1}, secrets)
    written = json.dumps(cleaned, ensure_ascii=False)
    assert found >= 1
    assert not any(value in written for value in values)


def test_a_mark_that_would_itself_show_the_value_is_not_used() -> None:
    assert redact_text("is it PASSWORD?", secrets_of("PASSWORD")) == ("is it ***?", 1)


def test_what_stands_around_a_replaced_value_makes_no_new_one() -> None:
    secrets = find_secrets(["ONE", "TWO"], {"ONE": "abcdef", "TWO": "x${ONE}y"})
    text, found = redact_text("xabcdefy", secrets)
    assert found == 2
    assert not any(form in text for form in secrets.forms)


def test_values_shorter_than_six_signs_are_not_searched_and_named_as_such() -> None:
    secrets = find_secrets(["PIN", "KEY"], {"PIN": "12345", "KEY": "123456"})
    assert (secrets.names, secrets.too_short) == (("KEY",), ("PIN",))
    assert redact_text("12345 123456", secrets) == ("12345 ${KEY}", 1)


def test_variables_that_the_study_names_and_those_of_the_prefix_are_secrets_and_no_others() -> None:
    named = named_variables(["postgresql://ex:${EX_PW}@db/ex", None, ""])
    environment = {"EX_PW": "first-value", "CXRESEARCH_SECRET_KEY": "second-value", "HOME": "/home/someone"}
    assert find_secrets(named, environment).names == ("CXRESEARCH_SECRET_KEY", "EX_PW")


def test_the_password_inside_an_address_is_a_secret_of_its_own() -> None:
    secrets = find_secrets(["DB"], {"DB": "postgresql://ex:s%C3%A4la99@db/ex"})
    assert redact_text("login with säla99 failed", secrets) == ("login with ${DB} failed", 1)


def test_a_secret_shows_in_no_repr_and_is_not_pickled() -> None:
    secrets = secrets_of("first-value")
    assert "first-value" not in repr(secrets)
    with pytest.raises(TypeError, match="not written to files"):
        pickle.dumps(secrets)


def test_a_notebook_is_searched_everywhere_and_its_copy_is_valid() -> None:
    notebook = notebook_with(
        nbformat.v4.new_output("stream", name="stdout", text="pw first-value\n"),
        nbformat.v4.new_output("display_data", data={"application/json": {"first-value": ["a", "first-value"]}}),
        nbformat.v4.new_output("error", ename="E", evalue="first-value", traceback=["\x1b[31mfirst\x1b[0m-value"]),
        source="password = 'first-value'",
    )
    notebook.metadata["note"] = {"of": "Zmlyc3QtdmFsdWU="}
    cleaned, found = redact(notebook, secrets_of("first-value"))
    nbformat.validate(cleaned)
    assert found == 7
    assert "first-value" not in json.dumps(cleaned) and "first\\u001b[0m-value" not in json.dumps(cleaned)
    assert "Zmlyc3QtdmFsdW" not in json.dumps(cleaned)
    assert notebook.cells[0].source == "password = 'first-value'"
    assert cleaned.cells[0].source == "password = '${DB_PASSWORD}'"


def test_a_secret_that_runs_over_two_outputs_or_two_lines_is_found() -> None:
    streams = [nbformat.v4.new_output("stream", name="stdout", text=text) for text in ("pw fir", "st-", "value\n")]
    streams += [nbformat.v4.new_output("stream", name="stderr", text="x\n")]
    html_lines = nbformat.v4.new_output("display_data", data={"text/html": ["<p>first", "-value</p>"]})
    cleaned, found = redact(notebook_with(*streams, html_lines), secrets_of("first-value"))
    assert found == 2
    assert [output.get("text") for output in cleaned.cells[0].outputs] == ["pw ${DB_PASSWORD}\n", "x\n", None]
    assert "".join(cleaned.cells[0].outputs[2].data["text/html"]) == "<p>${DB_PASSWORD}</p>"


def test_a_notebook_without_secrets_is_returned_itself() -> None:
    notebook = notebook_with(nbformat.v4.new_output("stream", name="stdout", text="3,82\n"))
    assert redact(notebook, secrets_of("first-value")) == (notebook, 0)
    assert redact(notebook, Secrets())[0] is notebook


def test_children_get_the_environment_without_secrets_that_nothing_names() -> None:
    environment = {
        "PATH": "/bin",
        "EX_PW": "first-value",
        "CXRESEARCH_SECRET_API": "second-value",
        "CXRESEARCH_SECRET_OLD": "third-value",
    }
    named = named_variables(["postgresql://ex:${EX_PW}@db/ex", "key = os.environ['CXRESEARCH_SECRET_API']"])
    assert set(child_environment(environment, named)) == {"PATH", "EX_PW", "CXRESEARCH_SECRET_API"}


@pytest.mark.parametrize(
    "name",
    [
        *(
            "password",
            "db_password",
            "DbPassword",
            "dbpassword",
            "API_KEY",
            "apiKey",
            "x-api-key",
            "token",
            "accessToken",
        ),
        *("client_secret", "salasana", "kannan salasana", "kantasalasana", "api_avain", "aws_secret_access_key"),
        *("privateKey", "credentials", "connection_string", "pwd"),
    ],
)
def test_names_that_say_secret_are_refused(name: str) -> None:
    (problem,) = secret_problems({"unit": "Oulu", name: "x"})
    assert (problem.code, problem.column, problem.value) == ("secrets.name", name, "")


@pytest.mark.parametrize(
    "value",
    [
        "postgresql://ex:hunter2@db.example/ex",
        "see https://me:hunter2@example.org/a for more",
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "a1B2" * 9,
        "github_pat_" + "a1B2c3D4" * 4,
        "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEow",
        "Server=db;User Id=ex;Password=hunter2;",
        "token: 9fK2-lQ8x_Zr41",
        "Bearer 9fK2lQ8xZr41mN0p",
        "eyJhbGciOiJI.eyJzdWIiOiIxMjM0.sig",
        ["a", "glpat-" + "x9" * 10],
        {"options": {"password": "x"}},
    ],
)
def test_values_that_look_like_secrets_are_refused(value: Any) -> None:
    (problem,) = secret_problems({"note": value})
    assert (problem.code, problem.value) == ("secrets.value", "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("unit", "Pääkaupunkiseudun asiakaspalvelukeskus"),
        ("unit", "pk-seudun-asiakaspalvelukeskus-2024"),
        ("unit", "Token Oy: asiakaspalvelu"),
        ("team", "Secret Santa 2024"),
        ("secretary", "Maija"),
        ("keyword", "luottamus"),
        ("monkey", "yes"),
        ("avainluku", "3,82"),
        ("url", "https://db.example:5432/ex?mode=ro"),
        ("url", "postgresql://ex:${EX_PW}@db.example/ex"),
        ("password", "${EX_PW}"),
        ("password", ""),
        ("seed", 20261121),
        ("token", None),
        ("key", "d41d8cd98f00b204e9800998ecf8427e"),
    ],
)
def test_ordinary_parameters_pass(name: str, value: Any) -> None:
    assert secret_problems({name: value}) == []


def test_the_refusal_says_where_and_the_way_out_and_never_the_value() -> None:
    (problem,) = secret_problems({"dbPassword": "hunter2"}, file="teams.csv", line=3)
    assert problem.where() == "teams.csv:3 (dbPassword)"
    assert problem.what("en") == (
        "By its name, the parameter dbPassword is a secret, such as a password or a key. Parameters are shown in "
        "reports and notebooks, so nothing was run."
    )
    assert problem.remedy("fi") == (
        "Poista parametri ja tallenna salaisuus ympäristömuuttujaan CXRESEARCH_SECRET_DB_PASSWORD. Tietokannan "
        "osoitteessa (study.yml, read.url) siihen viitataan merkinnällä ${CXRESEARCH_SECRET_DB_PASSWORD}; "
        "muistikirja voi lukea muuttujan itse."
    )
    (other,) = secret_problems({"note": "Password=hunter2;"})
    told = "".join(other.what(language) + other.remedy(language) for language in ("fi", "en"))
    assert "hunter2" not in told and "hunter2" not in repr(other)
