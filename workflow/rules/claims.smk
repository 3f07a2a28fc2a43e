"""Claims: what fresh runs say to each statement of a text; a rule for each claims file."""

for name, claims in FLOW.claims.items():

    rule:
        name:
            name
        input:
            claims=FLOW.claims_file(name),
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
            code=FLOW.claims_code,
            settings=claims.model_dump_json(),
        shell:
            "python -m relaxpen claims --claims {input.claims:q} --results results --out results > {log} 2>&1"
