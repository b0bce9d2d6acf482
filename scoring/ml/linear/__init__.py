"""Fit the linear-Gaussian backbone: variance components, consensus, directions of taste, collaborative factors."""
