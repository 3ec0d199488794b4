"""Explanations: by which spikes a judge recognises windows, and what drives the neurons."""
