//! Drives a headless Chromium over the DevTools protocol: pages, frames of other sites, keys, pictures, requests.
//! It must never reach a host outside the loopback, and ends only the browser that it started.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message;

/// Longest wait for the browser to do one thing.
const PATIENCE: Duration = Duration::from_secs(20);

/// Hosts that the browser asks on its own account: nobody answers for them.
const OWN_ERRANDS: &str = "MAP *.google.com ~NOTFOUND, MAP *.googleapis.com ~NOTFOUND, MAP *.gvt1.com ~NOTFOUND, MAP *.gstatic.com ~NOTFOUND";

#[derive(Clone, Debug)]
pub struct Options {
    /// Every host leads to this port of the loopback.
    pub front_port: u16,
    pub javascript: bool,
    pub block_third_party_cookies: bool,
    /// No site may keep any cookie.
    pub no_cookies: bool,
    pub window: (u32, u32),
    pub dark: bool,
}

impl Options {
    pub fn to(front_port: u16) -> Options {
        Options { front_port, javascript: true, block_third_party_cookies: false, no_cookies: false, window: (1024, 768), dark: false }
    }
}

type Pending = Arc<Mutex<HashMap<u64, oneshot::Sender<Result<Value, String>>>>>;

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

pub struct Browser {
    child: Child,
    profile: TempDir,
    outgoing: mpsc::UnboundedSender<String>,
    pending: Pending,
    events: Arc<Mutex<Vec<Value>>>,
    next: AtomicU64,
    options: Options,
}

/// One page or one frame of another site.
#[derive(Clone, Debug)]
pub struct Tab {
    pub target: String,
    pub session: String,
}

/// Where Chromium is: HOOKLINE_TEST_CHROMIUM, or a usual place. Absence is said, not passed over.
pub fn program() -> Option<PathBuf> {
    let named = std::env::var_os("HOOKLINE_TEST_CHROMIUM").map(PathBuf::from);
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    let found = named.into_iter().chain(usual).find(|p| p.is_file());
    if found.is_none() {
        eprintln!("left out: no Chromium, nothing was tested in a browser");
    }
    found
}

/// How long the browser may take to end by itself; then it is ended.
const FAREWELL: Duration = Duration::from_secs(3);

impl Drop for Browser {
    fn drop(&mut self) {
        // Asked to close, it writes its files and ends its helpers, so that the profile can be removed after it.
        let _ = self.outgoing.send(json!({"id": 0, "method": "Browser.close"}).to_string());
        let until = Instant::now() + FAREWELL;
        while Instant::now() < until && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        // Its own child by its own handle, if it did not listen.
        let _ = self.child.kill();
        let _ = self.child.wait();
        remove_when_free(self.profile.path());
    }
}

/// Helpers of the browser may write for a moment longer; the folder goes when they are gone.
fn remove_when_free(folder: &Path) {
    for _ in 0..50 {
        if std::fs::remove_dir_all(folder).is_ok() || !folder.exists() {
            return;
        }
        std::thread::sleep(Duration::from_millis(40));
    }
    eprintln!("the browser's folder {} stays behind", folder.display());
}

