"""Virtual vehicles that speak VDA 5050 over MQTT: for trials, rehearsals and tests.

To a master they are vehicles like any other: they know nothing of the port but what an order says.
"""
