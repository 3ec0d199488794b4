"""What drives a bin: parts whose sum is the first rotation of every neuron."""
