"""When the raster of a job was put into its run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of jobs that are here already nobody knows, so nothing is made of them."""
    op.add_column("jobs", sa.Column("collected", sa.DateTime(timezone=True)))
    jobs = sa.table("jobs", sa.column("state"), sa.column("collected"), sa.column("retrieved"))
    here = jobs.c.state == "retrieved"
    op.execute(jobs.update().where(here).values(collected=jobs.c.retrieved))


def downgrade() -> None:
    """Drop it, in place: a copy of the table would take the events of all jobs with it."""
    op.drop_column("jobs", "collected")
