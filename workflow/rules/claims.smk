"""Claims: what fresh runs say to each statement of a text; a rule for each claims file."""

for name, claims in CLAIMS.items():

    rule:
        name:
            name
        input:
            claims=f"config/{name}.yaml",
            tables=expand(
                "results/{study}/{name}.parquet",
                study=claims.studies,
                name=["summary", "traces"],
            ),
        output:
            f"results/{name}.csv",
            f"results/{name}.md",
            report(
                f"results/{name}.html",
                caption="../report/claims.rst",
                category="Claims",
                labels={"shows": "verdicts", "of": name},
            ),
            f"results/{name}.manifest.json",
        log:
            f"results/{name}.log",
        conda:
            "../../environment.yml"
        params:
            code=CODE["claims"],
            settings=claims.model_dump_json(),
        shell:
            "python -m relaxpen claims --claims {input.claims} --results results --out results > {log} 2>&1"
