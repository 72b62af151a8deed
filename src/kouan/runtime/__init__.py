"""What the simulated and the live world share.

The loop that writes down, decides and carries out; the hash-chained journal; the documents that
may be deleted; and replay, which turns a journal back into the state it came from.
"""
