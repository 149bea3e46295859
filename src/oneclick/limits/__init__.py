"""A customer's turnover against the operator's limits: the calendar and the verdict are pure, the counters are SQL."""
