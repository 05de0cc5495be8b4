//! Walks the shop pages the way a buyer does: finds the form on the page, fills it, sends it.
//! It must never post to an address that no page offered, unless a test asks for exactly that.

use super::html::{Form, Page};
use super::http::{Answer, Client, Request, percent_encode, resolve};

/// A shopping session: where its pages are, and the visitor who has it open.
#[derive(Clone, Debug)]
pub struct Shop {
    pub client: Client,
    /// `/c/{connection}/{key or number}/`
    pub base: String,
    /// Every page seen so far, in order.
    pub seen: Vec<Answer>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasketLine {
    pub number: String,
    pub quantity: String,
    /// Text of the row the line stands in.
    pub text: String,
}

impl Shop {
    /// The session that a call-up led to; `None` when the trail does not end on a shop page.
    pub fn from_trail(client: Client, trail: &[(String, Answer)]) -> Option<Shop> {
        let base = trail.iter().rev().find_map(|(target, _)| base_of(target))?;
        let seen = trail.iter().map(|(_, a)| a.clone()).collect();
        Some(Shop { client, base, seen })
    }

    /// Last part of the address: the public number, or the key when no cookie came back.
    pub fn reference(&self) -> &str {
        self.base.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
    }

    async fn keep(&mut self, target: &str, request: Request) -> Result<Answer, String> {
        let first = self.client.send(request).await?;
        let trail = self.client.follow(target, first).await?;
        self.seen.extend(trail.iter().map(|(_, a)| a.clone()));
        Ok(trail.into_iter().next_back().map(|(_, a)| a).expect("a trail is never empty"))
    }

    /// A page below the session's address, redirects followed.
    pub async fn page(&mut self, below: &str) -> Result<Answer, String> {
        let target = format!("{}{below}", self.base);
        self.keep(&target, Request::get(&target)).await
    }

    /// Sends a form found on a page below `at`; redirects are followed.
    pub async fn submit(&mut self, at: &str, form: &Form, fields: &[(String, String)]) -> Result<Answer, String> {
        let page = format!("{}{at}", self.base);
        let target = resolve(&page, form.action());
        if form.method() == "get" {
            let target = format!("{}?{}", target.split('?').next().unwrap_or(&target), super::http::form_encode(fields));
            return self.keep(&target, Request::get(&target)).await;
        }
        self.keep(&target, Request::form(&target, fields).header("Origin", &self.origin())).await
    }

    fn origin(&self) -> String {
        format!("http://{}", self.client.address)
    }

    /// Puts an article into the basket from its own page. A refusal is an answer, not an error.
    pub async fn add(&mut self, article: &str, quantity: &str) -> Result<Answer, String> {
        let below = format!("article/{}", percent_encode(article));
        let answer = self.page(&below).await?;
        let page = Page::read(&answer.text());
        let form = page
            .forms_to("basket/add")
            .find(|f| f.value("article").is_none_or(|a| a == article))
            .ok_or_else(|| format!("the page of {article} ({}) has no form to put it in the basket", answer.status))?;
        let fields = with(form, &[("article", article), ("quantity", quantity)]);
        self.submit(&below, form, &fields).await
    }

    pub async fn basket_page(&mut self) -> Result<Page, String> {
        let answer = self.page("basket").await?;
        Ok(Page::read(&answer.text()))
    }

    pub async fn basket(&mut self) -> Result<Vec<BasketLine>, String> {
        Ok(basket_lines(&self.basket_page().await?))
    }

    /// Changes the line that an article stands on: quantity and coding fields by their names.
    pub async fn change(&mut self, article: &str, values: &[(&str, &str)]) -> Result<Answer, String> {
        let page = self.basket_page().await?;
        let form = line_form(&page, article, false).ok_or_else(|| format!("no line of {article} in the basket"))?;
        let fields = form.filled(values)?;
        self.submit("basket", form, &fields).await
    }

    pub async fn remove(&mut self, article: &str) -> Result<Answer, String> {
        let page = self.basket_page().await?;
        let form = line_form(&page, article, true).ok_or_else(|| format!("no way to remove {article}"))?;
        self.submit("basket", form, &form.fields()).await
    }

    /// Presses "transfer" on the basket page; `None` when it is not offered.
    pub async fn transfer(&mut self) -> Result<Option<Answer>, String> {
        self.press("transfer").await
    }

