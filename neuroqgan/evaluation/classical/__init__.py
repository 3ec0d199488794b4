"""Classical models of a population, fitted on the same windows as our generators."""
