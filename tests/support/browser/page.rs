//! A page: what a person does with it and sees of it.
//!
//! A selector is CSS; ` >>> ` steps into the shadow tree of what stands before it. Everything waits for what it needs,
//! at most [`PATIENCE`], and panics with what was missing.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::wire::{Wire, thrown};
use super::{LOOK, PATIENCE};

/// [axe-core](https://github.com/dequelabs/axe-core) 4.14.1 as its package has it. It stands in the repository, so
/// that tests need neither Node nor a registry, and mean the same rules everywhere.
const AXE: &str = include_str!("../../vendor/axe.min.js");

/// What `find(path)` is in a page: the element of a selector's steps, or null.
const FIND: &str = "const find = path => { let at = document; \
    for (const step of path) { at = (at.shadowRoot || at).querySelector(step); if (!at) return null; } return at; };";

/// A page in a browser.
pub struct Page {
    wire: Arc<Wire>,
    context: String,
    session: String,
}

impl Page {
    pub(super) async fn open(wire: &Arc<Wire>, context: &str) -> Self {
        let ask = async |session: Option<&str>, method: &str, params: Value| {
            wire.ask(session, method, params).await.unwrap_or_else(|why| panic!("{why}"))
        };
        let about = json!({ "url": "about:blank", "browserContextId": context });
        let target = ask(None, "Target.createTarget", about).await["targetId"].take();
        let attached =
            ask(None, "Target.attachToTarget", json!({ "targetId": target, "flatten": true })).await;
        let session = attached["sessionId"].as_str().expect("a session").to_owned();
        let page = Self { wire: Arc::clone(wire), context: context.to_owned(), session };
        for domain in ["Page", "Runtime", "Network", "Log", "DOM"] {
            page.ask(&format!("{domain}.enable"), json!({})).await;
        }
        page.size(1280, 900).await;
        page
    }

    /// Another page of the same person, with the same storage and cookies.
    ///
    /// # Panics
    /// When the browser does not answer.
    pub async fn another(&self) -> Self {
        Self::open(&self.wire, &self.context).await
    }

    /// One command of the DevTools protocol.
    ///
    /// # Panics
    /// When the browser refuses it.
    pub async fn ask(&self, method: &str, params: Value) -> Value {
        self.wire.ask(Some(&self.session), method, params).await.unwrap_or_else(|why| panic!("{why}"))
    }

    /// Goes to an address and waits until the page is whole.
    ///
    /// # Panics
    /// When it cannot be reached.
    pub async fn goto(&self, url: &str) {
        let went = self.ask("Page.navigate", json!({ "url": url })).await;
        assert!(went["errorText"].is_null(), "{url}: {}", went["errorText"]);
        self.until("the page to be loaded", "document.readyState === 'complete'").await;
    }

    /// Loads the page again.
    ///
    /// # Panics
    /// When it does not come back.
    pub async fn reload(&self) {
        self.eval("window.before = true").await;
        self.ask("Page.reload", json!({})).await;
        let loaded = "window.before === undefined && document.readyState === 'complete'";
        self.until("the page to be loaded again", loaded).await;
    }

    /// The value of an expression, which may be a promise.
    ///
    /// # Panics
    /// When it throws.
    pub async fn eval(&self, script: &str) -> Value {
        self.try_eval(script).await.unwrap_or_else(|why| panic!("{script}: {why}"))
    }

    async fn try_eval(&self, script: &str) -> Result<Value, String> {
        let asked = json!({ "expression": script, "awaitPromise": true, "returnByValue": true });
        let mut came = self.wire.ask(Some(&self.session), "Runtime.evaluate", asked).await?;
        match came.get("exceptionDetails") {
            Some(details) => Err(thrown(details)),
            None => Ok(came["result"]["value"].take()),
        }
    }

    /// Waits until an expression is true.
    ///
    /// # Panics
    /// When it does not become so.
    pub async fn until(&self, what: &str, script: &str) {
        let end = Instant::now() + PATIENCE;
        // While a page is exchanged for another it answers nothing; that passes.
        let mut last = self.try_eval(script).await;
        while last != Ok(Value::Bool(true)) {
            if Instant::now() > end {
                panic!("waited too long for {what}: {last:?}\n{:?}\n{}", self.errors(), self.shown().await);
            }
            tokio::time::sleep(LOOK).await;
            last = self.try_eval(script).await;
        }
    }

