"""Fleets that their vendor's own manager drives: Kouan gives it missions and opens gates.

docs/fleet-managers.md is the contract; nothing here says more than that page.
"""
