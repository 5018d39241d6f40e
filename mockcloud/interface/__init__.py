"""The cloud's own interface beside Azure's: `/_mock/...`."""
