//! The shell: one file per step of the trade. Loads, asks the pure core, saves, commits; the only place that opens a writing transaction.
//! No SQL and no HTTP here.

pub mod administering;
pub mod answering;
pub mod applying;
pub mod asking;
pub mod bookkeeper;
pub mod bookkeeping;
pub mod budgeting;
pub mod connecting;
pub mod copying;
pub mod delivering;
pub mod entitling;
pub mod exporting;
pub mod granting;
pub mod invoicing;
pub mod notifying;
pub mod ordering;
pub mod picturing;
pub mod playing;
pub mod prefilling;
pub mod proving;
pub mod punchout;
pub mod recording;
pub mod rehearsing;
pub mod remembering;
pub mod returning;
pub mod sessions;
pub mod shopping;
pub mod signing;
pub mod stocking;
pub mod verifying;
