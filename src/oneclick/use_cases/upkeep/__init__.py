"""Use cases of the worker: operations, notifications, orders and cards that are due."""
