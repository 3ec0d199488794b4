"""Training without regard to the family: base, loop, checkpoints, settings, critic, targets."""
