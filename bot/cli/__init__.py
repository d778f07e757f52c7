"""The command line `lyceum`, one group of its commands a file; `bot/__main__.py` puts them together."""
