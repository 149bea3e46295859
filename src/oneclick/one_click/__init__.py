"""Pure rules of One Click: who takes part, what the page offers, when a card is kept."""
