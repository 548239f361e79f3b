"""A made-up surgery: people, staff and records in the shape that GP Connect suppliers send."""
