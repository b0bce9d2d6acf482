"""Day before month, and 24 hours: as every list of the admin writes a moment."""

DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i"
