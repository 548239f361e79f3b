"""Made-up surgeries that do not use the portal, in the lines of the ODS list: for a search to find."""


def line(
    code: str, name: str, address: tuple[str, ...], postcode: str, phone: str = "", *,
    status: str = "A", closed: str = "",
) -> bytes:  # fmt: skip
    """One line of the list, in capitals as the real one is."""
    place = [*address, *[""] * (5 - len(address)), postcode]
    cells = [
        code,
        name,
        "",
        "",
        *place,
        "20000401",
        closed,
        status,
        *[""] * 4,
        phone,
        *[""] * 7,
        "4",
        "",
    ]
    return ",".join(f'"{cell}"' for cell in cells).encode()


NEARBY = [
    line(
        "Z99101", "THE MILL POND SURGERY", ("2 EXAMPLE LANE", "SAMPLEFORD"), "ZZ99 3CZ", "01632 960111"
    ),
    line(
        "Z99102", "ST SAMPLE'S MEDICAL CENTRE", ("14 TRIAL STREET", "MOCKHAM-ON-SEA"), "ZZ99 2AA",
        "01632 960112",
    ),
    line(
        "Z99103", "DR A TESTER & PARTNERS", ("THE OLD BAKERY", "3 PRETEND ROAD", "SAMPLEFORD"), "ZZ99 3DD",
        "01632 960113", status="C", closed="20190331",
    ),
    line(
        "Z99104", "NEW QUARTER HEALTH CENTRE", ("1 FUTURE WAY", "MOCKHAM-ON-SEA"), "ZZ99 2BB", status="P"
    ),
]  # fmt: skip
