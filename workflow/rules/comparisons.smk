"""Comparisons: one job runs one method on one instance, all seeds at every point of its grid."""

for study in PLAN.comparisons:

    rule:
        name:
            f"compare_{study}"
        input:
            instance_of,
        output:
            "results/{study}/{instance}/{method}/index.json",
            "results/{study}/{instance}/{method}/manifest.json",
        log:
            "results/{study}/{instance}/{method}.log",
        wildcard_constraints:
            study=re.escape(study),
            method="|".join(map(re.escape, PLAN.methods(study))),
        conda:
            "../../environment.yml"
        threads: 1
        resources:
            gpu=num_gpus(),
        params:
            set=contest_arguments,
            seeds=contest_seeds,
            settings=contest_settings,
            code=contest_code,
            instance=subpath(input[0], ancestor=2),
            out=subpath(output[0], parent=True),
        shell:
            "python -m relaxpen run {params.set} --seeds {params.seeds} --threads {threads}"
            " --instance {params.instance:q} --out {params.out:q} 2> {log:q}"


for group, comparisons in PLAN.groups().items():

    rule:
        name:
            group
        input:
            [file for study in comparisons for file in made_by(study)],
            claims_made(group),
