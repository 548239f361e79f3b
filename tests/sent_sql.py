"""What is sent to the database, for tests that wait for a statement: kept ones come as bytes (ADR 22)."""


def words_of(sql):
    """A statement as text, however it is sent."""
    return sql.decode() if isinstance(sql, bytes) else str(sql)
