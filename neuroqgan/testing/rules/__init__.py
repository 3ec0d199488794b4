"""Which jobs the loopback service refuses, as IBM's job validation would."""
