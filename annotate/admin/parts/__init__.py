"""What the pages of the admin are put together from."""
