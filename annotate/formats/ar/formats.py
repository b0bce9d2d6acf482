"""Day before month, as in Django's dates without a time."""

DATETIME_FORMAT = "j F، Y، g:i A"
SHORT_DATETIME_FORMAT = "d/m/Y g:i A"
