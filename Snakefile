"""Relax and penalize with zeroth-order Frank-Wolfe: from data to figures and tables."""


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/runs.smk"
include: "workflow/rules/results.smk"
include: "workflow/rules/claims.smk"


rule all:
    default_target: True
    input:
        ends(FLOW.first_group),


for group in FLOW.other_groups:

    rule:
        name:
            group
        input:
            ends(group),
