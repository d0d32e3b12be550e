"""Small programs that stand in for parties which cannot be here: telecoms, Zalo. Each speaks the real protocol over HTTP.

Run one beside `make demo`, point the product at it, and tell it over `POST /control` to be slow, down or lying.
"""