    /// Presses "cancel" on the basket page without following where it leads.
    pub async fn cancel(&mut self) -> Result<Option<Answer>, String> {
        self.press("cancel").await
    }

    async fn press(&mut self, ending: &str) -> Result<Option<Answer>, String> {
        let page = self.basket_page().await?;
        let Some(form) = page.forms_to(ending).next() else { return Ok(None) };
        let form = form.clone();
        self.submit("basket", &form, &form.fields()).await.map(Some)
    }

    pub async fn search(&mut self, text: &str) -> Result<Answer, String> {
        self.page(&format!("?q={}", percent_encode(text))).await
    }
}

/// `/c/{connection}/{ref}/` at the start of a target.
pub fn base_of(target: &str) -> Option<String> {
    let path = target.split(['?', '#']).next()?;
    let mut parts = path.strip_prefix("/c/")?.splitn(3, '/');
    let (connection, reference) = (parts.next()?, parts.next()?);
    parts.next()?;
    (!connection.is_empty() && !reference.is_empty()).then(|| format!("/c/{connection}/{reference}/"))
}

/// The form's fields with values set, added where the form leaves them to a button or a script.
fn with(form: &Form, values: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut fields = form.fields();
    for (name, value) in values {
        match fields.iter_mut().find(|(n, _)| n == name) {
            Some(field) => field.1 = (*value).to_owned(),
            None => fields.push(((*name).to_owned(), (*value).to_owned())),
        }
    }
    fields
}

fn line_number(form: &Form) -> Option<(&str, bool)> {
    let path = form.action().split(['?', '#']).next()?;
    let (_, rest) = path.rsplit_once("basket/line/")?;
    match rest.strip_suffix("/remove") {
        Some(number) => Some((number, true)),
        None => Some((rest, false)),
    }
}

/// The form of the line on which an article stands: the one whose surroundings name it soonest.
fn line_form<'a>(page: &'a Page, article: &str, remove: bool) -> Option<&'a Form> {
    let wanted = super::html::squeeze(article);
    page.forms
        .iter()
        .filter(|f| line_number(f).is_some_and(|(_, r)| r == remove))
        .filter_map(|f| distance(f, &wanted).map(|d| (d, f)))
        .min_by_key(|(d, _)| *d)
        .map(|(_, f)| f)
}

fn distance(form: &Form, wanted: &str) -> Option<usize> {
    if form.text.contains(wanted) {
        return Some(0);
    }
    form.around.iter().position(|text| text.contains(wanted)).map(|at| at + 1)
}

pub fn basket_lines(page: &Page) -> Vec<BasketLine> {
    let mut lines: Vec<BasketLine> = Vec::new();
    for form in &page.forms {
        let Some((number, false)) = line_number(form) else { continue };
        let row = form.around.iter().find(|t| t.len() > form.text.len()).cloned().unwrap_or_default();
        lines.push(BasketLine {
            number: number.to_owned(),
            quantity: form.value("quantity").unwrap_or_default(),
            text: format!("{} {row}", form.text),
        });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_is_found_in_a_target() {
        assert_eq!(base_of("/c/std/42/article/x?y=1").as_deref(), Some("/c/std/42/"));
        assert_eq!(base_of("/c/std/42/").as_deref(), Some("/c/std/42/"));
        assert_eq!(base_of("/c/std/42"), None);
        assert_eq!(base_of("/oci/std?x=/c/std/42/"), None);
    }

    #[test]
    fn the_line_of_an_article_is_the_nearest_one() {
        let row = |n: u8, a: &str| {
            format!(
                "<tr><td>{a}</td><td><form method=post action=basket/line/{n}><input name=quantity value={n}></form>\
                 <form method=post action=basket/line/{n}/remove><button>x</button></form></td></tr>"
            )
        };
        let page = Page::read(&format!("<table>{}{}</table>", row(1, "TST-1001"), row(2, "SRV-1")));
        let form = line_form(&page, "SRV-1", true).expect("a form");
        assert_eq!(line_number(form), Some(("2", true)));
        assert_eq!(basket_lines(&page).len(), 2);
        assert!(line_form(&page, "RES-10K", false).is_none());
    }
}
