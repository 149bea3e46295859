INSERT INTO merchant (
    merchant_id, customer_base_id, name, currency, time_zone, language, secret_word_sealed, signature_public_key,
    signature_required, signature_delimited, one_click_enabled, one_click_mode, consent_preselected, guest_orders,
    web_login, web_password_hash, notification_url, return_ok, return_no, limit_day_minor, limit_week_minor, mcc,
    name_and_place
) VALUES
    (77, 77, 'Corner Café', 'USD', 'America/New_York', 'EN', '\x1b0f67f9d1152b5f192fe30ed4d8e3c5432b20f98f66517d198eaf5c685f58ee6839ac5c2e1df10d4c11c6f1347e', NULL, false, true, true, 'store-only', false, true, 'corner_cafe', '$argon2id$v=19$m=19456,t=2,p=1$KEteaZAiiYPT7GvnX2WCSw$QvsTnwDVfYWa//0LHTErZwiNoE3n3SYgtDykoUeS9pc', 'http://127.0.0.1:9/push', NULL, NULL, NULL, NULL, '5814', 'Corner Cafe'),
    (78, 78, 'Side Gallery', 'EUR', 'Europe/Lisbon', 'EN', '\x4eeb83548c0f2502dc474ae96f116e31a9d6252f8eab86e782d8a7e8bcfa5832b3e2d9936076808d0ff023432f3196c11d', '-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAmNGgTj/sliZJBwlk4XEG
gy3EOBNAAGLt0lf/mKzeYQOz9nLS8hV+KBR+VHSlxjs8LdvO6UaiPLEJ2F2TNag7
T6p8YOeXMWaplcWGjVzUgNkqdRB1Uehnaba860UDkaWDUB6gpaW8fOd+AGzIxqwQ
hPOBXh4+h88TpVICTqpO0TLJsSuuMHwt3I9dZM3k8F6jNj0UkSpZTuMHcll0ZYBv
0rHIDSdE0s26qvkhMNbwniRPbZYGoqug2LElo6GvxlVSCuL0i5/r9b8yIpXctnZU
t0RtXltUkOoCd1hOOQDDGMzzaS3IVADW6O7S1BC67IXG4fudOWERIPnCFeR5zUja
iQIDAQAB
-----END PUBLIC KEY-----
', true, false, false, 'standard', true, false, NULL, NULL, NULL, 'https://gallery.example/thanks', NULL, 100000, NULL, '5999', 'Side Gallery'),
    (123456, 123456, 'Бумажный фонарик', 'RUB', 'Europe/Moscow', 'RU', '\x2d93d6addaf39ce835b1a7e5a6a01fd1f1eddb946d4c47095a4cdc6d859eb92b63d658c61da1298ada0d6255177ab4d828', NULL, false, true, true, 'standard', true, false, 'bookshop_ws', '$argon2id$v=19$m=19456,t=2,p=1$fAQR64T5vsrIzccdGhc3TQ$DOb+yf/iEo1XqNvDbfx74EpcH4GBHlltgjeIs6AmbAw', 'http://127.0.0.1:8001/push', 'http://127.0.0.1:8001/ok', 'http://127.0.0.1:8001/no', 5000000, 10000000, '5999', 'PAPER LANTERN BOOKS      MOSCOW       RU');

INSERT INTO payment_order (
    customer_base_id, billnumber, merchant_id, order_number, amount_minor, currency, state, customer_number,
    language, parameters, created_at, expires_at
) VALUES
    (123456, 5000000000000001, 123456, 'BOOK-000001', 38500, 'RUB', 'Timeout', 'reader-3', 'EN', '{"OrderComment": "Letters to a Northern Garden", "URL_RETURN_NO": "http://127.0.0.1:8001/no", "URL_RETURN_OK": "http://127.0.0.1:8001/ok"}', '2026-11-27 09:56:16.286047+00', '2026-11-27 09:57:16.286047+00'),
    (123456, 5000000000000002, 123456, 'BOOK-000002', 72010, 'RUB', 'Approved', 'reader-1', 'EN', '{"OrderComment": "Tea with the Astronomers", "URL_RETURN_NO": "http://127.0.0.1:8001/no", "URL_RETURN_OK": "http://127.0.0.1:8001/ok"}', '2026-11-27 09:56:16.308048+00', '2026-11-27 10:26:16.308048+00'),
    (123456, 5000000000000003, 123456, 'BOOK-000003', 64999, 'RUB', 'Approved', 'reader-1', 'EN', '{"OrderComment": "A Short History of Rain", "URL_RETURN_NO": "http://127.0.0.1:8001/no", "URL_RETURN_OK": "http://127.0.0.1:8001/ok"}', '2026-11-27 09:56:16.462668+00', '2026-11-27 10:26:16.462668+00'),
    (123456, 5000000000000004, 123456, 'BOOK-000004', 38500, 'RUB', 'Approved', 'reader-1', 'EN', '{"OrderComment": "Letters to a Northern Garden", "URL_RETURN_NO": "http://127.0.0.1:8001/no", "URL_RETURN_OK": "http://127.0.0.1:8001/ok"}', '2026-11-27 09:56:16.521807+00', '2026-11-27 10:26:16.521807+00'),
    (123456, 5000000000000005, 123456, 'BOOK-000005', 9990, 'RUB', 'Approved', 'reader-2', 'EN', '{"OrderComment": "Nine Bridges and a Boat", "URL_RETURN_NO": "http://127.0.0.1:8001/no", "URL_RETURN_OK": "http://127.0.0.1:8001/ok"}', '2026-11-27 09:56:16.555749+00', '2026-11-27 10:26:16.555749+00'),
    (123456, 5000000000000006, 123456, 'BOOK-000006', 125000, 'RUB', 'Declined', 'reader-2', 'EN', '{"OrderComment": "The Cartographer of Small Rooms", "URL_RETURN_NO": "http://127.0.0.1:8001/no", "URL_RETURN_OK": "http://127.0.0.1:8001/ok"}', '2026-11-27 09:56:16.587818+00', '2026-11-27 10:26:16.587818+00'),
    (123456, 5000000000000007, 123456, 'BOOK-000006', 125000, 'RUB', 'Approved', 'reader-2', 'EN', '{"OrderComment": "The Cartographer of Small Rooms", "URL_RETURN_NO": "http://127.0.0.1:8001/no", "URL_RETURN_OK": "http://127.0.0.1:8001/ok"}', '2026-11-27 09:56:16.611639+00', '2026-11-27 10:26:16.587818+00'),
    (123456, 5000000000000008, 123456, 'BOOK-000007', 49050, 'RUB', 'Declined', 'reader-3', 'EN', '{"OrderComment": "The Lighthouse at Half Past Four", "URL_RETURN_NO": "http://127.0.0.1:8001/no", "URL_RETURN_OK": "http://127.0.0.1:8001/ok"}', '2026-11-27 09:56:16.644579+00', '2026-11-27 10:26:16.644579+00'),
    (123456, 5000000000000009, 123456, 'BOOK-000008', 72010, 'RUB', 'In Process', 'reader-3', 'EN', '{"OrderComment": "Tea with the Astronomers", "URL_RETURN_NO": "http://127.0.0.1:8001/no", "URL_RETURN_OK": "http://127.0.0.1:8001/ok"}', '2026-11-27 09:56:16.678202+00', '2026-11-27 10:26:16.678202+00'),
    (123456, 5000000000000010, 123456, 'BOOK-000009', 9990, 'RUB', 'In Process', 'reader-4', 'EN', '{"OrderComment": "Nine Bridges and a Boat", "URL_RETURN_NO": "http://127.0.0.1:8001/no", "URL_RETURN_OK": "http://127.0.0.1:8001/ok"}', '2026-11-27 09:56:16.690305+00', '2026-11-27 09:57:16.690305+00'),
    (123456, 5000000000000011, 123456, 'BOOK-000010', 64999, 'RUB', 'In Process', 'reader-4', 'EN', '{"OrderComment": "A Short History of Rain", "URL_RETURN_NO": "http://127.0.0.1:8001/no", "URL_RETURN_OK": "http://127.0.0.1:8001/ok"}', '2026-11-27 09:56:18.845175+00', '2026-11-27 09:57:18.845175+00'),
    (77, 5000000000000012, 77, 'C-1', 450, 'USD', 'Approved', 'гость-7', 'EN', '{}', '2026-11-27 09:56:20.869588+00', '2026-11-27 10:26:20.869588+00'),
    (77, 5000000000000013, 77, 'C-4', 550, 'USD', 'Approved', 'гость-7', 'EN', '{}', '2026-11-27 09:56:20.895729+00', '2026-11-27 10:26:20.895729+00'),
    (77, 5000000000000014, 77, 'C-2', 1200, 'USD', 'Approved', NULL, 'EN', '{"OrderComment": "Coffee & cake"}', '2026-11-27 09:56:20.920478+00', '2026-11-27 10:26:20.920478+00'),
    (77, 5000000000000015, 77, 'C-3', 725, 'USD', 'Declined', 'гость-7', 'EN', '{}', '2026-11-27 09:56:20.943498+00', '2026-11-27 10:26:20.943498+00'),
    (78, 5000000000000016, 78, 'G/1', 25000, 'EUR', 'Approved', NULL, 'EN', '{}', '2026-11-27 09:56:20.972843+00', '2026-11-27 10:26:20.972843+00'),
    (123456, 5000000000000017, 123456, 'by telephone', 10000, 'RUB', 'Approved', 'reader-2', 'RU', '{}', '2026-11-27 09:56:20.996312+00', '2026-11-27 10:26:20.996312+00'),
    (123456, 5000000000000018, 123456, 'BOOK-000011', 49050, 'RUB', 'In Process', 'reader-5', 'EN', '{"OrderComment": "The Lighthouse at Half Past Four", "URL_RETURN_NO": "http://127.0.0.1:8001/no", "URL_RETURN_OK": "http://127.0.0.1:8001/ok"}', '2026-11-27 09:56:21.12286+00', '2026-11-27 10:26:21.12286+00'),
    (123456, 5000000000000019, 123456, 'BOOK-000012', 49050, 'RUB', 'Approved', 'reader-1', 'EN', '{"OrderComment": "The Lighthouse at Half Past Four", "URL_RETURN_NO": "http://127.0.0.1:8001/no", "URL_RETURN_OK": "http://127.0.0.1:8001/ok"}', '2026-11-27 09:56:21.45005+00', '2026-11-27 10:26:21.45005+00');

INSERT INTO operation (
    customer_base_id, billnumber, operation_number, state, amount_minor, currency, saved_card_id, brand,
    card_mask, card_expiry, cardholder, entry_mode, remember, terminal_id, stan, rrn, client_ip, sent_at,
    answered_at, response_code, as_code, authorisation_id
) VALUES
    (123456, 5000000000000002, 1, 'approved', 72010, 'RUB', NULL, 'VISA', '411111******1111', '12/31', 'A PAYER', '01', true, 'OCDEMO01', 1, '633109000001', '127.0.0.1', '2026-11-27 09:56:16.319531+00', '2026-11-27 09:56:16.333735+00', '00', 'AS000', '565678'),
    (123456, 5000000000000003, 1, 'approved', 64999, 'RUB', 'f6a9f1e1-cf4a-4316-8ed7-9b9c2bd63789', 'VISA', '411111******1111', '12/31', 'A PAYER', '10', false, 'OCDEMO01', 2, '633109000002', '127.0.0.1', '2026-11-27 09:56:16.501602+00', '2026-11-27 09:56:16.50758+00', '00', 'AS000', '223036'),
    (123456, 5000000000000004, 1, 'approved', 38500, 'RUB', NULL, 'MasterCard', '555555******4444', '12/31', 'A PAYER', '01', true, 'OCDEMO01', 3, '633109000003', '127.0.0.1', '2026-11-27 09:56:16.527648+00', '2026-11-27 09:56:16.53343+00', '00', 'AS000', '077502'),
    (123456, 5000000000000005, 1, 'approved', 9990, 'RUB', NULL, 'VISA', '411111******1111', '12/31', 'A PAYER', '01', false, 'OCDEMO01', 4, '633109000004', '127.0.0.1', '2026-11-27 09:56:16.561792+00', '2026-11-27 09:56:16.567516+00', '00', 'AS000', '411928'),
    (123456, 5000000000000006, 1, 'declined', 125000, 'RUB', NULL, 'VISA', '400000******0002', '12/31', 'A PAYER', '01', true, 'OCDEMO01', 5, '633109000005', '127.0.0.1', '2026-11-27 09:56:16.593758+00', '2026-11-27 09:56:16.599513+00', '05', 'AS100', NULL),
    (123456, 5000000000000007, 1, 'approved', 125000, 'RUB', NULL, 'VISA', '411111******1111', '12/31', 'A PAYER', '01', false, 'OCDEMO01', 6, '633109000006', '127.0.0.1', '2026-11-27 09:56:16.618051+00', '2026-11-27 09:56:16.623938+00', '00', 'AS000', '060099'),
    (123456, 5000000000000008, 1, 'declined', 49050, 'RUB', NULL, 'VISA', '411111******1111', '12/31', 'A PAYER', '01', false, 'OCDEMO01', 7, '633109000007', '127.0.0.1', '2026-11-27 09:56:16.650096+00', '2026-11-27 09:56:16.655956+00', 'N7', 'AS101', NULL),
    (123456, 5000000000000010, 1, 'unknown', 9990, 'RUB', NULL, 'VISA', '400000******3220', '12/31', 'A PAYER', '01', true, 'OCDEMO02', 1, '633109000001', '127.0.0.1', '2026-11-27 09:56:16.699567+00', NULL, NULL, NULL, NULL),
    (123456, 5000000000000011, 1, 'unknown', 64999, 'RUB', NULL, 'VISA', '400000******3063', '12/31', 'A PAYER', '01', false, 'OCDEMO02', 2, '633109000002', '127.0.0.1', '2026-11-27 09:56:18.851345+00', NULL, NULL, NULL, NULL),
    (77, 5000000000000012, 1, 'approved', 450, 'USD', NULL, 'MIR', '220000******0004', '01/27', 'A PAYER', '01', true, 'OCDEMO01', 8, '633109000008', '127.0.0.1', '2026-11-27 09:56:20.875742+00', '2026-11-27 09:56:20.881653+00', '00', 'AS000', '346678'),
    (77, 5000000000000013, 1, 'approved', 550, 'USD', NULL, 'MIR', '220000******0004', '12/31', 'A PAYER', '01', true, 'OCDEMO01', 9, '633109000009', '127.0.0.1', '2026-11-27 09:56:20.901201+00', '2026-11-27 09:56:20.905966+00', '00', 'AS000', '969678'),
    (77, 5000000000000014, 1, 'approved', 1200, 'USD', NULL, 'VISA', '411111******1111', '12/31', 'A PAYER', '01', false, 'OCDEMO01', 10, '633109000010', '127.0.0.1', '2026-11-27 09:56:20.925523+00', '2026-11-27 09:56:20.930659+00', '00', 'AS000', '272884'),
    (77, 5000000000000015, 1, 'declined', 725, 'USD', NULL, 'VISA', '400000******0002', '12/31', 'A PAYER', '01', false, 'OCDEMO01', 11, '633109000011', '127.0.0.1', '2026-11-27 09:56:20.949187+00', '2026-11-27 09:56:20.95459+00', '05', 'AS100', NULL),
    (78, 5000000000000016, 1, 'approved', 25000, 'EUR', NULL, 'MasterCard', '555555******4444', '12/31', 'A PAYER', '01', false, 'OCDEMO01', 12, '633109000012', '127.0.0.1', '2026-11-27 09:56:20.978822+00', '2026-11-27 09:56:20.984639+00', '00', 'AS000', '459602'),
    (123456, 5000000000000017, 1, 'approved', 10000, 'RUB', NULL, 'VISA', '411111******1111', '12/31', 'A PAYER', '01', false, 'OCDEMO01', 13, '633109000013', '127.0.0.1', '2026-11-27 09:56:21.001668+00', '2026-11-27 09:56:21.00682+00', '00', 'AS000', '779056'),
    (123456, 5000000000000018, 1, 'sent', 49050, 'RUB', NULL, 'VISA', '400000******3220', '12/31', 'A PAYER', '01', false, 'OCDEMO03', 1, '633109000001', '127.0.0.1', '2026-11-27 09:56:21.254763+00', NULL, NULL, NULL, NULL),
    (123456, 5000000000000019, 1, 'approved', 49050, 'RUB', '413ae775-cdfd-40f8-bf61-49093ecb73cb', 'MasterCard', '555555******4444', '12/31', 'A PAYER', '10', false, 'OCDEMO01', 14, '633109000014', '127.0.0.1', '2026-11-27 09:56:21.464287+00', '2026-11-27 09:56:21.470909+00', '00', 'AS000', '597589');

INSERT INTO customer (
    customer_base_id, customer_number, status, first_payment_at, last_payment_at
) VALUES
    (77, 'гость-7', 'Member', '2026-11-27 09:56:20.881653+00', '2026-11-27 09:56:20.905966+00'),
    (123456, 'reader-1', 'Member', '2026-11-27 09:56:16.333735+00', '2026-11-27 09:56:21.470909+00'),
    (123456, 'reader-2', 'New', '2026-11-27 09:56:16.567516+00', '2026-11-27 09:56:21.00682+00');

INSERT INTO stored_card (
    customer_base_id, card_id, customer_number, status, brand, card_mask, expires_on, kept_at, last_payment_at,
    payments, network_transaction_id
) VALUES
    (77, '1b42fca5-623a-401c-8f26-5cf7a9b45a56', 'гость-7', 'Member', 'MIR', '220000******0004', '2031-12-31', '2026-11-27 09:56:20.881653+00', '2026-11-27 09:56:20.905966+00', 2, '715310864559429'),
    (123456, 'f6a9f1e1-cf4a-4316-8ed7-9b9c2bd63789', 'reader-1', 'Member', 'VISA', '411111******1111', '2031-12-31', '2026-11-27 09:56:16.333735+00', '2026-11-27 09:56:16.50758+00', 2, '211518805341294'),
    (123456, '413ae775-cdfd-40f8-bf61-49093ecb73cb', 'reader-1', 'Member', 'MasterCard', '555555******4444', '2031-12-31', '2026-11-27 09:56:16.53343+00', '2026-11-27 09:56:21.470909+00', 2, '907385581430758');

INSERT INTO vault_card (
    customer_base_id, card_id, customer_number, fingerprint, key_version, wrapped_key, ciphertext
) VALUES
    (77, '1b42fca5-623a-401c-8f26-5cf7a9b45a56', 'гость-7', '\x779723b3d23ed20c7dfa6a9e91c65adc21c1d1c6b6ed5c513e7fc146d8745507', 1, '\x8d6067cbd93c753e8e0c8028aa84f2a390796ded28caf92ab1e282286e89a7ad989aeb500d1a1e631ce780a1dd91e5c570c54d6226e7c315f6ba12ec', '\xce18ff47194657d1a38856f0f76272abe4e207598c66e7780fac32e445908ec20db8fa09d9a9eb831ce27d3364aee290401f4fac34c088436d7141353b779e998e32200c'),
    (123456, '413ae775-cdfd-40f8-bf61-49093ecb73cb', 'reader-1', '\x052bda1c7c0576e12e37c319e2ce08619ae8e7fc1862139d6b8df4eed9884487', 1, '\x2e07f2083b9b4f8f90edf571918b640dd26b9245ee4ef4147691a1f04872d1312ba27bcf273c3b7fe7fbdda43ab517527a0ce734c23c42407f7ec052', '\x0c45af9994b2c5e7f66eff6f5a4d844bf9b11b8e224b7ac9741eed3961587860a3138976c61e79d5acf2de3ffdc279d6ef9453bd8e218e1e7a4edd8b0827dd49099e8e79'),
    (123456, 'f6a9f1e1-cf4a-4316-8ed7-9b9c2bd63789', 'reader-1', '\x2187907e3b8345700464c953886b46702db628de1bb0d4d75a53033fb73f915f', 1, '\xb9b855e31cb60da62b35eeae90ab906b1f0711a9580cfd093b10a3ffe544e3c734df795181e4d7a4ce642e689b88730cc58ab1ffc0308570f0a48fd5', '\x88fd50fa8c40b1b18785b282c69b30a8c4ed4810f75d6c2cf49ee6f1eb70152e4367054e21ad161d611bf795781c74c55b3c06895aac9c456439fa3c43d254d1f28bba46');

INSERT INTO consent (
    customer_base_id, billnumber, customer_number, card_id, text, language, preselected, given_at
) VALUES
    (123456, 5000000000000002, 'reader-1', 'f6a9f1e1-cf4a-4316-8ed7-9b9c2bd63789', 'Remember this card for next time. We keep the number, the expiry date and the name, encrypted. Next time only CVC2 is asked.', 'EN', true, '2026-11-27 09:56:16.333735+00'),
    (123456, 5000000000000004, 'reader-1', '413ae775-cdfd-40f8-bf61-49093ecb73cb', 'Remember this card for next time. We keep the number, the expiry date and the name, encrypted. Next time only CVC2 is asked.', 'EN', true, '2026-11-27 09:56:16.53343+00'),
    (77, 5000000000000012, 'гость-7', '1b42fca5-623a-401c-8f26-5cf7a9b45a56', 'Remember this card for next time. We keep the number, the expiry date and the name, encrypted. Next time only CVC2 is asked.', 'EN', false, '2026-11-27 09:56:20.881653+00'),
    (77, 5000000000000013, 'гость-7', '1b42fca5-623a-401c-8f26-5cf7a9b45a56', 'Remember this card for next time. We keep the number, the expiry date and the name, encrypted. Next time only CVC2 is asked.', 'EN', false, '2026-11-27 09:56:20.905966+00');

INSERT INTO notification (
    customer_base_id, billnumber, operation_number, state, attempts, created_at, due_at, finished_at, last_answer
) VALUES
    (123456, 5000000000000002, 1, 'delivered', 1, '2026-11-27 09:56:16.333735+00', '2026-11-27 09:57:46.429454+00', '2026-11-27 09:56:16.442477+00', 'HTTP 200, codes 0/0'),
    (123456, 5000000000000003, 1, 'delivered', 1, '2026-11-27 09:56:16.50758+00', '2026-11-27 09:57:46.948262+00', '2026-11-27 09:56:16.963861+00', 'HTTP 200, codes 0/0'),
    (123456, 5000000000000004, 1, 'delivered', 1, '2026-11-27 09:56:16.53343+00', '2026-11-27 09:57:46.948262+00', '2026-11-27 09:56:16.969942+00', 'HTTP 200, codes 0/0'),
    (123456, 5000000000000005, 1, 'delivered', 1, '2026-11-27 09:56:16.567516+00', '2026-11-27 09:57:46.948262+00', '2026-11-27 09:56:16.974445+00', 'HTTP 200, codes 0/0'),
    (123456, 5000000000000006, 1, 'delivered', 1, '2026-11-27 09:56:16.599513+00', '2026-11-27 09:57:46.948262+00', '2026-11-27 09:56:16.978939+00', 'HTTP 200, codes 0/0'),
    (123456, 5000000000000007, 1, 'delivered', 1, '2026-11-27 09:56:16.623938+00', '2026-11-27 09:57:46.948262+00', '2026-11-27 09:56:16.983314+00', 'HTTP 200, codes 0/0'),
    (123456, 5000000000000008, 1, 'delivered', 1, '2026-11-27 09:56:16.655956+00', '2026-11-27 09:57:46.948262+00', '2026-11-27 09:56:16.986842+00', 'HTTP 200, codes 0/0'),
    (77, 5000000000000012, 1, 'due', 1, '2026-11-27 09:56:20.881653+00', '2026-11-27 09:57:21.027049+00', NULL, 'ClientConnectorError'),
    (77, 5000000000000013, 1, 'due', 1, '2026-11-27 09:56:20.905966+00', '2026-11-27 09:57:21.027657+00', NULL, 'ClientConnectorError'),
    (77, 5000000000000014, 1, 'due', 1, '2026-11-27 09:56:20.930659+00', '2026-11-27 09:57:21.027991+00', NULL, 'ClientConnectorError'),
    (77, 5000000000000015, 1, 'due', 1, '2026-11-27 09:56:20.95459+00', '2026-11-27 09:57:21.028337+00', NULL, 'ClientConnectorError'),
    (123456, 5000000000000017, 1, 'refused', 1, '2026-11-27 09:56:21.00682+00', '2026-11-27 09:57:51.010582+00', '2026-11-27 09:56:21.030521+00', 'HTTP 200, codes 13/0'),
    (123456, 5000000000000019, 1, 'due', 0, '2026-11-27 09:56:21.470909+00', '2026-11-27 09:56:21.470909+00', NULL, NULL);

INSERT INTO terminal (
    terminal_id, day, stan_next
) VALUES
    ('OCDEMO01', '2026-11-27', 1001),
    ('OCDEMO02', '2026-11-27', 1001),
    ('OCDEMO03', '2026-11-27', 1001),
    ('OCDEMO04', '2026-11-27', 1);

SELECT setval('billnumber', 5000000000000019);
