"""Keeps what generations put out: files are copied from Replicate, which deletes them after an hour, to a store that lasts."""
