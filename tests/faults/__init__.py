"""The fault test: payers, shops and faults around the real processes, then the proof that no money is lost.

``make faults`` runs it. ``run`` is its story; ``checker`` reads the end alone and knows nothing of the gateway's code.
"""
