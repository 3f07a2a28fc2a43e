"""Claims: what fresh runs say to each statement of the thesis."""


rule claims:
    input:
        claims="config/claims.yaml",
        tables=expand(
            "results/{study}/{name}.parquet",
            study=CLAIMS.studies,
            name=["summary", "traces"],
        ),
    output:
        "results/claims.csv",
        "results/claims.md",
        report(
            "results/claims.html",
            caption="../report/claims.rst",
            category="Claims",
            labels={"shows": "verdicts"},
        ),
        "results/claims.manifest.json",
    log:
        "results/claims.log",
    conda:
        "../../environment.yml"
    params:
        code=CODE["claims"],
    shell:
        "python -m relaxpen claims --claims {input.claims} --results results --out results > {log} 2>&1"
