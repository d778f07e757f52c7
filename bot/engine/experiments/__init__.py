"""Experiments: who gets what, what it did, and how sure that is. Formulas and sources: docs/experiments.md.

`assignment` says which arm a member is in. `compare` sets two arms side by side, `cuped` takes away what was known of
each member before, `sequential` keeps the verdict valid when it is looked at daily, `sampling` checks the split and
says how many members an arm needs, `thompson` shifts wording towards what works, `verdict` says it in words.
"""
