#!/usr/bin/env python3
"""page.py FILE.html...: opens pages from the disk in a real browser, headless, and fails unless each

  - is not wider than the screen of a telephone (360 pixels) or of a desk (1100), in its own boxes scrolling aside;
  - asks for nothing but itself, and runs no script although the browser would;
  - reports no error, can be read by names (title, one h1, language), and shows the verdict as a word.

--picture DIR keeps pictures of both sizes in both colour schemes. Speaks WebDriver to Debian's chromedriver, over the loopback."""
import base64
import json
import os
import re
import subprocess
import sys
import urllib.request

WIDTHS = {"phone": 360, "desk": 1100}
FACTS = """
const root = document.documentElement;
const boxes = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 &&
    !e.closest('.box, pre, svg')).map(e => e.tagName + '.' + e.className);
return { scroll: root.scrollWidth, inner: innerWidth, boxes, lang: root.lang, title: document.title,
    h1: document.querySelectorAll('h1').length, scripts: document.querySelectorAll('script, iframe, img, link, object, embed').length,
    handlers: [...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => /^on|^style$/i.test(a.name))).length,
    verdict: document.querySelector('.verdict strong').textContent, ran: !!window.ran,
    background: getComputedStyle(document.body).backgroundColor };
"""


class Driver:
    def __init__(self):
        self.process = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if (m := re.search(r"started successfully on port (\d+)", line)):
                self.base = f"http://127.0.0.1:{m[1]}"
                return
        sys.exit("chromedriver did not start")

    def ask(self, method, path, **body):
        data = json.dumps(body).encode() if method == "POST" else None
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as e:
            sys.exit(f"{path}: {json.load(e)['value']['message']}")

    def session(self, width):
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"],
                   "mobileEmulation": {"deviceMetrics": {"width": width, "height": 800, "pixelRatio": 1, "mobile": width < 500}}}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"}}
        return "/session/" + self.ask("POST", "/session", capabilities={"alwaysMatch": wanted})["sessionId"]


def requests(driver, session):
    for entry in driver.ask("POST", session + "/se/log", type="performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            yield message["params"]["request"]["url"]


def check(driver, session, path, width, picture):
    url, bad = "file://" + os.path.abspath(path), []
    list(requests(driver, session))
    for scheme in ("light", "dark"):
        driver.ask("POST", session + "/goog/cdp/execute", cmd="Emulation.setEmulatedMedia",
                   params={"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        driver.ask("POST", session + "/url", url=url)
        driver.ask("POST", session + "/execute/sync", script="document.querySelectorAll('details').forEach(d => d.open = true)", args=[])
        facts = driver.ask("POST", session + "/execute/sync", script=FACTS, args=[])
        if facts["scroll"] > facts["inner"] or facts["boxes"]:
            bad.append(f"wider than the screen: {facts['scroll']} > {facts['inner']}: {facts['boxes']}")
        if facts["ran"] or facts["scripts"] or facts["handlers"]:
            bad.append("markup that is not ours")
        if not facts["title"] or facts["lang"] != "en" or facts["h1"] != 1 or not facts["verdict"].strip():
            bad.append(f"names are missing: {facts}")
        if (int(re.findall(r"\d+", facts["background"])[0]) < 128) != (scheme == "dark"):
            bad.append(f"no {scheme} colours: {facts['background']}")
        if picture:
            shot = driver.ask("POST", session + "/goog/cdp/execute", cmd="Page.captureScreenshot", params={"captureBeyondViewport": True})["data"]
            with open(f"{picture}/{os.path.basename(path)}-{width}-{scheme}.png", "wb") as f:
                f.write(base64.b64decode(shot))
    asked = set(requests(driver, session)) - {url}
    errors = [e["message"] for e in driver.ask("POST", session + "/se/log", type="browser")]
    return bad + ([f"asked for {asked}"] if asked else []) + errors


def main(arguments):
    picture = arguments.pop(1) if arguments[:1] == ["--picture"] else None
    pages = arguments[1:] if picture else arguments
    if not pages:
        sys.exit(__doc__)
    driver, failed = Driver(), False
    try:
        for name, width in WIDTHS.items():
            session = driver.session(width)
            for page in pages:
                bad = check(driver, session, page, width, picture)
                failed = failed or bool(bad)
                print(f"{page} on a {name}: {'; '.join(bad) if bad else 'good'}")
            driver.ask("DELETE", session)
    finally:
        driver.process.terminate()
    return failed


sys.exit(main(sys.argv[1:]))
