"""What a crate says of one job: the program, the action, what it read and what it made."""

import shlex
from datetime import datetime

from rocrate.model.entity import Entity

from relaxpen.audit.crate_graph import KINDS, CrateGraph
from relaxpen.audit.crate_jobs import INDEX, CrateJob, flat
from relaxpen.records.manifest import Manifest, text_digest

COMPLETED = "http://schema.org/CompletedActionStatus"


def add_tool(
    graph: CrateGraph, manifest: Manifest, home: Entity | str, packages: list[Entity]
) -> Entity:
    """Return the program that a rule is, in the code and with the packages of a manifest."""
    name, url = graph.about.name, graph.about.url or ""
    commit, dirty = manifest.git["commit"], manifest.git["dirty"]
    state = " with uncommitted changes" if dirty else ""
    version = manifest.packages.get(name, "unknown")
    facts = [version, f"code {manifest.code}", f"commit {commit or 'unknown'}{state}"]
    listed = [f"python=={manifest.python}"]
    listed += [f"{package}=={number}" for package, number in manifest.packages.items()]
    installed = graph.entity(
        f"#packages/{text_digest(listed)[:12]}", "CreativeWork", name="Installed packages",
        description="What was installed when the program ran", text="\n".join(listed),
    )  # fmt: skip
    return graph.entity(
        f"{url}#tool/{manifest.rule}/{text_digest([facts, listed])[:12]}", "SoftwareApplication",
        name=f"{name}: {manifest.rule}", softwareVersion=", ".join(facts), url=home,
        softwareRequirements=[*packages, installed],
    )  # fmt: skip


def add_action(graph: CrateGraph, job: CrateJob, tool: Entity, agent: Entity) -> Entity:
    """Return the action of a job: its settings, its machine and what it made."""
    manifest = job.manifest
    action = graph.entity(
        f"#action/{job.title}", "CreateAction", name=f"{job.rule}: {job.title}",
        description=shlex.join(manifest.command), startTime=stamp(manifest.started),
        endTime=stamp(manifest.ended), actionStatus=COMPLETED, instrument=tool, agent=agent,
    )  # fmt: skip
    graph.link(graph.crate.root_dataset, "mentions", action)
    for name, value in job.settings.items():
        setting = graph.value("setting", name, value)
        kind = KINDS.get(type(value))
        graph.link(tool, "input", graph.parameter(name, setting, kind))
        graph.link(action, "object", setting)
    for result in results(graph, job):
        graph.link(tool, "output", graph.parameter(f"{job.rule}-output", result))
        graph.link(action, "result", result)
    for name, value in flat({"machine": manifest.machine, "torch": manifest.torch or {}}).items():
        graph.link(action, "environment", graph.value("environment", name, value))
    return action


def add_inputs(
    graph: CrateGraph, job: CrateJob, tool: Entity, action: Entity
) -> list[tuple[str, Entity, Entity]]:
    """Link a job to what it read.

    Returns for each input the rule that made it ("" if none did), the input, and the parameter of
    the program that it was given for.
    """
    found = []
    for name, maker in job.inputs.items():
        thing = graph.thing(name, job.manifest.inputs.get(name))
        parameter = graph.parameter(f"{job.rule}-input-{maker or 'source'}", thing)
        graph.link(tool, "input", parameter)
        graph.link(action, "object", thing)
        found.append((maker, thing, parameter))
    return found


def results(graph: CrateGraph, job: CrateJob) -> list[Entity]:
    """Return what a job made: its files, or its folder with the index of what lies in there."""
    if not job.folder:
        return [graph.file(name, job.files[name]) for name in job.results]
    folder = graph.folder(job.folder, f"What rule {job.rule} made: {len(job.files)} files")
    index = f"{job.folder}/{INDEX}"
    graph.link(folder, "hasPart", graph.file(index, job.files[index]))
    return [folder]


def stamp(moment: datetime) -> str:
    """Return a time as RO-Crate writes it, ISO 8601 to the millisecond."""
    return moment.isoformat(timespec="milliseconds")
