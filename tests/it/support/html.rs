//! Reads HTML pages the way a browser would submit them: forms, controls, buttons, text, links, scripts.
//! It must never mend a page: what a browser would not send is not a field here.

use std::collections::HashSet;

use scraper::{ElementRef, Html, Selector};

#[derive(Clone, Debug, Default)]
pub struct Page {
    pub source: String,
    pub title: String,
    pub lang: String,
    /// Text a reader sees, with runs of white space as one blank; without scripts, styles and hidden parts.
    pub text: String,
    pub headings: Vec<String>,
    pub forms: Vec<Form>,
    /// Every address on the page: attribute name and value.
    pub links: Vec<(String, String)>,
    pub scripts: Vec<Script>,
    /// Inline event attributes (`onload` …), which no policy with nonces would run.
    pub handlers: Vec<(String, String)>,
    pub meta_refresh: Option<String>,
    /// Markup shown only when scripts are off.
    pub noscript: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Script {
    pub nonce: Option<String>,
    pub src: Option<String>,
    pub text: String,
}

#[derive(Clone, Debug, Default)]
pub struct Form {
    pub attributes: Vec<(String, String)>,
    pub controls: Vec<Control>,
    pub text: String,
    /// Text of the elements around the form, the nearest first.
    pub around: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Control {
    pub tag: String,
    /// `type` in lower case; `submit` for a button without one.
    pub kind: String,
    pub name: Option<String>,
    pub value: String,
    pub text: String,
    pub attributes: Vec<(String, String)>,
    /// Shown and reachable with the keyboard.
    pub visible: bool,
    pub disabled: bool,
    pub checked: bool,
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).expect("a selector written in this file")
}

fn attribute<'a>(list: &'a [(String, String)], name: &str) -> Option<&'a str> {
    list.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
}

fn attributes_of(element: ElementRef) -> Vec<(String, String)> {
    element.value().attrs().map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}

/// Runs of white space become one blank.
pub fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Page {
    pub fn read(source: &str) -> Page {
        let document = Html::parse_document(source);
        let one = |css: &str| document.select(&selector(css)).next();
        Page {
            source: source.to_owned(),
            title: one("title").map(|t| squeeze(&t.text().collect::<String>())).unwrap_or_default(),
            lang: one("html").and_then(|h| h.value().attr("lang")).unwrap_or_default().to_owned(),
            text: one("body").map(shown_text).unwrap_or_default(),
            headings: document.select(&selector("h1, h2")).map(shown_text).collect(),
            forms: forms_of(&document),
            links: links_of(&document),
            scripts: scripts_of(&document),
            handlers: handlers_of(&document),
            meta_refresh: one("meta[http-equiv=refresh i]").and_then(|m| m.value().attr("content")).map(str::to_owned),
            noscript: document.select(&selector("noscript")).map(|n| n.text().collect()).collect(),
        }
    }

    /// The form with this id, or the only form that leads to an address ending so.
    pub fn form_with_id(&self, id: &str) -> Option<&Form> {
        self.forms.iter().find(|f| f.attribute("id") == Some(id))
    }

    pub fn forms_to<'a>(&'a self, ending: &'a str) -> impl Iterator<Item = &'a Form> + 'a {
        self.forms.iter().filter(move |f| f.action_path().ends_with(ending))
    }

    pub fn has_password_field(&self) -> bool {
        self.forms.iter().flat_map(|f| &f.controls).any(|c| c.kind == "password") || self.source.to_ascii_lowercase().contains("type=\"password\"")
    }
}

impl Form {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        attribute(&self.attributes, name)
    }

    pub fn action(&self) -> &str {
        self.attribute("action").unwrap_or("")
    }

    fn action_path(&self) -> &str {
        self.action().split(['?', '#']).next().unwrap_or("")
    }

    pub fn method(&self) -> String {
        match self.attribute("method").map(str::to_ascii_lowercase).as_deref() {
            Some("post") => "post".to_owned(),
            Some("dialog") => "dialog".to_owned(),
            _ => "get".to_owned(),
        }
    }

    /// Name and value pairs a browser sends when the form is submitted without a button, in order.
    pub fn fields(&self) -> Vec<(String, String)> {
        self.controls.iter().filter(|c| c.is_sent()).filter_map(|c| c.name.clone().map(|n| (n, c.value.clone()))).collect()
    }

    /// Buttons that submit the form.
    pub fn buttons(&self) -> impl Iterator<Item = &Control> {
        self.controls.iter().filter(|c| matches!(c.kind.as_str(), "submit" | "image"))
    }

    /// The fields with some of them replaced; a name that the form does not have is an error of the test.
    pub fn filled(&self, values: &[(&str, &str)]) -> Result<Vec<(String, String)>, String> {
        let mut fields = self.fields();
        for (name, value) in values {
            match fields.iter_mut().find(|(n, _)| n == name) {
                Some(field) => field.1 = (*value).to_owned(),
                None => return Err(format!("the form to {} has no field {name}", self.action())),
            }
        }
        Ok(fields)
    }

    pub fn value(&self, name: &str) -> Option<String> {
        self.fields().into_iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }
}

