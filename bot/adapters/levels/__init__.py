"""Levels of other products: `read(data, choices)` gives whoever has how much XP there, and what can't be taken."""

from bot.adapters.levels.formats import PRODUCTS, Product
from bot.adapters.levels.reading import Choices, LevelsError, Reading, Rejected, Row, read

__all__ = ["PRODUCTS", "Choices", "LevelsError", "Product", "Reading", "Rejected", "Row", "read"]
