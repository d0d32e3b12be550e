"""Pure decisions about money. Amounts are integer đồng everywhere."""
