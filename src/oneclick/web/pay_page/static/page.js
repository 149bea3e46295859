// Live help on the payment page. The server checks everything again, and the page works without this file.
// Every text comes from data attributes of the page, so it is in the payer's language.

// Brand -> first digits, lengths, groups, digits of the CVC2: as the server tells brands apart.
const BRANDS = [
  ["amex", /^3[47]/, [15], [4, 6, 5], 4],
  ["mir", /^220[0-4]/, [16, 17, 18, 19], [4, 4, 4, 4, 3], 3],
  ["visa", /^4/, [13, 16, 19], [4, 4, 4, 4, 3], 3],
  ["mastercard", /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16], [4, 4, 4, 4], 3],
].map(([name, prefix, lengths, groups, cvc2]) => ({ name, prefix, lengths, groups, cvc2 }));
const OTHER = { name: "", lengths: [12, 13, 14, 15, 16, 17, 18, 19], groups: [4, 4, 4, 4, 3], cvc2: 3 };

const digitsOf = (text) => text.replace(/\D/g, "");
const brandOf = (digits) => BRANDS.find((brand) => brand.prefix.test(digits)) ?? OTHER;

function luhnHolds(digits) {
  let sum = 0;
  [...digits].reverse().forEach((digit, index) => {
    const value = Number(digit) * (index % 2 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  });
  return sum % 10 === 0;
}

function spacedNumber(typed) {
  const { groups, lengths } = brandOf(typed);
  const digits = typed.slice(0, Math.max(...lengths));
  const parts = [];
  let start = 0;
  for (const size of groups) {
    parts.push(digits.slice(start, start + size));
    start += size;
  }
  return parts.filter(Boolean).join(" ");
}

// Digits of a date -> "07/31". A first digit above 1 is a month by itself; a year may come with its century.
function slashedExpiry(typed, deleting) {
  const digits = /^[2-9]/.test(typed) ? `0${typed}` : typed;
  const month = digits.slice(0, 2);
  const year = digits.slice(2).replace(/^20(\d\d).*/, "$1").slice(0, digits.startsWith("20", 2) ? 3 : 2);
  return month.length < 2 || (deleting && !year) ? month : `${month}/${year}`;
}

// Writes the text anew and keeps the caret behind the same digit.
function rewrite(input, text, forward) {
  if (input.value === text) return;
  const atEnd = input.selectionStart === input.value.length;
  let left = digitsOf(input.value.slice(0, input.selectionStart)).length;
  input.value = text;
  if (document.activeElement !== input) return;
  let caret = 0;
  while (left > 0 && caret < text.length) if (/\d/.test(text[caret++])) left -= 1;
  // The Delete key before a space steps over it, or it would stand still.
  if (forward && /\D/.test(text[caret] ?? "")) caret += 1;
  if (atEnd) caret = text.length;
  input.setSelectionRange(caret, caret);
}

const readExpiry = (text) => /^\s*(\d{1,2})\s*[/.\- ]\s*(?:20)?(\d{2})\s*$/.exec(text) ?? /^(\d{2})(?:20)?(\d{2})$/.exec(text);

// One entry a field: `tidy` runs while typing, `problem` gives a text (or nothing) when the field is left.
function fieldsOf(form) {
  const input = (name) => form.elements.namedItem(name);
  const number = input("CardNumber");
  const cvc2 = input("CVC2");
  const cvc2Digits = () => Number(cvc2.dataset.digits) || brandOf(digitsOf(number?.value ?? "")).cvc2;
  const fields = {
    CardNumber: {
      tidy(event) {
        rewrite(number, spacedNumber(digitsOf(number.value)), event?.inputType === "deleteContentForward");
        const digits = digitsOf(number.value);
        const badges = form.querySelector(".badges");
        const known = brandOf(digits).name;
        known ? (badges.dataset.known = known) : delete badges.dataset.known;
        const hint = document.getElementById("CVC2-hint");
        hint.textContent = cvc2Digits() === 4 ? hint.dataset.four : hint.dataset.three;
      },
      problem() {
        const digits = digitsOf(number.value);
        if (!digits) return number.dataset.missing;
        return brandOf(digits).lengths.includes(digits.length) && luhnHolds(digits) ? "" : number.dataset.wrong;
      },
    },
    Expiry: {
      tidy(event) {
        const expiry = input("Expiry");
        const apart = /^\s*(\d)\s*[/.\- ]/.exec(expiry.value);
        const digits = (apart ? "0" : "") + digitsOf(expiry.value);
        rewrite(expiry, slashedExpiry(digits, event?.inputType?.startsWith("delete")));
      },
      problem() {
        const { value, dataset } = input("Expiry");
        if (!value.trim()) return dataset.missing;
        const [, month, year] = (readExpiry(value) ?? []).map(Number);
        if (!(month >= 1 && month <= 12)) return dataset.wrong;
        return new Date(2000 + year, month, 1) <= new Date() ? dataset.expired : "";
      },
    },
    CVC2: {
      tidy() {
        const most = number && digitsOf(number.value).length < 2 && !cvc2.dataset.digits ? 4 : cvc2Digits();
        rewrite(cvc2, digitsOf(cvc2.value.replace(/[oо]/gi, "0")).slice(0, most));
      },
      problem() {
        const wanted = cvc2Digits();
        if (cvc2.value.length === wanted) return "";
        return wanted === 4 ? cvc2.dataset.four : cvc2.dataset.three;
      },
    },
    CardHolder: {
      tidy() {},
      problem() {
        const { value, dataset } = input("CardHolder");
        const name = value.trim().replace(/[\u2018\u2019\u02bc]/g, "'");
        return /^([A-Za-z][A-Za-z .'\-]{0,68}[A-Za-z.]?)?$/.test(name) ? "" : dataset.wrong;
      },
    },
  };
  return Object.entries(fields)
    .filter(([name]) => input(name))
    .map(([name, rules]) => ({ input: input(name), line: document.getElementById(`${name}-problem`), ...rules }));
}

// A polite word to screen readers; there is one place for it on a page.
function announce(text) {
  document.querySelector("[data-announce]").textContent = text;
}

function show(field, text) {
  if (field.line.textContent !== text) field.line.textContent = text;
  text ? field.input.setAttribute("aria-invalid", "true") : field.input.removeAttribute("aria-invalid");
}

function help(form) {
  const button = form.querySelector("button[data-busy]");
  const label = button.querySelector("span");
  const ready = [...label.childNodes];
  const fields = fieldsOf(form);
  // From here on the problems are told here; without this script the browser tells what is missing.
  form.noValidate = true;
  let pressing = false;

  // A text that appears when a field is left must not move the button from under the finger.
  button.addEventListener("pointerdown", () => { pressing = true; });
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { pressing = false; });

  for (const field of fields) {
    field.input.addEventListener("input", (event) => {
      if (event.isComposing) return;
      field.tidy(event);
      // While typing a shown problem may only go; after the number, the CVC2 may be right as it is.
      if (field.input.getAttribute("aria-invalid") && !field.problem()) show(field, "");
    });
    field.input.addEventListener("blur", (event) => {
      if (pressing || event.relatedTarget === button || !field.input.value) return;
      show(field, field.problem());
    });
    if (field.input.value && field.input.name !== "CVC2") field.tidy();
  }

  // Not disabled: a disabled button would lose the focus to the top of the page.
  const isBusy = () => button.hasAttribute("aria-disabled");
  const busy = (on) => {
    if (on === isBusy()) return;
    on ? button.setAttribute("aria-disabled", "true") : button.removeAttribute("aria-disabled");
    label.replaceChildren(...(on ? [button.dataset.busy] : ready));
    announce(on ? button.dataset.busy : "");
  };

  form.addEventListener("submit", (event) => {
    if (isBusy()) return event.preventDefault();
    for (const field of fields) show(field, field.problem());
    const first = fields.find((field) => field.line.textContent);
    if (!first) return busy(true);
    event.preventDefault();
    first.input.focus();
  });

  // The CVC2 doesn't outlive the page, not even in the browser's memory of pages.
  addEventListener("pagehide", () => { form.elements.namedItem("CVC2").value = ""; });
  addEventListener("pageshow", () => busy(false));
  // Who stops the sending may press the button again: the order is paid once, however often it is sent.
  globalThis.navigation?.addEventListener("navigateerror", () => busy(false));
  addEventListener("keydown", (event) => { if (event.key === "Escape") busy(false); });
}

document.querySelectorAll("form[data-pay]").forEach(help);

// What a page says at once isn't read aloud by itself: it is said again when everything stands.
for (const said of document.querySelectorAll("[data-say]")) {
  setTimeout(() => said.replaceChildren(said.textContent), 300);
  // It is said once: not again when the page is loaded anew.
  const address = new URL(location.href);
  address.searchParams.delete("Deleted");
  history.replaceState(null, "", address);
}

// The time left to pay, counted from what the server says: a payer's clock may be wrong, but it runs evenly.
function countDown(line) {
  const ends = Date.now() + Number(line.dataset.leftS) * 1000;
  const left = line.querySelector(".left");
  const time = left.querySelector("strong");
  const moments = [[300, "soon", line.dataset.five], [60, "last", line.dataset.one]];
  let before = Infinity;
  const tick = () => {
    const s = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
    left.hidden = s > 3600; // an order that lives for days needs no seconds
    time.textContent = `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
    for (const [at, level, text] of moments) {
      if (s > at) continue;
      line.dataset.level = level;
      if (before > at && before < Infinity) announce(text);
    }
    before = s;
    // A payment that is on its way is waited for, whatever the time.
    if (s > 0 || document.querySelector("button[data-busy][aria-disabled]")) return;
    clearInterval(beat);
    end(line);
  };
  const beat = setInterval(tick, 1000);
  tick();
}

// Time is over: nothing can be sent any more, so the page says so in place of its forms, and how to go on.
function end(line) {
  const held = document.querySelector("template[data-over]");
  // What was typed goes with its forms.
  document.querySelectorAll("form[data-pay]").forEach((form) => form.remove());
  for (const part of held.parentElement.children) part.hidden = true;
  line.hidden = true;
  announce("");
  held.after(held.content.cloneNode(true));
  const over = held.nextElementSibling;
  document.title = over.querySelector("h1").textContent;
  over.focus();
}

document.querySelectorAll("[data-left-s]").forEach(countDown);
