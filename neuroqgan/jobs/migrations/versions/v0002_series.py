"""Rasters that take a request a bin: which bin a job is of, and after which request."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; jobs that are there are rasters of one request."""
    op.add_column("jobs", sa.Column("series", sa.String(32)))
    op.add_column("jobs", sa.Column("after", sa.String(32)))
    op.add_column("jobs", sa.Column("round", sa.Integer, nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("rounds", sa.Integer, nullable=False, server_default="1"))
    op.add_column("jobs", sa.Column("series_samples", sa.Integer))
    op.add_column("jobs", sa.Column("session", sa.String(128)))
    op.create_index("ix_jobs_series", "jobs", ["series"])


def downgrade() -> None:
    """Drop them, in place: a copy of the table would take the events of all jobs with it."""
    op.drop_index("ix_jobs_series", "jobs")
    for column in ("session", "series_samples", "rounds", "round", "after", "series"):
        op.drop_column("jobs", column)
