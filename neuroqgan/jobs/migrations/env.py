"""What alembic runs: the connection is always given by `neuroqgan.jobs.database`."""

from __future__ import annotations

from alembic import context

from neuroqgan.jobs.tables import metadata

# Batch mode copies a table to change it, as SQLite needs.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