fn command(program: &PathBuf, profile: &TempDir, options: &Options) -> Command {
    let mut command = Command::new(program);
    let (width, height) = options.window;
    command
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage", "--mute-audio"])
        .args(["--ignore-certificate-errors", "--site-per-process", "--disable-popup-blocking"])
        .arg("--disable-features=Translate,OptimizationHints,MediaRouter,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable")
        .arg(format!("--host-resolver-rules={OWN_ERRANDS}, MAP * 127.0.0.1:{}", options.front_port))
        .arg(format!("--window-size={width},{height}"))
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(["--remote-debugging-port=0", "about:blank"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if options.block_third_party_cookies {
        command.arg("--test-third-party-cookie-phaseout");
    }
    command
}

fn write_preferences(profile: &TempDir, options: &Options) -> std::io::Result<()> {
    let folder = profile.path().join("Default");
    std::fs::create_dir_all(&folder)?;
    let preferences = json!({"profile": {
        "block_third_party_cookies": options.block_third_party_cookies,
        "cookie_controls_mode": i32::from(options.block_third_party_cookies),
        // 1 allows, 2 blocks.
        "default_content_setting_values": {"cookies": 1 + i32::from(options.no_cookies)},
        // The warning before a form goes from https to http, which the buyer confirms, cannot be confirmed here.
        "mixed_forms_warnings": false
    }});
    std::fs::write(folder.join("Preferences"), preferences.to_string())
}

async fn socket_address(profile: &TempDir, child: &mut Child) -> Result<String, String> {
    let file = profile.path().join("DevToolsActivePort");
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        if let Some((port, path)) = text.split_once('\n').filter(|(_, p)| !p.is_empty()) {
            return Ok(format!("ws://127.0.0.1:{port}{}", path.trim()));
        }
        if let Ok(Some(status)) = child.try_wait() {
            return Err(format!("the browser ended: {status}"));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err("the browser did not open its port".to_owned())
}

impl Browser {
    pub async fn start(options: Options) -> Result<Browser, String> {
        let program = program().ok_or("no Chromium")?;
        let profile = tempfile::Builder::new().prefix("hookline-chromium-").tempdir().map_err(|e| e.to_string())?;
        write_preferences(&profile, &options).map_err(|e| e.to_string())?;
        let mut child = command(&program, &profile, &options).spawn().map_err(|e| format!("{}: {e}", program.display()))?;
        let address = match socket_address(&profile, &mut child).await {
            Ok(address) => address,
            Err(trouble) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(trouble);
            }
        };
        let (outgoing, pending, events) = connect(&address).await?;
        let next = AtomicU64::new(1);
        let browser = Browser { child, profile, outgoing, pending, events, next, options };
        browser.call(None, "Target.setDiscoverTargets", json!({"discover": true})).await?;
        Ok(browser)
    }

    /// One command of the protocol.
    pub async fn call(&self, session: Option<&str>, method: &str, params: Value) -> Result<Value, String> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        let (sender, receiver) = oneshot::channel();
        locked(&self.pending).insert(id, sender);
        self.outgoing.send(message.to_string()).map_err(|_| "the browser is gone".to_owned())?;
        match tokio::time::timeout(PATIENCE, receiver).await {
            Ok(Ok(answer)) => answer.map_err(|e| format!("{method}: {e}")),
            Ok(Err(_)) => Err(format!("{method}: the browser is gone")),
            Err(_) => Err(format!("{method}: no answer within {} s", PATIENCE.as_secs())),
        }
    }

    /// A new page.
    pub async fn tab(&self) -> Result<Tab, String> {
        let made = self.call(None, "Target.createTarget", json!({"url": "about:blank"})).await?;
        self.attach(made["targetId"].as_str().ok_or("no target")?).await
    }

    /// A window of somebody else, beside the others and in sight, with cookies of its own.
    pub async fn window(&self) -> Result<Tab, String> {
        let context = self.call(None, "Target.createBrowserContext", json!({})).await?;
        let wish = json!({"url": "about:blank", "newWindow": true, "browserContextId": context["browserContextId"]});
        let made = self.call(None, "Target.createTarget", wish).await?;
        self.attach(made["targetId"].as_str().ok_or("no target")?).await
    }

    /// Takes hold of a page or frame that is there already.
    pub async fn attach(&self, target: &str) -> Result<Tab, String> {
        let attached = self.call(None, "Target.attachToTarget", json!({"targetId": target, "flatten": true})).await?;
        let session = attached["sessionId"].as_str().ok_or("no session")?.to_owned();
        let tab = Tab { target: target.to_owned(), session };
        for domain in ["Page.enable", "Network.enable", "Runtime.enable", "Log.enable"] {
            // A frame of another site does not know every domain of a page.
            let _ = self.call(Some(&tab.session), domain, json!({})).await;
        }
        let auto = json!({"autoAttach": true, "waitForDebuggerOnStart": false, "flatten": true});
        self.call(Some(&tab.session), "Target.setAutoAttach", auto).await?;
        if !self.options.javascript {
            self.call(Some(&tab.session), "Emulation.setScriptExecutionDisabled", json!({"value": true})).await?;
        }
        if self.options.dark {
            let features = json!({"features": [{"name": "prefers-color-scheme", "value": "dark"}]});
            self.call(Some(&tab.session), "Emulation.setEmulatedMedia", features).await?;
        }
        Ok(tab)
    }

    /// A page or frame whose address holds this text, once it is there.
    pub async fn find_target(&self, part: &str, besides: &[&Tab]) -> Result<Tab, String> {
        let until = Instant::now() + PATIENCE;
        loop {
            let list = self.call(None, "Target.getTargets", json!({"filter": [{}]})).await?;
            let targets = list["targetInfos"].as_array().cloned().unwrap_or_default();
            let fits = |t: &&Value| {
                let id = t["targetId"].as_str().unwrap_or_default();
                let kind = t["type"].as_str().unwrap_or_default();
                matches!(kind, "page" | "iframe") && t["url"].as_str().is_some_and(|u| u.contains(part)) && !besides.iter().any(|b| b.target == id)
            };
            if let Some(found) = targets.iter().find(fits) {
                return self.attach(found["targetId"].as_str().unwrap_or_default()).await;
            }
            if Instant::now() > until {
                let urls: Vec<&str> = targets.iter().filter_map(|t| t["url"].as_str()).collect();
                return Err(format!("no page at {part}; there are {urls:?}"));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Opens an address and waits until it is loaded.
    pub async fn navigate(&self, tab: &Tab, url: &str) -> Result<(), String> {
        let started = self.call(Some(&tab.session), "Page.navigate", json!({"url": url})).await?;
        if let Some(error) = started["errorText"].as_str().filter(|e| !e.is_empty()) {
            return Err(format!("{url}: {error}"));
        }
        self.wait_until(tab, "document.readyState === 'complete' && location.href !== 'about:blank'").await
    }

    /// The value of an expression; promises are waited for.
    pub async fn evaluate(&self, tab: &Tab, expression: &str) -> Result<Value, String> {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true, "userGesture": true});
        let result = self.call(Some(&tab.session), "Runtime.evaluate", params).await?;
        if let Some(thrown) = result.get("exceptionDetails") {
            return Err(format!("{expression}: {}", thrown["exception"]["description"]));
        }
        Ok(result["result"]["value"].clone())
    }

    /// Waits until an expression is true; pages may come and go meanwhile.
    pub async fn wait_until(&self, tab: &Tab, expression: &str) -> Result<(), String> {
        let until = Instant::now() + PATIENCE;
        let mut last = Value::Null;
        while Instant::now() < until {
            match self.evaluate(tab, expression).await {
                Ok(Value::Bool(true)) => return Ok(()),
                Ok(other) => last = other,
                Err(trouble) => last = json!(trouble),
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        let place = self.evaluate(tab, "location.href + ' ' + document.title").await.unwrap_or_default();
        Err(format!("never true: {expression} (last: {last}) at {place}"))
    }

    /// Does something that leads to another page, and waits for that page.
    pub async fn leave_by(&self, tab: &Tab, expression: &str) -> Result<(), String> {
        self.evaluate(tab, "window.__here = true").await?;
        self.evaluate(tab, expression).await?;
        self.wait_until(tab, "window.__here === undefined && document.readyState === 'complete'").await
    }

    pub async fn type_text(&self, tab: &Tab, text: &str) -> Result<(), String> {
        self.call(Some(&tab.session), "Input.insertText", json!({"text": text})).await.map(|_| ())
    }

    /// Presses a key by its name: `Tab`, `Enter`, `Escape`, `ArrowDown`, `/` …
    pub async fn press(&self, tab: &Tab, key: &str) -> Result<(), String> {
        let (code, text) = key_code(key);
        let mut down = json!({"type": if text.is_empty() { "rawKeyDown" } else { "keyDown" }, "key": key, "windowsVirtualKeyCode": code});
        if !text.is_empty() {
            down["text"] = json!(text);
        }
        self.call(Some(&tab.session), "Input.dispatchKeyEvent", down).await?;
        let up = json!({"type": "keyUp", "key": key, "windowsVirtualKeyCode": code});
        self.call(Some(&tab.session), "Input.dispatchKeyEvent", up).await.map(|_| ())
    }

    pub async fn resize(&self, tab: &Tab, width: u32, height: u32) -> Result<(), String> {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call(Some(&tab.session), "Emulation.setDeviceMetricsOverride", size).await.map(|_| ())
    }

    /// A picture of the page as PNG.
    pub async fn screenshot(&self, tab: &Tab) -> Result<Vec<u8>, String> {
        use base64::Engine as _;
        let shot = self.call(Some(&tab.session), "Page.captureScreenshot", json!({"format": "png", "captureBeyondViewport": true})).await?;
        let data = shot["data"].as_str().ok_or("no picture")?;
        base64::engine::general_purpose::STANDARD.decode(data).map_err(|e| e.to_string())
    }

    /// Events of the protocol so far, in order.
    pub fn events(&self, method: &str) -> Vec<Value> {
        locked(&self.events).iter().filter(|e| e["method"] == method).cloned().collect()
    }

    /// Address and headers of every request so far.
    pub fn requests(&self) -> Vec<(String, Value)> {
        let sent = self.events("Network.requestWillBeSent");
        sent.iter()
            .map(|e| (e["params"]["request"]["url"].as_str().unwrap_or_default().to_owned(), e["params"]["request"]["headers"].clone()))
            .collect()
    }

    /// What the browser complained about: blocked frames, forms, scripts.
    pub fn complaints(&self) -> Vec<String> {
        let entries = self.events("Log.entryAdded");
        entries.iter().filter_map(|e| e["params"]["entry"]["text"].as_str().map(str::to_owned)).collect()
    }
}

fn key_code(key: &str) -> (u32, &'static str) {
    match key {
        "Enter" => (13, "\r"),
        "Tab" => (9, ""),
        "Escape" => (27, ""),
        " " => (32, " "),
        "ArrowLeft" => (37, ""),
        "ArrowUp" => (38, ""),
        "ArrowRight" => (39, ""),
        "ArrowDown" => (40, ""),
        "Home" => (36, ""),
        "End" => (35, ""),
        "Backspace" => (8, ""),
        "Delete" => (46, ""),
        "/" => (191, "/"),
        "?" => (191, "?"),
        _ => (0, ""),
    }
}

type Connected = (mpsc::UnboundedSender<String>, Pending, Arc<Mutex<Vec<Value>>>);

/// Opens the socket and keeps reading it: answers go to whoever waits, events into the list.
async fn connect(address: &str) -> Result<Connected, String> {
    let (socket, _) = tokio_tungstenite::connect_async(address).await.map_err(|e| format!("{address}: {e}"))?;
    let (mut sink, mut stream) = socket.split();
    let (outgoing, mut to_send) = mpsc::unbounded_channel::<String>();
    let pending: Pending = Arc::default();
    let events: Arc<Mutex<Vec<Value>>> = Arc::default();
    tokio::spawn(async move {
        while let Some(text) = to_send.recv().await {
            if sink.send(Message::text(text)).await.is_err() {
                return;
            }
        }
    });
    let (waiting, kept) = (pending.clone(), events.clone());
    tokio::spawn(async move {
        while let Some(Ok(message)) = stream.next().await {
            let Ok(text) = message.into_text() else { continue };
            let Ok(value) = serde_json::from_str::<Value>(text.as_str()) else { continue };
            deliver(value, &waiting, &kept);
        }
        locked(&waiting).clear();
    });
    Ok((outgoing, pending, events))
}

fn deliver(value: Value, waiting: &Pending, kept: &Mutex<Vec<Value>>) {
    let Some(id) = value["id"].as_u64() else {
        locked(kept).push(value);
        return;
    };
    if let Some(sender) = locked(waiting).remove(&id) {
        let answer = match value.get("error") {
            Some(error) => Err(error["message"].as_str().unwrap_or("error").to_owned()),
            None => Ok(value["result"].clone()),
        };
        // Whoever asked may have given up waiting.
        let _ = sender.send(answer);
    }
}
