"""Groups of features in regression tasks."""
