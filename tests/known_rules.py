"""Every rule that there is, as the product has it: of runs, those of the small studies."""

from relaxpen.bench.rules import BENCH, PRECISION
from relaxpen.claims.rules import CLAIMS
from relaxpen.data.rules import labels_rule, pool_rule, split_rule
from relaxpen.data.sources.all_sources import SOURCES
from relaxpen.studies.points import expand
from relaxpen.studies.rules import collect_rule, figure_rule, table_rule
from relaxpen.tasks.all_tasks import TASKS
from relaxpen.tasks.rules import run_rule
from small_jobs import studies


def all_rules():
    """The rules of all sources, of the small studies' runs, of all tables and figures, and the others."""
    rules = {CLAIMS, BENCH, PRECISION}
    for name, source in SOURCES.items():
        rules |= {pool_rule(name)} if source.raw else set()
        data = source.settings.model_validate({"source": name})
        rules |= {split_rule(data), labels_rule(data)}
    for study in studies().values():
        rules |= {run_rule(study.of_task, one.method, one.settings) for one in expand(study)}
    for task in TASKS.values():
        rules |= {table_rule(task, name) for name in task.tables}
        rules |= {figure_rule(task, name) for name in task.figures}
        rules.add(collect_rule(task))
    return rules


RULES = all_rules()
