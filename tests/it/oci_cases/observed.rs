//! What was seen while a case was played: the judge reads nothing else. It must hold facts only, no verdicts.

use serde_json::{Map, Value};

use crate::support::html::{Form, Page};
use crate::support::http::Answer;
use crate::support::shop::base_of;

#[derive(Clone, Debug, Default)]
pub struct Observed {
    pub visits: Vec<Visit>,
    /// Log lines since the gateway started.
    pub log: Vec<String>,
    /// Evidence of the connections used, newest first, each with its details.
    pub evidence: Vec<Value>,
    /// Source of the evidence pages an administrator sees.
    pub evidence_pages: Vec<String>,
    pub evidence_trouble: Option<String>,
    /// Sessions of the connections used, newest first.
    pub sessions: Vec<Value>,
    pub sessions_before: usize,
    pub metrics: String,
    /// Connections that the gateway opened to anything but the loopback.
    pub outbound: Option<Vec<String>>,
    pub connection: Map<String, Value>,
    pub lines: Vec<Map<String, Value>>,
    /// Article numbers of the catalogue when the case began.
    pub catalogue: Vec<String>,
    pub virtual_erp: Option<Result<Value, String>>,
    pub replay: Option<Result<Value, String>>,
    pub browser: Option<Result<BrowserReport, String>>,
}

/// One call-up and what followed from it.
#[derive(Clone, Debug, Default)]
pub struct Visit {
    pub name: String,
    pub return_url: Option<String>,
    pub sent_headers: Vec<(String, String)>,
    /// Targets and answers from the call-up to the page it ends on.
    pub trail: Vec<(String, Answer)>,
    /// Every later answer, in order.
    pub later: Vec<Answer>,
    /// The pages that a transfer or a cancel answered with a form.
    pub forms: Vec<Answer>,
    pub transfer_refused: Option<Answer>,
    /// True when the buyer wanted to transfer and no page offered it.
    pub transfer_not_offered: bool,
    pub add_refused: Vec<Answer>,
    pub cancelled: Option<Answer>,
    /// The answer that the last step got.
    pub last: Option<Answer>,
    pub cross_site: Option<Answer>,
    pub basket_before: Option<Vec<(String, String)>>,
    pub basket_after: Option<Vec<(String, String)>>,
    pub basket_text: Option<String>,
    /// Row of the session list.
    pub session: Option<Value>,
}

/// What a real browser did with the gateway in the buyer's page.
#[derive(Clone, Debug, Default)]
pub struct BrowserReport {
    /// The requests that the buyer's system got.
    pub arrived: Vec<Arrived>,
    pub opener_kept: Option<bool>,
    /// Every `Referer` sent to a host that is not the gateway.
    pub referrers: Vec<String>,
    pub blocked: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Arrived {
    pub method: String,
    pub url: String,
    pub body: Vec<u8>,
}

impl Visit {
    pub fn first(&self) -> &Answer {
        &self.trail.first().expect("a visit has its first answer").1
    }

    /// The page that the call-up ends on.
    pub fn landed(&self) -> &Answer {
        &self.trail.last().expect("a visit has its first answer").1
    }

    /// What the buyer looks at in the end.
    pub fn shown(&self) -> &Answer {
        self.last.as_ref().unwrap_or_else(|| self.landed())
    }

    pub fn answers(&self) -> impl Iterator<Item = &Answer> {
        self.trail.iter().map(|(_, a)| a).chain(self.later.iter())
    }

    /// Key or number in the address of the shop pages.
    pub fn reference(&self) -> Option<String> {
        let base = self.trail.iter().rev().find_map(|(target, _)| base_of(target))?;
        Some(base.trim_end_matches('/').rsplit('/').next()?.to_owned())
    }

    /// The unguessable key that the call-up answered with.
    pub fn key(&self) -> Option<String> {
        let location = self.first().header("location")?;
        let path = location.find("/c/").map(|at| &location[at..])?;
        Some(path.split('/').nth(3)?.split('?').next()?.to_owned()).filter(|k| k.len() >= 32)
    }

    pub fn opened_session(&self) -> bool {
        let first = self.first();
        first.header("set-cookie").is_some() || first.header("location").is_some_and(|l| l.contains("/c/"))
    }

    /// The form that leads back, of the last transfer; server-called functions have it in their only answer.
    pub fn return_form(&self) -> Option<ReturnForm> {
        let candidates = self.forms.last().into_iter().chain((self.forms.is_empty()).then(|| self.first()));
        candidates.filter_map(ReturnForm::read).next()
    }
}

/// A page together with the form on it that leads back to the buyer's system.
#[derive(Clone, Debug)]
pub struct ReturnForm {
    pub answer: Answer,
    pub page: Page,
    pub form: Form,
}

impl ReturnForm {
    pub fn read(answer: &Answer) -> Option<ReturnForm> {
        let is_html = answer.header("content-type").is_some_and(|t| t.starts_with("text/html"));
        if !is_html {
            return None;
        }
        let page = Page::read(&answer.text());
        let form = page.form_with_id("oci").or_else(|| page.forms.iter().find(|f| leads_back(f)))?.clone();
        Some(ReturnForm { answer: answer.clone(), page, form })
    }

    pub fn fields(&self) -> Vec<(String, String)> {
        self.form.fields()
    }
}

fn leads_back(form: &Form) -> bool {
    let carries = form.fields().iter().any(|(n, _)| n.starts_with("NEW_ITEM"));
    carries || is_elsewhere(form.action())
}

/// An address with a scheme or a host of its own.
pub fn is_elsewhere(address: &str) -> bool {
    let head = address.split(['/', '?', '#']).next().unwrap_or_default();
    address.starts_with("//") || head.contains(':')
}