impl Control {
    fn is_sent(&self) -> bool {
        let pressed = matches!(self.kind.as_str(), "submit" | "image" | "button" | "reset");
        let unchecked = matches!(self.kind.as_str(), "checkbox" | "radio") && !self.checked;
        !self.disabled && !pressed && !unchecked && self.name.as_deref().is_some_and(|n| !n.is_empty())
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        attribute(&self.attributes, name)
    }
}

fn is_hidden(element: ElementRef) -> bool {
    let style: String = element.value().attr("style").unwrap_or("").chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    element.value().attr("hidden").is_some()
        || style.contains("display:none")
        || style.contains("visibility:hidden")
        || matches!(element.value().name(), "script" | "style" | "template" | "noscript" | "head")
}

fn is_shown(element: ElementRef) -> bool {
    !is_hidden(element) && !element.ancestors().filter_map(ElementRef::wrap).any(is_hidden)
}

fn shown_text(element: ElementRef) -> String {
    let mut text = String::new();
    for node in element.descendants() {
        let Some(part) = node.value().as_text() else { continue };
        if node.ancestors().filter_map(ElementRef::wrap).all(|a| !is_hidden(a)) {
            text.push_str(part);
            text.push(' ');
        }
    }
    squeeze(&text)
}

fn forms_of(document: &Html) -> Vec<Form> {
    let controls = selector("input, button, select, textarea");
    document
        .select(&selector("form"))
        .map(|form| {
            let id = form.value().attr("id");
            let own: Vec<Control> = document.select(&controls).filter(|c| belongs_to(*c, form, id)).map(read_control).collect();
            Form {
                attributes: attributes_of(form),
                controls: own,
                text: shown_text(form),
                around: form.ancestors().filter_map(ElementRef::wrap).map(shown_text).collect(),
            }
        })
        .collect()
}

/// A control belongs to the form it names, else to the one it stands in.
fn belongs_to(control: ElementRef, form: ElementRef, id: Option<&str>) -> bool {
    match control.value().attr("form") {
        Some(named) => id == Some(named),
        None => control.ancestors().any(|a| a.id() == form.id()),
    }
}

fn read_control(element: ElementRef) -> Control {
    let attributes = attributes_of(element);
    let tag = element.value().name().to_owned();
    let kind = attribute(&attributes, "type").map(str::to_ascii_lowercase);
    let kind = match tag.as_str() {
        "button" => kind.unwrap_or_else(|| "submit".to_owned()),
        "input" => kind.unwrap_or_else(|| "text".to_owned()),
        _ => tag.clone(),
    };
    let text: String = element.text().collect();
    let value = match tag.as_str() {
        "select" => selected(element),
        "textarea" => text.strip_prefix('\n').unwrap_or(&text).to_owned(),
        _ if matches!(kind.as_str(), "checkbox" | "radio") => attribute(&attributes, "value").unwrap_or("on").to_owned(),
        _ => attribute(&attributes, "value").unwrap_or("").to_owned(),
    };
    let disabled = attribute(&attributes, "disabled").is_some();
    let reachable = attribute(&attributes, "tabindex").is_none_or(|t| !t.trim().starts_with('-'));
    Control {
        visible: kind != "hidden" && !disabled && reachable && is_shown(element),
        name: attribute(&attributes, "name").map(str::to_owned),
        checked: attribute(&attributes, "checked").is_some(),
        text: squeeze(&text),
        tag,
        kind,
        value,
        attributes,
        disabled,
    }
}

