"""Data: the pool of each source, the split of each seed, the corrupted labels of each seed."""


rule pool:
    output:
        pool="results/data/{source}.npz",
        note="results/data/{source}.json",
        manifest="results/data/{source}.manifest.json",
    log:
        "results/data/{source}.log",
    wildcard_constraints:
        source=any_of(FLOW.sources),
    priority: 1000
    conda:
        "../../environment.yml"
    params:
        data_dir=PLAN.config.data_dir,
        code=lambda wildcards: FLOW.pool_code(wildcards.source),
    shell:
        "python -m relaxpen data --source {wildcards.source} --data-dir {params.data_dir:q}"
        " --out {output.pool} > {log} 2>&1"


rule split:
    input:
        of_instance(FLOW.pool),
        ancient(of_instance(FLOW.arrays)),
    output:
        "results/{study}/{instance}/split/index.json",
        "results/{study}/{instance}/split/manifest.json",
    log:
        "results/{study}/{instance}/split.log",
    priority: 1000
    conda:
        "../../environment.yml"
    params:
        set=of_instance(PLAN.data_arguments),
        seeds=of_study(PLAN.seeds),
        settings=of_instance(FLOW.data_settings),
        code=of_instance(FLOW.split_code),
        out=subpath(output[0], parent=True),
    shell:
        "python -m relaxpen split {params.set} --seeds {params.seeds} --out {params.out:q} > {log:q} 2>&1"


rule corrupt_labels:
    input:
        "results/{study}/{instance}/split/index.json",
    output:
        "results/{study}/{instance}/labels/index.json",
        "results/{study}/{instance}/labels/manifest.json",
    log:
        "results/{study}/{instance}/labels.log",
    priority: 1000
    conda:
        "../../environment.yml"
    params:
        set=of_instance(PLAN.data_arguments),
        seeds=of_study(PLAN.seeds),
        settings=of_instance(FLOW.data_settings),
        code=of_instance(FLOW.labels_code),
        split=subpath(input[0], parent=True),
        out=subpath(output[0], parent=True),
    shell:
        "python -m relaxpen corrupt {params.set} --seeds {params.seeds}"
        " --split {params.split:q} --out {params.out:q} > {log:q} 2>&1"
