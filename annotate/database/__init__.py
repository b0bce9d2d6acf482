"""Django's PostgreSQL backend, which notices at no cost that a kept connection has ended."""
