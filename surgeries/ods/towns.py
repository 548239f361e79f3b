"""Which of the lines of an address is the town: the list does not say."""

import re
from collections.abc import Sequence

NEAR = re.compile(r"^nr\b\.?\s*", re.IGNORECASE)

COUNTIES = frozenset(
    name.strip()
    for name in """
    avon, bedfordshire, beds, berkshire, berks, buckinghamshire, bucks, cambridgeshire, cambs, cheshire, cleveland,
    co durham, co. durham, co.durham, cornwall, county durham, cumbria, derbyshire, devon, dorset, east riding,
    east riding of yorkshire, east sussex, east yorkshire, essex, gloucestershire, glos, greater london,
    greater manchester, gtr manchester, hampshire, hants, hereford & worcester, herefordshire, hertfordshire, herts,
    humberside, isle of wight, kent, lancashire, lancs, leicestershire, leics, lincolnshire, lincs, merseyside,
    middlesex, middx, ne lincolnshire, norfolk, north east lincolnshire, north humberside, north lincolnshire,
    north somerset, north yorkshire, northamptonshire, northants, northumberland, nottinghamshire, notts,
    oxfordshire, oxon, rutland, salop, shropshire, somerset, south glos, south gloucestershire, south humberside,
    south yorkshire, staffordshire, staffs, suffolk, surrey, sussex, tyne & wear, tyne and wear, warwickshire, warks,
    west midlands, west sussex, west yorkshire, wiltshire, wilts, worcestershire, worcs, yorkshire, yorks, england
    """.replace("\n", " ").split(",")
)


def town_of(lines: Sequence[str]) -> str:
    """The last part of an address that is no county; "" where there is no line."""
    parts = [part.strip(" .") for line in lines for part in line.split(",")]
    parts = [part for part in parts if part]
    while len(parts) > 1 and parts[-1].lower() in COUNTIES:
        parts.pop()
    return NEAR.sub("", parts[-1]) if parts else ""
