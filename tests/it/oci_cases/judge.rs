//! Judges what was seen against the words of `expect`. It must fail on a word that it does not know, at any depth,
//! and it must never skip one in silence: what only a person can judge is named as such.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::form::{FormJudge, STANDARD, flag, holds, number, same, text};
use super::observed::{Observed, ReturnForm, Visit, is_elsewhere};
use super::words;
use crate::support::html::{Page, squeeze};
use crate::support::http::{Answer, percent_decode, percent_encode};

#[derive(Clone, Debug, Default)]
pub struct Verdict {
    pub differences: Vec<String>,
    pub for_a_person: Vec<String>,
    /// Ids of cases whose page must be the same as this one's.
    pub same_page_as: Vec<String>,
}

impl Verdict {
    pub fn differs(&mut self, difference: String) {
        self.differences.push(difference);
    }

    fn take(&mut self, other: Verdict) {
        self.differences.extend(other.differences);
        self.for_a_person.extend(other.for_a_person);
        self.same_page_as.extend(other.same_page_as);
    }
}

/// A list of texts, or one text.
pub fn texts(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::String(one) => Ok(vec![one.clone()]),
        Value::Array(list) => list.iter().map(|v| text(v).map(str::to_owned)).collect(),
        other => Err(format!("a text or a list of texts expected, not {other}")),
    }
}

fn statuses(value: &Value) -> Result<Vec<u64>, String> {
    match value {
        Value::Number(n) => Ok(n.as_u64().into_iter().collect()),
        Value::Array(list) => Ok(list.iter().filter_map(Value::as_u64).collect()),
        other => Err(format!("statuses expected, not {other}")),
    }
}

/// Everything seen, or the part of it that one request of a sequence answers for.
#[derive(Clone, Copy)]
pub struct Judge<'a> {
    pub seen: &'a Observed,
    pub visits: &'a [Visit],
}

impl<'a> Judge<'a> {
    pub fn of(seen: &'a Observed) -> Self {
        Judge { seen, visits: &seen.visits }
    }

    pub fn judge(&self, expect: &Map<String, Value>) -> Verdict {
        let mut verdict = Verdict::default();
        for (word, wanted) in expect {
            match self.word(word, wanted, expect, &mut verdict) {
                Ok(()) => {}
                Err(difference) => verdict.differs(format!("{word}: {difference}")),
            }
        }
        verdict
    }

    fn first(&self) -> &Visit {
        self.visits.first().expect("a case plays at least one request")
    }

    fn last(&self) -> &Visit {
        self.visits.last().expect("a case plays at least one request")
    }

