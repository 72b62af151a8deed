"""Numbers folded from a journal.

The time release study, operations, trade and energy: each is a fold over journalled events and
commands. A report never calls the dispatcher, so it can be made again from any journal.
"""
