"""The real world.

One inbox fed by vehicles, devices, forms, other systems and timers, and the only room that reads a
clock. What comes from outside is rounded to integers here, before it becomes an event.
"""
