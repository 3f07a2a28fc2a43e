"""Runs whose numbers are made up, and claims on them."""

import pandas as pd

from relaxpen.claims.claims_file import Claims
from relaxpen.claims.effects import Runs

TRACE = ["iteration", "phase", "test_loss", "validation_loss", "num_lower_steps", "solver_s"]
TRACE += ["instance", "cell", "method", "seed"]


def made_up(loss, steps=(1, 2), seeds=range(3), broken=()) -> Runs:
    """Runs on synthetic data whose final models have the test loss loss(method, T, seed)."""
    rows = []
    for seed in seeds:
        for method, num_steps in [("relax_penalize", t) for t in steps] + [("references", None)]:
            status = "nonfinite" if (num_steps, seed) in broken else "finished"
            mask = "noisy" if method == "references" else "nearest"
            row = {"source": "synthetic", "noise_rate": 0.2, "num_steps": num_steps}
            row |= {"method": method, "seed": seed, "status": status}
            row |= {"instance": "one", "cell": f"num_steps={num_steps}"}
            row["mask"] = mask if status == "finished" else None
            rows.append(row | {"refit_test_loss": loss(method, num_steps, seed)})
    return Runs(pd.DataFrame(rows), pd.DataFrame(columns=TRACE))


def claims_of(*checks, **facts) -> Claims:
    """One claim with these checks on the made-up runs."""
    of = {"study": "s", "source": "synthetic", "noise_rate": [0.2], "num_steps": [1]}
    checks = [{"measure": "refit_test_loss", "of": of} | check for check in checks]
    claim = {"id": "one", "line": 1, "statement": "s"} | facts
    if checks:
        claim |= {"checks": checks, "criterion": "c", "evidence": ["s/final"]}
    return Claims.model_validate({"claims": [claim]})


LOSS = {"references": 1.0}


def losses(method, num_steps, seed):
    """About 0.5 at T = 1, 0.7 at T = 2; noisy data 1.0."""
    return LOSS.get(method, 0.5 + 0.2 * ((num_steps or 1) - 1)) + 0.01 * seed * (num_steps or 0)


HOLDS, FAILS, OPEN = {"below": 0.6}, {"above": 0.6}, {"below": 0.51}
