//! A page in headless Chromium, by the DevTools protocol: keys, width, screenshots, and all that it complains about.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

/// What a Chromium may be called.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// The program, where there is one.
pub fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let all = NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    all.into_iter().find(|program| program.is_file())
}

/// A browser with one page.
pub struct Browser {
    process: Child,
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    session: String,
    last: u64,
    /// Console messages of errors and warnings, exceptions, requests of anything but the page itself.
    pub complaints: Vec<String>,
    page: String,
}

impl Browser {
    /// Starts the program with a profile in this folder.
    pub fn start(program: &Path, profile: &Path) -> Result<Self, String> {
        let mut command = Command::new(program);
        command.args([
            "--headless",
            "--disable-gpu",
            "--no-first-run",
            "--remote-debugging-port=0",
        ]);
        command.arg(format!("--user-data-dir={}", profile.display()));
        // It refuses to sandbox for root, as whom containers run.
        if std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
            command.arg("--no-sandbox");
        }
        let mut process = command
            .arg("about:blank")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start `{}`: {error}", program.display()))?;
        let opened = address(&mut process).and_then(|address| {
            let (socket, _) = tungstenite::connect(&address).map_err(|error| error.to_string())?;
            Ok(socket)
        });
        let socket = match opened {
            Ok(socket) => socket,
            Err(error) => {
                drop(process.kill());
                return Err(error);
            }
        };
        let mut browser = Self {
            process,
            socket,
            session: String::new(),
            last: 0,
            complaints: Vec::new(),
            page: String::new(),
        };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}))?;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", attach)?;
        browser.session = text(&attached["sessionId"]);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}))?;
        }
        Ok(browser)
    }

    /// Opens a file at a width of the window.
    pub fn open(&mut self, file: &Path, width: u32) -> Result<(), String> {
        let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", size)?;
        self.page = format!("file://{}", file.display());
        let address = json!({"url": self.page});
        self.call("Page.navigate", address)?;
        for _ in 0..200 {
            if self.evaluate("document.readyState")? == json!("complete") {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Err(format!("{} does not finish loading", self.page))
    }

    /// The value of an expression.
    pub fn evaluate(&mut self, expression: &str) -> Result<Value, String> {
        let arguments = json!({"expression": expression, "returnByValue": true});
        let answer = self.call("Runtime.evaluate", arguments)?;
        match answer.get("exceptionDetails") {
            Some(exception) => Err(format!("`{expression}`: {exception}")),
            None => Ok(answer["result"]["value"].clone()),
        }
    }

    /// A key goes down and up; `text` is what it types.
    pub fn press(&mut self, key: &str, code: u32, text: &str) -> Result<(), String> {
        for kind in ["keyDown", "keyUp"] {
            let typed = if kind == "keyDown" { text } else { "" };
            let event = json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": typed});
            self.call("Input.dispatchKeyEvent", event)?;
        }
        Ok(())
    }

    /// The whole page as PNG.
    pub fn screenshot(&mut self, file: &Path) -> Result<(), String> {
        let arguments = json!({"format": "png", "captureBeyondViewport": true});
        let answer = self.call("Page.captureScreenshot", arguments)?;
        let data = text(&answer["data"]);
        let bytes = data_encoding::BASE64
            .decode(data.as_bytes())
            .map_err(|error| error.to_string())?;
        std::fs::write(file, bytes).map_err(|error| format!("{}: {error}", file.display()))
    }

    fn call(&mut self, method: &str, parameters: Value) -> Result<Value, String> {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": parameters});
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        let failed = |error: tungstenite::Error| format!("{method}: {error}");
        self.socket
            .send(Message::text(message.to_string()))
            .map_err(failed)?;
        loop {
            let Message::Text(answer) = self.socket.read().map_err(failed)? else {
                continue;
            };
            let answer: Value = serde_json::from_str(&answer).map_err(|error| error.to_string())?;
            if answer["id"] == json!(self.last) {
                return match answer.get("error") {
                    Some(error) => Err(format!("{method}: {error}")),
                    None => Ok(answer["result"].clone()),
                };
            }
            self.hear(&answer);
        }
    }

    fn hear(&mut self, event: &Value) {
        let parameters = &event["params"];
        let complaint = match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => Some(parameters["exceptionDetails"].to_string()),
            Some("Log.entryAdded") => Some(parameters["entry"].to_string()),
            Some("Runtime.consoleAPICalled") => Some(parameters["args"].to_string()),
            Some("Network.requestWillBeSent") => {
                let address = text(&parameters["request"]["url"]);
                let own =
                    address.starts_with("data:") || address.split('#').next() == Some(&*self.page);
                (!own && address != "about:blank").then(|| format!("it asks for {address}"))
            }
            _ => None,
        };
        self.complaints.extend(complaint);
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It is in headless mode and holds nothing that could be lost.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Where the browser listens: it says so on standard error.
fn address(process: &mut Child) -> Result<String, String> {
    let errors = process
        .stderr
        .take()
        .ok_or("Chromium has no standard error")?;
    let mut lines = BufReader::new(errors).lines().map_while(Result::ok);
    let found = lines.find_map(|line| {
        line.strip_prefix("DevTools listening on ")
            .map(str::to_owned)
    });
    // Read on: a full pipe would stop it.
    std::thread::spawn(move || lines.for_each(drop));
    found.ok_or_else(|| "Chromium ended before it listened".to_owned())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
