"""Files that lie among results and that nothing made: what rules leave beside results is known."""

from pathlib import Path

from relaxpen.experiment import catalog
from relaxpen.experiment.comparison import catalog as compared
from relaxpen.experiment.data_files import FILES
from relaxpen.experiment.files import DRAFT

TABLES = {*catalog.TABLES, *catalog.FIGURE_DATA, *compared.TABLES, *compared.FIGURE_DATA}
FIGURES = {*catalog.FIGURES, *compared.FIGURES}


def is_left_by_a_rule(path: Path) -> bool:
    """Return whether a file is a log or a draft of a rule, by where it lies and what it is called.

    ``path`` is relative to the root of the repository. A job that failed leaves a log without a
    manifest, one that was killed a draft.
    """
    return any(map(DRAFT.fullmatch, path.parts)) or (path.suffix == ".log" and _is_log(path))


def linked(path: Path) -> Path | None:
    """Return the symbolic link on the way to a file, None if there is none.

    The folders results and figures themselves may lie elsewhere; what is in them may not.
    """
    steps = [path, *path.parents][: len(path.parts) - 1]
    return next((step for step in reversed(steps) if step.is_symlink()), None)


def _is_log(path: Path) -> bool:
    """Return whether a rule writes its log there; see the rules in workflow/rules."""
    match path.parts:
        case ("results", "data", _):
            return path.stem in FILES
        case ("results", _):
            return path.stem.startswith("claims") and Path(f"config/{path.stem}.yaml").exists()
        case ("results", _, "collect.log"):
            return True
        case ("results", _, "tables", _):
            return path.stem in TABLES
        case ("results", _, "figures", _):
            return path.stem in FIGURES
        case ("results", _, _, _) | ("results", _, _, _, _):
            # Snakemake makes the folder of a batch before the job that fills it starts.
            return path.with_name(path.stem).is_dir()
    return False