    /// Waits until there is such an element and it can be seen.
    pub async fn wait(&self, selector: &str) {
        let seen = format!(
            "(() => {{ {FIND} const at = find({}); return !!at && at.checkVisibility() && \
             at.getClientRects().length > 0 }})()",
            steps(selector)
        );
        self.until(&format!("`{selector}`"), &seen).await;
    }

    /// Waits until there is no such element, or it cannot be seen.
    pub async fn gone(&self, selector: &str) {
        let gone = format!(
            "(() => {{ {FIND} const at = find({}); return !at || !at.checkVisibility() }})()",
            steps(selector)
        );
        self.until(&format!("`{selector}` to go"), &gone).await;
    }

    /// Waits until an element's text contains `text`.
    pub async fn wait_text(&self, selector: &str, text: &str) {
        let has = format!(
            "(() => {{ {FIND} const at = find({}); return !!at && at.textContent.includes({}) }})()",
            steps(selector),
            json!(text)
        );
        self.until(&format!("`{selector}` to say “{text}”"), &has).await;
    }

    /// An element's text; empty when there is no such element.
    pub async fn text(&self, selector: &str) -> String {
        let text = self.of(selector, "at ? at.textContent : ''").await;
        text.as_str().unwrap_or_default().trim().to_owned()
    }