    fn answers(&self) -> impl Iterator<Item = &'a Answer> {
        self.visits.iter().flat_map(Visit::answers)
    }

    fn word(&self, word: &str, wanted: &Value, all: &Map<String, Value>, verdict: &mut Verdict) -> Result<(), String> {
        match word {
            "any_of" => self.any_of(wanted, verdict),
            "sequence" => self.sequence(wanted, verdict),
            "returns" => self.returns(wanted, verdict),
            "return_form" => self.return_form(self.last_with_form(), wanted, verdict),
            "never" | "tab_A" | "tab_B" => {
                verdict.for_a_person.push(format!("{word}: {}", wanted.as_str().map_or_else(|| wanted.to_string(), str::to_owned)));
                Ok(())
            }
            "same_page_as" => {
                verdict.same_page_as.extend(texts(wanted)?);
                Ok(())
            }
            "evidence" => self.evidence(wanted, verdict),
            "marked_as_test" => self.marked_as_test(wanted, verdict),
            "page" => self.page(wanted),
            "json" => words::json(&self.last().first().json().ok_or("the answer is not JSON")?, wanted),
            "json_each" => self.json_pages()?.iter().try_for_each(|page| words::json(page, wanted)),
            "outcome" => self.outcome(text(wanted)?),
            "csp" => self.csp(wanted),
            "cookies" => self.cookies(wanted),
            "message" => self.message(wanted),
            "session_key_leak" => self.session_key_leak(wanted),
            "virtual_erp" => self.virtual_erp(wanted),
            _ => self.status_word(word, wanted, all).or_else(|e| match e {
                Some(difference) => Err(difference),
                None => self.session_word(word, wanted),
            }),
        }
    }

    /// `Err(None)`: not a word of this table.
    fn status_word(&self, word: &str, wanted: &Value, all: &Map<String, Value>) -> Result<(), Option<String>> {
        let result = match word {
            "status" => statuses(wanted).and_then(|w| one_of(self.subject(all).status, &w)),
            "final_status" => statuses(wanted).and_then(|w| one_of(self.last().landed().status, &w)),
            "last_status" => statuses(wanted).and_then(|w| one_of(self.last().first().status, &w)),
            "each_status" => statuses(wanted).and_then(|w| self.visits.iter().try_for_each(|v| one_of(v.first().status, &w))),
            "never_status" => statuses(wanted).and_then(|w| {
                let bad = self.answers().map(|a| a.status).find(|s| w.contains(&u64::from(*s)));
                holds(bad.is_none(), || format!("{bad:?} was answered"))
            }),
            "status_class_not" => status_classes(wanted).and_then(|w| {
                let bad = self.answers().map(|a| a.status).find(|s| w.contains(&u64::from(*s / 100)));
                holds(bad.is_none(), || format!("{bad:?} was answered"))
            }),
            "server_errors" => {
                let count = self.answers().filter(|a| a.status >= 500).count();
                match wanted {
                    Value::Bool(_) => flag(wanted, Ok(count > 0), "server errors"),
                    _ => number(wanted).and_then(|w| holds(count == w, || format!("{count} answers of 5xx"))),
                }
            }
            "headers" => words::headers(self.first().first(), wanted),
            "headers_absent" => texts(wanted).and_then(|names| {
                let found = names.iter().find(|n| self.answers().any(|a| a.header(n).is_some()));
                holds(found.is_none(), || format!("{found:?} was sent"))
            }),
            "content_type" => {
                let sent = self.first().first().header("content-type").unwrap_or("(none)");
                words::value_is(sent, wanted)
            }
            "redirect" => flag(wanted, Ok(self.first().first().is_redirect()), "redirect"),
            "server_time_ms_max" => number(wanted).and_then(|w| {
                let took = self.first().first().took.as_millis();
                holds(took <= w as u128, || format!("{took} ms"))
            }),
            "body_empty" => flag(wanted, Ok(self.first().first().body.is_empty()), "body empty"),
            "body_must_not_contain" => {
                texts(wanted).and_then(|w| self.answers().try_for_each(|a| words::without(&a.text(), &w, "the body of an answer")))
            }
            "location_must_not_contain" => texts(wanted).and_then(|w| {
                let mut locations = self.answers().filter_map(|a| a.header("location").map(str::to_owned));
                locations.try_for_each(|l| words::without(&l, &w, "Location"))
            }),
            "body_must_not_contain_link_to_value" => self.no_link_to_value(wanted),
            "log_reason" => self.log_reason(wanted),
            "log_notes" => self.log_notes(wanted),
            "log_must_not_contain" => self.log_without(wanted),
            _ => return Err(None),
        };
        result.map_err(Some)
    }

    fn session_word(&self, word: &str, wanted: &Value) -> Result<(), String> {
        match word {
            "session" => self.session(wanted),
            "signed_in_as" => {
                let wanted = text(wanted)?;
                self.visits.iter().try_for_each(|v| same(row(v, "user")?.as_str().unwrap_or("(none)"), wanted))
            }
            "session_language" => self.session_language(text(wanted)?),
            "session_id_is_new" => flag(wanted, self.session_is_new(), "the session is new"),
            "sessions_differ" => flag(wanted, self.sessions_differ(), "the sessions differ"),
            "session_left_behind" => {
                let left = self.seen.sessions.len() > self.seen.sessions_before || self.visits.iter().any(Visit::opened_session);
                flag(wanted, Ok(left), "a session is left behind")
            }
            "cookies_needed" => {
                let form = ReturnForm::read(self.first().first()).is_some() || self.first().first().json().is_some();
                flag(wanted, Ok(!form || self.first().first().header("set-cookie").is_some()), "cookies are needed")
            }
            "parameters_kept" => self.parameters_kept(wanted),
            "cancel_url" => self.cancel_url(wanted),
            "no_outbound_request" => {
                let seen = self.seen.outbound.as_ref().ok_or("nobody watched")?;
                flag(wanted, Ok(seen.is_empty()), &format!("no outbound request (seen: {seen:?})"))
            }
            "nothing_sent_to_return_url" => {
                let sent = self.visits.iter().flat_map(Visit::answers).filter_map(ReturnForm::read).find(|f| is_elsewhere(f.form.action()));
                flag(wanted, Ok(sent.is_none()), "no page leads to the return URL")
            }
            "buyer_is_told" => self.buyer_is_told(wanted),
            "transfers_recorded" => self.counted("transfers", wanted),
            "repeats_recorded" => self.counted("repeats", wanted),
            "all_forms_equal" => flag(wanted, self.forms_equal(), "all forms are equal"),
            "transfer_control_visible" => flag(wanted, Ok(self.transfer_visible()), "transfer can be seen"),
            "return_form_present" => {
                let there = ReturnForm::read(self.last().shown()).is_some();
                flag(wanted, Ok(there), "a return form is there")
            }
            "final_page_contains" => {
                let page = Page::read(&self.last().shown().text());
                texts(wanted)?.iter().try_for_each(|t| {
                    let there = page.text.contains(&squeeze(t)) || page.title.contains(t.as_str());
                    holds(there, || format!("{t:?} is not on the page: {}", excerpt(&page.text)))
                })
            }
            "arrives_at_return_url" => self.arrives(wanted),
            "opener_kept" => {
                let kept = self.browser()?.opener_kept.ok_or("the browser did not look for the opener")?;
                flag(wanted, Ok(kept), "the opener is kept")
            }
            "basket_unchanged" => self.basket_unchanged(wanted),
            "basket_shown" => self.basket_shown(wanted),
            "union_of_ids" => self.union_of_ids(wanted),
            "duplicates" => {
                let ids = self.ids()?;
                let doubled = ids.len() - ids.iter().collect::<BTreeSet<_>>().len();
                holds(doubled == number(wanted)?, || format!("{doubled} ids are doubled"))
            }
            _ => Err("unknown word".to_owned()),
        }
    }

    // --- several at once --------------------------------------------------------------------------------------------

    fn any_of(&self, wanted: &Value, verdict: &mut Verdict) -> Result<(), String> {
        let list = wanted.as_array().ok_or("a list expected")?;
        let mut misses = Vec::new();
        for alternative in list {
            let one = self.judge(alternative.as_object().ok_or("an alternative is not an object")?);
            if one.differences.iter().any(|d| d.contains("unknown word")) {
                verdict.take(one);
                return Ok(());
            }
            if one.differences.is_empty() {
                verdict.take(one);
                return Ok(());
            }
            misses.push(one.differences.join("; "));
        }
        Err(format!("no alternative holds: {}", misses.join(" / ")))
    }

    fn sequence(&self, wanted: &Value, verdict: &mut Verdict) -> Result<(), String> {
        let list = wanted.as_array().ok_or("a list expected")?;
        holds(list.len() == self.visits.len(), || format!("{} requests, {} expectations", self.visits.len(), list.len()))?;
        for (at, expect) in list.iter().enumerate() {
            let part = Judge { seen: self.seen, visits: &self.visits[at..=at] };
            let mut one = part.judge(expect.as_object().ok_or("an expectation is not an object")?);
            one.differences.iter_mut().for_each(|d| *d = format!("request {}: {d}", at + 1));
            verdict.take(one);
        }
        Ok(())
    }

    fn returns(&self, wanted: &Value, verdict: &mut Verdict) -> Result<(), String> {
        for (name, expect) in wanted.as_object().ok_or("forms by the names of requests expected")? {
            let visit = self.visits.iter().find(|v| v.name == *name).ok_or_else(|| format!("no request {name}"))?;
            self.return_form(visit, expect, verdict).map_err(|e| format!("{name}: {e}"))?;
        }
        Ok(())
    }

    fn last_with_form(&self) -> &Visit {
        self.visits.iter().rev().find(|v| v.return_form().is_some()).unwrap_or_else(|| self.last())
    }

    fn return_form(&self, visit: &Visit, wanted: &Value, verdict: &mut Verdict) -> Result<(), String> {
        let expect = wanted.as_object().ok_or("an object expected")?;
        let form = visit.return_form().ok_or_else(|| no_form(visit))?;
        let judge = FormJudge { seen: &form, connection: &self.seen.connection, browser: self.seen.browser.as_ref() };
        judge.judge(expect, verdict);
        Ok(())
    }

    // --- outcomes ---------------------------------------------------------------------------------------------------

    fn outcome(&self, wanted: &str) -> Result<(), String> {
        if let Some(known) = self.outcome_is(wanted) {
            return known;
        }
        let parts: Vec<&str> = wanted.split("_or_").collect();
        let mut misses = Vec::new();
        for part in &parts {
            match self.outcome_is(part) {
                None => return Err(format!("unknown word {part:?}")),
                Some(Ok(())) => return Ok(()),
                Some(Err(difference)) => misses.push(format!("{part}: {difference}")),
            }
        }
        Err(misses.join(" / "))
    }

    fn outcome_is(&self, wanted: &str) -> Option<Result<(), String>> {
        let (first, landed, last) = (self.first().first(), self.last().landed(), self.last());
        let refused = |s: u16| (400..500).contains(&s) && s != 401;
        Some(match wanted {
            "shopping_session" => holds(first.status == 303, || status_of(first))
                .and_then(|()| holds(landed.status == 200, || format!("the shop page: {}", status_of(landed))))
                .and_then(|()| holds(last.session.is_some(), || "the session is not in the list".to_owned())),
            "callup_refused" => holds(refused(first.status), || status_of(first)).and_then(|()| self.no_session()),
            "login_refused" => holds(first.status == 401, || status_of(first)).and_then(|()| self.no_session()),
            "detail_page" => holds(landed.status == 200, || status_of(landed))
                .and_then(|()| holds(ReturnForm::read(landed).is_none(), || "it holds a return form".to_owned())),
            "not_found_page" => holds(landed.status == 404, || status_of(landed)),
            "validate_form" | "search_form" => holds(first.status == 200, || status_of(first))
                .and_then(|()| holds(ReturnForm::read(first).is_some(), || "no form in the answer".to_owned())),
            "json" => holds(first.status == 200 && first.json().is_some(), || status_of(first)),
            "return_form" => holds(last.return_form().is_some() || self.last_with_form().return_form().is_some(), || no_form(last)),
            "transfer_refused" => self.transfer_refused(),
            "quantity_refused" => holds(self.visits.iter().any(|v| !v.add_refused.is_empty()), || "every quantity was taken".to_owned()),
            "sent_to_cancel_url" => self.sent_to_cancel_url(),
            "session_ended_page" => self.session_ended(),
            _ => return None,
        })
    }

    fn transfer_refused(&self) -> Result<(), String> {
        let refused = self.visits.iter().any(|v| v.transfer_refused.is_some() || v.transfer_not_offered);
        let form = self.visits.iter().flat_map(|v| v.forms.iter()).filter_map(ReturnForm::read).next();
        holds(form.is_none(), || "a form for the return URL was produced".to_owned())?;
        holds(refused, || "the transfer was not refused".to_owned())
    }

    fn sent_to_cancel_url(&self) -> Result<(), String> {
        let answer = self.last().cancelled.as_ref().ok_or("cancel was not offered or not pressed")?;
        let location = answer.header("location").unwrap_or("(none)");
        holds(answer.is_redirect() && is_elsewhere(location), || format!("{} to {location}", answer.status))?;
        match self.last().session.as_ref().and_then(|s| s["cancel_url"].as_str()) {
            Some(known) => same(location, known),
            None => Ok(()),
        }
    }

    fn session_ended(&self) -> Result<(), String> {
        let shown = self.last().shown();
        let page = Page::read(&shown.text());
        holds(shown.status < 500 && shown.status != 303, || status_of(shown))?;
        holds(ReturnForm::read(shown).is_none(), || "the page holds a return form".to_owned())?;
        holds(!page.has_password_field(), || "the page asks for a password".to_owned())?;
        let offers = page.forms.iter().any(|f| f.action().contains("basket") || f.action().ends_with("transfer"));
        holds(page.text.len() >= 20 && !offers, || format!("not a page that ends the session: {}", excerpt(&page.text)))
    }

    /// The answer that `status` speaks of: the call-up's, unless the outcome belongs to a later step.
    fn subject(&self, all: &Map<String, Value>) -> &Answer {
        let outcome = all.get("outcome").and_then(Value::as_str).unwrap_or_default();
        let visit = self.last();
        let later = ["session_ended_page", "transfer_refused", "quantity_refused", "sent_to_cancel_url", "return_form"];
        if let Some(answer) = visit.cross_site.as_ref().filter(|_| outcome.is_empty()) {
            return answer;
        }
        if !later.iter().any(|l| outcome.contains(l)) {
            return self.first().first();
        }
        let deciding = match outcome {
            "transfer_refused" => visit.transfer_refused.as_ref(),
            "quantity_refused" => visit.add_refused.last(),
            "sent_to_cancel_url" => visit.cancelled.as_ref(),
            "return_form" => visit.forms.last(),
            _ => None,
        };
        deciding.unwrap_or_else(|| visit.shown())
    }

    // --- sessions ---------------------------------------------------------------------------------------------------

    fn no_session(&self) -> Result<(), String> {
        if let Some(visit) = self.visits.iter().find(|v| v.opened_session()) {
            let first = visit.first();
            return Err(format!("a session was opened ({:?}, {:?})", first.header("location"), first.header("set-cookie")));
        }
        let (before, now) = (self.seen.sessions_before, self.seen.sessions.len());
        holds(self.visits.len() < self.seen.visits.len() || before == now, || format!("{} sessions in the list, {before} before", now))
    }

    fn session(&self, wanted: &Value) -> Result<(), String> {
        match text(wanted)? {
            "none" => self.no_session(),
            "new" => flag(&Value::Bool(true), self.session_is_new(), "the session is new"),
            other => Err(format!("unknown word {other:?}")),
        }
    }

    fn session_language(&self, wanted: &str) -> Result<(), String> {
        for visit in self.visits {
            same(row(visit, "language")?.as_str().unwrap_or("(none)"), wanted)?;
            let page = Page::read(&visit.landed().text());
            same(page.lang.split('-').next().unwrap_or(""), wanted).map_err(|e| format!("lang of the page: {e}"))?;
        }
        Ok(())
    }

    fn session_is_new(&self) -> Result<bool, String> {
        for visit in self.visits {
            let reference = visit.reference().ok_or("no session")?;
            let sent = visit.sent_headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case("cookie"));
            let cookies: String = sent.map(|(_, v)| v.as_str()).collect();
            let values = cookies.split(';').filter_map(|c| c.split_once('=')).map(|(_, v)| v.trim());
            let set: String = visit.first().headers_named("set-cookie").collect();
            if cookies.contains(&reference) || values.filter(|v| v.len() > 3).any(|v| set.contains(v)) {
                return Ok(false);
            }
        }
        self.sessions_differ()
    }

    fn sessions_differ(&self) -> Result<bool, String> {
        let numbers: Vec<String> =
            self.visits.iter().map(|v| v.reference().ok_or_else(|| format!("{}: no session", v.name))).collect::<Result<_, _>>()?;
        Ok(numbers.iter().collect::<BTreeSet<_>>().len() == numbers.len())
    }

    fn parameters_kept(&self, wanted: &Value) -> Result<(), String> {
        let kept = row(self.first(), "parameters")?;
        for (name, value) in wanted.as_object().ok_or("names with values expected")? {
            let found = kept.get(name).and_then(Value::as_str).or_else(|| {
                let pairs = kept.as_array()?;
                pairs.iter().find(|p| p[0] == name.as_str())?[1].as_str()
            });
            same(found.unwrap_or("(not kept)"), text(value)?).map_err(|e| format!("{name}: {e}"))?;
        }
        Ok(())
    }

    fn cancel_url(&self, wanted: &Value) -> Result<(), String> {
        let found = self.first().session.as_ref().and_then(|s| s["cancel_url"].as_str());
        match wanted {
            Value::Null => holds(found.is_none(), || format!("{found:?}")),
            _ => same(found.unwrap_or("(none)"), text(wanted)?),
        }?;
        match self.first().cancelled.as_ref().and_then(|a| a.header("location")) {
            Some(location) => same(location, text(wanted)?).map_err(|e| format!("cancel led to: {e}")),
            None => Ok(()),
        }
    }

    fn counted(&self, key: &str, wanted: &Value) -> Result<(), String> {
        let mut total = 0;
        for visit in self.visits {
            total += row(visit, key)?.as_u64().ok_or_else(|| format!("{key} is not a number"))?;
        }
        holds(Some(total) == wanted.as_u64(), || format!("{total}, expected {wanted}"))
    }

    fn forms_equal(&self) -> Result<bool, String> {
        for visit in self.visits {
            let forms: Vec<ReturnForm> = visit.forms.iter().filter_map(ReturnForm::read).collect();
            let first = forms.first().ok_or_else(|| no_form(visit))?;
            let equal = |f: &ReturnForm| f.fields() == first.fields() && f.form.attributes == first.form.attributes;
            if forms.len() != visit.forms.len() || !forms.iter().all(equal) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    // --- pages ------------------------------------------------------------------------------------------------------

    fn page(&self, wanted: &Value) -> Result<(), String> {
        let shown = self.last().shown();
        let page = Page::read(&shown.text());
        for (word, value) in wanted.as_object().ok_or("an object expected")? {
            match word.as_str() {
                "readable" => flag(value, words::readable(shown, &page), "the page is readable"),
                "mentions_any" => words::mentions_any(&page, &texts(value)?),
                "login_form" => flag(value, Ok(page.has_password_field()), "a sign-in form"),
                "language" => same(page.lang.split('-').next().unwrap_or(""), text(value)?),
                _ => Err("unknown word".to_owned()),
            }
            .map_err(|e| format!("{word}: {e}"))?;
        }
        Ok(())
    }

    fn transfer_visible(&self) -> bool {
        let page = Page::read(&self.last().shown().text());
        let offered = |p: &Page| p.forms_to("transfer").any(|f| f.buttons().any(|b| b.visible));
        let linked = page.links.iter().any(|(a, v)| a == "href" && v.split(['?', '#']).next().is_some_and(|p| p.ends_with("transfer")));
        offered(&page) || linked
    }

    fn buyer_is_told(&self, wanted: &Value) -> Result<(), String> {
        let shown: Vec<String> = self.visits.iter().flat_map(Visit::answers).map(|a| Page::read(&a.text()).text).collect();
        texts(wanted)?.iter().try_for_each(|t| {
            let folded = squeeze(t).to_lowercase();
            let told = shown.iter().any(|s| s.to_lowercase().contains(&folded));
            holds(told, || format!("{t:?} is on no page; the last says: {}", excerpt(shown.last().map_or("", String::as_str))))
        })
    }

    fn message(&self, wanted: &Value) -> Result<(), String> {
        let visit = self.last();
        let answer = visit.transfer_refused.as_ref().or(visit.add_refused.last()).unwrap_or_else(|| visit.shown());
        let page = Page::read(&answer.text());
        for (word, value) in wanted.as_object().ok_or("an object expected")? {
            words::message(&page.text, word, value, &self.seen.lines, STANDARD).map_err(|e| format!("{word}: {e}: {}", excerpt(&page.text)))?;
        }
        Ok(())
    }

    fn csp(&self, wanted: &Value) -> Result<(), String> {
        let pages: Vec<&Answer> = self.visits.iter().flat_map(|v| v.forms.last().into_iter().chain([v.landed()])).collect();
        let with_form = self.visits.iter().rev().find_map(|v| v.return_form()).map(|f| f.answer);
        for (word, value) in wanted.as_object().ok_or("an object expected")? {
            // What a form may be sent to stands on the page with the form; who may frame, on every page.
            let speaks_of_form = word.starts_with("form-action") || word == "upgrade-insecure-requests";
            let check = |a: &Answer| words::csp(a, word, value);
            match (&with_form, speaks_of_form) {
                (Some(answer), true) => check(answer),
                _ => pages.iter().try_for_each(|a| check(a)),
            }
            .map_err(|e| format!("{word}: {e}"))?;
        }
        Ok(())
    }

    fn cookies(&self, wanted: &Value) -> Result<(), String> {
        for (word, rules) in wanted.as_object().ok_or("an object expected")? {
            holds(word == "every_session_cookie", || format!("unknown word {word:?}"))?;
            let lines: Vec<String> = self.answers().flat_map(|a| a.headers_named("set-cookie").map(str::to_owned).collect::<Vec<_>>()).collect();
            holds(!lines.is_empty(), || "no cookie was set".to_owned())?;
            lines.iter().try_for_each(|line| words::cookie(line, rules))?;
        }
        Ok(())
    }

    fn no_link_to_value(&self, wanted: &Value) -> Result<(), String> {
        let values: Vec<String> = self.visits.iter().filter_map(|v| v.return_url.clone()).filter(|u| !u.is_empty()).collect();
        let mut found = None;
        for answer in self.answers() {
            let page = Page::read(&answer.text());
            let places = page.links.iter().map(|(_, v)| v.as_str()).chain(page.scripts.iter().map(|s| s.text.as_str()));
            let handlers = page.handlers.iter().map(|(_, v)| v.as_str());
            for place in places.chain(handlers) {
                if values.iter().any(|v| place.contains(v.as_str()) || percent_decode(place).contains(v.as_str())) {
                    found = Some(place.to_owned());
                }
            }
        }
        flag(wanted, Ok(found.is_none()), &format!("no link to the refused value ({found:?})"))
    }

    fn session_key_leak(&self, wanted: &Value) -> Result<(), String> {
        let keys: Vec<String> = self.visits.iter().filter_map(Visit::key).collect();
        holds(!keys.is_empty(), || "the call-up gave no key to look for".to_owned())?;
        let leaks = |text: &str| keys.iter().any(|k| text.contains(k.as_str()));
        for (word, value) in wanted.as_object().ok_or("an object expected")? {
            let leak = match word.as_str() {
                "referrer" => self.referrer_leak(&leaks),
                "external_links" => Ok(self.pages().iter().flat_map(|p| &p.links).any(|(_, v)| is_elsewhere(v) && leaks(v))),
                "log" => Ok(leaks(&self.everything_recorded())),
                _ => Err("unknown word".to_owned()),
            };
            flag(value, leak, &format!("the key leaks by {word}"))?;
        }
        Ok(())
    }

    fn pages(&self) -> Vec<Page> {
        self.answers().map(|a| Page::read(&a.text())).collect()
    }

    /// A page whose policy lets its whole address leave, or a browser that sent it.
    fn referrer_leak(&self, leaks: &dyn Fn(&str) -> bool) -> Result<bool, String> {
        let unsafe_policy = |a: &Answer| {
            let policy = a.header("referrer-policy").unwrap_or("").split(',').next_back().unwrap_or("").trim().to_owned();
            let is_page = a.header("content-type").is_some_and(|t| t.starts_with("text/html"));
            is_page && matches!(policy.as_str(), "" | "unsafe-url" | "no-referrer-when-downgrade")
        };
        let by_policy = self.answers().any(unsafe_policy);
        let by_browser = match &self.seen.browser {
            Some(Ok(report)) => report.referrers.iter().any(|r| leaks(r)),
            Some(Err(trouble)) => return Err(format!("browser: {trouble}")),
            None => false,
        };
        Ok(by_policy || by_browser)
    }

    // --- basket, download -------------------------------------------------------------------------------------------

    fn basket_unchanged(&self, wanted: &Value) -> Result<(), String> {
        let visit = self.last();
        let before = visit.basket_before.as_ref().ok_or("nobody looked at the basket before")?;
        let after = visit.basket_after.as_ref().ok_or("nobody looked at the basket after")?;
        flag(wanted, Ok(before == after), &format!("the basket is unchanged ({before:?}, then {after:?})"))
    }

    fn basket_shown(&self, wanted: &Value) -> Result<(), String> {
        let shown = self.last().basket_text.as_deref().ok_or("no basket page was seen")?;
        match wanted {
            Value::Bool(_) => flag(wanted, Ok(!shown.is_empty()), "the basket is shown"),
            Value::Object(by_name) if by_name.keys().all(|k| self.visits.iter().any(|v| v.name == *k)) => {
                by_name.iter().try_for_each(|(name, lines)| {
                    let visit = self.visits.iter().find(|v| v.name == *name).ok_or("no such request")?;
                    let shown = visit.basket_text.as_deref().ok_or_else(|| format!("{name}: no basket page was seen"))?;
                    words::basket_holds(shown, lines).map_err(|e| format!("{name}: {e}"))
                })
            }
            lines => words::basket_holds(shown, lines),
        }
    }

    fn json_pages(&self) -> Result<Vec<Value>, String> {
        self.visits.iter().map(|v| v.first().json().ok_or_else(|| format!("{}: {} is not JSON", v.name, v.first().status))).collect()
    }

    fn ids(&self) -> Result<Vec<String>, String> {
        let pages = self.json_pages()?;
        let items = pages.iter().flat_map(|p| p["Items"].as_array().into_iter().flatten());
        items.map(|i| i["NEWITEM"]["EXT_PRODUCT_ID"].as_str().map(str::to_owned).ok_or_else(|| format!("an item without id: {i}"))).collect()
    }

    fn union_of_ids(&self, wanted: &Value) -> Result<(), String> {
        let found: BTreeSet<String> = self.ids()?.into_iter().collect();
        let wanted: BTreeSet<String> = match wanted {
            Value::String(words) if words.starts_with("catalogue") => self.seen.catalogue.iter().cloned().collect(),
            list => texts(list)?.into_iter().collect(),
        };
        let missing: Vec<_> = wanted.difference(&found).collect();
        let extra: Vec<_> = found.difference(&wanted).collect();
        holds(missing.is_empty() && extra.is_empty(), || format!("missing {missing:?}, too many {extra:?}"))
    }

    // --- log, evidence ----------------------------------------------------------------------------------------------

    fn evidence_text(&self) -> String {
        self.seen.evidence.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
    }

    /// Everything that remembers: log, evidence, metrics.
    fn everything_recorded(&self) -> String {
        format!("{}\n{}\n{}\n{}", self.seen.log.join("\n"), self.evidence_text(), self.seen.evidence_pages.join("\n"), self.seen.metrics)
    }

    fn log_reason(&self, wanted: &Value) -> Result<(), String> {
        let wanted = texts(wanted)?;
        let in_evidence = self.seen.evidence.iter().any(|e| wanted.iter().any(|w| e["reason"] == w.as_str()));
        let in_log = self.seen.log.iter().any(|l| {
            let line: Value = serde_json::from_str(l).unwrap_or_default();
            ["/fields/reason", "/reason"].iter().any(|p| line.pointer(p).and_then(Value::as_str).is_some_and(|r| wanted.iter().any(|w| w == r)))
        });
        holds(in_evidence || in_log, || format!("neither log nor evidence gives the reason {wanted:?}; evidence: {}", excerpt(&self.evidence_text())))
    }

    fn log_notes(&self, wanted: &Value) -> Result<(), String> {
        let notes: Vec<String> =
            self.seen.evidence.iter().flat_map(|e| e["notes"].as_array().cloned().unwrap_or_default()).map(|n| n.to_string()).collect();
        let all = format!("{}\n{}", notes.join("\n"), self.seen.log.join("\n")).to_lowercase();
        texts(wanted)?.iter().try_for_each(|w| holds(all.contains(&w.to_lowercase()), || format!("no note holds {w:?}; notes: {notes:?}")))
    }

    fn log_without(&self, wanted: &Value) -> Result<(), String> {
        words::without(&self.everything_recorded(), &texts(wanted)?, "log, evidence or metrics")
    }

    fn evidence(&self, wanted: &Value, verdict: &mut Verdict) -> Result<(), String> {
        if let Some(trouble) = &self.seen.evidence_trouble {
            return Err(trouble.clone());
        }
        holds(!self.seen.evidence.is_empty(), || "no evidence was kept".to_owned())?;
        let all = self.evidence_text();
        for (word, value) in wanted.as_object().ok_or("an object expected")? {
            match word.as_str() {
                "shows" => texts(value)?.iter().try_for_each(|t| self.evidence_shows(t)),
                "hides" => words::without(&format!("{all}\n{}", self.seen.evidence_pages.join("\n")), &texts(value)?, "the evidence"),
                "offers" => {
                    verdict.for_a_person.push(format!("evidence.offers: {value}"));
                    Ok(())
                }
                "raw_html_absent" => {
                    let raw: Vec<String> = texts(value)?.into_iter().filter(|t| self.seen.evidence_pages.iter().any(|p| p.contains(t))).collect();
                    holds(!self.seen.evidence_pages.is_empty(), || "no evidence page was seen".to_owned())
                        .and_then(|()| holds(raw.is_empty(), || format!("the page holds {raw:?}")))
                }
                "recorded_fields_equal_form" => flag(value, self.recorded_equals_form(), "recorded fields equal the form"),
                _ => Err("unknown word".to_owned()),
            }
            .map_err(|e| format!("{word}: {e}"))?;
        }
        Ok(())
    }

    fn evidence_shows(&self, wanted: &str) -> Result<(), String> {
        let in_records = self.seen.evidence.iter().any(|e| words::holds_text(e, wanted));
        let pages: Vec<String> = self.seen.evidence_pages.iter().map(|p| Page::read(p).text).collect();
        let in_pages = pages.is_empty() || pages.iter().any(|p| p.contains(&squeeze(wanted)));
        holds(in_records, || format!("{wanted:?} is in no record"))?;
        holds(in_pages, || format!("{wanted:?} is on no evidence page"))
    }

    fn recorded_equals_form(&self) -> Result<bool, String> {
        let form = self.last_with_form().return_form().ok_or("no form was returned")?;
        let sent: Vec<Vec<String>> = form.fields().into_iter().map(|(n, v)| vec![n, v]).collect();
        let recorded = self.seen.evidence.iter().find(|e| e["kind"] == "return").ok_or("no return is recorded")?;
        let places = ["/sent/pairs", "/sent/fields", "/fields", "/parameters"];
        let pairs = places.iter().find_map(|p| recorded.pointer(p).and_then(Value::as_array)).ok_or("the record has no fields")?;
        let pairs: Vec<Vec<String>> = pairs.iter().map(|p| (0..2).map(|i| p[i].as_str().unwrap_or_default().to_owned()).collect()).collect();
        Ok(pairs == sent)
    }

    fn marked_as_test(&self, wanted: &Value, verdict: &mut Verdict) -> Result<(), String> {
        verdict.for_a_person.push("marked_as_test: the figures leave tests out".to_owned());
        let answer = match &self.seen.replay {
            Some(Ok(value)) => value["test"].as_bool().unwrap_or(false),
            Some(Err(trouble)) => return Err(trouble.clone()),
            None => self.visits.iter().all(|v| v.session.as_ref().is_some_and(|s| s["test"] == true)),
        };
        let listed = self.seen.sessions.iter().any(|s| s["test"] == true) || self.seen.evidence.iter().any(|e| e["test"] == true);
        flag(wanted, Ok(answer && listed), "marked as test")
    }

    // --- virtual ERP, browser ---------------------------------------------------------------------------------------

    fn virtual_erp(&self, wanted: &Value) -> Result<(), String> {
        let report = match &self.seen.virtual_erp {
            Some(Ok(report)) => report,
            Some(Err(trouble)) => return Err(trouble.clone()),
            None => return Err("the virtual ERP did not run".to_owned()),
        };
        words::virtual_erp(report, wanted)
    }

    fn browser(&self) -> Result<&super::observed::BrowserReport, String> {
        match &self.seen.browser {
            Some(Ok(report)) => Ok(report),
            Some(Err(trouble)) => Err(format!("browser: {trouble}")),
            None => Err("no browser was used".to_owned()),
        }
    }

    fn arrives(&self, wanted: &Value) -> Result<(), String> {
        let report = self.browser()?;
        let form = self.last_with_form().return_form();
        match wanted {
            Value::Bool(_) => {
                let address = form.as_ref().map(|f| f.form.action().to_owned()).unwrap_or_default();
                let address = address.split('#').next().unwrap_or_default().to_owned();
                let sent = form.as_ref().map_or(0, |f| f.fields().len());
                // The basket is whole: as many pairs as the form has fields (for GET they stand in the address).
                let whole = |a: &super::observed::Arrived| a.method != "POST" || a.body.split(|b| *b == b'&').count() == sent;
                let by_get = form.as_ref().is_some_and(|f| f.form.method() == "get");
                let cut = |u: &str| if by_get { u.split('?').next().unwrap_or(u).to_owned() } else { u.to_owned() };
                let there = report.arrived.iter().any(|a| same_address(&cut(&a.url), &cut(&address)) && whole(a));
                flag(wanted, Ok(there), &format!("the form arrives at {address} (arrived: {:?}, blocked: {:?})", urls(report), report.blocked))
            }
            Value::String(address) => holds(report.arrived.iter().any(|a| same_address(&a.url, address)), || {
                format!("arrived: {:?}, blocked: {:?}", urls(report), report.blocked)
            }),
            other => Err(format!("true, false or an address expected, not {other}")),
        }
    }
}

fn urls(report: &super::observed::BrowserReport) -> Vec<String> {
    report.arrived.iter().map(|a| format!("{} {}", a.method, a.url)).collect()
}

/// Addresses are the same when they differ only in the letter case of scheme and host.
fn same_address(a: &str, b: &str) -> bool {
    let fold = |u: &str| {
        let (head, rest) = u.split_at(u.match_indices('/').nth(2).map_or(u.len(), |(at, _)| at));
        format!("{}{rest}", head.to_ascii_lowercase())
    };
    fold(a) == fold(b)
}

fn row<'a>(visit: &'a Visit, key: &str) -> Result<&'a Value, String> {
    let session = visit.session.as_ref().ok_or_else(|| format!("request {}: its session is not in the list", visit.name))?;
    session.get(key).ok_or_else(|| format!("the session list has no {key}"))
}

