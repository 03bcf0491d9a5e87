"""Every model family answers over HTTP with the reference's greedy tokens, in float32."""

import json

import pytest

from conftest import FAMILIES

FOLDERS = sorted(path.parent for path in FAMILIES.glob("*/expected.json"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_greedy_tokens_are_the_references(start, folder):
    expected = json.loads((folder / "expected.json").read_text())
    family = start(folder, "--weights", "float32", "--threads", 1)
    status, _, body = family.request("POST", "/v1/completions", {
        "prompt": expected["prompt"], "max_tokens": len(expected["greedy"]), "temperature": 0,
        "ignore_eos": True, "logprobs": 0, "return_token_ids": True})
    assert status == 200, body
    choice = json.loads(body)["choices"][0]
    assert choice["token_ids"] == expected["greedy"]
    family.stop()
