"""What nobody who has the database alone can rewrite: anchors outside it, and receipts in patients' hands (R9.1)."""

import io
import json
import uuid
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError

from audit import log
from audit.anchored import read_file
from audit.anchors import add_anchor, anchor_file, read_anchors
from audit.keys import HostKey, host_keys
from audit.models import ChainHead
from audit.receipts import NoReceipt, make_receipt, read_receipt, stands
from audit.settled import check_settings
from audit.verify import check
from tests.clock import NOW

KEY, OTHER_KEY = "k" * 40, "o" * 40
CHANGED, REWRITTEN, CUT, GONE, WHOLE = (uuid.UUID(int=number) for number in range(1, 6))
RECOMPUTED = """
do $$ declare one audit_auditevent; last bytea := ''; begin
    update audit_auditevent set action = 'nothing' where patient_id = '{chain}' and sequence = 2;
    for one in select * from audit_auditevent where patient_id = '{chain}' order by sequence loop
        one.previous_hash := last; last := audit_event_hash(one);
        update audit_auditevent set previous_hash = one.previous_hash, hash = last where id = one.id;
    end loop;
    update audit_chain_head set hash = last where patient_id = '{chain}';
end $$
"""
TAMPERING = [
    f"update audit_auditevent set action = 'nothing' where patient_id = '{CHANGED}' and sequence = 2",
    RECOMPUTED.format(chain=REWRITTEN),
    f"delete from audit_auditevent where patient_id = '{CUT}' and sequence > 2",
    f"update audit_chain_head set sequence = 2, hash = (select hash from audit_auditevent where patient_id = '{CUT}' "
    f"and sequence = 2) where patient_id = '{CUT}'",
    f"delete from audit_auditevent where patient_id = '{GONE}'",
    f"delete from audit_chain_head where patient_id = '{GONE}'",
    # and whoever asks the database for the right hash of an event is told the one it has
    "create or replace function audit_event_hash(event audit_auditevent) returns bytea language sql stable as "
    "$$ select event.hash $$",
]


@pytest.fixture(autouse=True)
def kept_apart(settings, tmp_path):
    settings.PORTAL_AUDIT_KEYS = [KEY]
    settings.PORTAL_ANCHOR_FILE = tmp_path / "kept" / "anchors"


def record(patient_id=WHOLE, action="record opened"):
    log.record(action, at=NOW, actor_id=None, patient_id=patient_id)


def verified(**options):
    """What verify_audit says, and with what it ends."""
    out = io.StringIO()
    try:
        call_command("verify_audit", json=True, stdout=out, **options)
    except SystemExit as ended:
        return json.loads(out.getvalue()), ended.code
    return json.loads(out.getvalue()), 0


def faults(found):
    return {(fault["anchor"], fault["chain"], fault["what"]) for fault in found["anchor_faults"]}


def rewrite(**changes):
    """Change fields of the second anchor in the file, without the key."""
    first, second, *rest = [json.loads(line) for line in anchor_file().read_text().splitlines()]
    lines = [json.dumps(one) for one in (first, second | changes, *rest)]
    anchor_file().write_text("\n".join(lines) + "\n")


@pytest.mark.django_db(transaction=True)
def test_the_owner_of_the_database_cannot_rewrite_the_log_unnoticed(owner):
    """R9.1: a row changed; a chain computed anew; its newest events cut off with the head set back; a whole chain gone.

    Walking the chains, the anchor and the patient's receipt each say so, of each of them that can show it.
    """
    chains = (CHANGED, REWRITTEN, CUT, GONE, WHOLE)
    for chain in chains * 4:
        record(chain)
    receipts = {chain: make_receipt(chain, shown=4, now=NOW) for chain in chains}
    call_command("anchor_audit")
    assert verified(anchored=True)[1] == 0
    for chain in chains:
        assert stands(read_receipt(receipts[chain])) == (True, None)
        record(chain)
    owner.execute("alter table audit_auditevent disable trigger user")
    for statement in TAMPERING:
        owner.execute(statement)
    owner.execute("alter table audit_auditevent enable trigger user")
    found, ended = verified()
    assert ended == 1
    assert found["broken"] == [{"patient_id": str(CHANGED), "events": 5, "broken_at": 2}]
    assert faults(found) == {
        (1, str(CHANGED), "event 2 was changed since"),
        (1, str(REWRITTEN), "event 4 or one before it is not what was written then"),
        (1, str(CUT), "event 4, with which it ended then, is gone"),
        (1, str(GONE), "the whole chain is gone"),
    }
    standing = {chain: stands(read_receipt(receipts[chain])) for chain in chains}
    assert standing == {
        CHANGED: (False, 2),
        REWRITTEN: (False, None),
        CUT: (False, None),
        GONE: (False, None),
        WHOLE: (True, None),
    }


