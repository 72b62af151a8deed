"""Planning on the road graph.

Compiles the declared roads into a map of integers, assigns work to vehicles, sequences gates,
finds paths and keeps the graph of who waits for whom. Pure and numeric: integer milliseconds and
millimetres, the same result on every machine.
"""
