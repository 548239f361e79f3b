"""Names in capitals become names as people write them."""

import pytest

from surgeries.ods.capitals import as_written
from surgeries.ods.towns import town_of


@pytest.mark.parametrize(
    ("listed", "written"),
    [
        ("THE DENSHAM SURGERY", "The Densham Surgery"),
        ("ST MARY'S SURGERY", "St Mary's Surgery"),
        ("ST.MARY'S SURGERY", "St Mary's Surgery"),
        ("ST JAMES' PRACTICE", "St James' Practice"),
        ("DR A P SMITH & PARTNERS", "Dr A P Smith & Partners"),
        ("DR AP KUMAR", "Dr AP Kumar"),
        ("DR AT BRADFORD'S PRACTICE", "Dr AT Bradford's Practice"),
        ("DR NG & PARTNERS", "Dr Ng & Partners"),
        ("BELGRAVE SURGERY (SV BAPODRA)", "Belgrave Surgery (SV Bapodra)"),
        ("HARTLEPOOL NHS HEALTHCARE CENTRE", "Hartlepool NHS Healthcare Centre"),
        ("PEEL GPS", "Peel GPs"),
        ("GP AT HAND", "GP at Hand"),
        ("MOSTAFA PMS", "Mostafa PMS"),
        ("CHP LTD - BRANSHOLME", "CHP Ltd - Bransholme"),
        ("MCKENZIE HOUSE SURGERY", "McKenzie House Surgery"),
        ("TRAMWAYS MEDICAL CENTRE (O'CONNELL)", "Tramways Medical Centre (O'Connell)"),
        ("WEST VIEW MILLENIUM SURGERY A", "West View Millenium Surgery A"),
        ("STOCKTON-ON-TEES", "Stockton-on-Tees"),
        ("CHESTER-LE-STREET", "Chester-le-Street"),
        ("ASHBY-DE-LA-ZOUCH", "Ashby-de-la-Zouch"),
        ("NEWCASTLE UNDER LYME", "Newcastle Under Lyme"),
        ("10A CAMBRIDGE ROAD", "10A Cambridge Road"),
        ("LEYTON HEALTHCARE 4TH FLOOR", "Leyton Healthcare 4th Floor"),
        ("E12 HEALTH", "E12 Health"),
        ("WEST4 GPS", "West4 GPs"),
        ("7 TRINITY MEWS,N. ORMESBY", "7 Trinity Mews, N. Ormesby"),
        ("PARKWAY   CENTRE ", "Parkway Centre"),
        ("The Riverbank practice", "The Riverbank practice"),
        ("108", "108"),
        ("", ""),
    ],
)
def test_a_name_is_written_as_people_write_it(listed, written):
    assert as_written(listed) == written


@pytest.mark.parametrize("written", ["The Densham Surgery", "St Mary's Surgery", "Peel GPs"])
def test_a_name_that_is_right_stays(written):
    assert as_written(written) == written


@pytest.mark.parametrize(
    ("lines", "town"),
    [
        (
            ["The Health Centre", "Lawson Street", "Stockton-on-Tees", "Cleveland"],
            "Stockton-on-Tees",
        ),
        (["167A Borough Road", "Middlesbrough"], "Middlesbrough"),
        (["10A Cambridge Road", "Linthorpe, Middlesbrough", "Cleveland"], "Middlesbrough"),
        (["The Surgery", "Seaton Carew", "Hartlepool, Cleveland"], "Hartlepool"),
        (["Kirkby Lonsdale", "Nr Carnforth", "Lancashire"], "Carnforth"),
        (["1 High Street", "Nr.Wigan"], "Wigan"),
        (["65 Aldersbrook Road", "Manor Park", "London"], "London"),
        (["Kent"], "Kent"),
        (["", " , "], ""),
        ([], ""),
    ],
)
def test_the_town_is_the_last_part_of_an_address_that_is_no_county(lines, town):
    assert town_of(lines) == town
