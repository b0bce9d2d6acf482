"""Start processes that train one network together: on this machine, or in pods of a cluster."""
