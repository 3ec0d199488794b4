"""The page of runs: one self-contained HTML file to look at."""
