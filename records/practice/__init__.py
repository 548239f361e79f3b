"""Changes for many patients of a surgery at once: who, what it would open, making it, and undoing it."""
