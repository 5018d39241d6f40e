"""Azurite, Microsoft's emulator of the blob service: what the mock cloud's blob service is compared with."""
