"""Devices of stations: cameras, scales, barriers, lights, loops and readers, over their wires.

What they say comes as signals; a barrier opens only on a request with a reason that still holds.
"""
