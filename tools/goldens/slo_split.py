#!/usr/bin/env python3
"""Makes Tests/PoliciesTests/Goldens/splits.json: random graphs of services and the least cost of keeping their budgets.

usage: slo_split.py > Tests/PoliciesTests/Goldens/splits.json     (needs numpy and scipy)

Solves the primal problem (least cost over shares, budgets as linear constraints) with SciPy's SLSQP from two starting
points and keeps the better, so that nothing is shared with the product's ascent on the dual.
"""

import json
import sys

import numpy as np
import scipy
from scipy.optimize import minimize

SEED, COUNT = 20261125, 200


def round4(value):
    return float(f"{value:.4g}")


def random_problem(random):
    count = int(random.integers(3, 16))
    members = [
        {
            "base": round4(random.uniform(0, 0.01)),
            "scale": round4(random.uniform(1, 5)),
            "capacity": round4(random.uniform(20, 500)),
            "tested": round4(random.uniform(0.8, 0.99)),
            "demand": round4(random.uniform(10, 2000)),
            "cost": round4(random.uniform(0.25, 4)),
        }
        for _ in range(count)
    ]
    chains = []
    for _ in range(int(random.integers(1, 7))):
        chosen = random.permutation(count)[: int(random.integers(1, count + 1))]
        steps = [[int(member), int(random.integers(1, 4))] for member in chosen]
        floor = sum(calls * floor_of(members[member]) for member, calls in steps)
        chains.append({"steps": steps, "bound": round4(floor * random.uniform(1.2, 8))})
    return {"members": members, "chains": chains}


def floor_of(member):
    return 1.02 * (member["base"] + member["scale"] / member["capacity"])


def ceiling_of(member):
    tested = member["tested"] * member["capacity"]
    return max(member["base"] + member["scale"] / (member["capacity"] - tested), floor_of(member))


def solve(problem):
    base, scale, capacity, demand, cost = (
        np.array([member[name] for member in problem["members"]])
        for name in ("base", "scale", "capacity", "demand", "cost"))
    low = np.array([floor_of(member) for member in problem["members"]])
    high = np.array([ceiling_of(member) for member in problem["members"]])
    matrix = np.zeros((len(problem["chains"]), len(low)))
    for index, chain in enumerate(problem["chains"]):
        for member, calls in chain["steps"]:
            matrix[index, member] += calls
    bounds = np.array([chain["bound"] for chain in problem["chains"]])
    unit = high - low

    def total(point):
        slack = low + unit * point - base
        return float(np.sum(cost * demand * slack / (capacity * slack - scale)))

    def gradient(point):
        slack = low + unit * point - base
        return -cost * demand * scale / (capacity * slack - scale) ** 2 * unit

    room = (bounds - matrix @ low) / bounds
    scaled = matrix * unit / bounds[:, None]
    reference = total(np.full(len(low), 0.01))
    best = None
    for start in (0.001, 0.05):
        result = minimize(
            lambda point: total(point) / reference, np.full(len(low), start),
            jac=lambda point: gradient(point) / reference, method="SLSQP",
            bounds=[(0, 1)] * len(low),
            constraints={"type": "ineq", "fun": lambda point: room - scaled @ point,
                         "jac": lambda point: -scaled},
            options={"maxiter": 2000, "ftol": 1e-13})
        point = np.clip(result.x, 0, 1)
        if np.all(scaled @ point <= room + 1e-7) and (best is None or total(point) < best):
            best = total(point)
    return best


def main():
    random = np.random.default_rng(SEED)
    problems = []
    while len(problems) < COUNT:
        problem = random_problem(random)
        optimum = solve(problem)
        if optimum is not None:
            problems.append({**problem, "optimum": float(f"{optimum:.8g}")})
    json.dump({"seed": SEED, "numpy": np.__version__, "scipy": scipy.__version__, "problems": problems},
              sys.stdout, separators=(",", ":"))


if __name__ == "__main__":
    main()