fn one_of(found: u16, wanted: &[u64]) -> Result<(), String> {
    holds(wanted.contains(&u64::from(found)), || format!("{found}, expected {wanted:?}"))
}

fn status_classes(value: &Value) -> Result<Vec<u64>, String> {
    let class = |v: &Value| match v {
        Value::Number(n) => n.as_u64().map(|n| if n >= 100 { n / 100 } else { n }),
        Value::String(s) => s.chars().next().and_then(|c| c.to_digit(10)).map(u64::from),
        _ => None,
    };
    let list = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
    list.iter().map(|v| class(v).ok_or_else(|| format!("a class of status expected, not {v}"))).collect()
}

fn status_of(answer: &Answer) -> String {
    let page = Page::read(&answer.text());
    format!("answered {} {} {}", answer.status, answer.header("location").unwrap_or(""), excerpt(&page.text))
}

fn no_form(visit: &Visit) -> String {
    let what = visit.transfer_refused.as_ref().or(visit.add_refused.last()).unwrap_or_else(|| visit.shown());
    format!("no return form; {}", status_of(what))
}

pub fn excerpt(text: &str) -> String {
    let short: String = text.chars().take(200).collect();
    if short.len() < text.len() { format!("{short:?}…") } else { format!("{short:?}") }
}

