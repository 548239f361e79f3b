"""Who someone is: users, what they proved, which patient they are, and what duties they have."""

from accounts.models.codes import DeskCode, RegistrationLetter, SignedInDevice, Tries
from accounts.models.factors import AuthenticatorApp, NhsLogin, RecoveryCodes
from accounts.models.identity import IdentityCheck, OnlineRegistration
from accounts.models.notices import Kind, NoticeChoice, Readers
from accounts.models.people import IdentityLevel, User, Viewer
from accounts.models.staffing import Duty, StaffRole

__all__ = [
    "AuthenticatorApp",
    "DeskCode",
    "Duty",
    "IdentityCheck",
    "IdentityLevel",
    "Kind",
    "NhsLogin",
    "NoticeChoice",
    "OnlineRegistration",
    "Readers",
    "RecoveryCodes",
    "RegistrationLetter",
    "SignedInDevice",
    "StaffRole",
    "Tries",
    "User",
    "Viewer",
]
