"""Where independent tasks run: processes of this machine, Slurm, Dask. All are executors."""
