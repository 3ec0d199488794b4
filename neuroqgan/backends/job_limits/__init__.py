"""What a job uses of what its service allows, and how a request is split into jobs."""
