"""Which rules of a comparison run again when a module changes: what must, and nothing else."""

import pytest

from relaxpen.records.fingerprint import PACKAGE
from test_mutations import mutation, plans, with_code

SHOWN = {"table", "figure", "figure_data", "versus"}
COLLECTED = SHOWN | {"collect_runs", "claims_versus"}
COMPARED = COLLECTED | {"run_versus"}
EVERYTHING = COMPARED | {"split", "corrupt_labels"}
CHOSEN = ("soba", "peer")  # of the methods of other papers: the one that the study names
MODULES = {
    **{
        f"method/peers/{path.stem}.py": COMPARED if path.stem in CHOSEN else set()
        for path in (PACKAGE / "method/peers").glob("[!_]*")
    },
    **dict.fromkeys(
        [f"method/{name}.py" for name in ("first_order", "value_difference", "masks")], COMPARED
    ),
    "method/directional.py": set(),  # of estimators that the study does not name
    "method/directions.py": set(),
    **dict.fromkeys(
        [f"problems/{name}.py" for name in ("filters", "pulled", "weighted", "refit", "metrics")],
        COMPARED,
    ),
    **dict.fromkeys(
        [f"tasks/cleaning/{name}.py" for name in ("measure", "build", "run", "search", "kinds")],
        COMPARED,
    ),
    "problems/black_box.py": set(),
    "problems/corruption.py": EVERYTHING - {"split"},
    "studies/collect.py": COLLECTED,
    "studies/columns.py": COLLECTED,
    "studies/choose.py": set(),
    "tasks/cleaning/tuning.py": SHOWN,
    "tasks/cleaning/tables.py": SHOWN,
    "tasks/cleaning/figures.py": {"figure", "versus"},
    "tasks/agreement/run.py": set(),
    "tasks/agreement/tables.py": set(),
    "tasks/agreement/figures.py": set(),
    "tasks/cleaning/settings.py": set(),  # it refuses
    "tasks/cleaning/estimators.py": COMPARED,
    "tasks/peers/settings.py": COMPARED,
    "studies/contenders.py": set(),
    "studies/points.py": set(),
    "studies/study.py": set(),
    "tasks/thesis/run.py": set(),
    "tasks/thesis/tables.py": set(),
}


@pytest.fixture(scope="module")
def made(versus_study, tmp_path_factory):
    """The small comparison, finished, with code of its own."""
    return with_code(versus_study, tmp_path_factory.mktemp("made") / "tree")


@pytest.mark.long
def test_each_module_triggers_what_depends_on_it(made, tmp_path):
    cases = {module: mutation(module) for module in MODULES}
    assert plans(made, tmp_path, cases, "versus") == MODULES


def test_another_version_of_a_package_triggers_what_uses_it(made, tmp_path):
    def mutate(folder):
        other = folder / "src/cleanlab-9.9.dist-info"
        other.mkdir()
        (other / "METADATA").write_text("Metadata-Version: 2.1\nName: cleanlab\nVersion: 9.9\n")

    assert plans(made, tmp_path, {"cleanlab": mutate}, "versus") == {"cleanlab": COMPARED}
