"""Asking: which text answers a question, who is asked when none does, and the clock on what nobody has answered."""