@pytest.mark.django_db
def test_an_anchor_names_the_chains_that_moved_and_no_person():
    record(CHANGED)
    record(WHOLE)
    first = add_anchor(now=NOW)
    record(WHOLE)
    second = add_anchor(now=NOW + timedelta(days=1))
    assert (first.number, first.chains, len(first.heads)) == (1, 2, 2)
    assert (second.number, second.chains, len(second.heads), second.before) == (2, 2, 1, first.seal)
    kept = anchor_file().read_text()
    assert str(WHOLE) not in kept
    assert WHOLE.hex not in kept
    [key] = host_keys()
    assert key.unveiled(second.heads[0].split()[0]) == WHOLE
    assert "heads" not in second.outline
    assert anchor_file().stat().st_mode & 0o077 == 0
    assert (verified()[1], verified()[0]["anchors"]) == (0, 2)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"at": "2020-01-01T00:00:00+00:00"}, "it was changed: its seal does not fit"),
        ({"heads": []}, "it was changed: its seal does not fit"),
        ({"key": "0123456789abcdef"}, "it was sealed with a key that is not in PORTAL_AUDIT_KEY"),
        ({"chains": "many"}, "line 2 of the file is cut off or no anchor"),
        ({"more": 1}, "line 2 of the file is cut off or no anchor"),
    ],
)
def test_a_changed_anchor_is_found(changes, what):
    """R9.1: whoever has the file, and not the key, changes nothing in it unnoticed."""
    for day in range(3):
        record()
        add_anchor(now=NOW + timedelta(days=day))
    rewrite(**changes)
    found, ended = verified()
    assert ended == 1
    assert what in " ".join(fault["what"] for fault in found["anchor_faults"])


@pytest.mark.django_db
@pytest.mark.parametrize("lines", [(0, 2), (1, 2), (0, 2, 1), (0, 1, 1, 2)])
def test_an_anchor_taken_out_doubled_or_moved_is_found(lines):
    for day in range(3):
        record()
        add_anchor(now=NOW + timedelta(days=day))
    held = anchor_file().read_text().splitlines()
    anchor_file().write_text("".join(f"{held[line]}\n" for line in lines))
    assert "an anchor was taken out, put in or moved" in str(verified()[0]["anchor_faults"])


@pytest.mark.django_db
@pytest.mark.parametrize("is_gone", [True, False])
def test_a_file_that_is_gone_or_cut_lacks_what_the_log_says_was_anchored(is_gone):
    record()
    call_command("anchor_audit")
    call_command("anchor_audit")
    if is_gone:
        anchor_file().unlink()
    else:
        anchor_file().write_text(anchor_file().read_text().splitlines()[0] + "\n")
    found, ended = verified()
    assert (ended, [fault["anchor"] for fault in found["anchor_faults"]]) == (1, [2])


@pytest.mark.django_db
def test_a_key_is_replaced_and_the_old_one_still_reads(settings):
    """The first seals and all read; without the old one nothing of it can be checked, which is said."""
    record()
    receipt = make_receipt(WHOLE, shown=1, now=NOW)
    add_anchor(now=NOW)
    settings.PORTAL_AUDIT_KEYS = [OTHER_KEY, KEY]
    second = add_anchor(now=NOW + timedelta(days=1))
    assert second.key == HostKey(OTHER_KEY).name
    assert len(second.heads) == 1
    assert verified()[1] == 0
    assert stands(read_receipt(receipt)).begins_with_it
    settings.PORTAL_AUDIT_KEYS = [OTHER_KEY]
    found, ended = verified()
    assert ended == 1
    assert "not in PORTAL_AUDIT_KEY" in found["anchor_faults"][0]["what"]
    with pytest.raises(NoReceipt, match="did not make it"):
        read_receipt(receipt)


@pytest.mark.django_db
def test_a_line_that_was_cut_off_by_a_full_disk_does_not_end_anchoring():
    record()
    add_anchor(now=NOW)
    with anchor_file().open("a") as file:
        file.write('{"number":2,"at"')
    anchor = add_anchor(now=NOW + timedelta(days=1))
    found = list(read_anchors(anchor_file()))
    assert (anchor.number, len(anchor.heads), found[-1]) == (2, 1, anchor)
    assert [fault.what for fault in read_file(anchor_file(), host_keys()).faults] == [
        "line 2 of the file is cut off or no anchor"
    ]


@pytest.mark.django_db
def test_without_an_anchor_of_the_last_two_days_verifying_says_so_when_asked(capsys):
    assert (verified()[1], verified(anchored=True)[1]) == (0, 1)
    call_command("anchor_audit")
    assert verified(anchored=True)[1] == 0
    anchor_file().unlink()
    add_anchor(now=NOW - timedelta(days=3))
    with pytest.raises(SystemExit):
        call_command("verify_audit", anchored=True)
    assert "There is no anchor of the last 48 hours" in capsys.readouterr().out


@pytest.mark.django_db
def test_verifying_one_patient_looks_at_the_anchors_of_no_other(patient):
    record(patient.pk)
    record(WHOLE)
    add_anchor(now=NOW)
    found, ended = verified(patient=patient.nhs_number)
    assert (ended, found["chains"], found["anchors"]) == (0, 1, 1)


class Outside(HTTPServer):
    """An address outside that keeps what it is sent."""

    answers = 204

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Taking)
        self.taken = []


