"""What the browser is given: nothing that calls another host, nothing licensed to others."""

import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.templatetags.static import static

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "nhsuk" / "static" / "nhsuk"
FRONTEND = STATIC / "frontend"
CSS = (FRONTEND / "nhsuk-frontend.min.css").read_text()
JS = (FRONTEND / "nhsuk-frontend.min.js").read_text()
XML_NAMESPACE = "http://www.w3.org/2000/svg"


@pytest.mark.parametrize("file", sorted(STATIC.rglob("*.*")), ids=lambda file: file.name)
def test_no_file_calls_another_host(file):
    text = file.read_text().replace(XML_NAMESPACE, "")
    assert not re.findall(r"(?:https?:)?//[\w-]+\.\w+", text)


def test_there_are_no_fonts_to_fetch():
    assert "@font-face" not in CSS
    assert "Frutiger" not in CSS
    assert "font-family:arial,sans-serif" in CSS


def test_there_are_no_source_maps():
    assert "sourceMappingURL" not in CSS + JS


def test_every_image_of_the_stylesheet_is_beside_it():
    urls = re.findall(r"url\(([^)]*)\)", CSS)
    assert urls
    assert all((FRONTEND / url).is_file() for url in urls)


def test_only_the_images_of_the_stylesheet_are_kept():
    """The package's icons hold the NHS logo, which is not ours to use."""
    kept = {f"images/{file.name}" for file in (FRONTEND / "images").iterdir()}
    assert kept == set(re.findall(r"url\(([^)]*)\)", CSS))


def test_the_copy_is_of_the_version_that_is_pinned():
    pinned = json.loads((ROOT / "package.json").read_text())["devDependencies"]["nhsuk-frontend"]
    assert f'--nhsuk-frontend-version:"{pinned}"' in CSS
    assert f'version="{pinned}"' in JS


def test_the_lock_file_names_no_host():
    assert "://" not in (ROOT / "package-lock.json").read_text()


def test_every_class_in_our_templates_is_one_of_the_stylesheets():
    ours = (STATIC / "portal.css").read_text()
    known = set(re.findall(r"\.((?:nhsuk|app)-[\w-]+)", CSS + ours))
    files = [
        file for part in ("layouts", "components") for file in (ROOT / "templates" / part).iterdir()
    ]
    used = {
        name
        for file in files
        for names in re.findall(r'class="([^"{]*)', file.read_text())
        for name in names.split()
    }
    official_without_style = {
        "nhsuk-header__account-form",
        "nhsuk-icon--arrow-left",
        "nhsuk-icon--arrow-right",
        "nhsuk-pagination__link--next",
        "nhsuk-pagination__link--prev",
    }
    whole = {name for name in used if not name.endswith("-")}
    assert whole - known - official_without_style == set()


def test_the_files_can_be_collected_under_names_that_change_with_them(settings, tmp_path):
    """The untouched stylesheet stops collectstatic: its images are not where it says."""
    settings.STATIC_ROOT = tmp_path
    hashed = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": hashed}}
    call_command("collectstatic", interactive=False, verbosity=0)
    assert re.fullmatch(r"/static/nhsuk/portal\.\w{12}\.css", static("nhsuk/portal.css"))
