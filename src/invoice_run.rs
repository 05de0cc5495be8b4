//! `hookline invoice run`: what a supplier shipped becomes invoices, or is shown as it would. For installations whose gateway does not run; a
//! running one has the page and the API. Decides nothing itself.

use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::Format;
use crate::clock::{self, Clock};
use crate::config::Config;
use crate::error::Result;
use crate::flow::invoicing::{forecasting, running};
use crate::store::json::str_of;

/// What was asked for.
pub struct Asked {
    pub supplier: String,
    pub until: Option<String>,
    pub customers: Vec<String>,
    pub id: Option<String>,
    pub preview: bool,
    pub format: Format,
}

/// Exit 0 when everything could go, 1 when something stayed behind.
pub async fn run(mut config: Config, asked: &Asked) -> Result<ExitCode> {
    config.listen = "127.0.0.1:0".into();
    let server = crate::start(config, Clock::system()).await?;
    let outcome = on(&server.app, asked).await;
    server.stop().await;
    let (shown, stayed) = outcome?;
    match asked.format {
        Format::Json => println!("{shown:#}"),
        Format::Text => print(&shown),
    }
    Ok(ExitCode::from(u8::from(stayed)))
}

/// What is shown, and whether something stayed behind.
async fn on(app: &crate::app::App, asked: &Asked) -> Result<(Value, bool)> {
    let until = asked.until.clone().unwrap_or_else(|| app.clock.now().date());
    if asked.preview {
        let found = running::preview(app, &asked.supplier, &until, &asked.customers).await?;
        let stayed = found.iter().any(|forecast| !forecast.kept_back.is_empty());
        return Ok((json!({"reference_date": until, "customers": found.iter().map(forecasting::forecast_json).collect::<Vec<_>>()}), stayed));
    }
    let id = asked.id.clone().unwrap_or_else(|| clock::new_id(app.clock.now()));
    running::start(app, "command line", &asked.supplier, &id, &until, &asked.customers).await?;
    loop {
        let (run, parts) = running::show(app, &asked.supplier, &id).await?;
        if run.state == "done" {
            let stayed = parts.iter().any(|part| part.kept_back.as_array().is_some_and(|kept| !kept.is_empty()));
            return Ok((running::run_json(&run, &parts), stayed));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn print(shown: &Value) {
    println!("until {}", str_of(shown, "reference_date"));
    let list = |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    for customer in list(shown, "customers") {
        let (name, net) = (str_of(&customer, "customer"), str_of(&customer, "net"));
        match customer.get("invoices").and_then(Value::as_u64) {
            Some(count) => println!("{name}: {count} invoices, {net} net"),
            None => println!("{name}:"),
        }
        for planned in list(&customer, "invoices") {
            let orders: Vec<String> = list(&planned, "orders").iter().filter_map(|order| order.as_str().map(str::to_string)).collect();
            println!(
                "  {} {} net, {} with tax: {}",
                str_of(&planned, "currency"),
                str_of(&planned, "net"),
                str_of(&planned, "gross"),
                orders.join(", ")
            );
        }
        for kept in list(&customer, "kept_back") {
            println!(
                "  kept back: order {} line {}, {}: {} {}",
                str_of(&kept, "order"),
                str_of(&kept, "line"),
                str_of(&kept, "net"),
                str_of(&kept, "code"),
                kept["what"]
            );
        }
    }
}
