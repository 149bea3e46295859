"""The table of answers that no request waits for has the field's name: an unmatched answer."""

from alembic import op

revision = "0005"
down_revision = "0004"

UP = """
ALTER TABLE stray_answer RENAME TO unmatched_answer;
ALTER INDEX stray_answer_pkey RENAME TO unmatched_answer_pkey;
ALTER SEQUENCE stray_answer_id_seq RENAME TO unmatched_answer_id_seq;
"""

DOWN = """
ALTER SEQUENCE unmatched_answer_id_seq RENAME TO stray_answer_id_seq;
ALTER INDEX unmatched_answer_pkey RENAME TO stray_answer_pkey;
ALTER TABLE unmatched_answer RENAME TO stray_answer;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
