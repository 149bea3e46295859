"""The merchant's protocol (the ``*.cfm`` addresses)."""
