"""The whole crate: who and what it is about, the workflow and its steps, one action for each job."""

from collections.abc import Iterable

from rocrate.model.computerlanguage import snakemake
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from relaxpen.audit.crate_actions import (
    COMPLETED,
    add_action,
    add_inputs,
    add_tool,
    results,
    stamp,
)
from relaxpen.audit.crate_graph import CrateGraph
from relaxpen.audit.crate_jobs import CrateJob
from relaxpen.records.files import sha256

PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/ro/wfrun/provenance/0.5": "Provenance Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
WORKFLOW_PROFILE = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
BY_HAND = ("bench", "precision")  # rules that are no step of the workflow
WORKFLOW, REQUIREMENTS, README = "Snakefile", "requirements.txt", "README.md"
MANUAL = "https://snakemake.readthedocs.io"
NO_LICENCE = "The sources state no licence: ask their authors before you use them."


def build_crate(graph: CrateGraph, jobs: list[CrateJob]) -> ROCrate:
    """Return the crate of jobs, in the order in which they started, and of the graph's payload."""
    home = graph.about.url or graph.thing(README)
    agent = _agent(graph, home)
    _describe(graph, agent, home)
    last = max(jobs, key=lambda job: job.manifest.ended).manifest
    workflow, engine = _workflow(graph, agent, home, last.packages.get("snakemake", "unknown"))
    commits = sorted({str(job.manifest.git["commit"] or "unknown") for job in jobs})
    workflow["version"] = f"commit {', '.join(commits)}"
    organize = graph.entity("#engine-run", "OrganizeAction", name="Run of Snakemake", agent=agent)
    organize["instrument"] = engine
    packages = [graph.file(REQUIREMENTS)] if REQUIREMENTS in graph.about.files else []
    for job in jobs:  # what is read must be known as made, even if it was made again later
        results(graph, job)
    for job in jobs:
        tool = add_tool(graph, job.manifest, home, packages)
        action = add_action(graph, job, tool, agent)
        inputs = add_inputs(graph, job, tool, action)
        if job.rule not in BY_HAND:
            step = _add_step(graph, job, workflow, tool)
            _connect(graph, job, workflow, step, inputs)
            name = f"Control of {job.title}"
            control = graph.entity(f"#control/{job.title}", "ControlAction", name=name)
            control["instrument"], control["object"] = step, action
            graph.link(organize, "object", control)
    organize["result"] = _workflow_run(graph, jobs, workflow, agent)
    for name in ("startTime", "endTime"):
        organize[name] = organize["result"][name]
    return graph.finish()


def _agent(graph: CrateGraph, home: Entity | str) -> Entity:
    """Return who ran it: a person of the project, or the project."""
    about = graph.about
    project = graph.entity("#project", "Organization", name=about.name, url=home)
    if about.author is None:
        return project
    identifier = f"https://orcid.org/{about.orcid}" if about.orcid else "#author"
    return graph.entity(identifier, "Person", name=about.author, affiliation=project)


def _describe(graph: CrateGraph, agent: Entity, home: Entity | str) -> None:
    """Say of the crate what it is, by whom, and under which licence."""
    about, root = graph.about, graph.crate.root_dataset
    if about.licence:
        licence = graph.file(about.licence)
        licence._jsonld["@type"] = ["File", "CreativeWork"]  # it has no setter for types
    else:
        licence = graph.entity(
            "#no-licence", "CreativeWork", name="No licence stated", description=NO_LICENCE
        )
    root["name"] = f"Results of {about.name}"
    root["description"] = f"{about.description}. Made by the workflow {WORKFLOW}."
    root["license"], root["author"] = licence, agent
    root["publisher"] = graph.entity("#project", "Organization")
    for identifier, name in PROFILES.items():
        version = identifier.rpartition("/")[2]
        profile = graph.entity(identifier, "CreativeWork", name=name, version=version)
        graph.link(root, "conformsTo", profile)
    if README in about.files:
        graph.file(README)["about"] = root


def _workflow(
    graph: CrateGraph, agent: Entity, home: Entity | str, version: str
) -> tuple[Entity, Entity]:
    """Return the workflow and the program that runs it."""
    language = graph.crate.add(snakemake(graph.crate, version))
    about = graph.about
    source = graph.payload / WORKFLOW
    facts = {"name": f"Workflow of {about.name}", "sha256": sha256(source)}
    workflow = graph.crate.add_workflow(
        source, WORKFLOW, main=True, lang=language, properties=facts
    )
    workflow._jsonld["@type"] = ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"]
    workflow["encodingFormat"], workflow["url"] = "text/x-python", home
    workflow["programmingLanguage"] = language
    workflow["creator"] = agent
    workflow["license"] = graph.crate.root_dataset["license"]
    workflow["conformsTo"] = {"@id": WORKFLOW_PROFILE}
    engine = graph.entity(
        f"{MANUAL}/en/v{version}", "SoftwareApplication", name="Snakemake",
        softwareVersion=version, url=MANUAL,
    )  # fmt: skip
    return workflow, engine


def _connect(
    graph: CrateGraph,
    job: CrateJob,
    workflow: Entity,
    step: Entity,
    inputs: list[tuple[str, Entity, Entity]],
) -> None:
    """Link the step of a job to the steps whose results it reads, or to the workflow's inputs."""
    for maker, thing, parameter in inputs:
        if maker:
            name = f"{maker}-to-{job.rule}"
            connection = graph.entity(f"#connection/{name}", "ParameterConnection", name=name)
            connection["sourceParameter"] = graph.parameter(f"{maker}-output", thing)
            connection["targetParameter"] = parameter
            graph.link(step, "connection", connection)
        else:
            graph.link(workflow, "input", parameter)


def _add_step(graph: CrateGraph, job: CrateJob, workflow: Entity, tool: Entity) -> Entity:
    """Return the step of the workflow that a rule is; its position is that of its first job."""
    position = str(1 + len(graph.crate.get_by_type("HowToStep")))
    step = graph.entity(f"#step/{job.rule}", "HowToStep", name=job.rule, position=position)
    graph.link(step, "workExample", tool)
    graph.link(workflow, "step", step)
    graph.link(workflow, "hasPart", tool)
    return step


def _workflow_run(
    graph: CrateGraph, jobs: Iterable[CrateJob], workflow: Entity, agent: Entity
) -> Entity:
    """Return the action of the whole: from files that nothing made to files made of results."""
    own = [job for job in jobs if job.rule not in BY_HAND]
    run = graph.entity(
        "#workflow-run", "CreateAction", name="Run of the workflow",
        description="All jobs, from the data to tables and figures", instrument=workflow,
        agent=agent, actionStatus=COMPLETED,
        startTime=stamp(min(job.manifest.started for job in own)),
        endTime=stamp(max(job.manifest.ended for job in own)),
    )  # fmt: skip
    graph.link(graph.crate.root_dataset, "mentions", run)
    for job in own:
        for name, maker in job.inputs.items():
            if not maker:
                graph.link(run, "object", graph.thing(name))
        if not job.folder and any(job.inputs.values()):
            for result in results(graph, job):
                graph.link(run, "result", result)
                graph.link(workflow, "output", graph.parameter(f"{job.rule}-output", result))
    return run
