"""Printed papers of the catalogue: `shapes` says what a guide holds, `guide.typ` how it looks."""
