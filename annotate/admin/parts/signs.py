"""The signs that pages of the admin write alike, wherever they stand."""

DASH = "\N{EN DASH}"  # where there is no value
MINUS = "\N{MINUS SIGN}"
