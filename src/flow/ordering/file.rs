//! Orders brought as a file: read as a whole, then each order taken like one that came over the API, so that one that is refused does not
//! stop the others. The same file again gets the same answers.

use serde_json::{Value, json};

use super::{Placed, Wish};
use crate::app::App;
use crate::error::{Error, Result};
use crate::flow::signing::Caller;
use crate::wire::order_csv;

/// An order of a file, and its answer.
pub struct Taken {
    pub number: String,
    /// Line of the file where it begins.
    pub line: u32,
    pub answer: Result<Placed>,
}

/// Takes every order of a file, or says what each would be answered. A file with mistakes in its table is refused whole.
pub async fn take(app: &App, caller: &Caller, text: &str, wish: Wish, preview: bool) -> Result<Vec<Taken>> {
    let (orders, findings) = order_csv::read(text);
    if findings.has_error() {
        return Err(findings.into());
    }
    let mut taken = Vec::with_capacity(orders.len());
    for order in orders {
        let document = order.body.to_string();
        let answer = match preview {
            true => super::preview(app, caller, document.as_bytes(), wish).await,
            // The number is its key: once, also when the file comes again.
            false => super::place(app, caller, document.as_bytes(), None, wish).await,
        };
        if let Err(error @ (Error::Unavailable(_) | Error::Internal(_))) = answer {
            return Err(error);
        }
        taken.push(Taken { number: order.number, line: order.line, answer });
    }
    Ok(taken)
}

impl Taken {
    /// `placed`, `requested`, `same` or `refused`.
    pub fn word(&self) -> &'static str {
        match &self.answer {
            Ok(Placed { status: 200, .. }) => "same",
            Ok(Placed { status: 202, .. }) => "requested",
            Ok(Placed { status: ..400, .. }) => "placed",
            Ok(_) | Err(_) => "refused",
        }
    }

    /// As the API shows it; `problem` says why not.
    pub fn json(&self, problem: Option<String>) -> Value {
        let body = self.answer.as_ref().ok().map(Placed::json);
        json!({"number": self.number, "line": self.line, "result": self.word(), "problem": problem, "answer": body})
    }
}
