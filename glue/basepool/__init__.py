"""basepool's glue: calls Replicate with what the database hands it."""
