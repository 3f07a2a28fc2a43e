"""Results: runs to tables, tables to figures."""


rule collect_runs:
    input:
        runs=of_study(FLOW.runs),
        study=of_study(PLAN.files),
    output:
        "results/{study}/summary.parquet",
        "results/{study}/traces.parquet",
        "results/{study}/summary.manifest.json",
    log:
        "results/{study}/collect.log",
    conda:
        "../../environment.yml"
    params:
        code=of_study(FLOW.collect_code),
        settings=of_study(FLOW.study_settings),
        results=subpath(output[0], parent=True),
    shell:
        "python -m relaxpen collect --study {input.study[0]:q} --results {params.results} > {log} 2>&1"


rule table:
    input:
        summary="results/{study}/summary.parquet",
        traces="results/{study}/traces.parquet",
        study=of_study(PLAN.files),
    output:
        report(
            "results/{study}/tables/{table}.html",
            caption="../report/table.rst",
            category="{study}",
            subcategory="Tables",
            labels={"shows": "{table}"},
        ),
        collect(
            "results/{{study}}/tables/{{table}}.{kind}",
            kind=("csv", "md", "tex", "manifest.json"),
        ),
    log:
        "results/{study}/tables/{table}.log",
    wildcard_constraints:
        table=any_of(FLOW.tables),
    conda:
        "../../environment.yml"
    params:
        code=lambda wildcards: FLOW.table_code(wildcards.study, wildcards.table),
        settings=of_study(FLOW.study_settings),
        text=lambda wildcards: FLOW.table_text(wildcards.study, wildcards.table),
        results=subpath(input.summary, parent=True),
        out=subpath(output[0], parent=True),
    shell:
        "python -m relaxpen table {wildcards.table} --study {input.study[0]:q}"
        " --results {params.results} --out {params.out} > {log} 2>&1"


use rule table as figure_data with:
    output:
        "results/{study}/tables/{table}.csv",
        "results/{study}/tables/{table}.manifest.json",
    wildcard_constraints:
        table=any_of(FLOW.figure_data),


rule figure:
    input:
        tables=lambda wildcards: PLAN.drawn_from(wildcards.study, wildcards.figure),
        study=of_study(PLAN.files),
    output:
        report(
            "figures/{study}/{figure}.png",
            caption="../report/figure.rst",
            category="{study}",
            subcategory="Figures",
            labels={"shows": "{figure}"},
        ),
        "figures/{study}/{figure}.pdf",
        "figures/{study}/{figure}.manifest.json",
    log:
        "results/{study}/figures/{figure}.log",
    wildcard_constraints:
        figure=any_of(FLOW.figures),
    conda:
        "../../environment.yml"
    params:
        code=lambda wildcards: FLOW.figure_code(wildcards.study, wildcards.figure),
        settings=of_study(FLOW.study_settings),
        text=lambda wildcards: FLOW.figure_text(wildcards.study, wildcards.figure),
        tables="results/{study}/tables",
        out=subpath(output[0], parent=True),
    shell:
        "python -m relaxpen figure {wildcards.figure} --study {input.study[0]:q} --tables {params.tables}"
        " --out {params.out} > {log} 2>&1"
