"""Printed papers of payments: `shapes` says what each one holds, the `.typ` files how it looks."""
