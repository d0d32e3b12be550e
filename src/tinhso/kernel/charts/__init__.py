"""Charts as SVG, drawn on the server in the colours of the design tokens."""
