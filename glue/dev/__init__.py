"""Ours alone, never installed at a user's: the demo, the development stack, and what makes and checks the documents."""
