"""Merchants, orders, operations, customers, stored cards, the vault, notifications.

Every table of a customer base has ``customer_base_id`` first in its key, so that the schema can be spread by it.
Reversible: the downgrade drops what was made.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

UP = """
CREATE TABLE merchant (
    merchant_id             bigint PRIMARY KEY CHECK (merchant_id BETWEEN 1 AND 2147483647),
    customer_base_id        bigint NOT NULL,
    name                    text NOT NULL,
    currency                text NOT NULL,
    time_zone               text NOT NULL,
    language                text NOT NULL CHECK (language IN ('RU', 'EN')),
    secret_word_sealed      bytea NOT NULL,
    signature_public_key    text,
    signature_required      boolean NOT NULL,
    signature_delimited     boolean NOT NULL,
    one_click_enabled       boolean NOT NULL,
    one_click_mode          text NOT NULL CHECK (one_click_mode IN ('standard', 'stored-only', 'store-only')),
    consent_preselected     boolean NOT NULL,
    guest_orders            boolean NOT NULL,
    web_login               text,
    web_password_hash       text,
    notification_url        text,
    return_ok               text,
    return_no               text,
    limit_day_minor         bigint CHECK (limit_day_minor >= 0),
    limit_week_minor        bigint CHECK (limit_week_minor >= 0),
    mcc                     text NOT NULL,
    name_and_place          text NOT NULL
);

-- 16 digits, unique over all merchants.
CREATE SEQUENCE billnumber START 5000000000000001 MAXVALUE 9999999999999999;

CREATE TABLE payment_order (
    customer_base_id        bigint NOT NULL,
    billnumber              bigint NOT NULL DEFAULT nextval('billnumber'),
    merchant_id             bigint NOT NULL,
    order_number            text NOT NULL,
    amount_minor            bigint NOT NULL CHECK (amount_minor > 0),
    currency                text NOT NULL,
    state                   text NOT NULL CHECK (state IN ('In Process', 'Approved', 'Declined', 'Timeout')),
    customer_number         text CHECK (length(customer_number) BETWEEN 1 AND 32),
    language                text NOT NULL CHECK (language IN ('RU', 'EN')),
    parameters              jsonb NOT NULL,
    created_at              timestamptz NOT NULL,
    expires_at              timestamptz NOT NULL,
    PRIMARY KEY (customer_base_id, billnumber)
);
-- One order at a time holds an OrderNumber (docs/rules.md E3).
CREATE UNIQUE INDEX payment_order_holds_its_number ON payment_order (customer_base_id, merchant_id, order_number)
    WHERE state IN ('In Process', 'Approved');
CREATE INDEX payment_order_by_number ON payment_order (customer_base_id, merchant_id, order_number, created_at);

CREATE TABLE operation (
    customer_base_id        bigint NOT NULL,
    billnumber              bigint NOT NULL,
    operation_number        smallint NOT NULL CHECK (operation_number > 0),
    state                   text NOT NULL CHECK (state IN ('sent', 'approved', 'declined', 'unknown')),
    amount_minor            bigint NOT NULL CHECK (amount_minor > 0),
    currency                text NOT NULL,
    saved_card_id           uuid,
    brand                   text NOT NULL,
    card_mask               text NOT NULL,
    card_expiry             text NOT NULL,
    cardholder              text NOT NULL,
    entry_mode              text NOT NULL CHECK (entry_mode IN ('01', '10')),
    remember                boolean NOT NULL,
    terminal_id             text NOT NULL,
    stan                    integer NOT NULL CHECK (stan BETWEEN 1 AND 999999),
    rrn                     text NOT NULL,
    client_ip               text NOT NULL,
    sent_at                 timestamptz NOT NULL,
    answered_at             timestamptz,
    response_code           text,
    as_code                 text,
    authorisation_id        text,
    PRIMARY KEY (customer_base_id, billnumber, operation_number)
);

CREATE TABLE customer (
    customer_base_id        bigint NOT NULL,
    customer_number         text NOT NULL CHECK (length(customer_number) BETWEEN 1 AND 32),
    status                  text NOT NULL CHECK (status IN ('New', 'Member')),
    first_payment_at        timestamptz NOT NULL,
    last_payment_at         timestamptz NOT NULL,
    PRIMARY KEY (customer_base_id, customer_number)
);

-- What may be shown of a stored card: mask and dates. The secrets are in vault_card.
CREATE TABLE stored_card (
    customer_base_id        bigint NOT NULL,
    card_id                 uuid NOT NULL,
    customer_number         text NOT NULL,
    status                  text NOT NULL CHECK (status IN ('Member')),
    brand                   text NOT NULL,
    card_mask               text NOT NULL,
    expires_on              date NOT NULL,
    kept_at                 timestamptz NOT NULL,
    last_payment_at         timestamptz NOT NULL,
    payments                integer NOT NULL CHECK (payments > 0),
    network_transaction_id  text,
    PRIMARY KEY (customer_base_id, card_id)
);
CREATE INDEX stored_card_of_customer ON stored_card (customer_base_id, customer_number, last_payment_at DESC);

-- The secrets of a stored card. Deleting the row destroys number, key and fingerprint at once.
CREATE TABLE vault_card (
    customer_base_id        bigint NOT NULL,
    card_id                 uuid NOT NULL,
    customer_number         text NOT NULL,
    fingerprint             bytea NOT NULL CHECK (length(fingerprint) = 32),
    key_version             integer NOT NULL,
    wrapped_key             bytea NOT NULL,
    ciphertext              bytea NOT NULL,
    PRIMARY KEY (customer_base_id, card_id),
    UNIQUE (customer_base_id, customer_number, fingerprint)
);

CREATE TABLE consent (
    customer_base_id        bigint NOT NULL,
    billnumber              bigint NOT NULL,
    customer_number         text NOT NULL,
    card_id                 uuid NOT NULL,
    text                    text NOT NULL,
    language                text NOT NULL CHECK (language IN ('RU', 'EN')),
    preselected             boolean NOT NULL,
    given_at                timestamptz NOT NULL,
    PRIMARY KEY (customer_base_id, billnumber)
);

CREATE TABLE notification (
    customer_base_id        bigint NOT NULL,
    billnumber              bigint NOT NULL,
    operation_number        smallint NOT NULL,
    state                   text NOT NULL CHECK (state IN ('due', 'delivered', 'refused', 'abandoned')),
    attempts                smallint NOT NULL DEFAULT 0,
    created_at              timestamptz NOT NULL,
    due_at                  timestamptz NOT NULL,
    finished_at             timestamptz,
    last_answer             text,
    PRIMARY KEY (customer_base_id, billnumber, operation_number)
);
CREATE INDEX notification_due ON notification (due_at) WHERE state = 'due';

-- How far each terminal's trace numbers are given out on its day.
CREATE TABLE terminal (
    terminal_id             text PRIMARY KEY,
    day                     date NOT NULL,
    stan_next               integer NOT NULL CHECK (stan_next BETWEEN 1 AND 1000000)
);
"""

DOWN = """
DROP TABLE terminal, notification, consent, vault_card, stored_card, customer, operation, payment_order, merchant;
DROP SEQUENCE billnumber;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
