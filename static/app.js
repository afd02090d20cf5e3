// What HTML, CSS and htmx can't do. Each part works on what the page holds, now or after a swap.
"use strict";
const find = (selector, root = document) => root.querySelector(selector);
const all = (selector) => document.querySelectorAll(selector);

// A swap carries over typed secrets, where the server says so, and what was unfolded.
// Focus is ours to set: the browser minds an autofocus that comes late.
function carry(fragment) {
  const first = find("[autofocus]", fragment);
  if (first) first.toggleAttribute("data-focus", !first.toggleAttribute("autofocus", false));
  for (const input of fragment.querySelectorAll("[data-keep]")) input.value = find(`#${input.id}`)?.value ?? "";
  for (const { id } of all("details[id][open]")) find(`#${id}`, fragment)?.setAttribute("open", "");
  fold(find("#wanted", fragment), find("#wanted"));
}

// What a provider wants would cover the fields of a phone: there it is folded until it is asked for.
function fold(wanted, before) {
  if (wanted) wanted.open = before?.open ?? !matchMedia("(width < 40rem)").matches;
}

// The field that the diagnosis names is marked in the form, and leads to the diagnosis.
function mark() {
  const words = (input) => (input.getAttribute("aria-describedby") ?? "").replace("diagnosis-cause ", "");
  for (const input of all("[data-suspect]")) {
    input.removeAttribute("data-suspect");
    input.setAttribute("aria-describedby", words(input));
    find(".see", input.closest(".field"))?.remove();
  }
  const input = document.getElementById(find("#diagnosis")?.dataset.field ?? "");
  if (!input?.closest(".field")) return;
  input.dataset.suspect = "";
  input.setAttribute("aria-describedby", `diagnosis-cause ${words(input)}`);
  input.closest(".field").append(find("#see-result").content.cloneNode(true));
}

// The server is silent, or answers with what is no part of this page: say so, keep everything.
function complain() {
  const alert = find("#form-alert");
  if (!alert) return;
  const text = document.createElement("p");
  text.className = "note error";
  text.role = "alert";
  text.textContent = alert.dataset.broken;
  alert.replaceChildren(text);
}

// A poll that failed goes on, a little later, unless it goes on by itself.
function retry(element) {
  if (element.matches?.("[hx-trigger^=load]")) setTimeout(() => htmx.process(element, true), 2000);
  else if (!element.matches?.("[hx-get]")) complain();
}

// The address of the form that holds what is not saved, and would be lost with the page.
let unsaved = find("form :is([aria-invalid], [role=alert])")?.closest("form").action;

// What was said about a value goes with the value.
function forget(input) {
  if (input.form?.method === "post") unsaved = input.form.action;
  input.removeAttribute("aria-invalid");
  for (const part of ["error", "notice"]) document.getElementById(`${input.id}-${part}`)?.remove();
}

// What is begun anew has left behind what was said before.
function forgetAll() {
  for (const input of all("[aria-invalid]")) forget(input);
  for (const said of all("#form-alert > *, #saved-status > *")) said.remove();
}

function take(button) {
  const [, name, value] = button.value.match(/^(\w+)=(.*)$/s);
  const input = document.getElementById(name);
  input.value = value;
  forget(input);
  input.focus();
}

// The changes of a repair or an offer; those of a choice are among its radio buttons.
function fill(changes) {
  const { elements } = find("#smtp-form");
  for (const [name, text] of new URLSearchParams(changes)) {
    const input = elements[name];
    if (input.type === "checkbox") input.checked = text !== "";
    else input.value = text;
    if (input.id) forget(input);
  }
}

// A repair changes the form, then tests what stands in it.
function repair(button) {
  fill(button.value);
  find("#test").click();
}

// An offer changes the form, and leads to what is still to be filled in.
function use(button) {
  fill(button.value);
  const input = ["#server", "#username"].map((id) => find(id)).find(({ value }) => !value || value.includes("{"));
  (input ?? find("#password")).focus();
  find("#server").dispatchEvent(new Event("change", { bubbles: true }));
  find("#announcer").textContent = button.dataset.done;
}

// Other colours are shown at once; the server is told, so that the next page has them.
function recolour(button) {
  document.documentElement.dataset.theme = button.value;
  find("[name=color-scheme]").content = button.value === "auto" ? "light dark" : button.value;
  for (const each of all("[name=theme]")) each.ariaPressed = each === button;
}

// Without https there is no clipboard to write to, only the old command on what is seen and selected.
async function copy(button) {
  const text = document.getElementById(button.dataset.copy);
  text.closest("details")?.setAttribute("open", "");
  getSelection().selectAllChildren(text);
  if (navigator.clipboard) await navigator.clipboard.writeText(text.textContent);
  else document.execCommand("copy");
  button.textContent = find("#announcer").textContent = button.dataset.done;
}

// What asks now and then waits while nobody looks, or until somebody has signed in again.
document.addEventListener("htmx:before:request", (event) => {
  const waits = document.hidden || find("#form-alert [target]");
  if (waits && event.target.matches?.("[hx-trigger^=every]")) event.preventDefault();
});
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx, tasks } = event.detail;
  const { status } = ctx.response;
  // An error that is for this page says where it belongs; of whole pages the one with the form is.
  const whole = /^\s*<!doctype/i.test(ctx.text);
  const ours = status < 400 ? !whole || (ctx.select && ctx.text.includes("smtp-form")) : ctx.hx.retarget;
  if (!ours) {
    event.preventDefault();
    if (status < 500) retry(ctx.sourceElement);
    return;
  }
  // What a provider wants stays where the answer is the same: a finger may be on it.
  if (ctx.target.id === "provider") {
    if (ctx.target.answer === ctx.text) {
      event.preventDefault();
      return;
    }
    ctx.target.answer = ctx.text;
  }
  for (const { fragment } of tasks) carry(fragment);
  if (ctx.sourceElement.matches("#test, form") && status === 200) forgetAll();
  if (ctx.sourceElement.action === unsaved && status === 200) unsaved = "";
});
document.addEventListener("htmx:after:swap", () => {
  mark();
  const first = find("[data-focus]");
  first?.removeAttribute("data-focus");
  first?.focus();
});
document.addEventListener("htmx:error", (event) => retry(event.target));
document.addEventListener("htmx:response:error", (event) => {
  if (event.detail.ctx.response.status >= 500) retry(event.target);
});
document.addEventListener("input", (event) => forget(event.target));
document.addEventListener("submit", (event) => {
  if (event.target.action === unsaved && !event.defaultPrevented) unsaved = "";
});
addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  // A button of the result goes with it: the focus goes to the one above that does the same.
  if (button?.form && button.closest("#test-result")) find(button.name ? "#test" : "#save").focus();
  const act = { take, repair, use }[button?.name];
  if (act) {
    event.preventDefault();
    act(button);
  }
  if (button?.dataset.copy) copy(button);
  if (button?.name === "theme") recolour(button);
  for (const menu of all("details.menu[open]")) menu.open = menu.contains(event.target);
});
document.addEventListener("keydown", (event) => {
  // Enter looks up what is typed there; elsewhere it saves.
  if (event.key === "Enter" && event.target.id === "find" && !event.isComposing) {
    event.preventDefault();
    find("#look").click();
  }
  const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  find("summary", menu).focus();
});
mark();
fold(find("#wanted"));
