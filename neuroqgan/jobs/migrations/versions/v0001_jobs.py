"""Jobs and their events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("tag", sa.String(64), nullable=False),
        sa.Column("request", sa.String(32), nullable=False),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("parts", sa.Integer, nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("backend", sa.String(128), nullable=False),
        sa.Column("provider_id", sa.String(128)),
        sa.Column("account", sa.String(256)),
        sa.Column("run", sa.String(128)),
        sa.Column("samples", sa.Integer, nullable=False),
        sa.Column("first_sample", sa.Integer, nullable=False),
        sa.Column("seed", sa.String(64), nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("estimate", sa.JSON, nullable=False),
        sa.Column("private", sa.Boolean, nullable=False),
        sa.Column("owner", sa.String(256)),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("seconds", sa.Float),
        sa.Column("bits_sha256", sa.String(64)),
        sa.Column("client", sa.JSON, nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("submitted", _TIME),
        sa.Column("finished", _TIME),
        sa.Column("retrieved", _TIME),
        sa.Column("updated", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("tag", name="uq_jobs_tag"),
        sa.UniqueConstraint("kind", "provider_id", name="uq_jobs_kind_provider_id"),
    )
    for column in ("request", "identity", "state", "run", "created"):
        op.create_index(f"ix_jobs_{column}", "jobs", [column])
    op.create_table(
        "job_events",
        sa.Column("number", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("job", sa.String(32), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_job_events"),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name="fk_job_events_job", ondelete="CASCADE"),
    )
    op.create_index("ix_job_events_job", "job_events", ["job"])


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("job_events")
    op.drop_table("jobs")
