"""The numbers of taking part, for the creator: gathered, defined in words, drawn, and laid out as tables and as a page.

`gather.py` computes all of it from the log, `measures.py` says what each figure means, `plates.py` draws, `tables.py`
makes rows for CSV and JSON, and `page.py` is the report as HTML. `/stats` and `lyceum report` show the same.
"""
