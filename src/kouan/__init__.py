"""Kouan (口岸): a land border port run from one declared model, in simulation and live."""

__version__ = "0.1.0"
