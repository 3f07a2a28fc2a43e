"""Relax and penalize with zeroth-order Frank-Wolfe: from data to figures and tables."""


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/runs.smk"
include: "workflow/rules/comparisons.smk"
include: "workflow/rules/results.smk"
include: "workflow/rules/claims.smk"


rule all:
    default_target: True
    input:
        [file for study in PLAN.studies for file in made_by(study)],
        claims_made(),
