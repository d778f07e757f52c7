"""Finding texts by words: one search for `/search`, which lists the best, and `/ask`, which needs a good one."""
