"""Every way to clean labels, on the same instances, at the same cost."""
