"""Notifications to merchants: what is sent, to whom it may be sent, what an answer means."""
