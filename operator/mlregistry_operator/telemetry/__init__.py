"""Windows: logs, metrics and probes."""
