"""What a browser says of itself, and what can honestly be said of that."""

import pytest

from accounts.browsers import kind_of

WINDOWS, MAC = "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7"
KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (f"Mozilla/5.0 ({WINDOWS}; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Windows"),
        (f"Mozilla/5.0 ({WINDOWS}) {KIT} Chrome/126.0.0.0 Safari/537.36", "Chrome on Windows"),
        (f"Mozilla/5.0 ({WINDOWS}) {KIT} Chrome/126.0 Safari/537.36 Edg/126.0", "Edge on Windows"),
        (f"Mozilla/5.0 ({MAC}) {KIT} Version/17.4 Safari/605.1.15", "Safari on a Mac"),
        (f"Mozilla/5.0 ({MAC}) {KIT} Chrome/126.0 Safari/537.36 OPR/112.0", "Opera on a Mac"),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {KIT} Version/17.5 Mobile/15E148 Safari/604.1",
            "Safari on an iPhone",
        ),
        (
            f"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) {KIT} CriOS/126.0 Mobile/15E148 Safari/604.1",
            "Chrome on an iPad",
        ),
        (f"Mozilla/5.0 (Linux; Android 14; SM-S921B) {KIT} SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36", "Samsung Internet on Android"),
        ("Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0", "Firefox on Android"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {KIT} Chrome/126.0 Safari/537.36", "Chrome on ChromeOS"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"),
        (f"Mozilla/5.0 (X11; Linux x86_64) {KIT}", "A browser on Linux"),
        ("Mozilla/5.0 (Haiku; x86_64) Gecko/20100101 Firefox/128.0", "Firefox"),
        ("", "A browser"),
        ("curl/8.5.0", "A browser"),
        ("Mozilla/5.0 (compatible; Somebot/2.1; Windows NT 10.0) Firefox/1.0", "A browser"),
        ("Firefox/128.0 on Windows NT 10.0 <script>alert(1)</script>", "A browser"),
        ("\u202eMozilla/5.0 (Windows NT", "A browser"),
    ],
)  # fmt: skip
def test_the_kind_of_a_browser(said, kind):
    assert kind_of(said) == kind


def test_words_of_the_sender_are_never_repeated():
    assert kind_of("Mozilla/5.0 (" + "Windows NT <b>" * 10_000) == "A browser on Windows"
