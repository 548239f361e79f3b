"""Two extracts of one person compared as they are in their files, by nothing of ours: what the importer is held against.

It knows what an entry is (ADR 10) and which words of a resource anybody reads, and no more.
"""

import json

CONSULTATION = "325851000000107"
WHOLE = (
    "AllergyIntolerance", "Condition", "DiagnosticReport", "DocumentReference", "Immunization", "MedicationStatement",
)  # fmt: skip
IN_CONSULTATIONS = ("Observation", "ReferralRequest", "Procedure", "ProcedureRequest")
UNREAD = {
    "id",
    "meta",
    "identifier",
    "subject",
    "patient",
    "groupIdentifier",
    "requester",
    "recorder",
}
"""What nobody reads, or is read as the author."""
NAMES = ("Medication", "Practitioner", "PractitionerRole", "Organization", "HealthcareService", "Location")  # fmt: skip


class File:
    """One extract: its resources by type and id."""

    def __init__(self, path):
        body = json.loads(path.read_text())
        self.all = {}
        for entry in body["entry"]:
            found = entry["resource"]
            self.all.setdefault((found["resourceType"], found.get("id")), found)
        for each in list(self.all.values()):
            for inner in each.get("contained", ()):
                if inner["resourceType"] == "AllergyIntolerance":
                    self.all.setdefault(("AllergyIntolerance", inner["id"]), inner)
        self.made = max(
            each["date"] for each in self.all.values() if each["resourceType"] == "List" and each.get("date")
        )  # fmt: skip

    def find(self, reference):
        kind, _, id_ = reference.partition("/")
        return self.all.get((kind, id_))

    def consultations(self):
        return {key: each for key, each in self.all.items() if key[0] == "List" and is_consultation(each)}  # fmt: skip

    def below(self, each):
        """What stands in a list, in lists in it too."""
        for entry in each.get("entry", ()):
            found = self.find(entry["item"].get("reference", ""))
            if found is None:
                continue
            if found["resourceType"] == "List":
                yield from self.below(found)
            else:
                yield found

    def in_consultations(self):
        inside = [found for each in self.consultations().values() for found in self.below(each)]
        return {(found["resourceType"], found["id"]) for found in inside}

    def entries(self):
        """Every entry by its key, with all that it says."""
        inside = self.in_consultations()
        whole = {key: self.said(each) for key, each in self.all.items() if key[0] in WHOLE}
        whole |= {
            key: self.said(each)
            for key, each in self.all.items()
            if key[0] in IN_CONSULTATIONS and key not in inside
        }
        issues = {}
        for key, each in self.all.items():
            if key[0] == "MedicationRequest":
                issues.setdefault(self.statement_of(each), []).append((key, self.said(each)))
        for key in whole:
            if key[0] == "MedicationStatement":
                whole[key] = [whole[key], sorted(issues.get(key, ()), key=lambda each: each[0])]
        return whole | {
            key: [self.outline(each), self.said(self.encounter_of(each))]
            for key, each in self.consultations().items()
        }

    def statement_of(self, request):
        plan = request.get("basedOn", [{}])[0].get("reference", "")
        plan = self.find(plan) or request
        for key, each in self.all.items():
            if key[0] == "MedicationStatement":
                if any(self.find(one["reference"]) is plan for one in each.get("basedOn", ())):
                    return key
        return None

    def encounter_of(self, consultation):
        found = self.find(consultation.get("encounter", {}).get("reference", "")) or {}
        return {name: value for name, value in found.items() if name != "participant"} | {
            "participant": found.get("participant")
        }

    def outline(self, each):
        told = [each.get("title"), each.get("note"), self.said(each.get("code"))]
        for entry in each.get("entry", ()):
            found = self.find(entry["item"].get("reference", ""))
            if found is None:
                continue
            if found["resourceType"] == "List":
                told.append(self.outline(found))
            elif found["resourceType"] in IN_CONSULTATIONS:
                told.append([found["id"], self.said(found)])
            else:
                told.append(
                    found["id"]
                )  # an entry of its own, of which the consultation has a link
        return told

    def said(self, value):
        """All that a resource says, with the names of whom and what it refers to in place of their ids."""
        if isinstance(value, list):
            return [self.said(each) for each in value]
        if not isinstance(value, dict):
            return value
        if set(value) >= {"reference"}:
            return self.named(value["reference"])
        told = {name: self.said(each) for name, each in value.items() if name not in UNREAD}
        author = value.get("requester", {}).get("agent") or value.get("recorder")
        return told | {"author": self.said(author)} if author else told

    def named(self, reference):
        kind, _, _id = reference.partition("/")
        found = self.find(reference)
        if found is None:
            return None
        if kind not in NAMES:
            return reference
        return [self.said(found.get(name)) for name in ("code", "name", "practitioner")]


def is_consultation(each):
    return any(code.get("code") == CONSULTATION for code in each.get("code", {}).get("coding", ()))


def compare(before, after):
    """The keys of entries that are added, withdrawn, told otherwise, and the same.

    One that stands in a consultation now is not gone.
    """
    old, new = before.entries(), after.entries()
    both = old.keys() & new.keys()
    updated = {key for key in both if old[key] != new[key]}
    return {
        "added": new.keys() - before.all.keys(),
        "withdrawn": old.keys() - after.all.keys(),
        "updated": updated,
        "unchanged": both - updated,
    }


def is_counted(file, key):
    """Whether an entry is one that somebody may see: a diary entry is not (R1.10)."""
    return not (key[0] == "ProcedureRequest" and file.all[key].get("intent") == "plan")
