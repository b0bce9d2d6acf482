"""Day before month, and 24 hours: Django's Hindi has one word for both halves of the day."""

TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j F Y, H:i"
SHORT_DATETIME_FORMAT = "d-m-Y H:i"
