//! Plays one case against a gateway of its own and writes down what was seen. It must never judge.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::cases::{Call, Case, Folder};
use super::fixtures;
use super::observed::{Observed, ReturnForm, Visit};
use super::outbound::Watch;
use super::steps::{self, Action, Step};
use super::words::mentions;
use crate::support::gateway::Gateway;
use crate::support::html::{Form, Page};
use crate::support::http::{Answer, Client, Jar, Request, percent_encode};
use crate::support::shop::{Shop, basket_lines};

/// Words that only a real browser can answer.
pub const BROWSER_ONLY: &[&str] = &["arrives_at_return_url", "opener_kept", "browser_submits_to_prefix"];

/// Functions that a program calls: it keeps no cookies and follows no redirects.
const SERVER_CALLED: &[&str] = &["validate", "background_search", "downloadjson", "quantitycheck"];

pub async fn play(gateway: &Gateway, folder: &Folder, case: &Case) -> Result<Observed, String> {
    let mut player = Player::new(gateway, folder, case)?;
    player.seen.sessions_before = player.sessions().await.map_or(0, |s| s.len());
    player.walk().await?;
    player.look_around().await;
    let mut seen = player.seen;
    seen.visits = player.visits.into_iter().map(|v| v.visit).collect();
    Ok(seen)
}

/// A visit that goes on.
struct Going {
    visit: Visit,
    shop: Option<Shop>,
    /// Visitors with the same label share cookies.
    label: String,
    /// The transfer form of the page that is open.
    open: Option<Form>,
}

struct Player<'a> {
    gateway: &'a Gateway,
    folder: &'a Folder,
    case: &'a Case,
    steps: Vec<Step>,
    settings: Map<String, Value>,
    jars: HashMap<String, Option<Jar>>,
    sources: Vec<String>,
    visits: Vec<Going>,
    played: Vec<bool>,
    seen: Observed,
}

impl<'a> Player<'a> {
    fn new(gateway: &'a Gateway, folder: &'a Folder, case: &'a Case) -> Result<Self, String> {
        let names: Vec<String> = case.calls.iter().map(|c| c.name.clone()).collect();
        let steps = case.given.steps.iter().map(|s| steps::read(s, &names)).collect::<Result<_, _>>()?;
        let settings = fixtures::connections(&folder.fixtures).remove(&case.connection);
        let settings = settings.ok_or_else(|| format!("the fixtures have no connection {}", case.connection))?;
        let seen = Observed {
            connection: settings.clone(),
            lines: case.given.lines.clone(),
            catalogue: fixtures::catalogue_of(&folder.fixtures, &case.connection),
            ..Observed::default()
        };
        let played = vec![false; case.calls.len()];
        Ok(Player { gateway, folder, case, steps, settings, seen, played, jars: HashMap::new(), sources: Vec::new(), visits: Vec::new() })
    }

    // --- the order of things ----------------------------------------------------------------------------------------

    async fn walk(&mut self) -> Result<(), String> {
        let has = |wanted: fn(&Action) -> bool, steps: &[Step]| steps.iter().any(|s| wanted(&s.action));
        let by_step = has(|a| matches!(a, Action::Pages { .. } | Action::CallUp), &self.steps);
        let adds = has(|a| matches!(a, Action::Add { .. } | Action::AddLines), &self.steps);
        let ends = has(|a| matches!(a, Action::Transfer | Action::TransferAgain { .. } | Action::Cancel), &self.steps);
        let watch = mentions(&self.case.expect, "no_outbound_request").then(Watch::start);
        if by_step && matches!(self.steps.first().map(|s| &s.action), Some(Action::CallUp)) && self.case.calls.len() > 1 {
            // "second call-up in tab B" comes after the first, which opens the case.
            self.call(0).await?;
        }
        if !by_step || self.case.calls.len() == 1 {
            self.call_the_rest().await?;
        }
        if !adds {
            self.fill_all().await?;
        }
        for step in self.steps.clone() {
            self.act(&step).await.map_err(|e| format!("{step:?}: {e}"))?;
        }
        self.call_the_rest().await?;
        if !ends && self.wants_transfer() {
            for at in 0..self.visits.len() {
                self.transfer(at).await?;
            }
        }
        self.seen.outbound = watch.map(Watch::seen);
        Ok(())
    }

