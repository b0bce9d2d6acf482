"""The designs of studies, one folder each; `ratings.registry` says what an entry holds and finds it."""
