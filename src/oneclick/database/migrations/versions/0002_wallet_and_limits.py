"""The whole wallet, and limits: statuses, erasure, withdrawals, turnover, wrong CVC2.

Reversible while nobody is opted out or blocked: the schema before can't say it, and offering cards to these customers
again would break their word. Then the downgrade raises. Cards that are deleted or stolen are gone after it.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE merchant
    ADD COLUMN takes_cards              boolean NOT NULL DEFAULT true,
    ADD COLUMN offer_after_payments     smallint NOT NULL DEFAULT 1 CHECK (offer_after_payments BETWEEN 1 AND 100),
    ADD COLUMN cards_max                smallint NOT NULL DEFAULT 10 CHECK (cards_max BETWEEN 1 AND 100),
    ADD COLUMN frame_ancestors          text[] NOT NULL DEFAULT '{}',
    ADD COLUMN signature_v2_key_sealed  bytea,
    ADD COLUMN signature_old_forms      boolean NOT NULL DEFAULT true,
    ADD CHECK (takes_cards OR NOT one_click_enabled);

-- The first of a payer's attempts under one order number; NULL for that one itself.
ALTER TABLE payment_order ADD COLUMN first_attempt bigint;

ALTER TABLE operation
    ADD COLUMN kept_card_id             uuid,
    -- The day, at the merchant's, in whose turnover it counts; NULL if it counts in none.
    ADD COLUMN turnover_on              date,
    -- When the limit that refused it opens again; NULL if it never does for that amount.
    ADD COLUMN limit_opens_at           timestamptz;

ALTER TABLE customer
    DROP CONSTRAINT customer_status_check,
    ADD CONSTRAINT customer_status_check
        CHECK (status IN ('New', 'Member', 'Not active', 'Deny', 'Suspicious', 'Fraud')),
    ALTER COLUMN first_payment_at DROP NOT NULL,
    ALTER COLUMN last_payment_at DROP NOT NULL,
    ADD COLUMN status_at                timestamptz,
    ADD COLUMN status_by                text CHECK (status_by IN ('system', 'merchant', 'operator'));

ALTER TABLE stored_card
    DROP CONSTRAINT stored_card_status_check,
    ADD CONSTRAINT stored_card_status_check CHECK (status IN ('Member', 'Expired', 'Fraud', 'Deleted')),
    ADD COLUMN deleted_at               timestamptz,
    ADD COLUMN deleted_by               text CHECK (deleted_by IN ('payer', 'merchant', 'operator')),
    ADD CHECK ((status = 'Deleted') = (deleted_at IS NOT NULL AND deleted_by IS NOT NULL));
CREATE INDEX stored_card_to_age ON stored_card (expires_on) WHERE status = 'Member';

-- The same number at other customers of the base: a stolen card is stolen everywhere.
CREATE INDEX vault_card_by_fingerprint ON vault_card (customer_base_id, fingerprint);

-- A consent taken back: the question as it was shown, and on which order; both NULL when the payer didn't do it.
CREATE TABLE withdrawal (
    customer_base_id        bigint NOT NULL,
    card_id                 uuid NOT NULL,
    customer_number         text NOT NULL,
    withdrawn_by            text NOT NULL CHECK (withdrawn_by IN ('payer', 'merchant', 'operator')),
    withdrawn_at            timestamptz NOT NULL,
    billnumber              bigint,
    text                    text,
    language                text CHECK (language IN ('RU', 'EN')),
    CHECK ((withdrawn_by = 'payer') = (billnumber IS NOT NULL AND text IS NOT NULL AND language IS NOT NULL)),
    PRIMARY KEY (customer_base_id, card_id)
);

-- A customer's own limits at a merchant; NULL stands for the merchant's.
CREATE TABLE customer_limit (
    customer_base_id        bigint NOT NULL,
    customer_number         text NOT NULL CHECK (length(customer_number) BETWEEN 1 AND 32),
    merchant_id             bigint NOT NULL,
    limit_day_minor         bigint CHECK (limit_day_minor >= 0),
    limit_week_minor        bigint CHECK (limit_week_minor >= 0),
    PRIMARY KEY (customer_base_id, customer_number, merchant_id)
);

-- What a customer paid at a merchant, or is just paying, by day and week of its calendar, in its currency.
CREATE TABLE turnover (
    customer_base_id        bigint NOT NULL,
    customer_number         text NOT NULL,
    merchant_id             bigint NOT NULL,
    period                  text NOT NULL CHECK (period IN ('day', 'week')),
    starts_on               date NOT NULL,
    amount_minor            bigint NOT NULL CHECK (amount_minor >= 0),
    PRIMARY KEY (customer_base_id, customer_number, merchant_id, period, starts_on)
);

-- The last wrong CVC2 of a card, whoever typed them and at whichever merchant. The print is a keyed hash of the number
-- that is used nowhere else; a row goes a day after the last lock that it can cause.
CREATE TABLE wrong_cvc2 (
    card_print              bytea PRIMARY KEY CHECK (length(card_print) = 32),
    wrong_at                timestamptz[] NOT NULL CHECK (cardinality(wrong_at) BETWEEN 1 AND 5)
);
"""

DOWN = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM customer WHERE status IN ('Deny', 'Suspicious', 'Fraud')) THEN
        RAISE EXCEPTION 'customers are opted out or blocked: the schema before 0002 would offer them cards again';
    END IF;
END $$;
DROP TABLE wrong_cvc2, turnover, customer_limit, withdrawal;
DROP INDEX vault_card_by_fingerprint, stored_card_to_age;
DELETE FROM vault_card USING stored_card WHERE stored_card.customer_base_id = vault_card.customer_base_id
    AND stored_card.card_id = vault_card.card_id AND stored_card.status = 'Fraud';
DELETE FROM stored_card WHERE status IN ('Fraud', 'Deleted');
UPDATE stored_card SET status = 'Member' WHERE status = 'Expired';
UPDATE customer SET status = 'Member' WHERE status = 'Not active';
ALTER TABLE stored_card
    DROP COLUMN deleted_at, DROP COLUMN deleted_by,
    DROP CONSTRAINT stored_card_status_check,
    ADD CONSTRAINT stored_card_status_check CHECK (status IN ('Member'));
ALTER TABLE customer
    DROP COLUMN status_at, DROP COLUMN status_by,
    ALTER COLUMN first_payment_at SET NOT NULL,
    ALTER COLUMN last_payment_at SET NOT NULL,
    DROP CONSTRAINT customer_status_check,
    ADD CONSTRAINT customer_status_check CHECK (status IN ('New', 'Member'));
ALTER TABLE operation DROP COLUMN kept_card_id, DROP COLUMN turnover_on, DROP COLUMN limit_opens_at;
ALTER TABLE payment_order DROP COLUMN first_attempt;
ALTER TABLE merchant
    DROP COLUMN takes_cards, DROP COLUMN offer_after_payments, DROP COLUMN cards_max, DROP COLUMN frame_ancestors,
    DROP COLUMN signature_v2_key_sealed, DROP COLUMN signature_old_forms;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
