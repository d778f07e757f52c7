"""Member lists of other products: `read(data, choices)` gives the rows that can be taken, and those that can not."""

from bot.adapters.roster.reading import FIELDS, Choices, Reading, Rejected, RosterError, Row, read

__all__ = ["FIELDS", "Choices", "Reading", "Rejected", "RosterError", "Row", "read"]
