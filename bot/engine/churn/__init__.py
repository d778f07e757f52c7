"""Who is about to leave: features from the log, a regularised logistic regression with a prior, and reasons in words.

`snapshots` says what is predicted, `features` from what, `model` how, `training` chooses and calibrates by later time,
`reasons` tells people why, `trial` measures it all on an archive. See docs/churn.md.
"""