fn selected(element: ElementRef) -> String {
    let options: Vec<ElementRef> = element.select(&selector("option")).collect();
    let chosen = options.iter().find(|o| o.value().attr("selected").is_some()).or(options.first());
    chosen.map(|o| o.value().attr("value").map_or_else(|| squeeze(&o.text().collect::<String>()), str::to_owned)).unwrap_or_default()
}

fn links_of(document: &Html) -> Vec<(String, String)> {
    const ADDRESSES: [&str; 8] = ["href", "src", "action", "formaction", "srcset", "data", "poster", "content"];
    let mut links = Vec::new();
    for element in document.select(&selector("*")) {
        for (name, value) in element.value().attrs() {
            let is_refresh = name != "content" || element.value().attr("http-equiv").is_some();
            if ADDRESSES.contains(&name) && is_refresh {
                links.push((name.to_owned(), value.to_owned()));
            }
        }
    }
    links
}

fn scripts_of(document: &Html) -> Vec<Script> {
    document
        .select(&selector("script"))
        .map(|s| Script {
            nonce: s.value().attr("nonce").map(str::to_owned),
            src: s.value().attr("src").map(str::to_owned),
            text: s.text().collect(),
        })
        .collect()
}

fn handlers_of(document: &Html) -> Vec<(String, String)> {
    document
        .select(&selector("*"))
        .flat_map(|e| e.value().attrs().map(|(n, v)| (n.to_owned(), v.to_owned())).collect::<Vec<_>>())
        .filter(|(n, _)| n.starts_with("on"))
        .collect()
}

pub fn distinct_names(fields: &[(String, String)]) -> HashSet<&str> {
    fields.iter().map(|(n, _)| n.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r##"<!doctype html><html lang="nl"><head><title> A  b </title></head><body onload="x()">
        <p hidden>geheim</p><p>Zichtbaar &amp; goed</p><script nonce="n1">document.getElementById('oci').submit()</script>
        <form id="oci" method="POST" action="https://erp.example.com/?a=1&amp;b=2" target="_top">
          <input type="hidden" name="NEW_ITEM-DESCRIPTION[1]" value="K&auml;se &quot;x&quot;  y">
          <input type="checkbox" name="c1"><input type="checkbox" name="c2" checked>
          <input name="off" value="1" disabled>
          <select name="s"><option value="1">een<option value="2" selected>twee</select>
          <textarea name="t">
a
b</textarea><button>Terug</button></form>
        <input type="hidden" name="late" value="7" form="oci">
        <noscript><button form="oci">Go</button></noscript></body></html>"##;

    #[test]
    fn a_form_is_read_as_a_browser_would_send_it() {
        let page = Page::read(PAGE);
        let form = page.form_with_id("oci").expect("the form");
        assert_eq!(form.action(), "https://erp.example.com/?a=1&b=2");
        assert_eq!(form.method(), "post");
        let pairs: Vec<_> = form.fields();
        let expected = [("NEW_ITEM-DESCRIPTION[1]", "Käse \"x\"  y"), ("c2", "on"), ("s", "2"), ("t", "a\nb"), ("late", "7")];
        let expected: Vec<_> = expected.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
        assert_eq!(pairs, expected);
        assert_eq!(form.buttons().filter(|b| b.visible).count(), 1);
    }

    #[test]
    fn what_nobody_sees_is_not_text() {
        let page = Page::read(PAGE);
        assert!(page.text.contains("Zichtbaar & goed"), "{}", page.text);
        assert!(!page.text.contains("geheim") && !page.text.contains("getElementById"), "{}", page.text);
        assert_eq!((page.lang.as_str(), page.title.as_str()), ("nl", "A b"));
        assert_eq!(page.handlers, [("onload".to_owned(), "x()".to_owned())]);
        assert!(page.noscript[0].contains("<button"));
        assert_eq!(page.scripts[0].nonce.as_deref(), Some("n1"));
    }

    #[test]
    fn hidden_ways_of_a_button_are_noticed() {
        for button in [
            "<button hidden>x</button>",
            "<div style='display: none'><button>x</button></div>",
            "<button tabindex='-1'>x</button>",
            "<button disabled>x</button>",
            "<button type=button>x</button>",
        ] {
            let page = Page::read(&format!("<form id=oci>{button}</form>"));
            assert_eq!(page.forms[0].buttons().filter(|b| b.visible).count(), 0, "{button}");
        }
    }
}
