"""The signs that pages of the admin write alike, wherever they stand."""

DASH = "\N{EN DASH}"  # where there is no value
MINUS = "\N{MINUS SIGN}"


def decimal(value: float, digits: int) -> str:
    """Write a figure with so many decimals."""
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", MINUS)


def signed(value: float, digits: int = 3) -> str:
    """Write a difference with its sign; what rounds to zero is no negative zero."""
    return f"{round(value, digits) + 0.0:+.{digits}f}".replace("-", MINUS)
