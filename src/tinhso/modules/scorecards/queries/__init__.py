"""Reading figures: what a page needs, in a bounded number of queries."""
