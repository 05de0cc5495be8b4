//! `PunchOutSetupRequest` (section 9): who wants into the catalogue, for what, and where the cart goes. The return address is kept as it is
//! and judged elsewhere; the cookie is opaque and comes back unchanged.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::numbers::decimal;
use super::order::{extrinsic, extrinsics};
use super::tree::Element;
use super::{Fault, Status, write};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Create,
    Edit,
    Inspect,
}

impl Operation {
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Create => "create",
            Operation::Edit => "edit",
            Operation::Inspect => "inspect",
        }
    }

    pub fn parse(text: &str) -> Option<Operation> {
        [Operation::Create, Operation::Edit, Operation::Inspect].into_iter().find(|operation| operation.as_str() == text)
    }
}

/// A line of an earlier cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub part: String,
    pub aux: String,
    pub quantity: Decimal,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    pub operation: Operation,
    /// The inside of `BuyerCookie`, as [`write::inside`] gives it.
    pub cookie: String,
    pub return_url: String,
    /// What identifies the user, and what they are called.
    pub user: Option<String>,
    pub user_name: String,
    pub extrinsics: BTreeMap<String, String>,
    pub selected: Option<String>,
    pub items: Vec<Item>,
}

const COOKIE_MAX: usize = 8192;
const ITEMS_MAX: usize = 1000;

pub fn read(request: &Element, warnings: &mut Vec<String>) -> Result<Setup, Fault> {
    let operation = match request.attribute("operation") {
        None => return Err(Fault::missing("PunchOutSetupRequest/@operation")),
        Some("source") => return Err(Fault::new(Status::NotImplemented, "the operation source is not supported")),
        Some(text) => Operation::parse(text).ok_or_else(|| Fault::form("PunchOutSetupRequest/@operation is none of create, edit, inspect"))?,
    };
    let cookie = request.child("BuyerCookie").filter(|cookie| cookie.text().is_some() || cookie.elements().next().is_some());
    let cookie = write::inside(cookie.ok_or_else(|| Fault::missing("BuyerCookie"))?);
    if cookie.len() > COOKIE_MAX {
        return Err(Fault::form(format_args!("BuyerCookie is longer than {COOKIE_MAX} bytes")));
    }
    let return_url = request.text_at(&["BrowserFormPost", "URL"]).ok_or_else(|| Fault::missing("BrowserFormPost/URL"))?;
    let extrinsics = extrinsics(request, warnings);
    let items: Vec<Item> = request.all("ItemOut").take(ITEMS_MAX).map(item).collect::<Result<_, _>>()?;
    Ok(Setup {
        operation,
        cookie,
        return_url,
        user: user(request, &extrinsics),
        user_name: user_name(request, &extrinsics),
        selected: request.text_at(&["SelectedItem", "ItemID", "SupplierPartID"]),
        extrinsics,
        items,
    })
}

fn item(item: &Element) -> Result<Item, Fault> {
    let quantity = item.attribute("quantity").and_then(decimal).filter(|quantity| *quantity > Decimal::ZERO);
    Ok(Item {
        part: item.text_at(&["ItemID", "SupplierPartID"]).ok_or_else(|| Fault::missing("ItemOut/ItemID/SupplierPartID"))?,
        aux: item.text_at(&["ItemID", "SupplierPartAuxiliaryID"]).unwrap_or_default(),
        quantity: quantity.ok_or_else(|| Fault::content("ItemOut/@quantity is no number above zero"))?,
    })
}

/// The first of what may identify a user, in the order of section 9.
fn user(request: &Element, all: &BTreeMap<String, String>) -> Option<String> {
    let named = |name: &str| extrinsic(all, name).map(str::to_string);
    let end_user = || request.all("Contact").filter(|contact| contact.attribute("role").is_some_and(|role| role.eq_ignore_ascii_case("endUser")));
    named("UserEmail")
        .or_else(|| named("Email"))
        .or_else(|| named("UniqueName").filter(|name| name.contains('@')))
        .or_else(|| named("requester-email"))
        .or_else(|| end_user().find_map(|contact| contact.text_of("Email")))
        .or_else(|| request.all("Contact").find_map(|contact| contact.text_of("Email")))
        .or_else(|| request.text_at(&["ShipTo", "Address", "Email"]))
        .or_else(|| ["UniqueName", "UniqueUsername", "UserId", "User", "requester-login"].into_iter().find_map(named))
        .or_else(|| request.all("Contact").find_map(|contact| contact.text_of("Name")))
        .map(|user| user.chars().filter(|c| !c.is_control()).take(200).collect())
}

fn user_name(request: &Element, all: &BTreeMap<String, String>) -> String {
    let named = |name: &str| extrinsic(all, name).map(str::to_string);
    let both = || {
        let parts: Vec<String> = ["FirstName", "LastName"].into_iter().filter_map(named).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    named("UserFullName")
        .or_else(|| named("UserPrintableName"))
        .or_else(both)
        .or_else(|| request.all("Contact").find_map(|contact| contact.text_of("Name")))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::cxml::tree;

    fn setup(inner: &str) -> Result<Setup, Fault> {
        let text = format!("<PunchOutSetupRequest operation='create'>{inner}</PunchOutSetupRequest>");
        read(&tree::read(text.as_bytes(), None).expect("a document of this test").root, &mut Vec::new())
    }

    const NEEDED: &str =
        "<BuyerCookie> 7<x a='1'/> </BuyerCookie><BrowserFormPost><URL> https://erp.example/OA.jsp?a=b&amp;c=d#x </URL></BrowserFormPost>";

    #[test]
    fn the_cookie_comes_back_and_the_address_stays_whole() {
        let setup = setup(NEEDED).expect("a setup");
        assert_eq!(setup.cookie, " 7<x a=\"1\"/> ");
        assert_eq!(setup.return_url, "https://erp.example/OA.jsp?a=b&c=d#x");
    }

    /// Section 9, "User".
    #[test]
    fn a_user_is_found_in_this_order() {
        for (inner, user) in [
            ("<Extrinsic name='Email'>b@x</Extrinsic><Extrinsic name='User_Email'>a@x</Extrinsic>", Some("a@x")),
            ("<Extrinsic name='UniqueName'>c</Extrinsic><Contact><Email>d@x</Email></Contact>", Some("d@x")),
            ("<Contact role='x'><Email>e@x</Email></Contact><Contact role='endUser'><Email>f@x</Email></Contact>", Some("f@x")),
            ("<Extrinsic name='User'>OPERATIONS</Extrinsic>", Some("OPERATIONS")),
            ("<Extrinsic name='UserEmail'></Extrinsic>", None),
        ] {
            assert_eq!(setup(&format!("{NEEDED}{inner}")).expect("a setup").user.as_deref(), user, "{inner}");
        }
    }

    #[test]
    fn what_is_needed_is_asked_for() {
        for (inner, mentioned) in [
            (NEEDED.replace(" 7<x a='1'/> ", "  "), "BuyerCookie"),
            (NEEDED.replace(" https://erp.example/OA.jsp?a=b&amp;c=d#x ", ""), "BrowserFormPost"),
        ] {
            let fault = setup(&inner).expect_err(mentioned);
            assert!(fault.status == Status::NotAcceptable && fault.text.contains(mentioned), "{fault}");
        }
    }
}
