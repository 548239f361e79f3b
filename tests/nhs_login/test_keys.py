"""The portal's own keys for NHS login: made, published without their private half, and replaced."""

import json
import stat

import pytest
from django.core.management import call_command
from joserfc.jwk import RSAKey

from accounts.nhs_login_keys import NoKey, make_key, public_keys, signing_key
from tests.clock import NOW
from tests.nhs_login.running import new_key, save_key

PRIVATE = {"d", "p", "q", "dp", "dq", "qi"}


@pytest.fixture
def folder(settings, tmp_path):
    settings.NHS_LOGIN_ISSUER, settings.NHS_LOGIN_CLIENT_ID = "https://nhs.example.test", "me"
    settings.NHS_LOGIN_KEYS = tmp_path / "keys"
    return settings.NHS_LOGIN_KEYS


def test_a_new_key_is_for_its_owner_only(folder, capsys):
    call_command("make_nhs_login_key")
    [path] = folder.iterdir()
    assert capsys.readouterr().out.strip() == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert signing_key().kid == json.loads(path.read_text())["kid"]


def test_only_the_public_half_is_published(client, folder, db):
    make_key(now=NOW, size=2048)
    answer = client.get("/nhs-login/keys")
    [key] = answer.json()["keys"]
    assert not PRIVATE & set(key)
    assert {
        "kty": "RSA",
        "alg": "RS512",
        "use": "sig",
        "kid": signing_key().kid,
    }.items() <= key.items()
    assert "session" not in answer.cookies


def test_the_newest_name_signs_and_all_are_published(folder):
    folder.mkdir()
    old, new = new_key(), new_key()
    save_key(folder / "2026.json", new)
    save_key(folder / "2025.json", old)
    assert signing_key().kid == new.kid
    assert [key["kid"] for key in public_keys()["keys"]] == [new.kid, old.kid]
    (folder / "2026.json").unlink()
    assert signing_key().kid == old.kid


def test_a_key_for_later_is_published_and_does_not_sign(folder):
    now = make_key(now=NOW, size=2048)
    later = make_key(now=NOW, later=True, size=2048)
    assert signing_key().kid == json.loads(now.read_text())["kid"]
    assert len(public_keys()["keys"]) == 2
    later.rename(folder / "2999.json")
    assert signing_key().kid == json.loads((folder / "2999.json").read_text())["kid"]


def test_a_pem_file_will_do(folder):
    folder.mkdir()
    key = new_key()
    (folder / "1.pem").write_bytes(key.as_pem(private=True))
    assert signing_key().as_dict(private=False)["n"] == key.as_dict(private=False)["n"]
    assert (
        public_keys()["keys"][0]["kid"] == RSAKey.import_key(key.as_pem(private=False)).thumbprint()
    )


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '{"kty": "oct", "k": "eHh4"}', '{"kty": "RSA"}']
)
def test_what_is_no_private_key_is_left_out_and_named(folder, text, caplog):
    folder.mkdir()
    good = new_key()
    save_key(folder / "1.json", good)
    (folder / "2.json").write_text(text)
    (folder / "notes.txt").write_text("not a key")
    assert signing_key().kid == good.kid
    assert len(public_keys()["keys"]) == 1


def test_a_public_key_alone_does_not_sign(folder):
    folder.mkdir()
    (folder / "1.json").write_text(json.dumps(new_key().as_dict(private=False)))
    with pytest.raises(NoKey):
        signing_key()


def test_without_a_folder_there_is_no_key(folder):
    assert public_keys() == {"keys": []}
    with pytest.raises(NoKey):
        signing_key()
