"""The acts of the service across the apps; pages, API, admin and commands call them."""
