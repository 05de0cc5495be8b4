//! Any text as a return URL: what is accepted stays byte for byte, and a browser's own reading of it leads to an allowed host.
#![no_main]

use hookline_fuzz::domain::connection::{Connection, Origin};
use hookline_fuzz::domain::return_url::ReturnUrl;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let origins = ["https://erp.example.com", "https://*.kunde.example", "http://intern:1080"];
    let connection = Connection {
        allow_http_return: true,
        allow_sapgui: true,
        return_origins: origins.iter().filter_map(|text| Origin::parse(text)).collect(),
        ..Connection::default()
    };
    if let Ok(url) = ReturnUrl::parse(text, &connection) {
        assert_eq!(url.as_str(), text);
        let lower = text.to_ascii_lowercase();
        let host = lower.split("://").nth(1).map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
        let allowed = match host {
            None => lower.starts_with("sapevent:"),
            Some(host) => matches!(host, "erp.example.com" | "erp.example.com:" | "erp.example.com:443" | "intern:1080") || host.contains(".kunde.example"),
        };
        assert!(allowed, "{text}");
        assert!(!text.contains(['\\', '@']) || host.is_some_and(|host| !host.contains(['\\', '@'])));
    }
});
