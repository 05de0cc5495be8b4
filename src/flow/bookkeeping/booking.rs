//! What a caller wants booked, what the books say to it, and what is written with it. Never reads or writes anything itself.

use serde_json::Value;

use crate::domain::books::Books;
use crate::domain::books::command::{Command, Names};
use crate::domain::books::entry::{Entry, Refusal};
use crate::domain::rights::Asker;
use crate::domain::time::Timestamp;
use crate::error::Result;
use crate::flow::proving;
use crate::store::attachment::Attachment;
use crate::store::booked::Holding;
use crate::store::evidence::Evidence;
use crate::store::held::Held;
use crate::store::inbox::Received;
use crate::store::invoice::Invoice;
use crate::store::invoice_file::InvoiceFile;
use crate::store::job::NewJob;
use crate::store::order::Stored;
use crate::store::outbox::Message;
use crate::store::shipment::Shipment;
use crate::store::supplier_invoice::SupplierInvoice;
use crate::wire::ledger;

/// An id that the answer is kept under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub id: String,
    /// Whether a refusal is kept too; an order's number is free again when the order was refused (design, section 13).
    pub keeps_refusals: bool,
}

/// What one caller wants booked, with everything that must stand or fall with it.
pub struct Booking {
    pub actor: String,
    /// On whose behalf it is: whatever command the plan gives is checked against what they may.
    pub asker: Asker,
    pub keys: Vec<Key>,
    /// Of the content, so that the same key with other content is told apart.
    pub fingerprint: String,
    /// What of the books must be at hand.
    pub names: Names,
    /// Ids of the orders, as buyer and supplier speak of them, to be loaded.
    pub orders: Vec<String>,
    /// The series a number is drawn from; without a gap, for what is refused uses none.
    pub series: Option<String>,
    /// Decided and not written.
    pub preview: bool,
    /// The document it came with: kept with its answer, whatever that is.
    pub received: Option<Received>,
    pub plan: PlanFn,
}

/// What a plan is made from.
pub struct Seen<'a> {
    pub books: &'a Books,
    /// In the order in which the booking names them.
    pub orders: Vec<&'a Stored>,
    pub number: Option<i64>,
    pub now: Timestamp,
}

/// What is asked of the books, and what the journal says of it besides.
pub struct Plan {
    /// Without a command only the journal is written.
    pub command: Option<Command>,
    pub kind: &'static str,
    pub subject: String,
    pub cause: String,
    pub body: Value,
    pub write: WriteFn,
}

pub type PlanFn = Box<dyn Fn(&Seen<'_>) -> Result<Plan> + Send + Sync>;
pub type WriteFn = Box<dyn Fn(&Decided<'_>) -> Result<Written> + Send>;

/// What the books said.
pub struct Decided<'a> {
    /// The books before it.
    pub books: &'a Books,
    pub at: Timestamp,
    pub outcome: &'a std::result::Result<Entry, Refusal>,
    /// Of a refusal for lack of money: the orders that hold most of it.
    pub holders: &'a [Holding],
}

/// What is written beside the entry, and the answer.
#[derive(Clone, Debug, Default)]
pub struct Written {
    pub orders: Vec<Stored>,
    /// What left the house.
    pub shipments: Vec<Shipment>,
    pub invoice: Option<Invoice>,
    /// Files that the invoice took along.
    pub files: Vec<InvoiceFile>,
    /// What may not be invoiced yet.
    pub held: Vec<Held>,
    /// An invoice that a supplier sent.
    pub supplier_invoice: Option<SupplierInvoice>,
    /// Ids of orders whose invoices are held no longer.
    pub released: Vec<String>,
    pub messages: Vec<Message>,
    /// Work that is due because of it.
    pub jobs: Vec<NewJob>,
    /// Files that came with it.
    pub attachments: Vec<Attachment>,
    /// What is kept of the document that it came in, as received and as answered.
    pub evidence: Option<Box<Evidence>>,
    pub answer: Answer,
}

/// A status as HTTP has them, and a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub status: i64,
    pub body: String,
}

/// What became of a booking.
#[derive(Clone, Debug)]
pub enum Done {
    Decided {
        outcome: Box<std::result::Result<Entry, Refusal>>,
        answer: Answer,
    },
    /// The first answer under the key of this place.
    Repeated {
        key: usize,
        answer: Answer,
    },
    /// The key of this place was used for other content.
    OtherContent {
        key: usize,
    },
}

impl Booking {
    /// A command alone, whose answer is kept under a key where there is one; of the installation itself, which asks nobody.
    pub fn of(actor: &str, command: Command, key: Option<String>) -> Booking {
        let fingerprint = proving::sha256(&format!("{command:?}"));
        let names = command.names();
        let plan = move |_: &Seen<'_>| Ok(Plan::of(command.clone(), String::new()));
        Booking {
            actor: actor.to_string(),
            asker: Asker::SetUp,
            keys: key.into_iter().map(|id| Key { id, keeps_refusals: true }).collect(),
            fingerprint,
            names,
            orders: Vec::new(),
            series: None,
            preview: false,
            received: None,
            plan: Box::new(plan),
        }
    }
}

impl Booking {
    /// A look at the books as they are when it is this one's turn. Nothing is written.
    pub fn looking(look: impl Fn(&Seen<'_>) + Send + Sync + 'static) -> Booking {
        let plan = move |seen: &Seen<'_>| {
            look(seen);
            let (subject, cause, write): (_, _, WriteFn) = (String::new(), String::new(), Box::new(|_: &Decided<'_>| Ok(Written::default())));
            Ok(Plan { command: None, kind: "look", subject, cause, body: Value::Null, write })
        };
        Booking {
            actor: String::new(),
            asker: Asker::SetUp,
            keys: Vec::new(),
            fingerprint: String::new(),
            names: Names::default(),
            orders: Vec::new(),
            series: None,
            preview: true,
            received: None,
            plan: Box::new(plan),
        }
    }
}

impl Plan {
    /// A command with nothing beside it.
    pub fn of(command: Command, cause: String) -> Plan {
        let write = |decided: &Decided<'_>| {
            let answer = match decided.outcome {
                Ok(entry) => Answer { status: 200, body: ledger::write_entry(&Entry { facts: Vec::new(), legs: Vec::new(), ..entry.clone() }) },
                Err(refusal) => Answer { status: 409, body: refusal.to_string() },
            };
            Ok(Written { answer, ..Written::default() })
        };
        Plan { kind: command.kind(), subject: command.subject(), cause, body: Value::Null, command: Some(command), write: Box::new(write) }
    }
}