    fn outcome(&self) -> &str {
        self.case.expect.get("outcome").and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether the basket goes back although no step says so.
    fn wants_transfer(&self) -> bool {
        let expect = &self.case.expect;
        let any = |words: &[&str]| words.iter().any(|w| mentions(expect, w));
        let by_outcome = ["return_form", "transfer_refused"].iter().any(|o| self.outcome().contains(o));
        if by_outcome || any(&["return_form", "returns"]) {
            return true;
        }
        let looks_only = any(&["transfer_control_visible", "basket_shown", "basket_unchanged"]);
        let has_lines = !self.case.given.lines.is_empty() && self.case.given.virtual_erp.is_none();
        let by_word = any(&["transfers_recorded", "all_forms_equal", "arrives_at_return_url"]);
        self.steps.is_empty() && !looks_only && (has_lines || by_word)
    }

    async fn call_the_rest(&mut self) -> Result<(), String> {
        for at in 0..self.case.calls.len() {
            if !self.played[at] {
                self.call(at).await?;
            }
        }
        Ok(())
    }

    /// Puts the lines of the case into every basket; without lines, one TST-1001 when a form is expected.
    async fn fill_all(&mut self) -> Result<(), String> {
        for at in 0..self.visits.len() {
            if !self.case.given.lines.is_empty() && self.case.given.virtual_erp.is_none() {
                self.add_lines(at).await?;
            } else if self.case.given.lines.is_empty() && mentions(&self.case.expect, "return_form") && self.visits[at].shop.is_some() {
                self.add(at, "TST-1001", "1", &[]).await?;
            }
        }
        Ok(())
    }

    // --- call-ups ---------------------------------------------------------------------------------------------------

    fn source_of(&mut self, call: &Call) -> Option<Ipv4Addr> {
        let named = call.from.as_ref()?;
        let at = self.sources.iter().position(|s| s == named).unwrap_or_else(|| {
            self.sources.push(named.clone());
            self.sources.len() - 1
        });
        // 127.0.0.20 and up, one for each client of the case.
        Some(Ipv4Addr::new(127, 0, 0, 20 + u8::try_from(at).unwrap_or(200)))
    }

    fn label_of(&self, at: usize) -> String {
        match self.case.calls[at].browser.as_deref() {
            Some("same") => self.visits.last().map_or_else(|| "call 0".to_owned(), |v| v.label.clone()),
            Some("other" | "new" | "different") | None => format!("call {at}"),
            Some(name) => name.to_owned(),
        }
    }

    fn takes_cookies(&self, call: &Call) -> bool {
        let refused = self.case.given.browser.get("cookies").is_some_and(|c| c == "none" || c == "off" || *c == json!(false));
        let function = call.meaning.iter().find(|(n, _)| n.eq_ignore_ascii_case("FUNCTION"));
        let by_program = function.is_some_and(|(_, v)| SERVER_CALLED.contains(&v.to_ascii_lowercase().as_str()));
        !refused && !by_program
    }

    async fn call(&mut self, at: usize) -> Result<(), String> {
        let call = self.case.calls[at].clone();
        self.played[at] = true;
        let label = self.label_of(at);
        let takes = self.takes_cookies(&call);
        let mut client = Client::new(self.gateway.address);
        client.from = self.source_of(&call);
        client.jar = self.jars.entry(label.clone()).or_insert_with(|| takes.then(Jar::default)).clone();
        let connection = call.connection.as_deref().unwrap_or(&self.case.connection);
        let question = if call.query.is_empty() { "" } else { "?" };
        let target = format!("/oci/{connection}{question}{}", call.query);
        let mut request = Request::new(&call.method, &target).body(&call.body);
        request.headers = call.headers.clone();
        let first = client.send(request).await?;
        let trail = client.follow(&target, first).await?;
        self.jars.insert(label.clone(), client.jar.clone());
        let visit = Visit {
            name: call.name.clone(),
            return_url: self.return_url(&call),
            sent_headers: call.headers,
            trail: trail.clone(),
            ..Visit::default()
        };
        let landed = trail.last().map_or(0, |(_, a)| a.status);
        let shop = if landed == 200 { Shop::from_trail(client, &trail) } else { None };
        self.visits.push(Going { visit, shop, label, open: None });
        Ok(())
    }

    fn return_url(&self, call: &Call) -> Option<String> {
        let mut names = vec!["hook_url".to_owned(), "hookurl".to_owned(), "mm_hook_url".to_owned()];
        let own = self.settings.get("parameter_names").and_then(|p| p["return_url"].as_array().cloned());
        names.extend(own.into_iter().flatten().filter_map(|n| n.as_str().map(str::to_lowercase)));
        let pair = call.meaning.iter().find(|(n, _)| names.contains(&n.trim_start_matches('~').to_lowercase()));
        pair.map(|(_, v)| v.clone())
    }

    // --- steps ------------------------------------------------------------------------------------------------------

    fn place(&self, who: Option<&str>) -> Result<usize, String> {
        match who {
            None => (!self.visits.is_empty()).then_some(0).ok_or_else(|| "nobody has called up yet".to_owned()),
            Some(name) => self.visits.iter().position(|v| v.visit.name == name).ok_or_else(|| format!("{name} has not called up yet")),
        }
    }

    async fn act(&mut self, step: &Step) -> Result<(), String> {
        match &step.action {
            Action::Pages { first, last } => {
                for at in *first..=*last {
                    let at = at.checked_sub(1).filter(|a| *a < self.played.len()).ok_or("no such request")?;
                    if !self.played[at] {
                        self.call(at).await?;
                    }
                }
                return Ok(());
            }
            Action::CallUp => {
                let by_name = step.who.as_ref().and_then(|w| self.case.calls.iter().position(|c| c.name == *w));
                let next = by_name.or_else(|| self.played.iter().position(|p| !p));
                return match next {
                    Some(at) if !self.played[at] => self.call(at).await,
                    // The call-up that opened the case, or the same once more.
                    Some(_) => Ok(()),
                    None if self.case.calls.len() == 1 && self.visits.len() == 1 => self.call(0).await,
                    None => Ok(()),
                };
            }
            Action::AdministratorAdds { sorts_first } => return self.administrator_adds(*sorts_first).await,
            Action::AdministratorReprices { article, price } => return self.administrator_reprices(article, price).await,
            Action::AdministratorRemoves { article } => return self.administrator("DELETE", article, None).await,
            Action::AdministratorReplays => {
                self.seen.replay = Some(self.replay().await);
                return Ok(());
            }
            _ => {}
        }
        let at = match self.place(step.who.as_deref()) {
            Ok(at) => at,
            Err(_) => {
                // A visitor who acts has called up before.
                let call = step.who.as_ref().and_then(|w| self.case.calls.iter().position(|c| c.name == *w)).unwrap_or(0);
                self.call(call).await?;
                self.visits.len() - 1
            }
        };
        self.act_in_shop(at, &step.action).await
    }

    async fn act_in_shop(&mut self, at: usize, action: &Action) -> Result<(), String> {
        match action {
            Action::AddLines => self.add_lines(at).await,
            Action::Add { article, quantity } => self.add(at, article, quantity, &[]).await,
            Action::Remove { article } => {
                let article = self.line_named(article);
                self.in_shop(at, async |shop| shop.remove(&article).await).await
            }
            Action::ChangeQuantity { article, quantity } => self.change(at, article, &[("quantity", quantity)]).await,
            Action::Reload | Action::Shop => self.in_shop(at, async |shop| shop.page("").await).await,
            Action::Basket | Action::Back => self.in_shop(at, async |shop| shop.page("basket").await).await,
            Action::OpenArticle(article) => {
                let below = format!("article/{}", percent_encode(article));
                self.in_shop(at, async |shop| shop.page(&below).await).await
            }
            Action::Search(text) => self.in_shop(at, async |shop| shop.search(text).await).await,
            Action::Wait { minutes } => self.wait(at, *minutes).await,
            Action::Idle => {
                let idle = self.settings.get("idle_minutes").and_then(Value::as_u64).unwrap_or(60);
                self.wait(at, idle + 1).await
            }
            Action::Transfer => self.transfer(at).await,
            Action::TransferAgain { after_reload } => self.transfer_again(at, *after_reload).await,
            Action::Cancel => self.cancel(at).await,
            Action::CrossSite { ending } => self.cross_site(at, ending).await,
            other => Err(format!("{other:?} is not done in a shop")),
        }
    }

    /// Does something in a visitor's shop, with the cookies of the visitor's browser.
    async fn in_shop(&mut self, at: usize, doing: impl AsyncFnOnce(&mut Shop) -> Result<Answer, String>) -> Result<(), String> {
        let answer = self.ask_shop(at, async |shop| doing(shop).await.map(Some)).await?;
        self.visits[at].visit.last = answer;
        Ok(())
    }

    async fn ask_shop<T>(&mut self, at: usize, doing: impl AsyncFnOnce(&mut Shop) -> Result<T, String>) -> Result<T, String> {
        let going = &mut self.visits[at];
        let status = going.visit.landed().status;
        let shop = going.shop.as_mut().ok_or_else(|| format!("there is no shop to act in: the call-up ended on {status}"))?;
        shop.client.jar = self.jars.get(&going.label).cloned().flatten();
        let before = shop.seen.len();
        let result = doing(shop).await;
        if self.jars.get(&going.label).is_some_and(Option::is_some) {
            self.jars.insert(going.label.clone(), shop.client.jar.clone());
        }
        going.visit.later.extend(shop.seen[before..].iter().cloned());
        result
    }

    async fn add_lines(&mut self, at: usize) -> Result<(), String> {
        for line in self.case.given.lines.clone() {
            let value = |key: &str| line.get(key).and_then(Value::as_str).map(str::to_owned);
            let article = value("article").ok_or("a line without an article")?;
            let quantity = line.get("quantity").map_or("1".to_owned(), |q| q.as_str().map_or_else(|| q.to_string(), str::to_owned));
            let coding: Vec<(String, String)> =
                line.keys().filter(|k| !["article", "quantity"].contains(&k.as_str())).filter_map(|k| value(k).map(|v| (k.clone(), v))).collect();
            self.add(at, &article, &quantity, &coding).await?;
        }
        Ok(())
    }

    async fn add(&mut self, at: usize, article: &str, quantity: &str, coding: &[(String, String)]) -> Result<(), String> {
        let refused = self.visits[at].visit.add_refused.len();
        self.in_shop(at, async |shop| shop.add(article, quantity).await).await?;
        self.note_refusal(at);
        if coding.is_empty() || self.visits[at].visit.add_refused.len() > refused {
            return Ok(());
        }
        let values: Vec<(&str, &str)> = coding.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        self.change(at, article, &values).await
    }

    async fn change(&mut self, at: usize, article: &str, values: &[(&str, &str)]) -> Result<(), String> {
        let article = self.line_named(article);
        self.in_shop(at, async |shop| shop.change(&article, values).await).await?;
        self.note_refusal(at);
        Ok(())
    }

    fn note_refusal(&mut self, at: usize) {
        let visit = &mut self.visits[at].visit;
        if let Some(answer) = visit.last.as_ref().filter(|a| a.status >= 400) {
            visit.add_refused.push(answer.clone());
        }
    }

    /// "2" or "line 2" means the second line of the case.
    fn line_named(&self, named: &str) -> String {
        let number = named.trim_start_matches("line ").parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        let known = fixtures::article_numbers(&self.folder.fixtures).iter().any(|n| n == named);
        let line = number.filter(|_| !known).and_then(|n| self.case.given.lines.get(n));
        line.and_then(|l| l["article"].as_str()).unwrap_or(named).to_owned()
    }

    async fn wait(&mut self, at: usize, minutes: u64) -> Result<(), String> {
        // What the buyer has in front of him when he comes back: the basket page with its buttons.
        let open = self.ask_shop(at, async |shop| {
            let page = shop.basket_page().await?;
            Ok(page.forms_to("transfer").next().cloned())
        });
        self.visits[at].open = open.await.ok().flatten();
        self.gateway.advance(Duration::from_secs(minutes * 60));
        Ok(())
    }

    async fn transfer(&mut self, at: usize) -> Result<(), String> {
        if self.visits[at].shop.is_none() {
            return Ok(());
        }
        let form = match self.visits[at].open.take() {
            Some(form) => Some(form),
            None => self.ask_shop(at, async |shop| Ok(shop.basket_page().await?.forms_to("transfer").next().cloned())).await?,
        };
        let Some(form) = form else {
            let visit = &mut self.visits[at].visit;
            visit.transfer_not_offered = true;
            visit.last = visit.later.last().cloned();
            return Ok(());
        };
        self.press_transfer(at, form).await
    }

    async fn press_transfer(&mut self, at: usize, form: Form) -> Result<(), String> {
        let fields = form.fields();
        self.in_shop(at, async |shop| shop.submit("basket", &form, &fields).await).await?;
        self.visits[at].open = Some(form);
        self.note_transfer(at);
        Ok(())
    }

    fn note_transfer(&mut self, at: usize) {
        let visit = &mut self.visits[at].visit;
        let Some(answer) = visit.last.clone() else { return };
        match ReturnForm::read(&answer) {
            Some(_) => visit.forms.push(answer),
            None => visit.transfer_refused = Some(answer),
        }
    }

    async fn transfer_again(&mut self, at: usize, after_reload: bool) -> Result<(), String> {
        let kept = self.visits[at].open.take();
        let form = if after_reload {
            self.ask_shop(at, async |shop| Ok(shop.basket_page().await?.forms_to("transfer").next().cloned())).await?
        } else {
            kept
        };
        match form {
            Some(form) => self.press_transfer(at, form).await,
            None => {
                self.in_shop(at, async |shop| shop.page("transfer").await).await?;
                self.note_transfer(at);
                Ok(())
            }
        }
    }

    async fn cancel(&mut self, at: usize) -> Result<(), String> {
        let answer = self.ask_shop(at, async |shop| shop.cancel().await).await?;
        let visit = &mut self.visits[at].visit;
        visit.last = answer.clone().or_else(|| visit.later.last().cloned());
        if let Some(form) = answer.as_ref().filter(|a| ReturnForm::read(a).is_some()) {
            visit.forms.push(form.clone());
        }
        visit.cancelled = answer;
        Ok(())
    }

    async fn basket(&mut self, at: usize) -> Result<Vec<(String, String)>, String> {
        let page = self.ask_shop(at, async |shop| shop.basket_page().await).await?;
        Ok(basket_lines(&page).into_iter().map(|l| (l.text, l.quantity)).collect())
    }

    async fn cross_site(&mut self, at: usize, ending: &str) -> Result<(), String> {
        self.visits[at].visit.basket_before = Some(self.basket(at).await?);
        let pairs = [("article", "RES-10K"), ("quantity", "7")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        let answer = self.ask_shop(at, async |shop| {
            let request = Request::form(format!("{}{ending}", shop.base), &pairs)
                .header("Origin", "https://evil.test")
                .header("Referer", "https://evil.test/page")
                .header("Sec-Fetch-Site", "cross-site");
            shop.client.send(request).await
        });
        let answer = answer.await?;
        self.visits[at].visit.cross_site = Some(answer.clone());
        self.visits[at].visit.later.push(answer.clone());
        self.visits[at].visit.basket_after = Some(self.basket(at).await?);
        self.visits[at].visit.last = Some(answer);
        Ok(())
    }

    // --- the administrator ------------------------------------------------------------------------------------------

    fn catalogue(&self) -> String {
        self.settings.get("catalogue").and_then(Value::as_str).unwrap_or("main").to_owned()
    }

    async fn administrator(&mut self, method: &str, number: &str, body: Option<&Value>) -> Result<(), String> {
        let mut api = self.gateway.operator().await?;
        let target = format!("/api/v1/catalogues/{}/articles/{}", self.catalogue(), percent_encode(number));
        let answer = api.call(method, &target, body).await?;
        if answer.status < 300 { Ok(()) } else { Err(format!("{method} {target}: {} {}", answer.status, answer.text())) }
    }

    async fn administrator_adds(&mut self, sorts_first: bool) -> Result<(), String> {
        let number = if sorts_first { "000-FIRST" } else { "ZZZ-NEW" };
        let article = json!({
            "description": "Added while a download was under way", "unit": "PCE", "price": "1.00",
            "price_quantity": 1, "currency": "EUR", "lead_days": 1
        });
        self.administrator("PUT", number, Some(&article)).await
    }

    async fn administrator_reprices(&mut self, number: &str, price: &str) -> Result<(), String> {
        let articles = self.folder.fixtures["articles"].as_array().cloned().unwrap_or_default();
        let mut article = articles.into_iter().find(|a| a["no"] == number).ok_or_else(|| format!("no article {number}"))?;
        let map = article.as_object_mut().ok_or("an article is not an object")?;
        map.retain(|key, value| key != "no" && key != "note" && !value.is_null());
        map.insert("price".to_owned(), json!(price));
        self.administrator("PUT", number, Some(&article)).await
    }

    async fn replay(&mut self) -> Result<Value, String> {
        let mut api = self.gateway.operator().await?;
        let target = format!("/api/v1/connections/{}/evidence", self.case.connection);
        let items = api.items(&format!("{target}?limit=50")).await?;
        let kinds = ["call_up", "function"];
        let item = items.iter().find(|i| kinds.iter().any(|k| i["kind"] == *k)).ok_or("no call-up in the evidence")?;
        let id = item["id"].as_str().map_or_else(|| item["id"].to_string(), str::to_owned);
        let answer = api.call("POST", &format!("{target}/{id}/replay"), Some(&json!({}))).await?;
        match (answer.status, answer.json()) {
            (200..=299, Some(value)) => Ok(value),
            (status, _) => Err(format!("replay: {status} {}", answer.text())),
        }
    }

    async fn virtual_erp(&self, erp: &Map<String, Value>) -> Result<Value, String> {
        let mut api = self.gateway.operator().await?;
        let connection = erp.get("connection").and_then(Value::as_str).unwrap_or(&self.case.connection);
        let profile = erp.get("profile").cloned().unwrap_or(Value::Null);
        let body = json!({"profile": profile, "lines": self.case.given.lines});
        let target = format!("/api/v1/connections/{connection}/virtual-erp");
        let answer = api.call("POST", &target, Some(&body)).await?;
        match (answer.status, answer.json()) {
            (200..=299, Some(value)) => Ok(value),
            (status, _) => Err(format!("virtual ERP: {status} {}", answer.text())),
        }
    }

    // --- looking around at the end ----------------------------------------------------------------------------------

    fn connections_used(&self) -> Vec<String> {
        let mut used = vec![self.case.connection.clone()];
        used.extend(self.case.calls.iter().filter_map(|c| c.connection.clone()));
        used.sort();
        used.dedup();
        used
    }

    async fn sessions(&self) -> Result<Vec<Value>, String> {
        let mut api = self.gateway.operator().await?;
        let mut all = Vec::new();
        for connection in self.connections_used() {
            all.extend(api.items(&format!("/api/v1/connections/{connection}/sessions?limit=50")).await?);
        }
        Ok(all)
    }

    async fn look_around(&mut self) {
        let wants = |word: &str| mentions(&self.case.expect, word);
        let basket = ["basket_shown", "basket_unchanged", "transfer_control_visible"].iter().any(|w| wants(w));
        for at in 0..self.visits.len() {
            if basket && self.visits[at].shop.is_some() {
                let page = self.ask_shop(at, async |shop| shop.basket_page().await).await;
                self.visits[at].visit.basket_text = page.as_ref().ok().map(|p: &Page| p.text.clone());
            }
        }
        if let Some(erp) = self.case.given.virtual_erp.clone() {
            self.seen.virtual_erp = Some(self.virtual_erp(&erp).await);
        }
        match self.sessions().await {
            Ok(sessions) => self.seen.sessions = sessions,
            Err(trouble) => self.seen.evidence_trouble = Some(trouble),
        }
        self.claim_sessions();
        if let Err(trouble) = self.read_evidence().await {
            self.seen.evidence_trouble = Some(trouble);
        }
        let mut client = Client::without_cookies(self.gateway.address);
        self.seen.metrics = client.get("/metrics").await.map(|a| a.text()).unwrap_or_default();
        self.seen.log = self.gateway.log();
    }

    /// Gives each visit its row of the list: by the number in its address, else by its return URL.
    fn claim_sessions(&mut self) {
        let mut free = self.seen.sessions.clone();
        for going in &mut self.visits {
            if !going.visit.opened_session() {
                continue;
            }
            let reference = going.visit.reference().unwrap_or_default();
            let is_own = |s: &Value| s["number"].as_str().map_or_else(|| s["number"].to_string(), str::to_owned) == reference;
            let by_url = |s: &Value| going.visit.return_url.as_deref().is_some_and(|u| s["return_url"] == u);
            let place = free.iter().position(is_own).or_else(|| free.iter().position(by_url));
            let place = place.or_else(|| (!free.is_empty()).then_some(0));
            going.visit.session = place.map(|p| free.remove(p));
        }
    }

    async fn read_evidence(&mut self) -> Result<(), String> {
        let mut api = self.gateway.operator().await?;
        for connection in self.connections_used() {
            let target = format!("/api/v1/connections/{connection}/evidence");
            for item in api.items(&format!("{target}?limit=50")).await? {
                let id = item["id"].as_str().map_or_else(|| item["id"].to_string(), str::to_owned);
                let whole = api.get(&format!("{target}/{id}")).await?;
                self.seen.evidence.push(merged(item, whole));
                if mentions(&self.case.expect, "evidence") && self.seen.evidence_pages.len() < 10 {
                    let mut pages = self.gateway.operator_pages().await?;
                    let page = pages.get(&format!("/connections/{connection}/evidence/{id}")).await?;
                    if page.status != 200 {
                        return Err(format!("the evidence page of {id}: {}", page.status));
                    }
                    self.seen.evidence_pages.push(page.text());
                }
            }
        }
        Ok(())
    }
}

/// The row of the list with everything that the record adds.
fn merged(item: Value, whole: Value) -> Value {
    match (item, whole) {
        (Value::Object(mut item), Value::Object(whole)) => {
            item.extend(whole);
            Value::Object(item)
        }
        (item, _) => item,
    }
}
