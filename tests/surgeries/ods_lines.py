"""Lines as the ODS list has them."""

GOOD = {
    0: "A81001", 1: "THE DENSHAM SURGERY", 4: "THE HEALTH CENTRE", 5: "LAWSON STREET",
    6: "STOCKTON-ON-TEES", 7: "CLEVELAND", 9: "TS18 1HU", 10: "19740401", 12: "A",
    17: "01632 960001", 25: "4",
}  # fmt: skip


def ods_line(code="A81001", *, columns=27, **cells):
    """One line; `c12="C"` sets the column with that index, from 0."""
    wanted = GOOD | {0: code} | {int(name[1:]): value for name, value in cells.items()}
    return ",".join(f'"{wanted.get(index, "")}"' for index in range(columns)).encode()