/// The value as it may appear when written into an address or into JSON.
pub fn written_forms(value: &str) -> Vec<String> {
    let json = Value::String(value.to_owned()).to_string();
    let mut forms = vec![value.to_owned(), percent_encode(value), percent_encode(value).replace("%20", "+"), json.trim_matches('"').to_owned()];
    forms.sort();
    forms.dedup();
    forms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci_cases::observed::{Arrived, BrowserReport};
    use serde_json::json;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
        Answer {
            status,
            headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            body: body.as_bytes().to_vec(),
            ..Answer::default()
        }
    }

    const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const HTML: (&str, &str) = ("Content-Type", "text/html; charset=utf-8");
    const QUIET: (&str, &str) = ("Referrer-Policy", "no-referrer");
    const POLICY: (&str, &str) = ("Content-Security-Policy", "frame-ancestors https://erp.example.com; form-action https://erp.example.com");

    fn form_page() -> Answer {
        let html = "<html lang=en><title>Return</title><body>Returning to your purchasing system<form id=oci method=post \
                    action='https://erp.example.com/r' target=_top><input type=hidden name='NEW_ITEM-VENDORMAT[1]' value='TST-1001'>\
                    <button>Go</button></form></body></html>";
        answer(200, &[HTML, QUIET, POLICY], html)
    }

    /// A shopping session that went well, with everything an observer would have written down.
    fn went_well() -> Observed {
        let location = format!("/c/std/{KEY}/");
        let cookie = "__Host-hookline-7=k; Secure; HttpOnly; SameSite=None; Partitioned; Path=/";
        let first = answer(303, &[("Location", &location), ("Set-Cookie", cookie), ("Cache-Control", "no-store")], "");
        let shop =
            answer(200, &[HTML, QUIET, POLICY], "<html lang=nl><title>Shop</title><body>Ballpoint pen TST-1001 in the catalogue</body></html>");
        let session = json!({"number": 7, "user": "inkoop01", "language": "nl", "parameters": {"fname": "André"}, "transfers": 1, "repeats": 2,
                             "test": false, "cancel_url": "https://erp.example.com/no"});
        let visit = Visit {
            name: "A".into(),
            return_url: Some("https://erp.example.com/r".into()),
            trail: vec![("/oci/std?x=1".into(), first), ("/c/std/7/".into(), shop)],
            later: vec![form_page(), form_page()],
            forms: vec![form_page(), form_page()],
            last: Some(form_page()),
            basket_text: Some("TST-1001 12".into()),
            basket_before: Some(vec![("a".into(), "1".into())]),
            basket_after: Some(vec![("a".into(), "1".into())]),
            session: Some(session.clone()),
            ..Visit::default()
        };
        let arrived = Arrived { method: "POST".into(), url: "https://erp.example.com/r".into(), body: b"a=1".to_vec() };
        let browser = BrowserReport { arrived: vec![arrived], opener_kept: Some(true), ..BrowserReport::default() };
        let record = json!({"kind": "return", "reason": "scheme", "notes": ["~OkCode twice"], "user": "inkoop01",
                            "parameters": [["NEW_ITEM-VENDORMAT[1]", "TST-1001"]]});
        Observed {
            visits: vec![visit],
            log: vec![r#"{"fields":{"reason":"userinfo","message":"call-up"}}"#.into()],
            evidence: vec![record],
            evidence_pages: vec!["<html lang=en><body>inkoop01 &lt;b&gt;</body></html>".into()],
            sessions: vec![session],
            outbound: Some(vec![]),
            browser: Some(Ok(browser)),
            virtual_erp: Some(Ok(json!({"result": "fault", "faults": [{"line": 1, "field": "UNIT"}], "fields": []}))),
            ..Observed::default()
        }
    }

    fn differences(seen: &Observed, expect: Value) -> Vec<String> {
        Judge::of(seen).judge(expect.as_object().expect("an object")).differences
    }

    #[test]
    fn every_word_holds_when_right_and_fails_when_wrong() {
        let seen = went_well();
        let pairs = [
            ("outcome", json!("shopping_session"), json!("callup_refused")),
            ("outcome", json!("login_refused_or_return_form"), json!("transfer_refused_or_json")),
            ("status", json!([303]), json!([200, 302])),
            ("final_status", json!([200]), json!([404])),
            ("last_status", json!([303]), json!([429])),
            ("each_status", json!([303]), json!([401])),
            ("never_status", json!([500]), json!([200])),
            ("status_class_not", json!(5), json!("3xx")),
            ("server_errors", json!(0), json!(1)),
            ("headers", json!({"Cache-Control": {"contains": "no-store"}}), json!({"Cache-Control": "public"})),
            ("headers_absent", json!(["X-Frame-Options"]), json!(["Location"])),
            ("redirect", json!(true), json!(false)),
            ("body_empty", json!(true), json!(false)),
            ("body_must_not_contain", json!(["Geheim123"]), json!(["Ballpoint"])),
            ("location_must_not_contain", json!(["Geheim123"]), json!(["/c/std"])),
            ("log_reason", json!(["scheme", "x"]), json!("host_not_allowed")),
            ("log_reason", json!("userinfo"), json!("user")),
            ("log_notes", json!(["~OkCode"]), json!(["transliterat"])),
            ("log_must_not_contain", json!(["Geheim123"]), json!(["inkoop01"])),
            ("session_language", json!("nl"), json!("en")),
            ("signed_in_as", json!("inkoop01"), json!("jan")),
            ("parameters_kept", json!({"fname": "André"}), json!({"fname": "Andre"})),
            ("cancel_url", json!("https://erp.example.com/no"), json!("https://evil.test/")),
            ("session_id_is_new", json!(true), json!(false)),
            ("sessions_differ", json!(true), json!(false)),
            ("session_left_behind", json!(true), json!(false)),
            ("no_outbound_request", json!(true), json!(false)),
            ("nothing_sent_to_return_url", json!(false), json!(true)),
            ("buyer_is_told", json!(["purchasing  system"]), json!(["0.00000125"])),
            ("transfers_recorded", json!(1), json!(2)),
            ("repeats_recorded", json!(2), json!(0)),
            ("all_forms_equal", json!(true), json!(false)),
            ("return_form_present", json!(true), json!(false)),
            ("transfer_control_visible", json!(false), json!(true)),
            ("final_page_contains", json!(["purchasing system"]), json!(["TST-9"])),
            ("return_form", json!({"action": "https://erp.example.com/r"}), json!({"action": "https://evil.test/"})),
            ("returns", json!({"A": {"lines": 1}}), json!({"B": {"lines": 1}})),
            ("page", json!({"readable": true, "login_form": false}), json!({"mentions_any": ["tea"]})),
            ("csp", json!({"frame-ancestors_equals": ["https://erp.example.com"]}), json!({"frame-ancestors_equals": ["*"]})),
            ("cookies", json!({"every_session_cookie": {"has": ["Secure"]}}), json!({"every_session_cookie": {"has": ["Domain"]}})),
            ("basket_unchanged", json!(true), json!(false)),
            ("basket_shown", json!([{"article": "TST-1001"}]), json!(["RES-10K"])),
            ("arrives_at_return_url", json!(true), json!("https://erp.example.com/other")),
            ("opener_kept", json!(true), json!(false)),
            ("session_key_leak", json!({"log": false, "external_links": false, "referrer": false}), json!({"log": true})),
            ("virtual_erp", json!({"result": "fault", "names_line": 1, "names_field": "UNIT"}), json!({"result": "ok"})),
            ("evidence", json!({"shows": ["inkoop01"], "hides": ["Fout999"]}), json!({"hides": ["inkoop01"]})),
            ("evidence", json!({"recorded_fields_equal_form": true}), json!({"raw_html_absent": ["<body>"]})),
            ("any_of", json!([{"status": [1]}, {"status": [303]}]), json!([{"status": [1]}])),
            ("sequence", json!([{"status": [303]}]), json!([{"status": [200]}])),
            ("session", json!("new"), json!("none")),
            ("server_time_ms_max", json!(3000), json!("soon")),
        ];
        for (word, right, wrong) in pairs {
            assert_eq!(differences(&seen, json!({word: right})), Vec::<String>::new(), "{word}");
            assert_eq!(differences(&seen, json!({word: wrong})).len(), 1, "{word} does not notice {wrong}");
        }
    }

    #[test]
    fn every_listed_word_is_judged_and_no_other() {
        let seen = went_well();
        for word in words::TOP {
            let found = differences(&seen, json!({*word: {}}));
            assert!(!found.iter().any(|d| d.ends_with("unknown word")), "{word}: {found:?}");
        }
        assert_eq!(differences(&seen, json!({"colour": "red"})), ["colour: unknown word"]);
    }

    #[test]
    fn faults_of_the_gateway_are_found() {
        let spoil = |change: fn(&mut Observed)| {
            let mut seen = went_well();
            change(&mut seen);
            seen
        };
        let faults: Vec<(Observed, Value)> = vec![
            (spoil(|s| s.log.push(format!("GET /c/std/{KEY}/"))), json!({"session_key_leak": {"log": false}})),
            (spoil(|s| s.visits[0].later[0].headers.retain(|(n, _)| n != "Referrer-Policy")), json!({"session_key_leak": {"referrer": false}})),
            (spoil(|s| s.log.push("PASSWORD=Geheim%31".replace("%31", "123"))), json!({"log_must_not_contain": ["Geheim123"]})),
            (spoil(|s| s.visits[0].forms[1] = answer(200, &[HTML], "<form id=oci action=x></form>")), json!({"all_forms_equal": true})),
            (spoil(|s| s.outbound = Some(vec!["tcp 169.254.169.254:80".into()])), json!({"no_outbound_request": true})),
            (spoil(|s| s.outbound = None), json!({"no_outbound_request": true})),
            (spoil(|s| s.visits[0].session = None), json!({"outcome": "shopping_session"})),
            (spoil(|s| s.visits[0].basket_after = Some(vec![])), json!({"basket_unchanged": true})),
            (spoil(|s| s.evidence.clear()), json!({"evidence": {"shows": []}})),
            (spoil(|s| s.browser = Some(Err("gone".into()))), json!({"arrives_at_return_url": true})),
            (spoil(|s| s.browser = None), json!({"opener_kept": true})),
            (spoil(|s| s.visits[0].trail[1].1.status = 500), json!({"status_class_not": [5]})),
            (
                spoil(|s| s.visits[0].later.push(answer(200, &[HTML], "<a href='https://erp.example.com/r'>x</a>"))),
                json!({"body_must_not_contain_link_to_value": true}),
            ),
        ];
        for (seen, expect) in faults {
            assert_eq!(differences(&seen, expect.clone()).len(), 1, "{expect}");
        }
    }

    #[test]
    fn what_only_a_person_can_judge_is_named() {
        let expect = json!({"never": "a session of another visitor is reused", "evidence": {"offers": ["replay"]}});
        let verdict = Judge::of(&went_well()).judge(expect.as_object().expect("an object"));
        assert_eq!((verdict.differences.len(), verdict.for_a_person.len()), (0, 2));
    }

    #[test]
    fn pages_of_a_download_are_taken_together() {
        let page = |ids: &[&str]| {
            let items: Vec<Value> = ids.iter().map(|i| json!({"NEWITEM": {"EXT_PRODUCT_ID": i}})).collect();
            let body = json!({"TRANSACTIONID": "T", "Items": items}).to_string();
            Visit { trail: vec![("/".into(), answer(200, &[("Content-Type", "application/json")], &body))], ..Visit::default() }
        };
        let catalogue = vec!["A".to_owned(), "B".to_owned(), "C".to_owned()];
        let seen = Observed { visits: vec![page(&["A", "B"]), page(&["C"])], catalogue, ..Observed::default() };
        let right = json!({"union_of_ids": "catalogue at page 1", "duplicates": 0, "json_each": {"TRANSACTIONID_as_text": "T"}});
        assert_eq!(differences(&seen, right), Vec::<String>::new());
        let doubled = Observed { visits: vec![page(&["A", "B"]), page(&["B"])], ..seen };
        assert_eq!(differences(&doubled, json!({"union_of_ids": "catalogue at page 1", "duplicates": 0})).len(), 2);
    }
}
