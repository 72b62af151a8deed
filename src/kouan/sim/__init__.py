"""A world made of a heap and a seed.

Demand, motion, people, authorities and faults as actors on virtual time: a year in minutes, and
the same journal every time for the same port, seed, start date and version.
"""
