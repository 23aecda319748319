extension ServiceAssets {
  /// What pages do besides being read: forms that speak JSON, jobs that are followed, and images that
  /// are dropped.
  ///
  /// Without it everything can still be looked at.
  static let script = #"""
    "use strict";

    async function failure(response) {
      const problem = await response.json().catch(() => null);
      const text = problem ? problem.detail : response.statusText;
      return problem && problem.remedy ? `${text} ${problem.remedy}` : text;
    }

    // Forms whose fields are the members of a JSON object.
    for (const form of document.querySelectorAll("form[data-json]")) {
      form.addEventListener("submit", async (event) => {
        event.preventDefault();
        const body = {};
        for (const field of form.elements) {
          if (!field.name || field.value === "") continue;
          if (field.type === "number") body[field.name] = Number(field.value);
          else if ("list" in field.dataset) body[field.name] = field.value.split(/[\s,]+/).filter(Boolean);
          else body[field.name] = field.value;
        }
        const said = form.querySelector("[role=alert]");
        said.textContent = "";
        const response = await fetch(form.dataset.json, {
          method: "POST",
          headers: {"Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID()},
          body: JSON.stringify(body),
        });
        if (!response.ok) {
          said.textContent = await failure(response);
          return;
        }
        const answer = await response.json();
        const next = form.dataset.next;
        location.href = next.endsWith("/") ? next + answer.job : next;
      });
    }

    // Boxes that are marked become one parameter.
    for (const form of document.querySelectorAll("form[data-join]")) {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const marked = [...form.querySelectorAll("input:checked")].map((box) => box.value);
        location.href = `${form.getAttribute("action")}?runs=${encodeURIComponent(marked.join(","))}`;
      });
    }

    function refresh(picture, run) {
      const path = run ? `/runs/${run}/curves.svg` : picture.getAttribute("src").split("?")[0];
      picture.src = `${path}?at=${Date.now()}`;
      picture.hidden = false;
    }

    // A job is followed until it ends.
    for (const section of document.querySelectorAll("[data-events]")) {
      const bar = section.querySelector("progress");
      const said = section.querySelector("[data-said]");
      const picture = document.querySelector("img[data-live]");
      const source = new EventSource(section.dataset.events);
      let drawn = 0;
      source.addEventListener("progress", (event) => {
        const now = JSON.parse(event.data);
        if (now.total) bar.value = now.completed / now.total;
        else bar.removeAttribute("value");
        const parts = [`${now.activity}: ${now.completed}${now.total ? ` of ${now.total}` : ""} ${now.unit}`];
        if (now.rate) parts.push(`${now.rate.toFixed(1)} ${now.unit}/s`);
        if (now.seconds_left) parts.push(`${Math.round(now.seconds_left)} s left`);
        if (now.detail) parts.push(now.detail);
        said.textContent = parts.join(", ");
      });
      source.addEventListener("metrics", (event) => {
        const now = JSON.parse(event.data);
        if (!picture || Date.now() - drawn < 1000) return;
        drawn = Date.now();
        refresh(picture, now.run);
      });
      for (const kind of ["started", "retrying", "released", "cancelling"]) {
        source.addEventListener(kind, () => { said.textContent = kind; });
      }
      for (const kind of ["finished", "failed", "cancelled"]) {
        source.addEventListener(kind, () => {
          source.close();
          location.reload();
        });
      }
    }

    // A run without a job is looked at again now and then.
    if (!document.querySelector("[data-events]")) {
      for (const picture of document.querySelectorAll("img[data-live]")) {
        setInterval(() => refresh(picture), 2000);
      }
    }

    // An image that is dropped or chosen is labelled.
    for (const form of document.querySelectorAll("form[data-predict]")) {
      const zone = form.querySelector(".drop");
      const input = form.querySelector("input[type=file]");
      const answer = form.querySelector(".answer");
      async function predict(file) {
        answer.replaceChildren("Looking at it …");
        const response = await fetch(
          `${form.dataset.predict}?top=5&name=${encodeURIComponent(file.name.slice(0, 200))}`,
          {method: "POST", headers: {"Content-Type": "application/octet-stream"}, body: file});
        if (!response.ok) {
          answer.replaceChildren(await failure(response));
          return;
        }
        const labels = (await response.json()).predictions[0].labels;
        const picture = document.createElement("img");
        picture.alt = file.name;
        picture.src = URL.createObjectURL(file);
        answer.replaceChildren(picture);
        for (const {label, probability} of labels) {
          const name = document.createElement("span");
          name.textContent = label;
          const bar = document.createElement("meter");
          bar.value = probability;
          bar.setAttribute("aria-label", label);
          const figure = document.createElement("span");
          figure.textContent = `${(probability * 100).toFixed(1)} %`;
          answer.append(name, bar, figure);
        }
      }
      input.addEventListener("change", () => { if (input.files[0]) predict(input.files[0]); });
      form.addEventListener("submit", (event) => event.preventDefault());
      for (const kind of ["dragover", "dragenter"]) {
        zone.addEventListener(kind, (event) => {
          event.preventDefault();
          zone.classList.add("over");
        });
      }
      zone.addEventListener("dragleave", () => zone.classList.remove("over"));
      zone.addEventListener("drop", (event) => {
        event.preventDefault();
        zone.classList.remove("over");
        if (event.dataTransfer.files[0]) predict(event.dataTransfer.files[0]);
      });
    }
    """#
}
