"""Reading the stores."""
