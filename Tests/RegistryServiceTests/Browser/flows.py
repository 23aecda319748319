"""What people do on the pages, done by a browser without a window.

    python flows.py URL IMAGE [FOLDER]

Prints a line for each flow; ends with an error at the first that does not work, for a message in the
browser's console, and for a page that is wider than its window. With FOLDER pictures of the pages stay
there. Needs selenium, chromium and its driver.
"""

import pathlib
import sys
import time

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

url, image = sys.argv[1], sys.argv[2]
folder = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None

options = webdriver.ChromeOptions()
for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]:
    options.add_argument(argument)
options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
browser = webdriver.Chrome(
    options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
wait = WebDriverWait(browser, 60)


def find(selector):
    return browser.find_element(By.CSS_SELECTOR, selector)


def all_of(selector):
    return browser.find_elements(By.CSS_SELECTOR, selector)


def quiet(where):
    messages = browser.get_log("browser")
    assert not messages, f"{where}: {messages}"


def open_page(path):
    browser.get(url + path)
    assert find("h1").text, path


def flow(name):
    quiet(name)
    print(name, flush=True)


def window(width, scheme):
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500})
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": scheme}]})


window(1440, "light")
open_page("/")
assert browser.current_url.endswith("/models")
find("tbody a").click()
name = find("h1").text
assert "@" in name, name
flow("a model is opened from the list")

boxes = all_of(".lineage a")
assert len(boxes) > 1
base = boxes[0].find_element(By.CSS_SELECTOR, "text").text
boxes[0].send_keys(Keys.ENTER)
wait.until(lambda _: find("h1").text == base)
flow("the lineage is walked by keyboard")

open_page(f"/models/{name}")
find("#image").send_keys(image)
wait.until(lambda _: len(all_of(".answer meter")) >= 2)
values = [float(meter.get_attribute("value")) for meter in all_of(".answer meter")]
assert abs(sum(values) - 1) < 1e-3 and values == sorted(values, reverse=True), values
flow("an image is labelled")

find("#epochs").send_keys("2")
find("form[data-json='/api/v1/jobs/train'] button").click()
wait.until(lambda _: "/jobs/" in browser.current_url)
wait.until(lambda _: all_of(".state.finished"))
made = find("dd a").text
assert made.split("@")[0] == name.split("@")[0], made
wait.until(lambda _: browser.execute_script(
    "return document.querySelector('img.curves').naturalWidth") > 0)
flow("a model is trained and its job followed to the end")

open_page(f"/models/{name}")
find("#head").send_keys("nothing here")
find("form[data-json='/api/v1/jobs/derive'] button").click()
said = "form[data-json='/api/v1/jobs/derive'] [role=alert]"
wait.until(lambda _: find(said).text)
messages = browser.get_log("browser")
assert all("422" in m["message"] or "400" in m["message"] for m in messages), messages
flow("what is wrong with a form is said beside it")

open_page("/models/shown")
find("#epochs").send_keys("100000")
find("form[data-json='/api/v1/jobs/train'] button").click()
wait.until(lambda _: "/jobs/" in browser.current_url)
wait.until(lambda _: all_of(".state") and all_of("form[data-json$='/cancel'] button"))
find("form[data-json$='/cancel'] button").click()
wait.until(lambda _: all_of(".state.cancelled, .state.finished"))
flow("a job is stopped")

open_page("/runs")
for box in all_of("input[type=checkbox]")[:2]:
    box.send_keys(Keys.SPACE)
find("form[data-join] button").click()
wait.until(lambda _: "/compare?" in browser.current_url)
assert len(all_of("h1")) == 1 and "runs=" in browser.current_url
wait.until(lambda _: browser.execute_script(
    "return document.querySelector('img.curves').naturalWidth") > 0)
flow("runs are compared")

open_page("/models?where=origin+%3D+trained&sort=created+desc")
assert find("#where").get_attribute("value") == "origin = trained"
assert all(cells[0].text != "" for cells in [all_of("tbody td")])
browser.get(url + "/models?where=metrics.")
assert find("[role=alert]").text
browser.get_log("browser")
flow("models are searched")

open_page("/datasets")
find("tbody a").click()
all_of(".filters a")[1].click()
wait.until(lambda _: "label=" in browser.current_url)
wait.until(lambda _: browser.execute_script(
    "return [...document.images].filter(i => i.complete && i.naturalWidth > 0).length") > 3)
flow("images of a label are looked at")

open_page("/models/coyote")
cell = find("section[aria-labelledby=confusion] td a")
count = int(cell.text)
cell.click()
wait.until(lambda _: "/images?" in browser.current_url)
assert len(all_of(".images li")) == min(count, 60)
wait.until(lambda _: browser.execute_script(
    "return [...document.images].filter(i => i.complete && i.naturalWidth > 0).length") > 0)
measured = browser.current_url.removeprefix(url)
flow("the images in a cell of a confusion matrix are looked at")

pages = ["/models", f"/models/{name}", "/models/coyote", measured, "/runs", "/datasets", "/datasets/wolfdog", "/jobs", "/jobs/1",
         "/storage"]
for width in (360, 1440):
    for scheme in ("light", "dark"):
        window(width, scheme)
        for path in pages:
            open_page(path)
            overflow = browser.execute_script(
                "return document.documentElement.scrollWidth - innerWidth")
            assert overflow <= 0, f"{path} is {overflow} pixels wider than {width}"
            unnamed = browser.execute_script(
                """return [...document.querySelectorAll('a, button, input, img')].filter(e =>
                     e.type !== 'hidden' && !(e.textContent.trim() || e.alt || e.labels?.length
                       || e.querySelector('img[alt]')
                       || e.getAttribute('aria-label'))).map(e => e.outerHTML)""")
            assert not unnamed, f"{path}: {unnamed[:3]}"
            quiet(path)
            if folder:
                time.sleep(0.3)
                browser.save_screenshot(
                    str(folder / f"{path.split('?')[0].strip('/').replace('/', '-')}-{width}-{scheme}.png"))
flow("pages fit narrow and wide windows, light and dark, and everything has a name")
browser.quit()
