"""The day by which a surgery answers: 28 working days on, without England's bank holidays (R8.2).

GOV.UK's list comes with the library and is never asked for over the network. It ends with a year (`LAST_KNOWN`).
Beyond that, only Saturdays and Sundays are left out: a day counted there can come too early for the surgery, and
never too late for the patient. `manage.py check` warns while there is still time to update the library.
"""

from datetime import date, timedelta

from govuk_bank_holidays.bank_holidays import BankHolidays

HOLIDAYS = BankHolidays(use_cached_holidays=True)
ENGLAND = BankHolidays.ENGLAND_AND_WALES
LAST_KNOWN = date(max(day["date"].year for day in HOLIDAYS.get_holidays(ENGLAND)), 12, 31)
"""The last day of which the list says whether it is a bank holiday: it comes in whole years."""
WORKING_DAYS = 28


def due_on(asked_on: date) -> date:
    """The last of the 28 working days after the day on which something was asked (R8.2)."""
    return working_days_after(asked_on, WORKING_DAYS)


def working_days_after(day: date, count: int) -> date:
    """The working day that comes so many working days after a day, which is not counted itself."""
    for _ in range(count):
        day += timedelta(days=1)
        while not HOLIDAYS.is_work_day(day, ENGLAND):
            day += timedelta(days=1)
    return day


def is_bank_holiday(day: date) -> bool:
    """Whether a day is one of England's bank holidays, as far as they are known."""
    return bool(HOLIDAYS.is_holiday(day, ENGLAND))
