"""The OpenAPI 3.1 description of where suppliers send to: made here, so that limits are said as they are."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from records.importing.files import LIMIT
from records.models import ReceivedExtract
from records.supplier.token_form import ASKED
from surgeries.terms import Section

Json = dict[str, Any]


def description() -> Json:
    """The whole description, with this portal's own address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Extracts of GP records",
            "version": "1.0.0",
            "description": (
                "A supplier's system sends one patient's extract at a time, for the surgeries it may send for, and asks"
                " what became of it. It proves who it is with a signed assertion (private_key_jwt, RFC 7523)."
            ),
        },
        "servers": [{"url": settings.PORTAL_URL}],
        "paths": {
            reverse("records:supplier-token"): {"post": _token()},
            reverse("records:supplier-extracts"): {"post": _send()},
            "/supplier/extracts/{extract_id}": {"get": _ask()},
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Problem": PROBLEM, "Received": _received(), "Counts": _counts()},
        },
    }


def _token() -> Json:
    form = {
        "type": "object", "required": [*ASKED, "client_assertion"],
        "properties": {
            **{name: {"const": value} for name, value in ASKED.items()},
            "client_assertion": {
                "type": "string",
                "description": (
                    "A JWT signed with a registered key: kid in its header; iss and sub the system's id, aud the full"
                    " address of this endpoint, exp at most five minutes away, jti new each time."
                ),
            },
        },
    }  # fmt: skip
    answer = {
        "type": "object", "required": ["access_token", "token_type", "expires_in"],
        "properties": {
            "access_token": {"type": "string"}, "token_type": {"const": "Bearer"},
            "expires_in": {"type": "integer"},
        },
    }  # fmt: skip
    refusal = {
        "type": "object", "required": ["error", "error_description"],
        "properties": {
            "error": {"const": "invalid_client"}, "error_description": {"type": "string"},
        },
    }  # fmt: skip
    return {
        "operationId": "getToken", "summary": "Get a token for ten minutes",
        "requestBody": _body("application/x-www-form-urlencoded", form),
        "responses": {
            "200": _answer("A token", answer), "401": _answer("The assertion is refused", refusal),
            **_problems(400, 415, 429),
        },
    }  # fmt: skip


def _send() -> Json:
    return {
        "operationId": "sendExtract", "summary": "Send one patient's extract",
        "description": f"A FHIR Bundle of at most {LIMIT // 2**20} MB. It is loaded after the answer.",
        "security": [{"token": []}],
        "parameters": [
            _parameter("surgery", "query", "The ODS code of the surgery", pattern="^[A-Za-z0-9]{3,10}$"),
            _parameter("Idempotency-Key", "header", "New for each extract; the same one when it is sent again",
                       pattern="^[!-~]{1,200}$"),
        ],
        "requestBody": _body("application/fhir+json", {"type": "object"}, "application/json"),
        "responses": {
            "202": _answer("Kept, and waits to be loaded", {"$ref": "#/components/schemas/Received"})
            | {
                "headers": {"Location": {
                    "description": "Where to ask what became of it", "schema": {"type": "string"},
                }},
                "links": {"outcome": {
                    "operationId": "getExtract", "parameters": {"extract_id": "$response.body#/id"},
                }},
            },
            **_problems(400, 401, 403, 409, 411, 413, 415, 429),
        },
    }  # fmt: skip


def _ask() -> Json:
    id_ = _parameter("extract_id", "path", "The id that was given when it was sent", format="uuid")
    return {
        "operationId": "getExtract", "summary": "Ask what became of an extract",
        "security": [{"token": []}], "parameters": [id_],
        "responses": {
            "200": _answer("Where it stands", {"$ref": "#/components/schemas/Received"}),
            **_problems(401, 404),
        },
    }  # fmt: skip


PROBLEM: Json = {
    "type": "object", "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}  # fmt: skip


def _received() -> Json:
    moment = {"type": ["string", "null"], "format": "date-time"}
    return {
        "type": "object",
        "required": ["id", "state", "reason", "counts", "received_at", "ended_at", "status"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "state": {"enum": ReceivedExtract.State.values},
            "reason": {"type": "string", "description": "Why it was refused, and what to do"},
            "counts": {"$ref": "#/components/schemas/Counts"},
            "received_at": moment, "ended_at": moment, "status": {"type": "string"},
        },
    }  # fmt: skip


def _counts() -> Json:
    changes = {"type": "object", "additionalProperties": {"type": "integer"}}
    return {
        "type": "object",
        "description": "Whole entries by section and change; empty until it is loaded or refused",
        "properties": {
            "sections": {"type": "object", "properties": {one.value: changes for one in Section}},
            "not_shown": changes, "skipped": {"type": "integer"},
        },
    }  # fmt: skip


def _parameter(name: str, place: str, words: str, **schema: str) -> Json:
    return {
        "name": name, "in": place, "required": True, "description": words,
        "schema": {"type": "string", **schema},
    }  # fmt: skip


def _body(kind: str, schema: Json, *others: str) -> Json:
    return {"required": True, "content": {each: {"schema": schema} for each in (kind, *others)}}


def _answer(words: str, schema: Json, kind: str = "application/json") -> Json:
    return {"description": words, "content": {kind: {"schema": schema}}}


def _problems(*statuses: int) -> Json:
    words = {
        400: "The request is not complete", 401: "No good token", 403: "Not for this surgery",
        404: "Nothing of this system's has that id", 409: "The key was used for another extract",
        411: "No Content-Length", 413: "Too large", 415: "Another kind of content",
        429: "Too many extracts wait, or too many assertions were refused",
    }  # fmt: skip
    problem = {"$ref": "#/components/schemas/Problem"}
    return {
        str(status): _answer(words[status], problem, "application/problem+json")
        for status in statuses
    }
