#!/usr/bin/env python3
"""html_check.py PAGE.html [DOCUMENT.json TEXT]: a page is well formed, harmless, and says what its document says.

Well formed: every element is closed in order, ids are unique, what aria-labelledby names is there. Harmless: only elements and attributes
that a page of detbuild has; no address of anything; the policy forbids all but the page's own style. With a document and what `detbuild
report` prints about it: each name, verdict, difference, command and count of the document is in the text of the page and in TEXT."""
import base64
import hashlib
import json
import re
import sys
from html.parser import HTMLParser

VOID = {"meta", "rect"}
ELEMENTS = set("html head meta title style body header main footer section h1 h2 h3 p strong span code pre dl div dt dd table thead tbody tr th td ul ol "
               "li details summary svg rect".split())
ATTRIBUTES = set("lang charset http-equiv content name class id scope tabindex role aria-label aria-labelledby aria-hidden focusable viewbox "
                 "preserveaspectratio width height x".split())


class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.labels, self.words, self.style, self.policy, self.count = [], set(), set(), [], "", "", {}

    def handle_starttag(self, tag, attributes):
        assert tag in ELEMENTS, f"an element that is not ours: {tag}"
        self.count[tag] = self.count.get(tag, 0) + 1
        values = dict(attributes)
        assert set(values) <= ATTRIBUTES, f"attributes that are not ours: {tag} {attributes}"
        assert values.get("id") not in self.ids, f"twice: {values.get('id')}"
        self.ids.add(values.get("id", self))
        self.labels.update(values.get("aria-labelledby", "").split())
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.words.append(data)


def visible(s, lines):
    """As a page shows it; lines: where line breaks are kept."""
    return "".join(f"\\x{ord(c):02x}" if (ord(c) < 32 and not (lines and c in "\n\t")) or ord(c) == 127 else f"\\u{{{ord(c):x}}}" if c in "\u202e\u009b" else c for c in s)


def blanks(s):
    return " ".join(s.split())


def claims(value, name=""):
    """What a reader must find."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key != "repeat" or "end" not in value or name == "":  # of a run inside another document: the outer one says more
                yield from claims(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from claims(inner, name)
    elif isinstance(value, str) and value != "?" and name in ("name", "verdict", "how", "member", "subject", "summary", "line", "repeat", "call", "program", "relaxed", "against"):
        yield value
    elif isinstance(value, int) and not isinstance(value, bool) and name in ("count", "stops", "equal_events", "wall_ms"):
        yield str(value)


def main(path, document=None, text=None):
    with open(path, "rb") as f:
        raw = f.read()
    page = Page()
    source = raw.decode("utf-8")
    page.feed(source)
    page.close()
    assert source.startswith("<!DOCTYPE html>") and not page.open, f"not closed: {page.open}"
    assert page.labels <= page.ids
    assert page.count["h1"] == page.count["title"] == page.count["main"] == 1
    assert not re.search(r"https?:|url\(|@import|//", page.style), "the style names a place"
    want = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert page.policy == f"default-src 'none'; style-src 'sha256-{want}'; base-uri 'none'; form-action 'none'", page.policy
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", source), "invisible characters"
    if document:
        with open(document, encoding="utf-8") as f:
            d = json.load(f)
        with open(text, encoding="utf-8") as f:
            printed = f.read()
        seen, printed, n = blanks("".join(page.words)), blanks(printed), 0
        for claim in claims(d):
            n += 1
            for form, shown in (("page", seen), ("text", printed)):
                assert any(blanks(visible(claim, lines))[:2000] in shown for lines in (True, False)), f"the {form} does not say {claim!r}"
        assert n > 5, "the document says nothing"


main(*sys.argv[1:])
