"""Tags of the raters' templates."""
