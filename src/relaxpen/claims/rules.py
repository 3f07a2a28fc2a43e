"""The rule that judges claims."""

from relaxpen.records.rule import Rule

CLAIMS = Rule("claims", ("relaxpen.claims.page.write_claims",))
