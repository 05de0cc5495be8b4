//! What the budgets of a basket still allow, beside the basket: before it, after it, and which ceiling would fail by how much.
//! Shown only; what counts is said when the order comes.

use super::super::answer;
use super::Visit;
use crate::domain::books::ceiling::Level;
use crate::domain::books::foresight::Answer;
use crate::domain::money::Money;
use crate::flow::foreseeing::{self, Foresight, Placed};
use crate::flow::portal;
use crate::text::Texts;

/// One budget, or one ceiling above it.
pub struct PlaceShown {
    pub name: String,
    pub code: String,
    /// `good`, `warn` or `bad`.
    pub kind: &'static str,
    /// What is left after the basket, of what was left before; where it does not fit, what is left now.
    pub left: String,
    /// By how much it is short; empty where it fits.
    pub short: String,
    /// Of what is left, the percentage the basket takes: 0 to 100, for the bar.
    pub percent: i64,
}

#[derive(Default)]
pub struct ForesightShown {
    /// What the order would be answered, when that is not plainly yes.
    pub answer: Option<(&'static str, String)>,
    pub places: Vec<PlaceShown>,
}

/// Nothing where the connection shows no budgets, no line names one, or the books do not answer: the basket is there all the same.
pub async fn of(visit: &Visit) -> ForesightShown {
    if !visit.connection().budgets_shown {
        return ForesightShown::default();
    }
    let work = async {
        let grants = portal::grants(&visit.app, visit.session()).await?;
        foreseeing::basket(&visit.app, &visit.session().tenant, &visit.catalogue, &visit.held.basket, grants).await
    };
    match work.await {
        Ok(foresight) => foresight.map(|foresight| shown(visit.t(), &foresight)).unwrap_or_default(),
        Err(error) => {
            tracing::warn!(%error, session.id = visit.session().number, "a basket is shown without its budgets");
            ForesightShown::default()
        }
    }
}

fn shown(t: Texts, foresight: &Foresight) -> ForesightShown {
    let answer = match &foresight.answer {
        _ if !foresight.unknown.is_empty() => Some(("bad", t.with("foreseen-unknown", "codes", foresight.unknown.join(", ")))),
        Answer::Refused(refusal) => Some(("bad", format!("{} {}", t.get("foreseen-refused"), answer::refused(refusal, t)))),
        Answer::NeedsApproval => Some(("warn", t.get("foreseen-approval"))),
        Answer::Warned => Some(("warn", t.get("foreseen-warned"))),
        Answer::Fits => None,
    };
    ForesightShown { answer, places: foresight.places.iter().map(|place| place_shown(t, foresight, place)).collect() }
}

fn place_shown(t: Texts, foresight: &Foresight, place: &Placed) -> PlaceShown {
    let money = |minor: i64| t.money(&Money::new(minor, foresight.currency));
    let (seen, is_short) = (&place.foreseen, place.foreseen.short > 0);
    let stops = matches!(seen.level, Some(Level::Stop)) && !place.is_advisory;
    let percent = i128::from(seen.takes).saturating_mul(100).checked_div(i128::from(seen.before.max(0))).unwrap_or(100).clamp(0, 100);
    PlaceShown {
        name: place.name.clone(),
        code: seen.at.to_string(),
        kind: match (is_short, stops) {
            (false, _) => "good",
            (true, true) => "bad",
            (true, false) => "warn",
        },
        left: match is_short {
            true => t.with("foreseen-before", "before", money(seen.before)),
            false => t.with_all("foreseen-left", &[("after", money(seen.after())), ("before", money(seen.before))]),
        },
        short: if is_short { t.with("foreseen-short", "amount", money(seen.short)) } else { String::new() },
        percent: i64::try_from(percent).unwrap_or(100),
    }
}
