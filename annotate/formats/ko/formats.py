"""The half of the day before its hour, as in Django's times without a date."""

DATETIME_FORMAT = "Y년 n월 j일 A g:i"
