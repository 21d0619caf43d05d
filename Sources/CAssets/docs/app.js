// The page /docs: reads openapi.json and shows it. Whatever the document says becomes text, never markup.
"use strict";

(() => {
  const themeKey = "aldrava-docs-theme";
  let theme = null;
  try { theme = localStorage.getItem(themeKey); } catch { /* storage may be off */ }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;

  /** The document, and its operations in order. */
  let api = null;
  let operations = [];
  /** Tokens are kept here and nowhere else. */
  const session = { access: null, refresh: null, name: null, expires: null };
  /** What was typed into an operation's form, by operation, for as long as the page lives. */
  const typed = new Map();
  let language = "curl";

  const $ = (id) => document.getElementById(id);

  /** Makes an element. Texts become text nodes; attributes are set by name; `on…` are listeners. */
  function el(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  }

  /** Text with `code` and **strong** in it. */
  function prose(text) {
    return String(text ?? "").split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
      if (part.length > 2 && part.startsWith("`")) return el("code", {}, part.slice(1, -1));
      if (part.length > 4 && part.startsWith("**")) return el("strong", {}, part.slice(2, -2));
      return part;
    });
  }

  const paragraphs = (text) => String(text ?? "").split(/\n\s*\n/).filter(Boolean).map((part) => el("p", {}, prose(part)));

  function toast(text) {
    $("toast").textContent = text;
    $("toast").classList.add("shown");
    clearTimeout(toast.timer);
    toast.timer = setTimeout(() => $("toast").classList.remove("shown"), 2400);
  }

  // MARK: The document

  /** Follows references within the document; what stands beside `$ref` wins. */
  function resolve(value, depth = 0) {
    if (!value || typeof value.$ref !== "string" || depth > 20) return value;
    const { $ref: reference, ...beside } = value;
    let found = api;
    for (const step of reference.replace(/^#\//, "").split("/")) {
      const key = decodeURIComponent(step).replace(/~1/g, "/").replace(/~0/g, "~");
      found = found && Object.hasOwn(found, key) ? found[key] : undefined;
    }
    const target = resolve(found, depth + 1);
    return target && typeof target === "object" ? { ...target, ...beside } : beside;
  }

  const nameOf = (schema) => (typeof schema?.$ref === "string" ? schema.$ref.split("/").pop() : null);

  function read(document) {
    api = document;
    operations = Object.entries(api.paths ?? {}).flatMap(([path, item]) =>
      Object.entries(item).filter(([method]) => /^(get|put|post|delete|options|head|patch|trace)$/.test(method))
        .map(([method, operation]) => ({
          method: method.toUpperCase(), path, id: operation.operationId ?? `${method}${path}`,
          tag: operation.tags?.[0] ?? "other", ...operation,
          parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((one) => resolve(one)),
          needsToken: (operation.security ?? api.security ?? []).some((one) => Object.keys(one).length > 0),
        })));
  }

  function tags() {
    const named = (api.tags ?? []).map((tag) => tag.name);
    const all = [...named, ...operations.map((operation) => operation.tag)];
    return [...new Set(all)].map((name) => ({
      name, description: (api.tags ?? []).find((tag) => tag.name === name)?.description,
      operations: operations.filter((operation) => operation.tag === name),
    })).filter((tag) => tag.operations.length);
  }

  // MARK: The list, and the search

  const badge = (method) => el("span", { class: `method ${method.toLowerCase()}` }, method);
  const hash = (operation) => `#${encodeURIComponent(operation.id)}`;

  /** A path with a place to break it after each slash. */
  const breakable = (path) => path.split(/(?<=\/)/).flatMap((part, index) => (index ? [el("wbr"), part] : [part]));

  function list() {
    $("list").replaceChildren(...tags().map((tag) =>
      el("section", {},
        el("h2", {}, tag.name),
        el("ul", {}, tag.operations.map((operation) =>
          el("li", {}, el("a", { href: hash(operation), title: operation.summary },
            badge(operation.method), el("span", { class: "path" }, breakable(operation.path)))))))));
  }

  /** Everything of an operation that somebody may look for, in lower case. */
  const words = (operation) => [
    operation.method, operation.path, operation.id, operation.summary, operation.description, operation.tag,
    ...operation.parameters.map((one) => one.name), ...codes(operation),
  ].join(" ").toLowerCase();

  function codes(operation) {
    return Object.values(operation.responses ?? {}).flatMap((response) =>
      Object.values(resolve(response).content ?? {}).flatMap((media) => Object.keys(media.examples ?? {})));
  }

  function search() {
    const wanted = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const matches = new Set(operations.filter((one) => wanted.every((word) => words(one).includes(word))).map(hash));
    for (const link of document.querySelectorAll("#list a, .cards a")) {
      link.parentElement.hidden = !matches.has(link.getAttribute("href"));
    }
    for (const section of document.querySelectorAll("#list section, .cards")) {
      section.hidden = !section.querySelector("li:not([hidden])");
    }
    $("count").textContent = wanted.length ? `${matches.size} of ${operations.length} operations` : "";
    $("count").classList.toggle("hidden", !wanted.length);
  }

  const shownLinks = () => [...document.querySelectorAll("#list li:not([hidden]) a")];

  function moveInList(event) {
    const links = shownLinks();
    const place = links.indexOf(document.activeElement);
    if (event.key === "ArrowDown") links[Math.min(place + 1, links.length - 1)]?.focus();
    else if (event.key === "ArrowUp") (place <= 0 ? $("search") : links[place - 1]).focus();
    else if (event.key === "Enter" && document.activeElement === $("search")) links[0]?.click();
    else if (event.key === "Escape" && $("search").value) { $("search").value = ""; search(); $("search").focus(); }
    else if (event.key === "Escape") { openIndex(false); $("menu").focus(); }
    else return;
    event.preventDefault();
  }

  function openIndex(isOpen) {
    document.body.classList.toggle("index-open", isOpen);
    $("menu").setAttribute("aria-expanded", String(isOpen));
  }

  // MARK: Schemas

  function typeOf(schema) {
    const found = resolve(schema);
    if (!found || typeof found !== "object") return "any";
    const either = found.anyOf ?? found.oneOf;
    if (either) return either.map(typeOf).join(" or ");
    const types = [].concat(found.type ?? (found.properties ? "object" : found.enum ? "string" : "any"));
    return types.map((type) => {
      if (type === "object" && nameOf(schema)) return nameOf(schema);
      if (type === "array") return `array of ${found.items ? nameOf(found.items) ?? typeOf(found.items) : "any"}`;
      if (type === "string" && found.format && found.format !== "password") return `string (${found.format})`;
      return type;
    }).join(" or ");
  }

  /** What limits a value, as short texts. */
  function limits(schema) {
    const found = resolve(schema) ?? {};
    const range = (low, high, unit) => {
      if (low === undefined && high === undefined) return null;
      const text = low === undefined ? `≤ ${high}` : high === undefined ? `≥ ${low}` : low === high ? `${low}` : `${low} … ${high}`;
      return unit ? `${text} ${unit}` : text;
    };
    return [
      range(found.minLength, found.maxLength, "characters"), range(found.minimum, found.maximum),
      range(found.minItems, found.maxItems, "elements"), found.writeOnly ? "secret" : null,
      found.default !== undefined ? `default ${JSON.stringify(found.default)}` : null,
    ].filter(Boolean);
  }

  const inner = (schema) => {
    const found = resolve(schema);
    const wrapped = (found?.anyOf ?? found?.oneOf)?.find((one) => resolve(one)?.type !== "null");
    if (wrapped) return inner(wrapped);
    return found?.items ? inner(found.items) : found;
  };

  function property(name, schema, isRequired, depth) {
    const found = resolve(schema);
    const below = inner(schema)?.properties;
    return el("li", {},
      el("div", { class: "property" },
        el("span", { class: "name" }, name),
        el("span", { class: "type" }, typeOf(schema)),
        isRequired ? el("span", { class: "required" }, "required") : el("span", { class: "optional" }, "optional"),
        limits(schema).map((text) => el("span", { class: "limit" }, text))),
      found?.description ? el("p", {}, prose(found.description)) : null,
      found?.enum ? el("p", { class: "values" }, "One of ", found.enum.map((one, index) => [index ? ", " : "", el("code", {}, String(one))])) : null,
      found?.pattern && !found.format && found.pattern.length < 40 ? el("p", { class: "values" }, "Form ", el("code", {}, found.pattern)) : null,
      below && depth < 6 ? el("details", {}, el("summary", {}, `Members of ${name}`), properties(inner(schema), depth + 1)) : null);
  }

  function properties(schema, depth = 0) {
    const found = resolve(schema);
    const required = new Set(found?.required ?? []);
    return el("ul", { class: "schema" }, Object.entries(found?.properties ?? {}).map(([name, one]) =>
      property(name, one, required.has(name), depth)));
  }

  function shape(schema) {
    if (!schema) return null;
    if (inner(schema)?.properties) {
      const kind = typeOf(schema);
      return [kind === "object" ? null : el("p", { class: "type" }, kind), properties(inner(schema))];
    }
    return el("p", { class: "type" }, [typeOf(schema), ...limits(schema)].join(" · "));
  }

  /** A value that fits a schema, for where the document gives none. */
  function sample(schema, depth = 0) {
    const found = resolve(schema) ?? {};
    if (found.examples?.length) return found.examples[0];
    if (found.example !== undefined) return found.example;
    if (found.enum) return found.enum[0];
    if (found.properties && depth < 6) {
      return Object.fromEntries(Object.entries(found.properties).map(([name, one]) => [name, sample(one, depth + 1)]));
    }
    if (found.items) return [sample(found.items, depth + 1)];
    return { integer: 0, number: 0, boolean: false, string: "", object: {} }[[].concat(found.type)[0]] ?? null;
  }

  const exampleOf = (media) =>
    media?.example ?? Object.values(media?.examples ?? {}).map((one) => resolve(one).value)[0] ?? (media?.schema ? sample(media.schema) : undefined);

  // MARK: Code

  /** JSON with its parts coloured. */
  function coloured(text) {
    const parts = [];
    let end = 0;
    for (const found of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g)) {
      parts.push(text.slice(end, found.index));
      end = found.index + found[0].length;
      if (found[2] !== undefined) parts.push(el("span", { class: "key" }, found[1]), found[2]);
      else parts.push(el("span", { class: found[1] ? "string" : "literal" }, found[0]));
    }
    return [...parts, text.slice(end)];
  }

  function code(label, text, isJSON) {
    return el("figure", { class: "code" },
      el("figcaption", {}, el("span", {}, label), copyButton(() => text, label)),
      el("pre", { tabindex: "0", role: "region", "aria-label": label }, el("code", {}, isJSON ? coloured(text) : text)));
  }

  function copyButton(text, what) {
    return el("button", {
      type: "button", class: "copy", "aria-label": `Copy: ${what}`, onclick: async () => {
        try {
          await navigator.clipboard.writeText(text());
          toast("Copied");
        } catch { toast("The browser does not allow copying here"); }
      },
    }, "Copy");
  }

  const pretty = (value) => JSON.stringify(value, null, 2);

  const single = (text) => `'${text.replaceAll("'", "'\\''")}'`;

  const snippets = {
    curl(call) {
      return [`curl ${call.method === "GET" ? "" : `-X ${call.method} `}${single(call.url)}`,
        ...Object.entries(call.headers).map(([name, value]) =>
          value === "Bearer $TOKEN" ? `-H "${name}: ${value}"` : `-H ${single(`${name}: ${value}`)}`),
        call.body ? `-d ${single(call.body)}` : null].filter(Boolean).join(" \\\n  ");
    },
    JavaScript(call) {
      const options = [call.method === "GET" ? null : `  method: ${JSON.stringify(call.method)},`,
        Object.keys(call.headers).length ? `  headers: {\n${Object.entries(call.headers).map(([name, value]) =>
          `    ${JSON.stringify(name)}: ${value === "Bearer $TOKEN" ? "`Bearer ${token}`" : JSON.stringify(value)},`).join("\n")}\n  },` : null,
        call.body ? `  body: JSON.stringify(${call.body.replaceAll("\n", "\n  ")}),` : null].filter(Boolean);
      const rest = options.length ? `, {\n${options.join("\n")}\n}` : "";
      return `const response = await fetch(${JSON.stringify(call.url)}${rest});\nconsole.log(response.status, await response.${call.answer}());`;
    },
    Python(call) {
      const value = (text) => (text === "Bearer $TOKEN" ? 'f"Bearer {token}"' : JSON.stringify(text));
      const python = (text) => coloured.python(text);
      const lines = [`    ${JSON.stringify(call.url)},`,
        Object.keys(call.headers).length ? `    headers={${Object.entries(call.headers).map(([name, text]) => `${JSON.stringify(name)}: ${value(text)}`).join(", ")}},` : null,
        call.body ? `    json=${python(call.body).replaceAll("\n", "\n    ")},` : null].filter(Boolean);
      return `import requests\n\nresponse = requests.${call.method.toLowerCase()}(\n${lines.join("\n")}\n)\nprint(response.status_code, response.${call.answer === "json" ? "json()" : "text"})`;
    },
  };

  /** JSON's three words as Python spells them, outside of texts. */
  coloured.python = (text) => text.replace(/"(?:[^"\\]|\\.)*"|\b(?:true|false|null)\b/g, (part) =>
    ({ true: "True", false: "False", null: "None" })[part] ?? part);

  // MARK: One call

  /** What the form of an operation says, as a request; the token is not in it. */
  function callOf(operation, values) {
    const missing = [];
    let path = operation.path;
    const query = new URLSearchParams();
    const headers = {};
    for (const one of operation.parameters) {
      const value = values.get(`${one.in}.${one.name}`) ?? "";
      if (one.in === "path") {
        if (!value) missing.push(one.name);
        path = path.replace(`{${one.name}}`, value ? encodeURIComponent(value) : `{${one.name}}`);
      } else if (value === "") {
        if (one.required) missing.push(one.name);
      } else if (one.in === "query") query.append(one.name, value);
      else if (one.in === "header") headers[one.name] = value;
    }
    const media = Object.keys(operation.requestBody?.content ?? {})[0];
    const body = media ? values.get("body") ?? "" : null;
    if (media) headers["Content-Type"] = media;
    if (operation.needsToken) headers.Authorization = "Bearer $TOKEN";
    const rest = [...query].length ? `?${query}` : "";
    const success = Object.entries(operation.responses ?? {}).find(([status]) => status.startsWith("2"));
    const answers = Object.keys(resolve(success?.[1])?.content ?? {});
    return {
      method: operation.method, missing, headers, body, path: `${path}${rest}`,
      url: new URL(`.${path}${rest}`, new URL(".", location.href)).href, answer: answers[0] === "application/json" ? "json" : "text",
    };
  }

  async function send(call, signal) {
    const options = () => {
      const headers = { ...call.headers };
      delete headers.Authorization;
      if (session.access) headers.Authorization = `Bearer ${session.access}`;
      return {
        method: call.method, headers, body: call.body, signal, cache: "no-store", credentials: "same-origin",
        redirect: "manual",
      };
    };
    const began = performance.now();
    let response = await fetch(call.url, options());
    if (response.status === 401 && call.headers.Authorization && session.refresh && (await refresh())) {
      response = await fetch(call.url, options());
    }
    return { response, began };
  }

  /** Trades the refresh token; true when there is a new pair. */
  async function refresh() {
    const response = await post("api/auth/refresh", { refresh_token: session.refresh });
    if (!response.ok) { forget("The session is over: sign in again."); return false; }
    hold(await response.json());
    return true;
  }

  const post = (path, body) => fetch(new URL(path, new URL(".", location.href)), {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), cache: "no-store",
  });

  function form(operation) {
    const values = typed.get(operation.id) ?? new Map();
    if (!typed.has(operation.id)) {
      typed.set(operation.id, values);
      const media = Object.values(operation.requestBody?.content ?? {})[0];
      if (media) values.set("body", pretty(exampleOf(media) ?? {}));
      for (const one of operation.parameters) if (one.in === "path") values.set(`path.${one.name}`, String(one.example ?? sample(one.schema) ?? ""));
    }
    const example = el("div", { class: "snippet" });
    const show = () => {
      const call = callOf(operation, values);
      example.replaceChildren(tabs(call));
    };
    const fields = operation.parameters.map((one) => {
      const key = `${one.in}.${one.name}`;
      const hint = [one.in, typeOf(one.schema), ...limits(one.schema)].join(" · ");
      return el("label", {}, el("span", { class: "name" }, one.name), el("span", { class: "hint" }, hint),
        el("input", {
          value: values.get(key) ?? "", placeholder: one.in === "path" ? "" : String(sample(one.schema) ?? ""), spellcheck: "false", autocomplete: "off",
          required: one.required || one.in === "path", "data-key": key,
          oninput: (event) => { values.set(key, event.target.value); show(); },
        }));
    });
    const body = values.has("body") ? el("label", {}, el("span", { class: "name" }, "Body"), el("span", { class: "hint" }, "JSON"),
      el("textarea", {
        rows: String(Math.min(14, values.get("body").split("\n").length + 1)), spellcheck: "false", "data-key": "body",
        oninput: (event) => { values.set("body", event.target.value); show(); },
      }, values.get("body"))) : null;
    const result = el("div", { class: "result", "aria-live": "polite" });
    const button = el("button", { type: "submit", class: "primary" }, "Send");
    let running = null;
    const element = el("form", {
      class: "try", "aria-label": "Try it", onsubmit: async (event) => {
        event.preventDefault();
        if (running) { running.abort(); return; }
        running = new AbortController();
        button.textContent = "Stop";
        try { await run(callOf(operation, values), result, running.signal); } finally {
          running = null;
          button.textContent = "Send";
        }
      },
      onkeydown: (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) element.requestSubmit(); },
    }, el("h2", {}, "Try it"), fields, body,
    el("div", { class: "actions" }, button, operation.needsToken ? who() : null), result);
    show();
    return [example, element];
  }

  /** Whose token goes along; kept up to date. */
  function who() {
    return el("button", { type: "button", class: "who", onclick: openDialog }, session.access ? `as ${session.name}` : "without a token: sign in");
  }

  async function run(call, result, signal) {
    if (call.missing.length) {
      result.replaceChildren(el("p", { class: "failed" }, `Missing: ${call.missing.join(", ")}`));
      return;
    }
    result.replaceChildren(el("p", { class: "note" }, "Waiting for the answer…"));
    try {
      const { response, began } = await send(call, signal);
      const head = el("p", { class: "status" },
        el("span", { class: `code c${String(response.status)[0]}` }, `${response.status || "redirect"} ${response.statusText}`));
      const fields = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
      const content = el("div");
      result.replaceChildren(head, el("details", {}, el("summary", {}, "Headers"), code("Headers", fields, false)), content);
      const text = await bodyOf(response, content);
      const time = performance.now() - began;
      head.append(el("span", {}, `${time < 10 ? time.toFixed(1) : Math.round(time)} ms`), el("span", {}, `${new Blob([text]).size} bytes`));
      let value;
      try { value = JSON.parse(text); } catch { value = undefined; }
      content.replaceChildren(...(text ? [code("Answer", value === undefined ? text : pretty(value), value !== undefined)] : [el("p", { class: "note" }, "No body.")]));
      if (typeof value?.token === "string" && typeof value?.refresh_token === "string") {
        content.prepend(el("button", {
          type: "button", class: "use", onclick: (event) => { hold(value); event.target.remove(); toast(`Calls are now made as ${session.name}`); },
        }, "Use these tokens"));
      }
    } catch (error) {
      const text = signal.aborted ? "Stopped." : `No answer: ${error.message}`;
      if (signal.aborted && result.querySelector("pre")) result.append(el("p", { class: "note" }, text));
      else result.replaceChildren(el("p", { class: "failed" }, text));
    }
  }

  /** The whole body; a stream is shown while it comes. */
  async function bodyOf(response, content) {
    if (!response.headers.get("Content-Type")?.startsWith("text/event-stream")) return response.text();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const figure = code("Stream", "", false);
    content.replaceChildren(figure);
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text;
      text = (text + value).slice(-65536);
      figure.querySelector("pre code").textContent = text;
    }
  }

  /** The languages, as tabs. */
  function tabs(call) {
    const names = Object.keys(snippets);
    const panel = el("div", { role: "tabpanel", id: "snippet", "aria-label": "Example" });
    const buttons = names.map((name) => el("button", { type: "button", role: "tab", "aria-controls": "snippet", onclick: () => select(name) }, name));
    const select = (name) => {
      language = name;
      buttons.forEach((button, index) => {
        button.setAttribute("aria-selected", String(names[index] === name));
        button.tabIndex = names[index] === name ? 0 : -1;
      });
      panel.replaceChildren(code(`Example in ${name}`, snippets[name](call), false));
    };
    const row = el("div", {
      role: "tablist", class: "tabs", "aria-label": "Language", onkeydown: (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const next = (names.indexOf(language) + step + names.length) % names.length;
        select(names[next]);
        buttons[next].focus();
      },
    }, buttons);
    select(names.includes(language) ? language : names[0]);
    return el("div", {}, row, panel);
  }

  // MARK: What main shows

  function overview() {
    return [
      el("header", { class: "lead" }, el("h1", { tabindex: "-1" }, `${api.info.title} API`), el("p", { class: "summary" }, api.info.summary ?? ""),
        el("p", { class: "links" }, el("a", { href: "openapi.json" }, "openapi.json"), ` · OpenAPI ${api.openapi} · version ${api.info.version}`)),
      el("section", { class: "conventions", "aria-label": "Conventions" }, paragraphs(api.info.description)),
      tags().map((tag) => el("section", { class: "cards", "aria-labelledby": `tag-${tag.name}` },
        el("h2", { id: `tag-${tag.name}` }, tag.name), tag.description ? el("p", {}, prose(tag.description)) : null,
        el("ul", {}, tag.operations.map((operation) => el("li", {}, el("a", { href: hash(operation) },
          badge(operation.method), el("span", { class: "path" }, breakable(operation.path)), el("span", { class: "summary" }, operation.summary ?? ""))))))),
    ];
  }

  function detail(operation) {
    const bodies = Object.entries(operation.requestBody?.content ?? {});
    return [
      el("header", { class: "lead" }, el("p", { class: "crumb" }, `${operation.tag} / ${operation.id}`),
        el("h1", { tabindex: "-1" }, badge(operation.method), " ", el("span", { class: "path" }, breakable(operation.path))),
        el("p", { class: "summary" }, prose(operation.summary)), el("p", { class: "access" }, prose(operation.description))),
      el("div", { class: "columns" },
        el("div", { class: "told" },
          operation.parameters.length ? el("section", {}, el("h2", {}, "Parameters"), el("ul", { class: "schema" },
            operation.parameters.map((one) => property(`${one.name}`, { ...resolve(one.schema), description: `In the ${one.in}. ${one.description ?? ""}` }, one.required, 0)))) : null,
          bodies.map(([media, one]) => el("section", {}, el("h2", {}, "Body ", el("small", {}, media)), shape(one.schema)))),
        el("div", { class: "tried" }, form(operation)),
        el("div", { class: "told" }, el("section", {}, el("h2", {}, "Answers"),
          Object.entries(operation.responses ?? {}).map(([status, one]) => answer(status, resolve(one)))))),
    ];
  }

  function answer(status, response) {
    const headers = Object.entries(response.headers ?? {}).map(([name, one]) => [name, resolve(one)]);
    return el("details", { class: "answer", open: status.startsWith("2") },
      el("summary", {}, el("span", { class: `code c${status[0]}` }, status), el("span", { class: "says" }, prose(response.description))),
      el("div", {},
        Object.entries(response.content ?? {}).map(([media, one]) => [
          el("p", { class: "media" }, media), status.startsWith("2") ? shape(one["x-item-schema"] ?? one.schema) : null,
          one.examples ? Object.entries(one.examples).map(([name, example]) => code(name, pretty(resolve(example).value), true)) : null,
          one.example !== undefined ? code("Example", typeof one.example === "string" ? one.example : pretty(one.example), typeof one.example !== "string") : null,
        ]),
        headers.length ? el("details", { class: "headers" }, el("summary", {}, "Headers"), el("dl", {}, headers.map(([name, one]) =>
          [el("dt", {}, name, one.required === false ? el("span", { class: "optional" }, " optional") : null), el("dd", {}, prose(one.description))]))) : null));
  }

  let isFirst = true;
  function show() {
    const id = decodeURIComponent(location.hash.slice(1));
    const operation = operations.find((one) => one.id === id);
    const main = $("main");
    main.replaceChildren(...(operation ? detail(operation) : overview()).flat(Infinity).filter(Boolean));
    main.className = operation ? "operation" : "overview";
    document.title = operation ? `${operation.method} ${operation.path} · ${api.info.title} API` : `${api.info.title} API`;
    for (const link of document.querySelectorAll("#list a")) {
      if (operation && link.getAttribute("href") === hash(operation)) {
        link.setAttribute("aria-current", "page");
        link.scrollIntoView({ block: "nearest" });
      } else link.removeAttribute("aria-current");
    }
    openIndex(false);
    search();
    window.scrollTo(0, 0);
    if (!isFirst) main.querySelector("h1").focus({ preventScroll: true });
    isFirst = false;
  }

  // MARK: Who calls

  function hold(tokens) {
    session.access = tokens.token;
    session.refresh = tokens.refresh_token ?? null;
    session.name = tokens.user?.username ?? "the pasted token";
    session.expires = tokens.expires_at ?? null;
    told("");
  }

  function forget(text = "") {
    Object.assign(session, { access: null, refresh: null, name: null, expires: null });
    told(text);
  }

  function told(text) {
    const expires = session.expires ? `; the access token ends at ${new Date(session.expires).toLocaleTimeString()} and is renewed by itself` : "";
    $("session-label").textContent = session.access ? session.name : "Sign in";
    $("session").classList.toggle("in", Boolean(session.access));
    $("forget").hidden = !session.access;
    $("dialog-state").textContent = text || (session.access ? `Calls are made as ${session.name}${expires}.` : "");
    for (const button of document.querySelectorAll(".who")) button.replaceWith(who());
  }

  function openDialog() { told(""); $("dialog").showModal(); }

  async function signIn(event) {
    event.preventDefault();
    const body = { username_or_email: $("identifier").value, password: $("password").value };
    $("password").value = "";
    try {
      const response = await post("api/auth/login", body);
      const answer = await response.json();
      if (!response.ok) { told(`${response.status}: ${answer.error}`); return; }
      hold(answer);
      $("dialog").close();
      toast(`Signed in as ${session.name}`);
    } catch (error) { told(`No answer: ${error.message}`); }
  }

  function paste(event) {
    event.preventDefault();
    hold({ token: $("token").value.trim().replace(/^bearer\s+/i, "") });
    $("token").value = "";
    $("dialog").close();
    toast("The token is used from now on");
  }

  // MARK: Start

  const isDark = () => (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

  function toggleTheme() {
    theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    try { localStorage.setItem(themeKey, theme); } catch { /* it holds for this page only */ }
    nameTheme();
  }

  const nameTheme = () => { $("theme-label").textContent = isDark() ? "Light theme" : "Dark theme"; };

  async function start() {
    $("theme").addEventListener("click", toggleTheme);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", nameTheme);
    nameTheme();
    $("skip").addEventListener("click", () => $("main").focus());
    $("menu").addEventListener("click", () => {
      openIndex(!document.body.classList.contains("index-open"));
      if (document.body.classList.contains("index-open")) $("search").focus();
    });
    $("session").addEventListener("click", openDialog);
    $("dialog-close").addEventListener("click", () => $("dialog").close());
    $("dialog").addEventListener("click", (event) => { if (event.target === $("dialog")) $("dialog").close(); });
    $("sign-in").addEventListener("submit", signIn);
    $("paste").addEventListener("submit", paste);
    $("forget").addEventListener("click", () => { forget("The tokens are forgotten."); });
    $("search").addEventListener("input", search);
    $("index").addEventListener("keydown", moveInList);
    $("list").addEventListener("click", () => openIndex(false));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || $("dialog").open) return;
      if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
      event.preventDefault();
      openIndex(true);
      $("search").focus();
      $("search").select();
    });
    try {
      const response = await fetch("openapi.json");
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      read(await response.json());
    } catch (error) {
      $("loading").textContent = `The description cannot be read: ${error.message}`;
      return;
    }
    $("version").textContent = api.info.version;
    list();
    show();
    window.addEventListener("hashchange", show);
  }

  document.addEventListener("DOMContentLoaded", start);
})();
