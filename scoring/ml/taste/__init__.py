"""Model how raters differ: the prior of a taste, the posterior of one rater, and the likelihood of both."""
