"""What kind of member somebody is, in words a creator understands: figures, clusters that stay what they are, names.

`figures` says what is known of each, `clusters` groups members by it and keeps the groups from week to week, `naming`
says which segment is which. See docs/profile.md.
"""
