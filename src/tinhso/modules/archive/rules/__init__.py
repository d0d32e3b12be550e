"""Pure decisions of the store: what a document is worth, whether it holds today, whose it is."""
