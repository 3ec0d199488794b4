"""Under which name the account is saved that a job was sent with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of jobs that are there the number of the account is known alone."""
    op.add_column("jobs", sa.Column("account_name", sa.String(256)))


def downgrade() -> None:
    """Drop it, in place: a copy of the table would take the events of all jobs with it."""
    op.drop_column("jobs", "account_name")
