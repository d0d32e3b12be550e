"""What is made of figures: workbooks, reports closed at a time."""
