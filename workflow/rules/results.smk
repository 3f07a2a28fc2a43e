"""Results: runs to tables, tables to figures."""

TABLE_KINDS = ("csv", "md", "tex", "manifest.json")


rule collect_runs:
    input:
        runs=runs_of,
        study=files_of,
    output:
        "results/{study}/summary.parquet",
        "results/{study}/traces.parquet",
        "results/{study}/summary.manifest.json",
    log:
        "results/{study}/collect.log",
    conda:
        "../../environment.yml"
    params:
        code=code_of("collect_runs"),
        settings=study_settings,
        results=subpath(output[0], parent=True),
    shell:
        "python -m relaxpen collect --study {input.study[0]} --results {params.results} > {log} 2>&1"


rule table:
    input:
        summary="results/{study}/summary.parquet",
        traces="results/{study}/traces.parquet",
        study=files_of,
    output:
        report(
            "results/{study}/tables/{table}.html",
            caption="../report/table.rst",
            category="{study}",
            subcategory="Tables",
            labels={"shows": "{table}"},
        ),
        collect("results/{{study}}/tables/{{table}}.{kind}", kind=TABLE_KINDS),
    log:
        "results/{study}/tables/{table}.log",
    wildcard_constraints:
        table="|".join(TABLES),
    conda:
        "../../environment.yml"
    params:
        code=code_of("table"),
        settings=study_settings,
        results=subpath(input.summary, parent=True),
        text=shown_by_table,
        out=subpath(output[0], parent=True),
    shell:
        "python -m relaxpen table {wildcards.table} --study {input.study[0]}"
        " --results {params.results} --out {params.out} > {log} 2>&1"


use rule table as figure_data with:
    output:
        "results/{study}/tables/{table}.csv",
        "results/{study}/tables/{table}.manifest.json",
    wildcard_constraints:
        table="|".join(FIGURE_DATA),


rule figure:
    input:
        tables=tables_of,
        study=files_of,
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
        figure="|".join(FIGURES),
    conda:
        "../../environment.yml"
    params:
        code=code_of("figure"),
        settings=study_settings,
        tables="results/{study}/tables",
        text=shown_by_figure,
        out=subpath(output[0], parent=True),
    shell:
        "python -m relaxpen figure {wildcards.figure} --study {input.study[0]} --tables {params.tables}"
        " --out {params.out} > {log} 2>&1"
