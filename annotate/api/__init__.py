"""The JSON API: each view parses, authorises, calls one flow, answers."""
