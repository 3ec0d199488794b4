"""Arrays of spikes in time bins."""