class Taking(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.answers)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def outside(settings):
    server = Outside()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    settings.PORTAL_ANCHOR_URL = f"http://127.0.0.1:{server.server_port}/"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.django_db
def test_the_seal_is_told_to_an_address_outside_and_nothing_of_a_person(outside):
    record()
    call_command("anchor_audit")
    [anchor] = read_anchors(anchor_file())
    assert outside.taken == [anchor.outline]
    assert set(outside.taken[0]) == {"number", "at", "key", "before", "chains", "seal"}


@pytest.mark.django_db
@pytest.mark.parametrize("answers", [500, 302, None])
def test_an_address_that_does_not_take_it_is_named_loudly_and_the_file_is_kept(
    outside, settings, answers
):
    if answers:
        outside.answers = answers
    else:
        settings.PORTAL_ANCHOR_URL = "http://127.0.0.1:1/"
    record()
    with pytest.raises(
        CommandError, match="Anchor 1 is in the file, but PORTAL_ANCHOR_URL did not take it"
    ):
        call_command("anchor_audit")
    assert len(list(read_anchors(anchor_file()))) == 1
    assert verified()[1] == 0


@pytest.mark.django_db
def test_a_file_that_cannot_be_written_is_said(settings, tmp_path):
    settings.PORTAL_ANCHOR_FILE = tmp_path
    with pytest.raises(CommandError, match="Not anchored"):
        call_command("anchor_audit")
    assert not ChainHead.objects.exists()


@pytest.mark.parametrize(
    ("name", "value", "id_"),
    [
        ("PORTAL_AUDIT_KEYS", ["short"], "audit.E001"),
        ("PORTAL_AUDIT_KEYS", [], "audit.E001"),
        ("PORTAL_ANCHOR_URL", "http://anchors.example/", "audit.E002"),
    ],
)
def test_settings_that_will_not_do_are_said_beforehand(settings, name, value, id_):
    assert check_settings() == []
    setattr(settings, name, value)
    assert [found.id for found in check_settings()] == [id_]
    with pytest.raises(SystemCheckError):
        call_command("check")


@pytest.mark.django_db
def test_a_receipt_looks_the_same_whatever_happened_that_its_patient_may_not_know():
    """R2.3: staff who hide an entry move the chain; the receipt shows neither its end nor its length."""
    record()
    before = make_receipt(WHOLE, shown=1, now=NOW)
    for action in ("entry hidden", "entry shown again"):
        record(action=action)
    after, again = (make_receipt(WHOLE, shown=1, now=NOW) for _ in range(2))
    assert len({before, after, again}) == 3  # not even "nothing happened" can be told
    words = [json.loads(text) for text in (before, after)]
    assert len({one.pop("seal") for one in words}) == 2
    assert words[0] == words[1]
    assert len(before) == len(after)
    for text in (before, after):
        assert check(WHOLE).broken_at is None
        assert stands(read_receipt(text)) == (True, None)


@pytest.mark.django_db
def test_a_receipt_can_come_back_in_many_forms():
    record()
    text = make_receipt(WHOLE, shown=1, now=NOW)
    seal = json.loads(text)["seal"]
    in_lines = "\r\n".join(seal[place : place + 60] for place in range(0, len(seal), 60))
    for given in (text, f"\ufeff{text}", seal, f"  {in_lines}\n", text.replace('"', "”")):
        assert read_receipt(given) == read_receipt(text)
    assert read_receipt(text)[0] == WHOLE
    assert read_receipt(text).shown == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: " ", "Choose the file of your receipt"),
        (lambda text: "hello \0 \ud800 🙂", "This is not a receipt"),
        (lambda text: "[" * 4000, "This is not a receipt"),
        (lambda text: text * 20, "too long"),
        (lambda text: text.replace('"seal": "gAAAAA', '"seal": "'), "This is not a receipt"),
        (lambda text: text.replace("gAAAAA", "gAAAAAAA"), "was changed"),
        (lambda text: text.replace(': 1,', ': 2,'), "words of this receipt are not"),
        (lambda text: text.replace("2024-", "2025-"), "words of this receipt are not"),
        (lambda text: text + make_receipt(WHOLE, shown=1, now=NOW), "two receipts"),
        (lambda text: HostKey(OTHER_KEY).box().encrypt(b"x" * 73).decode(), "was changed"),
        (lambda text: HostKey(KEY).box().encrypt(b"x" * 7).decode(), "This is not a receipt"),
        (lambda text: HostKey(KEY).box().encrypt(b"x" * 74).decode(), "was changed"),
    ],
)  # fmt: skip
def test_what_is_no_receipt_is_refused_with_what_to_do(change, words):
    record()
    with pytest.raises(NoReceipt, match=words):
        read_receipt(change(make_receipt(WHOLE, shown=1, now=NOW)))


@pytest.mark.django_db
def test_a_receipt_of_a_log_in_which_nothing_is():
    receipt = read_receipt(make_receipt(WHOLE, shown=0, now=NOW))
    assert stands(receipt) == (True, None)
    record()
    assert stands(receipt) == (True, None)
