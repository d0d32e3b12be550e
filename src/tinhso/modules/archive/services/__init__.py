"""Writing to the stores: one function, one use case, one transaction."""
