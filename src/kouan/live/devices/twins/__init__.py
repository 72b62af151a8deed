"""Devices without steel: simulated twins that speak the same wire as the real ones."""
