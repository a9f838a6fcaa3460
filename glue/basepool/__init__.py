"""basepool: calls Replicate with what the database hands it."""
