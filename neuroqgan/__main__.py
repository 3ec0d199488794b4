"""``python -m neuroqgan`` is ``neuroqgan``."""

from neuroqgan.cli import main

if __name__ == "__main__":
    main(prog_name="neuroqgan")
