"""Trace numbers by terminal and day; the acquirer's id of each operation.

Reversible: the schema before knows one day of a terminal, so the newest of them stays that has begun.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UP = """
-- How far each terminal's trace numbers are given out on a day. The ordinal tells the day's terminals apart in RRNs.
ALTER TABLE terminal
    DROP CONSTRAINT terminal_pkey,
    ADD PRIMARY KEY (terminal_id, day),
    ADD COLUMN ordinal smallint CHECK (ordinal BETWEEN 0 AND 99);
-- RRNs that are out have the hour, 00 to 23, in the ordinal's place.
UPDATE terminal SET ordinal = 24 + (SELECT count(*) FROM terminal AS other
    WHERE other.day = terminal.day AND other.terminal_id < terminal.terminal_id);
ALTER TABLE terminal
    ALTER COLUMN ordinal SET NOT NULL,
    ADD UNIQUE (day, ordinal);

-- NULL: sent before this was written down.
ALTER TABLE operation
    ADD COLUMN acquirer_id text;
"""

DOWN = """
DELETE FROM terminal WHERE day > current_date + 1;
DELETE FROM terminal WHERE EXISTS (
    SELECT FROM terminal AS newer WHERE newer.terminal_id = terminal.terminal_id AND newer.day > terminal.day
);
ALTER TABLE terminal
    DROP CONSTRAINT terminal_pkey,
    DROP COLUMN ordinal,
    ADD PRIMARY KEY (terminal_id);
ALTER TABLE operation
    DROP COLUMN acquirer_id;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
