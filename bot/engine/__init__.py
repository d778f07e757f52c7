"""Policy: pure functions of an event, a state and the rules. No clock, no chance, no I/O."""
