"""Which rules of a comparison run again when a module changes: what must, and nothing else."""

import shutil

import pytest

from conftest import REPOSITORY
from pipeline import snakemake
from relaxpen.records.fingerprint import PACKAGE
from test_mutations import mutation, plans
from versus import make_versus

SHOWN = {"table", "figure", "figure_data", "versus"}
COLLECTED = SHOWN | {"collect_runs", "claims_versus"}
COMPARED = COLLECTED | {"compare_versus"}
EVERYTHING = COMPARED | {"split", "corrupt_labels"}
MODULES = {
    **{
        f"method/peers/{path.stem}.py": COMPARED
        for path in (PACKAGE / "method/peers").glob("[!_]*")
    },
    **dict.fromkeys(
        [f"method/{name}.py" for name in ("first_order", "directional", "directions", "masks")],
        COMPARED,
    ),
    **dict.fromkeys(
        [f"problems/{name}.py" for name in ("filters", "pulled", "weighted", "refit", "metrics")],
        COMPARED,
    ),
    **dict.fromkeys(
        [f"experiment/comparison/{name}.py" for name in ("bench", "build", "runs", "search")],
        COMPARED,
    ),
    "problems/black_box.py": set(),
    "problems/corruption.py": EVERYTHING - {"split"},
    "studies/collect_comparison.py": COLLECTED,
    "studies/choose.py": {"table", "figure_data", "figure", "versus"},
    "tasks/cleaning/tables.py": {"table", "figure_data", "figure", "versus"},
    "tasks/cleaning/figures.py": {"figure", "versus"},
    "tasks/agreement/run.py": set(),
    "tasks/agreement/tables.py": {"table", "figure_data", "figure", "versus"},
    "tasks/agreement/figures.py": {"figure", "versus"},
    "tasks/cleaning/settings.py": set(),
    "studies/contests.py": set(),
    "tasks/thesis/run.py": set(),
    "tasks/thesis/tables.py": set(),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The small comparison with code of its own, run once."""
    folder = make_versus(tmp_path_factory.mktemp("made"))
    shutil.copytree(REPOSITORY / "src/relaxpen", folder / "src/relaxpen")
    result = snakemake(folder, "versus", env={"PYTHONPATH": str(folder / "src")})
    assert result.returncode == 0, result.stderr[-3000:]
    return folder


def test_each_module_triggers_what_depends_on_it(made, tmp_path):
    cases = {module: mutation(module) for module in MODULES}
    assert plans(made, tmp_path, cases, "versus") == MODULES


def test_another_version_of_a_package_triggers_what_uses_it(made, tmp_path):
    def mutate(folder):
        other = folder / "src/cleanlab-9.9.dist-info"
        other.mkdir()
        (other / "METADATA").write_text("Metadata-Version: 2.1\nName: cleanlab\nVersion: 9.9\n")

    assert plans(made, tmp_path, {"cleanlab": mutate}, "versus") == {"cleanlab": COMPARED}
