"""Working time per agency: deadlines with their reasons. Doors: `api` (with the database) and `rules` (pure)."""
