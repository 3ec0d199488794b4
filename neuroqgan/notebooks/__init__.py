"""Objects in a notebook: cards, small pictures, and what changes while it runs."""