    /// An attribute of an element, or the live value of a field by the name `value`.
    pub async fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let read = if name == "value" {
            "at?.value".to_owned()
        } else {
            format!("at?.getAttribute({})", json!(name))
        };
        self.of(selector, &read).await.as_str().map(str::to_owned)
    }

    /// How many elements there are, in the document or the shadow tree that the last step is in.
    ///
    /// # Panics
    /// When the page answers with no number.
    pub async fn count(&self, selector: &str) -> u64 {
        let (within, last) = selector.rsplit_once(" >>> ").map_or(("html", selector), |parts| parts);
        let count = format!("at ? (at.shadowRoot || at).querySelectorAll({}).length : 0", json!(last));
        self.of(within, &count).await.as_u64().expect("a number")
    }

    /// What an expression over `at`, the element or null, comes to.
    pub async fn of(&self, selector: &str, expression: &str) -> Value {
        self.eval(&format!(
            "(() => {{ {FIND} const at = find({}); return {expression} }})()",
            steps(selector)
        ))
        .await
    }

    /// Clicks into the middle of an element, once it rests there, is enabled, and nothing lies above it.
    ///
    /// # Panics
    /// When that does not come about.
    pub async fn click(&self, selector: &str) {
        let place = "at && (() => { at.scrollIntoView({ block: 'nearest', behavior: 'instant' }); \
             const r = at.getBoundingClientRect(); const x = r.x + r.width / 2, y = r.y + r.height / 2; \
             let top = document.elementFromPoint(x, y); \
             while (top?.shadowRoot?.elementFromPoint(x, y) && top.shadowRoot.elementFromPoint(x, y) !== top) \
               top = top.shadowRoot.elementFromPoint(x, y); \
             const clear = !!top && (at === top || at.contains(top) || top.contains(at)); \
             return { x, y, ready: clear && r.width > 0 && !at.disabled, above: clear ? null : top?.outerHTML?.slice(0, 200) } })()";
        let end = Instant::now() + PATIENCE;
        let mut before = Value::Null;
        loop {
            let now = self.of(selector, place).await;
            if now["ready"] == true && now == before {
                break;
            }
            assert!(Instant::now() < end, "`{selector}` cannot be clicked: {now}\n{}", self.shown().await);
            before = now;
            tokio::time::sleep(LOOK).await;
        }
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            let event = json!({ "type": kind, "x": before["x"], "y": before["y"], "button": button, "clickCount": 1 });
            self.ask("Input.dispatchMouseEvent", event).await;
        }
    }

    /// Types into a field, as if it were pasted.
    pub async fn fill(&self, selector: &str, text: &str) {
        self.wait(selector).await;
        self.of(selector, "(at.focus(), at.select?.(), true)").await;
        self.insert(text).await;
    }

    /// Types where the focus is.
    pub async fn insert(&self, text: &str) {
        self.ask("Input.insertText", json!({ "text": text })).await;
    }

    /// Presses and releases a key by its name: `Enter`, `Escape`, `Tab`, `ArrowDown`, or a character. `Shift+`,
    /// `Control+` and `Alt+` may stand before it.
    pub async fn press(&self, key: &str) {
        let (mut key, mut modifiers) = (key, 0);
        for (name, bit) in [("Alt+", 1), ("Control+", 2), ("Shift+", 8)] {
            if let Some(rest) = key.strip_prefix(name) {
                (key, modifiers) = (rest, modifiers | bit);
            }
        }
        let (code, text) = match key {
            "Enter" => (13, "\r"),
            "Escape" => (27, ""),
            "Tab" => (9, ""),
            "Backspace" => (8, ""),
            "ArrowLeft" => (37, ""),
            "ArrowUp" => (38, ""),
            "ArrowRight" => (39, ""),
            "ArrowDown" => (40, ""),
            " " => (32, " "),
            one => (one.chars().next().map_or(0, |c| u32::from(c.to_ascii_uppercase())), one),
        };
        let text = if modifiers & 3 == 0 { text } else { "" };
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({ "type": kind, "key": key, "code": key, "modifiers": modifiers,
                "windowsVirtualKeyCode": code });
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = text.into();
            }
            self.ask("Input.dispatchKeyEvent", event).await;
        }
    }

    /// Chooses files in a file field.
    ///
    /// # Panics
    /// When there is no such field.
    pub async fn choose(&self, selector: &str, files: &[&Path]) {
        let script = format!("(() => {{ {FIND} return find({}) }})()", steps(selector));
        let found = self.ask("Runtime.evaluate", json!({ "expression": script })).await;
        let id = found["result"]["objectId"].as_str().unwrap_or_else(|| panic!("there is no `{selector}`"));
        self.ask("DOM.setFileInputFiles", json!({ "files": files, "objectId": id })).await;
    }

    /// Makes the window so large, in CSS pixels; a narrow one is a telephone's.
    pub async fn size(&self, width: u32, height: u32) {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.ask("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Has the person prefer dark pages or light ones.
    pub async fn dark(&self, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.ask("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Takes the network away, or gives it back. What is open stays open where the browser lets it.
    pub async fn offline(&self, offline: bool) {
        let conditions =
            json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.ask("Network.emulateNetworkConditions", conditions).await;
    }

    /// Writes a picture of what is seen into a file, PNG.
    ///
    /// # Panics
    /// When it cannot be written.
    pub async fn screenshot(&self, file: &Path) {
        let taken = self.ask("Page.captureScreenshot", json!({ "format": "png" })).await;
        let bytes = STANDARD.decode(taken["data"].as_str().expect("a picture")).expect("base64");
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).expect("a folder for pictures");
        }
        std::fs::write(file, bytes).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    /// Exceptions, `console.error`, and what the browser itself reports as an error, so far.
    #[must_use]
    pub fn errors(&self) -> Vec<String> {
        self.wire.seen(&self.session).errors
    }

    /// Every host that was asked for anything so far, as `host:port`.
    #[must_use]
    pub fn hosts(&self) -> BTreeSet<String> {
        self.wire.seen(&self.session).hosts
    }

    /// Forgets errors and hosts so far.
    pub fn forget(&self) {
        self.wire.forget(&self.session);
    }

    /// What axe-core finds wrong with the page as it stands, by the rules of WCAG 2.2 A and AA and good practice; a
    /// line for each element, with the rule.
    ///
    /// # Panics
    /// When it cannot run.
    pub async fn axe(&self) -> Vec<String> {
        if self.eval("typeof axe").await == "undefined" {
            self.eval(&format!("{AXE}; 0")).await;
        }
        let found = self
            .eval(
                "axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', \
                 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(found => found.violations.flatMap(rule => \
                 rule.nodes.map(node => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary}`)))",
            )
            .await;
        found
            .as_array()
            .expect("a list")
            .iter()
            .map(|line| line.as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// The words of the page, for whoever reads why a test failed.
    async fn shown(&self) -> String {
        let text = self.try_eval("location.href + '\\n' + document.body?.innerText.slice(0, 2000)").await;
        text.ok().and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// A selector's steps as a JSON list.
fn steps(selector: &str) -> Value {
    selector.split(" >>> ").collect()
}
