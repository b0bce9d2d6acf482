"""Try what the pipeline and the models do on made-up data, for the benchmarks alone."""
