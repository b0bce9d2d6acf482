"""The programs of other houses that the records talk to; each behind a small client that knows no database."""
