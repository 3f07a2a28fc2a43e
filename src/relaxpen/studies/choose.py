"""Which setting of its grid a method is given, by the loss of its final model on held-out samples."""

from pathlib import Path
from typing import Any

import yaml

from relaxpen.inputs.errors import SettingsError
from relaxpen.records.files import whole
from relaxpen.studies.collect import refuse_other_runs
from relaxpen.studies.contenders import CHOSEN, CONTENDERS, with_grids
from relaxpen.studies.points import expand
from relaxpen.studies.show import ShownStudy, read_collected
from relaxpen.studies.study import Study
from relaxpen.tasks.cleaning.tuning import criteria


def write_chosen(name: str, study: Study, results: Path, out: Path = CHOSEN) -> Path:
    """Write config/chosen.yaml from the summary of a study that tried all points of its grids.

    ``name`` is the study's. Raises SettingsError if it did not try all points of every shared
    contender, if the summary is not of it, or if a method has no setting with which every run finished.
    """
    if study.points != "all":
        raise SettingsError(
            f"{name} has points: {study.points}; only points: all can be chosen from"
        )
    if out == CHOSEN and (missing := sorted({*with_grids()} - {*study.shared})):
        raise SettingsError(
            f"{name} does not try {', '.join(missing)}, which have grids in {CONTENDERS}; {CHOSEN} "
            "needs a study that tries all of them"
        )
    summary = read_collected(results, "summary")
    points = expand(study)
    swept = {(one.instance, one.method, one.name): one.swept for one in points}
    refuse_other_runs(summary, points)
    table = criteria(summary, ShownStudy(points, study.seeds, study.targets))
    chosen: dict[str, Any] = {}
    for _, row in table[table.chosen & (table.setting != "")].iterrows():
        by_source = chosen.setdefault(row.method, {}).setdefault(row.source, {})
        by_source[float(row.noise_rate)] = swept[row.instance, row.method, row.setting]
    for method, instance in table[table.setting != ""][["method", "instance"]].to_numpy():
        if not table[(table.method == method) & (table.instance == instance)].chosen.any():
            raise SettingsError(f"no setting of {method} finished on {instance}; mend {CONTENDERS}")
    text = yaml.safe_dump({"tuned_by": name, "chosen": chosen}, sort_keys=False, width=100)
    note = (
        f"# Written by relaxpen choose from the study {name}; results/{name}/tables/tuning.csv.\n"
    )
    with whole(out) as draft:
        draft.write_text(note + text)
    return out
