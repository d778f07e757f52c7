"""Discussions worth joining: threads, topics and channels ranked by people, place, heat and what they are called.

`scene` hears who wrote where and says what speaks for each discussion, `weights` learns how much each counts from the
community's own past, `trial` measures both beside each of the four alone. No text of a message is known here: content
is the titles of threads and topics and the names of channels, and nothing else.
"""
