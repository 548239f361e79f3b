"""Short words of GP notes in plain English: what they can mean, where they stand, and where to read more."""
