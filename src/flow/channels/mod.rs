//! The ways an order takes to its supplier: what is owed when it is placed or changed, and which channel's turn it is. A channel that cannot carry
//! what an order holds is passed over, and where none can, a person is asked; nothing is dropped in silence (reference cxml-and-peppol-ordering,
//! sections 29 and 36). Nothing is sent here.

pub mod answering;
pub mod charging;
pub mod model;
pub mod setting;
pub mod unanswered;
pub mod waiting;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::sealing::Sealer;
use crate::domain::channel::{Form, Need, turn, usable};
use crate::domain::name::Secret;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::store::json::{parse, write};
use crate::store::order::Stored;
use crate::store::organisation::Organisation;
use crate::store::outbox::Message;
use crate::wire::channels::{ChannelText, of_settings};
use crate::wire::cxml::kept::{Kind, Order};

/// Kind of the messages of the outbox that carry orders; their recipient is the supplier.
pub const MESSAGE: &str = "order";

/// A channel as people see it: what it has no way for, and whether it has a secret instead of the secret.
pub struct Shown {
    pub channel: ChannelText,
    pub lacks: Vec<Need>,
    pub has_secret: bool,
}

impl Shown {
    pub fn of(channel: ChannelText) -> Shown {
        let every = Need::ALL.into_iter().collect();
        let lacks = channel.channel().map(|known| known.lost(&every)).unwrap_or_default();
        let has_secret = !channel.sealed.is_empty();
        Shown { channel: ChannelText { sealed: String::new(), ..channel }, lacks, has_secret }
    }

    /// Whether it should have a secret and has none.
    pub fn is_open(&self) -> bool {
        self.channel.form() == Some(Form::Cxml) && !self.has_secret
    }
}

/// The channels of a supplier, in their order.
pub fn of_supplier(supplier: &Organisation) -> Result<Vec<ChannelText>> {
    Ok(of_settings(&parse(&supplier.settings)?))
}

#[derive(Serialize)]
struct Owed<'o> {
    template: &'o str,
    kind: Kind,
    version: i64,
    order: &'o RawValue,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'o str,
    model: Order,
}

/// What is owed of an order to a supplier that has channels: the order as it is now, and why something of it was called off, which every format says
/// as its first remark.
pub fn owed(stored: &Stored, order: &RawValue, supplier: &Organisation, (template, reason): (&str, &str), now: Timestamp) -> Message {
    let mut model = model::of(stored);
    if !reason.is_empty() {
        model.comments.insert(0, reason.to_string());
    }
    let kind = match template {
        "order" => Kind::New,
        _ if model.lines.is_empty() => Kind::Delete,
        _ => Kind::Update,
    };
    let payload = write(&Owed { template, kind, version: stored.version, order, reason, model });
    super::ordering::text_message(&stored.tenant, MESSAGE, &stored.order.id, &supplier.id, payload, now)
}

/// An order on its way, as its message says it.
pub struct Carried {
    /// The id of its message.
    pub message: String,
    pub template: String,
    pub kind: Kind,
    pub version: u64,
    pub order: Value,
    /// Why something was called off; empty where nobody said, and where nothing was.
    pub reason: String,
    pub model: Order,
}

impl Carried {
    pub fn read(message: &Message) -> Result<Carried> {
        let payload = parse(&message.payload)?;
        let of = |key: &str| payload.get(key).cloned().unwrap_or_default();
        Ok(Carried {
            message: message.id.clone(),
            template: crate::store::json::str_of(&payload, "template").to_string(),
            kind: serde_json::from_value(of("kind")).map_err(Error::internal)?,
            version: of("version").as_u64().unwrap_or(1),
            order: of("order"),
            reason: crate::store::json::str_of(&payload, "reason").to_string(),
            model: serde_json::from_value(of("model")).map_err(Error::internal)?,
        })
    }
}

/// Whose turn it is to carry an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// This one, for the so-manieth time; and the attempt with which the next has its turn, where there is one.
    By { at: usize, again: u32, next: Option<i64> },
    /// Each of them would lose something; this is what the first would.
    Lost(Vec<Need>),
    /// The supplier has no channel.
    None,
}

/// The way of an attempt, of which the first is 1.
pub fn way(channels: &[ChannelText], needs: &BTreeSet<Need>, attempt: i64) -> Way {
    let known: Vec<_> = channels.iter().filter_map(ChannelText::channel).collect();
    let Some(first) = known.first() else { return Way::None };
    let places = usable(&known, needs);
    let tries: Vec<u32> = places.iter().filter_map(|at| channels.get(*at)).map(ChannelText::tries).collect();
    let Some((place, again)) = turn(u32::try_from(attempt).unwrap_or(u32::MAX), &tries) else { return Way::Lost(first.lost(needs)) };
    let before: u32 = tries.iter().take(place + 1).sum();
    let next = (place + 1 < tries.len()).then_some(i64::from(before));
    Way::By { at: places.get(place).copied().unwrap_or_default(), again, next }
}

