"""The admin of what comes in and goes out as files: dumps, deliveries, datasets."""
