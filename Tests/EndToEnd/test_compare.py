"""`plimsoll compare`: reports from runs that survive a killed process."""

import csv
import json
import subprocess
import time

from conftest import BINARY, ROOT

POLICIES = ["static", "hpa", "kpa", "oracle"]


def command(folder, *more):
    return [
        BINARY, "compare", str(ROOT / "Examples" / "online-boutique.yaml"), "--load", "60", "--duration", "10m",
        "--policies", ",".join(POLICIES), "--seeds", "3", "--output", str(folder), *more]


def test_a_killed_comparison_goes_on_where_it_was(tmp_path):
    folder = tmp_path / "report"
    with subprocess.Popen(command(folder), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and not list(folder.glob("runs/*.json")):
            time.sleep(0.01)
        process.kill()
    kept = {path: path.stat().st_mtime_ns for path in folder.glob("runs/*.json")}
    assert kept and not (folder / "report.html").exists()

    result = subprocess.run(command(folder), capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    assert f"{len(kept)} of 12 runs were done before" in result.stderr
    assert all(path.stat().st_mtime_ns == made for path, made in kept.items())
    assert len(list(folder.glob("runs/*.json"))) == 12

    summary = json.loads((folder / "summary.json").read_text())
    assert [policy["policy"] for policy in summary["policies"]] == POLICIES
    assert summary["winner"] in POLICIES[:3]
    rows = list(csv.DictReader((folder / "runs.csv").open()))
    assert len(rows) == 12
    page = (folder / "report.html").read_text()
    assert page.startswith("<!DOCTYPE html>") and "does best" in page and "<script" not in page


def test_unknown_worlds_and_policies_are_refused_before_anything_runs(tmp_path):
    for more in (["--world", "lunar"], ["--policies", "hpa,magic"]):
        result = subprocess.run(command(tmp_path / "out", *more), capture_output=True, text=True, timeout=60)
        assert result.returncode != 0 and not (tmp_path / "out").exists()
        assert more[1].split(",")[-1] in result.stderr
