"""The acquirer link: ISO 8583:1987 over TCP. Only ``link`` and the simulator do I/O."""
