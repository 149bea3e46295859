"""One Click: a payment gateway whose heart is card-on-file payment."""
