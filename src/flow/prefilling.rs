//! The coding a session opens with: what the call-up brings wins, then the person's, then the branch's, then the buyer's own (reference oci,
//! section 2.2). Only a proposal: the buyer sees and changes it in the basket. Reads only.

use std::sync::Arc;

use super::connecting::Live;
use crate::app::App;
use crate::domain::callup::CallUp;
use crate::domain::coding::{Coding, Kind};
use crate::error::Result;
use crate::store;
use crate::store::default_coding::{self, Scope};

/// Names of parameters by which a call-up says who is at work, when its own user is one for all (reference oci, 2.2).
const PERSON_NAMES: [&str; 2] = ["email", "userid"];

/// The coding for this call-up.
pub async fn coding(app: &App, live: &Live, call_up: &CallUp) -> Result<Coding> {
    let mut coding = sent_along(call_up);
    let people: Vec<String> = PERSON_NAMES.iter().filter_map(|name| parameter(call_up, name)).map(|who| who.trim().to_lowercase()).collect();
    if people.is_empty() && !live.has_defaults {
        return Ok(coding);
    }
    let tenant = &live.connection.tenant;
    for who in &people {
        fill(app, tenant, Scope::User, who, &mut coding).await?;
        let mut tx = app.store.read().await?;
        let known = store::person::by_sign_in(&mut tx, who).await?.filter(|person| person.tenant == *tenant && person.active);
        if let Some(branch) = known.and_then(|person| person.branch).filter(|_| coding.get(Kind::Branch).is_empty()) {
            coding.set(Kind::Branch, &branch);
        }
    }
    fill(app, tenant, Scope::User, &call_up.user.to_lowercase(), &mut coding).await?;
    let everybody = default(app, tenant, Scope::Buyer, "").await?;
    let branch = [&coding, &*everybody].map(|coding| coding.get(Kind::Branch)).into_iter().find(|branch| !branch.is_empty());
    if let Some(branch) = branch.map(str::to_string) {
        fill(app, tenant, Scope::Branch, &branch, &mut coding).await?;
    }
    Ok(coding.over(&everybody))
}

/// What stands already wins.
async fn fill(app: &App, tenant: &str, scope: Scope, who: &str, coding: &mut Coding) -> Result<()> {
    if !who.is_empty() {
        *coding = coding.over(&*default(app, tenant, scope, who).await?);
    }
    Ok(())
}

/// What the buyer wants filled in; nothing when nothing was said.
async fn default(app: &App, tenant: &str, scope: Scope, who: &str) -> Result<Arc<Coding>> {
    let name = format!("{tenant} {} {who}", scope.as_str());
    if let Some(found) = app.default_codings.fresh(&name) {
        return Ok(found);
    }
    let mut tx = app.store.read().await?;
    let found = default_coding::of(&mut tx, tenant, scope, who).await?.map(|found| found.coding).unwrap_or_default();
    Ok(app.default_codings.put(&name, 0, found))
}

fn parameter<'c>(call_up: &'c CallUp, name: &str) -> Option<&'c str> {
    let sent = call_up.parameters.iter().find(|(known, value)| known.eq_ignore_ascii_case(name) && !value.trim().is_empty());
    sent.map(|(_, value)| value.as_str())
}

/// Coding the purchasing system sent along, by the names of 2.2.
fn sent_along(call_up: &CallUp) -> Coding {
    let names: &[(&str, Kind)] = &[
        ("costcenter", Kind::CostCentre),
        ("cost_centre", Kind::CostCentre),
        ("account_code", Kind::GlAccount),
        ("gl_account", Kind::GlAccount),
        ("nzi_code", Kind::NziCode),
        ("po_code", Kind::PoCode),
        ("projectcode", Kind::Project),
        ("project", Kind::Project),
        ("worklocation", Kind::Branch),
        ("branch", Kind::Branch),
        ("department", Kind::Department),
        ("budget_code", Kind::BudgetCode),
    ];
    let mut coding = Coding::default();
    for (name, kind) in names {
        let sent = call_up.parameters.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        if let Some((_, value)) = sent.filter(|(_, value)| value.chars().count() <= kind.chars_max()) {
            coding.set(*kind, value);
        }
    }
    coding
}
