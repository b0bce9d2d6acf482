"""The raters' pages: each view parses, authorises, calls one flow, answers."""
