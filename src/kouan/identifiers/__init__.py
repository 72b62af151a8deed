"""Identifiers: what a number says of itself.

Containers, travel documents, wagons, plates, companies, persons, customs entries, places and goods.
Each has a function that parses a text into its parts, or raises IdentifierError, which says
which character is wrong and what was expected. Nothing is corrected and no missing check digit is
computed. Pure: no tables from outside, no clock.
"""
