"""The ground floor of every page: the NHS look, the words for dates and numbers, and the forms."""
