"""The whole stack on one machine: database, acquirer simulator, gateway, worker, and a small shop."""
