"""Application documents: the published schema and `plimsoll validate` agree; traces become documents."""

import copy
import json
import subprocess

import jsonschema
import pytest
import yaml

from conftest import BINARY, ROOT

SCHEMA = json.loads((ROOT / "docs" / "schema" / "application.schema.json").read_text())
EXAMPLES = sorted((ROOT / "Examples").glob("*.yaml"))


def plimsoll(*arguments, stdin=None):
    return subprocess.run(
        [BINARY, *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=60)


def document(name="social-network"):
    return yaml.safe_load((ROOT / "Examples" / f"{name}.yaml").read_text())


def is_valid(value):
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(value)


def test_the_schema_is_a_schema_and_the_binary_prints_it():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(plimsoll("validate", "--schema").stdout) == SCHEMA


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_pass_the_schema_and_validate(path):
    assert is_valid(yaml.safe_load(path.read_text()))
    result = plimsoll("validate", path)
    assert result.returncode == 0, result.stdout
    assert result.stdout.count("\n") == 1, result.stdout


def set_in(value, path, new):
    *way, last = path
    for step in way:
        value = value[step]
    if new is None:
        del value[last]
    else:
        value[last] = new


FIRST = ["spec", "services", 0]
BROKEN = [
    (["kind"], "Deployment"),
    (["apiVersion"], "plimsoll.dev/v2"),
    (["metadata", "name"], "Not A Label"),
    (["metadata", "name"], 12),
    (["metadata"], None),
    (["spec", "entryPoints"], []),
    (["spec", "entryPoints", 0, "weight"], -1),
    (["spec", "entryPoints", 0, "slo", "quantile"], 95),
    (["spec", "entryPoints", 0, "slo", "bound"], 300),
    (["spec", "entryPoints", 0, "slo", "bound"], "300"),
    (["spec", "entryPoints", 0, "operation"], None),
    (["spec", "servces"], []),
    (FIRST + ["resources", "limits", "cpu"], "500Mi"),
    (FIRST + ["resources", "limits", "memory"], "256MB"),
    (FIRST + ["resources", "requests"], "lots"),
    (FIRST + ["replicas", "max"], 0),
    (FIRST + ["replicas", "max"], 2.5),
    (FIRST + ["startupTime"], "2 s"),
    (FIRST + ["concurrency"], "many"),
    (FIRST + ["operations"], []),
    (FIRST + ["operations", 0, "work", "variability"], -0.1),
    (FIRST + ["operations", 0, "calls", 0, "probability"], 1.01),
    (FIRST + ["operations", 0, "calls", 0, "retires"], 1),
    (FIRST + ["operations", 0, "calls", 0], {"parallel": [], "sequence": []}),
    (FIRST + ["command"], {"arguments": []}),
    (FIRST + ["llm"], {"model": "x", "weights": "int3", "classes": []}),
]


@pytest.mark.parametrize("path, new", BROKEN, ids=lambda value: str(value)[:60])
def test_what_is_broken_is_refused_by_both(path, new):
    broken = copy.deepcopy(document())
    set_in(broken, path, new)
    assert not is_valid(broken)
    result = plimsoll("validate", "-", stdin=yaml.safe_dump(broken, sort_keys=False))
    assert result.returncode == 1
    assert result.stdout.startswith("-:"), result.stdout


@pytest.mark.parametrize("path, new, words", [
    (["spec", "entryPoints", 0, "service"], "nginx-thrifty", 'did you mean "nginx-thrift"'),
    (FIRST + ["replicas"], {"min": 3, "max": 2}, 'is above "max"'),
])
def test_what_no_schema_can_say_is_refused_in_words(path, new, words):
    broken = document()
    set_in(broken, path, new)
    assert is_valid(broken)
    assert words in plimsoll("validate", "-", stdin=json.dumps(broken)).stdout


def span(trace, number, parent, service, name, start, end):
    attribute = {"key": "service.name", "value": {"stringValue": service}}
    return {
        "resource": {"attributes": [attribute]},
        "scopeSpans": [{"spans": [{
            "traceId": f"{trace:032x}", "spanId": f"{trace * 100 + number:016x}",
            "parentSpanId": "" if parent is None else f"{trace * 100 + parent:016x}",
            "name": name, "kind": 2,
            "startTimeUnixNano": str(trace * 10**9 + start * 1000),
            "endTimeUnixNano": str(trace * 10**9 + end * 1000),
        }]}],
    }


@pytest.fixture
def traces(tmp_path):
    """Front calls cart and ads at once in every request, then mail in every fourth; a line per trace."""
    lines = []
    for trace in range(1, 201):
        spans = [
            span(trace, 1, None, "front", "GET /", 0, 9000),
            span(trace, 2, 1, "cart", "read", 2000, 5000),
            span(trace, 3, 1, "ads", "pick", 2000, 4000)]
        if trace % 4 == 0:
            spans.append(span(trace, 4, 1, "mail", "send", 6000, 8000))
        lines.append(json.dumps({"resourceSpans": spans}))
    path = tmp_path / "traces.json"
    path.write_text("\n".join(lines))
    return path


def test_traces_become_a_document_that_is_valid(traces, tmp_path):
    output = tmp_path / "app.yaml"
    assert plimsoll("discover", "--traces", traces, "--output", output).returncode == 0
    found = yaml.safe_load(output.read_text())
    assert is_valid(found)
    assert plimsoll("validate", output).returncode == 0
    front = found["spec"]["services"][0]["operations"][0]
    assert [call["service"] for call in front["calls"][0]["parallel"]] == ["ads", "cart"]
    assert front["calls"][1] == {"service": "mail", "operation": "send", "probability": 0.25}
    assert front["work"] == {"cpu": "5500us", "variability": 0.16}
    same = plimsoll("discover", "--traces", traces, "--against", output)
    assert same.stdout.endswith("says what the 200 traces show\n")


def test_the_difference_to_a_document_is_told(traces, tmp_path):
    output = tmp_path / "app.yaml"
    plimsoll("discover", "--traces", traces, "--output", output)
    output.write_text(output.read_text().replace("probability: 0.25", "probability: 0.75"))
    result = plimsoll("discover", "--traces", traces, "--against", output)
    expected = "~ front/GET / → mail/send: called with probability 0.75 in the document, called with "
    assert result.stdout == expected + "probability 0.25 in the traces\n"


@pytest.mark.parametrize("arguments, words", [
    (["validate", "no-such-file.yaml"], "cannot be read"),
    (["discover", "--traces", "no-such-file.json"], "cannot be read"),
    (["explain", "no-such-journal"], "no journal"),
])
def test_files_that_are_not_there_are_named(arguments, words):
    result = plimsoll(*arguments)
    assert result.returncode != 0 and words in result.stderr
