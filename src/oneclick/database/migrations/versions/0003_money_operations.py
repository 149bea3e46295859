"""Two stages, charges, cancels, refunds, and operations that wait for their end.

Reversible while nothing of it was used: the schema before can't say that an order is delayed, charged in part or
cancelled. Then the downgrade raises.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE payment_order
    ADD COLUMN two_stage                boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT payment_order_state_check,
    ADD CONSTRAINT payment_order_state_check CHECK (state IN ('In Process', 'Approved', 'Delayed', 'PartialDelayed',
        'Canceled', 'PartialCanceled', 'Declined', 'Timeout'));
DROP INDEX payment_order_holds_its_number;
CREATE UNIQUE INDEX payment_order_holds_its_number ON payment_order (customer_base_id, merchant_id, order_number)
    WHERE state IN ('In Process', 'Approved', 'Delayed', 'PartialDelayed', 'PartialCanceled');
CREATE INDEX payment_order_to_expire ON payment_order (expires_at) WHERE state = 'In Process';

ALTER TABLE merchant
    ADD COLUMN notify_charges           boolean NOT NULL DEFAULT false,
    ADD COLUMN notify_cancels           boolean NOT NULL DEFAULT false;

ALTER TABLE operation
    ADD COLUMN kind                     text NOT NULL DEFAULT 'payment' CHECK (kind IN ('payment', 'charge', 'cancel')),
    -- Which message tells the acquirer of it.
    ADD COLUMN message                  text NOT NULL DEFAULT 'purchase'
        CHECK (message IN ('purchase', 'authorisation', 'completion', 'reversal', 'refund')),
    ADD COLUMN external_refund_id       text,
    -- When a worker looks after it, as long as it has no end; how often one did.
    ADD COLUMN due_at                   timestamptz,
    ADD COLUMN attempts                 integer NOT NULL DEFAULT 0,
    ADD CHECK ((kind = 'payment') = (operation_number = 1));
-- Reversing: declined, while the approval that the acquirer gave is being taken back.
ALTER TABLE operation
    DROP CONSTRAINT operation_state_check,
    ADD CONSTRAINT operation_state_check CHECK (state IN ('sent', 'approved', 'declined', 'unknown', 'reversing'));
UPDATE operation SET due_at = sent_at WHERE state IN ('sent', 'unknown');
ALTER TABLE operation
    ALTER COLUMN kind DROP DEFAULT,
    ALTER COLUMN message DROP DEFAULT,
    ADD CONSTRAINT operation_without_end_is_due
        CHECK (state NOT IN ('sent', 'unknown', 'reversing') OR due_at IS NOT NULL);
CREATE UNIQUE INDEX operation_by_refund_id ON operation (customer_base_id, billnumber, external_refund_id)
    WHERE external_refund_id IS NOT NULL;
CREATE INDEX operation_due ON operation (due_at) WHERE state IN ('sent', 'unknown', 'reversing');

-- Answers of the acquirer that nobody waited for any more, or that nobody asked for. They change nothing.
CREATE TABLE stray_answer (
    received_at             timestamptz NOT NULL,
    id                      bigint GENERATED ALWAYS AS IDENTITY,
    reason                  text NOT NULL,
    mti                     text,
    terminal_id             text,
    stan                    integer,
    rrn                     text,
    response_code           text,
    authorisation_id        text,
    PRIMARY KEY (received_at, id)
);
"""

DOWN = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM payment_order WHERE two_stage
            OR state NOT IN ('In Process', 'Approved', 'Declined', 'Timeout'))
        OR EXISTS (SELECT FROM operation WHERE kind <> 'payment' OR state = 'reversing') THEN
        RAISE EXCEPTION 'orders are delayed, charged, cancelled or reversed: the schema before has no words for it';
    END IF;
END $$;
DROP TABLE stray_answer;
DROP INDEX operation_due, operation_by_refund_id;
ALTER TABLE operation
    DROP CONSTRAINT operation_state_check,
    ADD CONSTRAINT operation_state_check CHECK (state IN ('sent', 'approved', 'declined', 'unknown')),
    DROP CONSTRAINT operation_without_end_is_due,
    DROP COLUMN kind, DROP COLUMN message, DROP COLUMN external_refund_id, DROP COLUMN due_at, DROP COLUMN attempts;
DROP INDEX payment_order_to_expire, payment_order_holds_its_number;
CREATE UNIQUE INDEX payment_order_holds_its_number ON payment_order (customer_base_id, merchant_id, order_number)
    WHERE state IN ('In Process', 'Approved');
ALTER TABLE merchant DROP COLUMN notify_charges, DROP COLUMN notify_cancels;
ALTER TABLE payment_order
    DROP COLUMN two_stage,
    DROP CONSTRAINT payment_order_state_check,
    ADD CONSTRAINT payment_order_state_check CHECK (state IN ('In Process', 'Approved', 'Declined', 'Timeout'));
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
