"""Who asked for a job, and the checksum of its raster where a group keeps that beside the bits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of jobs that are there it is not known who asked for them."""
    op.add_column("jobs", sa.Column("user_name", sa.String(128)))
    op.add_column("jobs", sa.Column("raster_sha256", sa.String(64)))
    op.create_index("ix_jobs_user_name", "jobs", ["user_name"])


def downgrade() -> None:
    """Drop them, in place: a copy of the table would take the events of all jobs with it."""
    op.drop_index("ix_jobs_user_name", "jobs")
    op.drop_column("jobs", "raster_sha256")
    op.drop_column("jobs", "user_name")
