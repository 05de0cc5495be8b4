// hookline: the one script. Every page works without it; it adds speed and keys. It holds no words:
// texts come from the page (data-busy, data-failed, data-copied, data-amount-text, #keys). No inline handlers, no request to anybody else.
// Written for embedded browsers of 2018: no optional chaining, no modules.
(function () {
  "use strict";
  var html = document.documentElement;
  function one(selector, root) { return (root || document).querySelector(selector); }
  function all(selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); }
  function closest(node, selector) { return node && node.closest ? node.closest(selector) : null; }
  function parse(text) { return new DOMParser().parseFromString(text, "text/html"); }

  // Frames may forbid storage; then the choice lives as long as the page.
  function remember(name, value) { try { localStorage.setItem("hookline-" + name, value); } catch (refused) { /* no storage here */ } }
  function recall(name) { try { return localStorage.getItem("hookline-" + name); } catch (refused) { return null; } }

  // Live region: emptied first, so that the same text is said again.
  var silence;
  function say(text) {
    var status = one("#status");
    if (!status || !text) { return; }
    clearTimeout(silence);
    status.textContent = "";
    setTimeout(function () { status.textContent = text; }, 50);
    silence = setTimeout(function () { status.textContent = ""; }, 6000);
  }

  // Replace the element of this id by the one of the same id in another document; keep the focus where it was.
  function swap(id, other) {
    var now = document.getElementById(id), next = other.getElementById(id);
    if (!now || !next) { return false; }
    var active = document.activeElement, focus = active && now.contains(active) ? active.id : "";
    var open = all("details[open][id]", now).map(function (details) { return details.id; });
    next = document.importNode(next, true);
    now.parentNode.replaceChild(next, now);
    open.forEach(function (name) { var details = document.getElementById(name); if (details) { details.open = true; } });
    if (focus && document.getElementById(focus)) { document.getElementById(focus).focus(); }
    ready(next);
    return true;
  }

  function busy(element, on) { if (element) { if (on) { element.setAttribute("aria-busy", "true"); } else { element.removeAttribute("aria-busy"); } } }

  // Double submit guard. A form that was sent is not sent again until the page is shown anew or ten seconds have gone.
  function free(form) {
    delete form.dataset.sent;
    all("[data-words]", form).forEach(function (button) { button.innerHTML = button.hookline; button.removeAttribute("data-words"); button.removeAttribute("aria-disabled"); });
  }
  function guard(form, button) {
    if (form.dataset.sent) { return false; }
    form.dataset.sent = "yes";
    setTimeout(function () {
      if (!form.dataset.sent || !button || !button.dataset.busy) { return; }
      button.hookline = button.innerHTML;
      button.setAttribute("data-words", "");
      button.setAttribute("aria-disabled", "true");
      button.textContent = button.dataset.busy;
    }, 100);
    setTimeout(function () { free(form); }, 10000);
    return true;
  }

  // Sends a form without leaving the page and takes over what changed. The server answers as always: 303 to a page, or 422 with an error summary.
  function quietly(form, button) {
    var body = new URLSearchParams(new FormData(form));
    if (button && button.name) { body.append(button.name, button.value); }
    var address = button && button.hasAttribute("formaction") ? button.formAction : form.action;
    var area = closest(form, "[id][data-swap]") || one("[id][data-swap]");
    busy(area, true);
    fetch(address, { method: "POST", body: body, credentials: "same-origin" }).then(function (answer) {
      return answer.text().then(function (text) {
        var other = parse(text), summary = one(".error-summary", other);
        if (answer.status === 422 && summary) {
          all(".error-summary").forEach(function (old) { old.remove(); });
          one("main").insertBefore(document.importNode(summary, true), one("main").firstChild);
          one(".error-summary").focus();
          return;
        }
        if (!answer.ok || !swap("basket-summary", other)) { location.reload(); return; }
        all("[id][data-swap]").forEach(function (element) { swap(element.id, other); });
        var words = one("#status", other);
        say((words && words.textContent.trim()) || form.dataset.done);
      });
    }).catch(function () { say((closest(form, "[data-failed]") || form).dataset.failed); }).then(function () { busy(area, false); free(form); });
  }

  document.addEventListener("submit", function (event) {
    var form = event.target, button = event.submitter || form.hookline;
    if (event.defaultPrevented) { return; }
    if (!guard(form, button)) { event.preventDefault(); return; }
    if (form.hasAttribute("data-quiet") && window.fetch && window.URLSearchParams) { event.preventDefault(); quietly(form, button); }
    form.hookline = null;
  });
  document.addEventListener("click", function (event) {
    var button = closest(event.target, "button, input[type=submit]");
    if (button && button.form) { button.form.hookline = button; }
  }, true);
  window.addEventListener("pageshow", function () { all("form[data-sent]").forEach(free); });

  // Quantity (and any field that says so) submits its form when it was changed.
  document.addEventListener("change", function (event) {
    var field = event.target;
    if (field.hasAttribute("data-submit") && field.form && field.checkValidity()) {
      field.form.hookline = null;
      if (field.form.requestSubmit) { field.form.requestSubmit(); } else if (field.form.hasAttribute("data-quiet")) { if (guard(field.form)) { quietly(field.form); } } else { field.form.submit(); }
    }
    if (field.hasAttribute("data-all")) {
      all("input[type=checkbox][name]", closest(field, "table")).forEach(function (box) { if (!box.disabled) { box.checked = field.checked; } });
    }
    amounts();
  });

  // The button of a bulk action names its effect: data-amount-text="{n} … {amount}" is filled from the ticked boxes with data-minor (cents).
  function amounts() {
    all("[data-amount-text]").forEach(function (button) {
      var n = 0, minor = 0;
      all("input[data-minor]:checked").forEach(function (box) { if (box.form === button.form) { n += 1; minor += Number(box.dataset.minor); } });
      var money = new Intl.NumberFormat(html.lang || "nl", { style: "currency", currency: button.dataset.currency || "EUR" }).format(minor / 100);
      button.textContent = button.dataset.amountText.replace("{n}", n).replace("{amount}", money);
      button.disabled = n === 0;
    });
  }

  // Live search: the same page is fetched and #results taken from it. The address follows.
  var waiting, running;
  function search(form) {
    var query = new URLSearchParams(new FormData(form)).toString();
    var address = form.action.split("?")[0] + (query ? "?" + query : "");
    if (running && running.abort) { running.abort(); }
    running = window.AbortController ? new AbortController() : null;
    var mine = running;
    busy(one("#results"), true);
    fetch(address, { credentials: "same-origin", signal: mine ? mine.signal : undefined }).then(function (answer) {
      return answer.text().then(function (text) {
        if (mine !== running) { return; }
        var other = parse(text);
        if (!swap("results", other)) { location.assign(address); return; }
        document.title = other.title;
        history.replaceState(null, "", address);
        var count = one("#result-count");
        if (count) { say(count.textContent.trim()); }
      });
    }).catch(function () { busy(one("#results"), false); });
  }
  document.addEventListener("input", function (event) {
    var field = event.target, form = field.form;
    if (form && form.hasAttribute("data-live") && one("#results") && window.fetch && !event.isComposing) {
      clearTimeout(waiting);
      waiting = setTimeout(function () { search(form); }, 180);
    }
    if (field.hasAttribute("data-preview")) { one(field.dataset.preview).textContent = field.value; }
    if (field.hasAttribute("data-counter")) { one(field.dataset.counter).textContent = field.value.length + " / " + field.maxLength; }
  });

  // Copy buttons: data-copy is the selector of the element whose text is copied.
  document.addEventListener("click", function (event) {
    var button = closest(event.target, "[data-copy]");
    if (button) { copy(one(button.dataset.copy), button); }
    var dense = closest(event.target, "[data-density-switch]");
    if (dense) { density(html.dataset.density === "compact" ? "normal" : "compact"); }
    if (closest(event.target, "[data-keys]")) { keys(); }
    if (closest(event.target, "[data-print]")) { window.print(); }
  });
  function copy(source, button) {
    var done = function () { say(button.dataset.copied); };
    var byHand = function () {
      select(source);
      try { if (document.execCommand("copy")) { done(); } } catch (refused) { /* the text is selected, Ctrl+C does it */ }
    };
    if (navigator.clipboard && window.isSecureContext) { navigator.clipboard.writeText(source.textContent).then(done, byHand); } else { byHand(); }
  }
  function select(element) {
    var range = document.createRange(), selection = window.getSelection();
    range.selectNodeContents(element);
    selection.removeAllRanges();
    selection.addRange(range);
  }

  function density(value) {
    html.dataset.density = value;
    remember("density", value);
    all("[data-density-switch]").forEach(function (button) { button.setAttribute("aria-pressed", String(value === "compact")); });
  }

  // Keys. Single keys are quiet while somebody types, and with Ctrl, Alt or Meta.
  var before;
  function keys() {
    var help = one("#keys");
    if (!help) { return; }
    help.hidden = !help.hidden;
    if (help.hidden) { if (before) { before.focus(); } } else { before = document.activeElement; one("button", help).focus(); }
  }
  function typing(node) { return /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName) && !/^(checkbox|radio|button|submit)$/.test(node.type || "") || node.isContentEditable; }
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey) { return; }
    var node = event.target, help = one("#keys");
    if (help && !help.hidden) {
      if (event.key === "Escape" || event.key === "?") { keys(); event.preventDefault(); }
      if (event.key === "Tab") { event.preventDefault(); }
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { arrow(event, node); return; }
    if (typing(node)) { return; }
    if (event.key === "/") {
      var field = one("[data-search]") || one("input[type=search]");
      if (field) { field.focus(); field.select(); event.preventDefault(); }
    } else if (event.key === "?") { keys(); event.preventDefault(); }
    else if (event.key === "x") { tick(node); }
    else if (/^[a-z]$/.test(event.key)) { hotkey(one("[data-hotkey=" + event.key + "]"), event); }
  });
  // x ticks the box of the row that has the focus; other letters do what the page says (data-hotkey).
  function tick(node) {
    var row = closest(node, "tr"), box = row && one("input[type=checkbox]", row);
    if (box) { box.checked = !box.checked; amounts(); }
  }
  function hotkey(element, event) {
    if (!element) { return; }
    event.preventDefault();
    var details = closest(element, "details");
    if (details) { details.open = true; }
    if (typing(element)) { element.focus(); } else { element.click(); }
  }
  // Arrows walk over the links of rows; down from the search field enters the list, up from the first row goes back.
  function arrow(event, node) {
    var inSearch = node.type === "search", list = closest(node, "[data-arrows]");
    if (!inSearch && (!list || typing(node))) { return; }
    var links = all("[data-row]", inSearch ? document : list);
    var row = closest(node, "tr, li"), at = -1;
    links.forEach(function (link, i) { if (link === node || (row && row.contains(link))) { at = i; } });
    var to = links[at + (event.key === "ArrowDown" ? 1 : -1)];
    if (inSearch) { to = event.key === "ArrowDown" ? links[0] : null; } else if (!to && event.key === "ArrowUp") { to = one("[data-search]"); }
    if (to) { to.focus(); event.preventDefault(); }
  }

  // A list that says so (data-watch) asks every few seconds whether it is still true, and is shown anew; while boxes are ticked it only says so.
  function watch(list) {
    var tag = list.dataset.tag;
    setInterval(function () {
      if (document.hidden) { return; }
      fetch(list.dataset.watch, { credentials: "same-origin", headers: { "If-None-Match": tag }, cache: "no-store" }).then(function (answer) {
        if (!answer.ok || answer.status === 304) { return; }
        tag = answer.headers.get("ETag");
        renew();
      }).catch(function () { /* the next time */ });
    }, 4000);
  }
  function renew() {
    var now = one("#results");
    if (one("input[type=checkbox]:checked", now) || typing(document.activeElement)) { one("#news").hidden = false; say(one("#news").textContent.trim()); return; }
    fetch(location.href, { credentials: "same-origin" }).then(function (answer) { return answer.text(); }).then(function (text) { swap("results", parse(text)); });
  }

  // What only works with script is hidden until here.
  function ready(root) { all("[data-script]", root).forEach(function (element) { element.hidden = false; }); }

  density(recall("density") || html.dataset.density || "normal");
  ready(document);
  amounts();
  if (one("[data-watch]") && window.fetch) { watch(one("[data-watch]")); }
  var summary = one(".error-summary");
  if (summary) { summary.focus(); }
}());
