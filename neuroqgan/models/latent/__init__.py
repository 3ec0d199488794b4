"""Generators driven by latents alone: presets stationary and spiqgan."""
