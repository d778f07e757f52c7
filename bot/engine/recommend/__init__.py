"""What helps a member next: item models over what a community took, texts and popularity, blended as its own past says.

`past` makes matrices, `ease` and `content` score, `choice` decides how far to trust them over plain popularity,
`model` is what training makes and what is stored, `ranking` is the list for one member with a reason for each item.
`trial` measures all of it, and others beside it, on any community's past.
"""