/// Whether a new order has its supplier the moment it is placed: it stands at the desk, or a machine takes it. A mail is lost without a trace, and what no
/// channel carries waits for a person (section 29).
pub fn is_at_once(supplier: &Organisation, order: &Order) -> Result<bool> {
    let all = of_supplier(supplier)?;
    let needs = model::needs(&model::for_suppliers(order.clone()), Kind::New);
    Ok(match way(&all, &needs, 1) {
        Way::By { at, .. } => all.get(at).is_some_and(|channel| channel.form() != Some(Form::Mail)),
        Way::Lost(_) => false,
        Way::None => true,
    })
}

/// What a secret of a channel is sealed for: it opens for no other supplier, and for no other address.
fn purpose(supplier: &str, channel: &ChannelText) -> String {
    format!("supplier/{supplier}/channel/{}/{}", channel.form, channel.to)
}

/// A channel as it is kept: its secret sealed.
pub fn sealed(sealer: &Sealer, supplier: &str, channel: &ChannelText, before: &[ChannelText]) -> Result<ChannelText> {
    let known = before.iter().find(|known| known.form == channel.form && known.to == channel.to).map(|known| known.sealed.clone());
    let sealed = sealer.keep(&channel.secret, &channel.sealed, known, &purpose(supplier, channel))?;
    Ok(ChannelText { secret: String::new(), sealed, ..channel.clone() })
}

/// The secret of a channel; nothing where it has none.
pub fn secret(sealer: &Sealer, supplier: &str, channel: &ChannelText) -> Result<Option<Secret>> {
    if channel.sealed.is_empty() {
        return Ok(None);
    }
    sealer.open(&channel.sealed, &purpose(supplier, channel)).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(form: &str, tries: u32, cannot: &[&str]) -> ChannelText {
        let cannot = cannot.iter().map(|word| (*word).to_string()).collect();
        ChannelText { form: form.into(), to: format!("https://{form}.example"), tries: Some(tries), cannot, ..ChannelText::default() }
    }

    #[test]
    fn a_channel_that_gives_up_hands_over_to_the_next_that_can() {
        let channels = [channel("cxml", 2, &["change"]), channel("csv", 3, &[]), channel("mail", 4, &[])];
        let of = |attempt: i64, needs: &[Need]| way(&channels, &needs.iter().copied().collect(), attempt);
        assert_eq!(of(1, &[]), Way::By { at: 0, again: 1, next: Some(2) });
        assert_eq!(of(2, &[]), Way::By { at: 0, again: 2, next: Some(2) });
        assert_eq!(of(3, &[]), Way::By { at: 1, again: 1, next: Some(5) });
        assert_eq!(of(6, &[]), Way::By { at: 2, again: 1, next: None });
        assert_eq!(of(1, &[Need::Change]), Way::By { at: 1, again: 1, next: Some(3) });
        assert_eq!(of(1, &[Need::Attachments]), Way::By { at: 2, again: 1, next: None });
        assert_eq!(way(&channels[..2], &[Need::Attachments].into(), 1), Way::Lost(vec![Need::Attachments]));
        assert_eq!(way(&[], &BTreeSet::new(), 1), Way::None);
    }

    #[test]
    fn a_secret_stays_with_its_address() {
        let folder = tempfile::tempdir().expect("a folder");
        let sealer = Sealer::new(None, folder.path());
        let given = ChannelText { secret: "s3cret".into(), ..channel("cxml", 1, &[]) };
        let kept = sealed(&sealer, "shop", &given, &[]).expect("sealed");
        assert_eq!((kept.secret.as_str(), kept.sealed.is_empty()), ("", false));
        assert_eq!(secret(&sealer, "shop", &kept).expect("open").expect("one").expose(), "s3cret");
        let again = sealed(&sealer, "shop", &given, std::slice::from_ref(&kept)).expect("sealed");
        assert_eq!(again, kept);
        let silent = ChannelText { secret: String::new(), ..given.clone() };
        assert_eq!(sealed(&sealer, "shop", &silent, std::slice::from_ref(&kept)).expect("sealed"), kept);
        // What came sealed is as good as what is there, for its own address.
        assert_eq!(sealed(&sealer, "shop", &kept, &[]).expect("sealed"), kept);
        let strayed = ChannelText { to: "https://elsewhere.example".into(), ..kept.clone() };
        assert_eq!(sealed(&sealer, "shop", &strayed, &[]).expect("sealed").sealed, "");
        let moved = ChannelText { to: "https://elsewhere.example".into(), ..silent };
        assert_eq!(sealed(&sealer, "shop", &moved, std::slice::from_ref(&kept)).expect("sealed").sealed, "");
        assert!(secret(&sealer, "shop", &ChannelText { to: "https://elsewhere.example".into(), ..kept.clone() }).is_err());
        assert!(secret(&sealer, "other", &kept).is_err());
    }
}
