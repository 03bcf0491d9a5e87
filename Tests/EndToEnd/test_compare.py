"""`plimsoll compare`: reports from runs that survive a killed process."""

import csv
import json
import os
import signal
import subprocess
import time

import pytest
from conftest import BINARY, ROOT
from shop import APPLICATION, gone, groups_left, replicas_of

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


def test_measured_services_reach_the_report_and_those_of_another_application_are_refused(tmp_path):
    application, profiles = tmp_path / "app.yaml", tmp_path / "profiles.json"
    application.write_text(APPLICATION)
    subprocess.run([BINARY, "profile", str(application), "--output", str(profiles)], check=True, capture_output=True, timeout=120)

    def compare(application):
        return subprocess.run(
            [BINARY, "compare", str(application), "--load", "20", "--duration", "1m", "--policies", "lsram", "--seeds", "1",
             "--profiles", str(profiles), "--output", str(tmp_path / "out")],
            capture_output=True, text=True, timeout=120)

    other = compare(ROOT / "Examples" / "online-boutique.yaml")
    assert other.returncode != 0 and not (tmp_path / "out").exists()
    assert "profiles.json cannot be read: it holds no curve of a service of online-boutique." in other.stderr

    result = compare(application)
    assert result.returncode == 0, result.stderr
    settings = json.loads((tmp_path / "out/summary.json").read_text())["settings"]
    assert settings["profiles"].startswith(f"profiles.json, {profiles.stat().st_size} bytes, fnv1a ")


class LocalComparison:
    """`plimsoll compare --world local` of the shop, with a state folder of the test's own."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "app.yaml").write_text(APPLICATION)

    def start(self, duration):
        return subprocess.Popen(
            [BINARY, "compare", str(self.folder / "app.yaml"), "--world", "local", "--load", "20", "--duration", duration,
             "--policies", "static,hpa", "--seeds", "1", "--output", str(self.folder / "out")],
            env=os.environ | {"XDG_STATE_HOME": str(self.folder)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def start_and_wait_for_replicas(self):
        process = self.start("60s")
        while len(replicas := replicas_of(process.pid)) < 3:
            if process.poll() is not None:
                said = process.communicate()[1]
                assert "without limits cannot be compared" in said, said
                pytest.skip("this machine lets us make no control groups")
            time.sleep(0.01)
        return process, replicas


def test_what_a_killed_local_comparison_left_is_removed_by_the_next(tmp_path):
    comparison = LocalComparison(tmp_path)
    process, replicas = comparison.start_and_wait_for_replicas()
    process.kill()
    process.communicate()
    gone(replicas)
    assert groups_left(process.pid) != []

    again = comparison.start("2s")
    said, words = again.communicate(timeout=120)
    assert again.returncode == 0, words
    assert "an earlier run was cut off" in words
    assert groups_left(process.pid) == groups_left(again.pid) == []
    # Two seconds are no window of ten.
    assert said.startswith("Nothing was measured, so nobody wins")
    assert json.loads((tmp_path / "out/summary.json").read_text())["winner"] is None


def test_an_interrupted_local_comparison_leaves_nothing(tmp_path):
    process, replicas = LocalComparison(tmp_path).start_and_wait_for_replicas()
    process.send_signal(signal.SIGINT)
    words = process.communicate(timeout=60)[1]
    assert process.returncode == 130, words
    assert "the same command goes on" in words
    gone(replicas)
    assert groups_left(process.pid) == []
