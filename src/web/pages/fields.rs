//! A field of a form as a page shows it: label, hint, what stands in it or may be chosen, and what is wrong with it. `parts::field` writes it.
//! Never knows what a value means.

use crate::wire::settings_form::Sort;

/// The fields of a form as they were sent; a name may come several times.
pub type Pairs = Vec<(String, String)>;

/// What was sent under a name.
pub fn value<'f>(fields: &'f [(String, String)], name: &str) -> &'f str {
    fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.trim()).unwrap_or_default()
}

pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

#[derive(Default)]
pub struct FieldShown {
    pub name: String,
    pub label: String,
    pub hint: String,
    pub kind: &'static str,
    pub value: String,
    pub choices: Vec<Choice>,
    pub problem: String,
}

pub fn kind(sort: Sort) -> &'static str {
    match sort {
        Sort::Preset | Sort::Flag | Sort::Choice(_) => "select",
        Sort::Text => "text",
        Sort::Number => "number",
        Sort::Several(_) => "boxes",
        Sort::Lines | Sort::Pairs | Sort::Mapping => "area",
    }
}

/// Words that may be chosen and how they look, some of them chosen.
pub fn choices(words: impl IntoIterator<Item = (String, String)>, is_chosen: impl Fn(&str) -> bool) -> Vec<Choice> {
    words.into_iter().map(|(value, label)| Choice { chosen: is_chosen(&value), value, label }).collect()
}
