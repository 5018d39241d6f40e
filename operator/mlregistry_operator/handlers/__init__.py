"""Doors: kopf's registrations, a few lines each."""
