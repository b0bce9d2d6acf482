"""Django's PostgreSQL backend: it notices at no cost that a kept connection has ended, and gives way in migrations."""
