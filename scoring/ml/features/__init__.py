"""Turn what is known of an image into numbers: standardised blocks, similarities, and fit to a prompt."""
