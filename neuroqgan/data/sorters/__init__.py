"""What folders of spike sorters say beside the spikes: sampling rate, clusters, their labels."""
