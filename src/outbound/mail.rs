//! Mail out through the operator's server. Texts are made by the caller; nothing here knows a template.

use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::Sent;
use crate::config::Smtp;

/// A mail ready to go; `id` becomes its Message-ID, so that a repeat can be recognised.
pub struct Mail {
    pub id: String,
    pub to: String,
    pub subject: String,
    pub body: String,
    pub attachments: Vec<File>,
}

/// A file that goes along.
pub struct File {
    pub name: String,
    pub mime: &'static str,
    pub bytes: Vec<u8>,
}

fn parts(body: String, files: Vec<File>) -> Result<MultiPart, String> {
    let mut all = MultiPart::mixed().singlepart(SinglePart::plain(body));
    for file in files {
        let mime = ContentType::parse(file.mime).map_err(|error| error.to_string())?;
        all = all.singlepart(Attachment::new(file.name).body(file.bytes, mime));
    }
    Ok(all)
}

pub async fn send(smtp: &Smtp, mail: Mail) -> Sent {
    let (Ok(from), Ok(to)) = (smtp.from.parse::<Mailbox>(), mail.to.parse::<Mailbox>()) else {
        return Sent::Parked("sender or recipient is no mail address".into());
    };
    let message = Message::builder().from(from).to(to).subject(mail.subject).message_id(Some(format!("<{}@hookline>", mail.id)));
    let message = if mail.attachments.is_empty() {
        message.header(ContentType::TEXT_PLAIN).body(mail.body).map_err(|error| error.to_string())
    } else {
        parts(mail.body, mail.attachments).and_then(|parts| message.multipart(parts).map_err(|error| error.to_string()))
    };
    let message = match message {
        Ok(message) => message,
        Err(error) => return Sent::Parked(format!("the mail cannot be written: {error}")),
    };
    let transport = match AsyncSmtpTransport::<Tokio1Executor>::from_url(&smtp.url.0) {
        Ok(builder) => builder.timeout(Some(Duration::from_secs(20))).build(),
        Err(error) => return Sent::Later { why: format!("mail server: {error}"), after: Some(3600) },
    };
    match transport.send(message).await {
        Ok(answer) => Sent::Done(answer.code().to_string()),
        Err(error) if error.is_permanent() => Sent::Parked(error.to_string()),
        Err(error) => Sent::Later { why: error.to_string(), after: None },
    }
}
