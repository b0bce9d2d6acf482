"""What models compute from the records."""
