"""The door at which the API server asks whether an edit may pass."""
