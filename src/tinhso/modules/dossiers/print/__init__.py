"""Printed papers of a dossier: `shapes` says what each one holds, the `.typ` files how it looks."""
