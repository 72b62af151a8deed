"""People with roles, devices with tokens, and what each may do: nothing unless a role says so.

Nothing here is replayed, and nothing of it is in the journal but the name and role of who did what.
"""
