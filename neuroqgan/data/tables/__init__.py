"""Tables of spike times: one row per spike."""
