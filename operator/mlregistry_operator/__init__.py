"""The ML registry operator: one place for an organisation's machine-learning assets, in every region it works in."""

__version__ = "0.1.0"
