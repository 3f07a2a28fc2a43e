"""What every door shares: its errors, its models, its reader of YAML, its suggestions."""
