//! What a browser looks like to the pages: its size, whether it is touched, and the language it asks for.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A kind of browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    pub phone: bool,
    pub language: &'static str,
}

impl Look {
    /// 1280 × 900 with a mouse.
    pub const fn desktop(language: &'static str) -> Self {
        Self { phone: false, language }
    }

    /// 390 × 844 under a finger.
    pub const fn phone(language: &'static str) -> Self {
        Self { phone: true, language }
    }

    /// Chromium's capabilities for it, with its data in this folder.
    pub fn capabilities(self, folder: &Path) -> Value {
        let (width, height, ratio) = if self.phone { (390, 844, 2) } else { (1280, 900, 1) };
        let languages = if self.language == "en" { "en" } else { "zh-CN,zh" };
        json!({
            "browserName": "chrome",
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            "goog:chromeOptions": {
                "args": [
                    "--headless=new", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                    "--disable-component-update", "--disable-sync", "--disable-breakpad", "--no-proxy-server",
                    // The tests may run as root, and load nothing but these pages.
                    "--no-sandbox",
                    // Containers have little shared memory.
                    "--disable-dev-shm-usage",
                    format!("--user-data-dir={}", folder.join("profile").display()),
                ],
                "prefs": {
                    "intl.accept_languages": languages,
                    // Not the browser's own first page, which is larger than all of these.
                    "session.restore_on_startup": 4,
                    "session.startup_urls": ["about:blank"],
                    "download.default_directory": Self::downloads(folder),
                },
                "perfLoggingPrefs": { "enableNetwork": true, "enablePage": false },
                "mobileEmulation": {
                    "deviceMetrics": {
                        "width": width, "height": height, "pixelRatio": ratio, "touch": self.phone, "mobile": self.phone,
                    },
                },
            },
        })
    }

    /// Where a browser with its data in this folder keeps what it is told to keep.
    pub fn downloads(folder: &Path) -> PathBuf {
        folder.join("downloads")
    }
}
