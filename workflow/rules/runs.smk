"""Runs: one job runs one method on one instance, all seeds at every setting, and keeps each as it is done."""

# A rule for each study and T, so that the longest jobs can start first.
for name, study, steps, folders in PLAN.run_rules():

    rule:
        name:
            name
        input:
            instance=lambda wildcards: job_of(wildcards).instance,
            steps=lambda wildcards: job_of(wildcards).steps_of or [],
        output:
            "results/{study}/{folder}/index.json",
            "results/{study}/{folder}/manifest.json",
        log:
            "results/{study}/{folder}.log",
        wildcard_constraints:
            study=re.escape(study),
            folder=any_of(folders),
        priority: steps
        conda:
            "../../environment.yml"
        threads: 1
        resources:
            gpu=FLOW.num_gpus,
        params:
            set=lambda wildcards: job_of(wildcards).arguments,
            seeds=lambda wildcards: job_of(wildcards).seeds,
            settings=lambda wildcards: job_of(wildcards).settings,
            code=lambda wildcards: FLOW.run_code(job_of(wildcards)),
            steps=lambda wildcards: FLOW.steps_argument(job_of(wildcards)),
            instance=subpath(input.instance, ancestor=2),
            out=subpath(output[0], parent=True),
        shell:
            "python -m relaxpen run {params.set} --seeds {params.seeds} --threads {threads}"
            " --instance {params.instance:q} {params.steps} --out {params.out:q} 2> {log:q}"
