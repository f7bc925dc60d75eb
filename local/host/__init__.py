"""A Functions host for the Python v2 model, Durable Functions included, that runs from package registries alone."""
