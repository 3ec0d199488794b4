"""Where circuits run: one file a kind of backend."""
