"""Programs that keep experiments, which ended training runs are logged to; each from its own library."""
