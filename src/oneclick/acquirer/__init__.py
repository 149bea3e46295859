"""The acquirer link: ISO 8583:1987 over TCP. Only ``line``, ``link`` and the simulator do I/O."""
