"""Reading bytes that nobody vouches for."""
