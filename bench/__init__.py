"""Benchmarks: named scenarios that can be repeated, each with the aim it is held against.

A benchmark compares within one run, on one machine. Absolute times are stored with the machine and
the commit they were taken on; they are never a claim by themselves.
"""
