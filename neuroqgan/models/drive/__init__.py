"""What drives a bin: parts whose sum is the first rotation of every neuron.

A generator is put together from parts that know nothing of each other: a threshold, the past, a
latent, and covariates, each a `neuroqgan.models.drive.part.DrivePart` in a module of its own.
"""
