"""The only part that speaks SQL: synchronous code, run in worker threads, one hop for one transaction."""
