//! Addresses and people of a document. Empty parts are absent; a country comes from its code, wherever that stands (section 11).

use serde::{Deserialize, Serialize};

use super::tree::Element;

/// Where goods or invoices go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deliver_to: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub street: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub city: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub state: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub postcode: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mail: String,
}

/// The address inside `ShipTo` or `BillTo`.
pub fn read(holder: &Element) -> Option<Place> {
    let address = holder.child("Address")?;
    let postal = address.child("PostalAddress");
    let each = |name: &str| -> Vec<String> { postal.into_iter().flat_map(|postal| postal.all(name)).filter_map(Element::text).collect() };
    let one = |name: &str| postal.and_then(|postal| postal.text_of(name)).unwrap_or_default();
    let country = postal.and_then(|postal| postal.child("Country"));
    let two_letters = |text: String| (text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic())).then(|| text.to_ascii_uppercase());
    let country = country
        .and_then(|country| country.attribute("isoCountryCode"))
        .or_else(|| address.attribute("isoCountryCode"))
        .map(str::to_ascii_uppercase)
        .or_else(|| country.and_then(Element::text).and_then(two_letters));
    Some(Place {
        id: address.attribute("addressID").map(str::to_string),
        name: address.text_of("Name").unwrap_or_default(),
        deliver_to: each("DeliverTo"),
        street: each("Street"),
        city: one("City"),
        state: one("State"),
        postcode: one("PostalCode"),
        country,
        mail: address.text_of("Email").unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::cxml::tree;

    #[test]
    fn empty_parts_are_absent_and_a_country_is_found() {
        let read = |text: &str| read(&tree::read(text.as_bytes(), None).expect("a document").root);
        let place = read(
            "<ShipTo><Address isoCountryCode='' addressID='7'><Name>Garage</Name><PostalAddress><DeliverTo>O'Brien</DeliverTo><DeliverTo/>\
             <Street>1</Street><Street/><State></State><Country isoCountryCode='us'>United States</Country></PostalAddress><Email name=''></Email></Address></ShipTo>",
        );
        let place = place.expect("an address");
        assert_eq!((place.id.as_deref(), place.country.as_deref()), (Some("7"), Some("US")));
        assert_eq!((place.deliver_to.len(), place.street.len(), place.state.as_str()), (1, 1, ""));
        let by_text = read("<ShipTo><Address><PostalAddress><Country>de</Country></PostalAddress></Address></ShipTo>").expect("an address");
        assert_eq!(by_text.country.as_deref(), Some("DE"));
        assert_eq!(read("<ShipTo/>"), None);
    }
}
