"""Runs: one job computes all seeds of one method on one cell, and keeps each as it is done."""

# A rule for each study and T, so that the longest jobs can start first.
for study in PLAN.studies:
    for num_steps in PLAN.lower_steps(study):

        rule:
            name:
                f"run_{study}_T{num_steps}"
            input:
                labels="results/{study}/{instance}/labels/index.json",
                steps=steps_of,
            output:
                "results/{study}/{instance}/{cell}/{method}/index.json",
                "results/{study}/{instance}/{cell}/{method}/manifest.json",
            log:
                "results/{study}/{instance}/{cell}/{method}.log",
            wildcard_constraints:
                study=re.escape(study),
                cell="|".join(map(re.escape, PLAN.cell_names(study, num_steps))),
            priority: num_steps
            conda:
                "../../environment.yml"
            threads: 1
            resources:
                gpu=num_gpus(),
            params:
                set=cell_arguments,
                seeds=seeds_of,
                settings=all_settings,
                code=CODE["run"],
                steps=steps_argument,
                instance=subpath(input.labels, ancestor=2),
                out=subpath(output[0], parent=True),
            shell:
                "python -m relaxpen run --method {wildcards.method} --set {params.set}"
                " --seeds {params.seeds} --threads {threads} --instance {params.instance:q} {params.steps}"
                " --out {params.out:q} 2> {log:q}"


rule references:
    input:
        "results/{study}/{instance}/labels/index.json",
    output:
        "results/{study}/{instance}/references/index.json",
        "results/{study}/{instance}/references/manifest.json",
    log:
        "results/{study}/{instance}/references.log",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        gpu=num_gpus(),
    params:
        set=reference_arguments,
        seeds=seeds_of,
        settings=reference_settings,
        code=CODE["references"],
        instance=subpath(input[0], ancestor=2),
        out=subpath(output[0], parent=True),
    shell:
        "python -m relaxpen run --method references --set {params.set} --seeds {params.seeds}"
        " --threads {threads}"
        " --instance {params.instance:q} --out {params.out:q} 2> {log:q}"
