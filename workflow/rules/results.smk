"""Results: runs to tables, tables to figures."""

from relaxpen.experiment.catalog import EXTENSIONS, FIGURE_DATA, FIGURES, TABLES


def made_by(study):
    """Every table and figure of a study."""
    spec, folder = PLAN.studies[study], f"results/{study}/tables"
    tables = [f"{folder}/{name}.{kind}" for name in spec.tables for kind in ("csv", "md", "tex")]
    return tables + [f"figures/{study}/{name}.{kind}" for name in spec.figures for kind in EXTENSIONS]


def runs_of(wildcards):
    return PLAN.runs(wildcards.study)


def tables_of(wildcards):
    folder = f"results/{wildcards.study}/tables"
    return [f"{folder}/{name}.csv" for name in FIGURES[wildcards.figure][1]]


rule collect_runs:
    input:
        runs=runs_of,
        study="config/studies/{study}.yaml",
    output:
        "results/{study}/summary.parquet",
        "results/{study}/traces.parquet",
    log:
        "results/{study}/collect.log",
    params:
        results=subpath(output[0], parent=True),
    shell:
        "python -m relaxpen collect --study {input.study} --results {params.results} > {log} 2>&1"


rule table:
    input:
        summary="results/{study}/summary.parquet",
        traces="results/{study}/traces.parquet",
        study="config/studies/{study}.yaml",
    output:
        collect("results/{{study}}/tables/{{table}}.{kind}", kind=["csv", "md", "tex"]),
    log:
        "results/{study}/tables/{table}.log",
    wildcard_constraints:
        table="|".join(TABLES),
    params:
        results=subpath(input.summary, parent=True),
        out=subpath(output[0], parent=True),
    shell:
        "python -m relaxpen table {wildcards.table} --study {input.study}"
        " --results {params.results} --out {params.out} > {log} 2>&1"


use rule table as figure_data with:
    output:
        "results/{study}/tables/{table}.csv",
    wildcard_constraints:
        table="|".join(FIGURE_DATA),


rule figure:
    input:
        tables=tables_of,
        study="config/studies/{study}.yaml",
    output:
        collect("figures/{{study}}/{{figure}}.{kind}", kind=EXTENSIONS),
    log:
        "results/{study}/figures/{figure}.log",
    wildcard_constraints:
        figure="|".join(FIGURES),
    params:
        tables="results/{study}/tables",
        out=subpath(output[0], parent=True),
    shell:
        "python -m relaxpen figure {wildcards.figure} --study {input.study} --tables {params.tables}"
        " --out {params.out} > {log} 2>&1"
