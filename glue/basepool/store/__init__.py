"""Outputs that last: fetches them from where Replicate serves them for an hour, and keeps them in a store."""
