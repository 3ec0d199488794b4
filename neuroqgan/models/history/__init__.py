"""The generator driven by its own past spikes: preset history."""
