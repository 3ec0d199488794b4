"""Training: targets and losses, the critic, the trainer, checkpoints and metrics."""
