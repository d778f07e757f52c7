"""Platforms and payment providers: each turns its own news into our events and our effects into its own calls."""
