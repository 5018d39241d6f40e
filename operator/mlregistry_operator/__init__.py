"""The ML registry operator: one place for machine-learning assets, in every region one works in."""

__version__ = "0.1.0"
