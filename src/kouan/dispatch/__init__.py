"""Facts in, orders out.

The dispatcher takes one event and returns the commands it decides on: visits walking the stages
of their procedures, clearance, verification, lanes, fleets and transfer. It has no clock, no dice
and no wires; time arrives in the event, and a wake-up is a command that comes back as one.
"""
