"""Data: the pool of each source, the split of each seed, the corrupted labels of each seed."""


rule pool:
    output:
        pool="results/data/{source}.npz",
        note="results/data/{source}.json",
        manifest="results/data/{source}.manifest.json",
    log:
        "results/data/{source}.log",
    wildcard_constraints:
        source="|".join(FILES),
    priority: 1000
    conda:
        "../../environment.yml"
    params:
        data_dir=PLAN.config.data_dir,
        code=CODE["pool"],
    shell:
        "python -m relaxpen data --source {wildcards.source} --data-dir {params.data_dir:q}"
        " --out {output.pool} > {log} 2>&1"


rule split:
    input:
        pool_of,
    output:
        "results/{study}/{instance}/split/index.json",
        "results/{study}/{instance}/split/manifest.json",
    log:
        "results/{study}/{instance}/split.log",
    priority: 1000
    conda:
        "../../environment.yml"
    params:
        set=data_arguments,
        seeds=seeds_of,
        settings=data_settings,
        code=CODE["split"],
        out=subpath(output[0], parent=True),
    shell:
        "python -m relaxpen split --set {params.set} --seeds {params.seeds} --out {params.out:q} > {log:q} 2>&1"


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
        set=data_arguments,
        seeds=seeds_of,
        settings=data_settings,
        code=CODE["corrupt_labels"],
        split=subpath(input[0], parent=True),
        out=subpath(output[0], parent=True),
    shell:
        "python -m relaxpen corrupt --set {params.set} --seeds {params.seeds}"
        " --split {params.split:q} --out {params.out:q} > {log:q} 2>&1"
