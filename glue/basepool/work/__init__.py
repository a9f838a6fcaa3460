"""What `basepool work` does: claims, sends, records, renews, asks, looks for what was lost."""
