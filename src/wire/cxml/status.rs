//! Status codes of cXML and what they are used for (section 5), and a document that cannot be accepted, with its code and a text for people.
//! A text names lines, elements and numbers; it never echoes what a document holds besides.

use std::fmt;

use super::tree::Element;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Ok,
    Accepted,
    NoContent,
    BadRequest,
    Unauthorized,
    Forbidden,
    NotAcceptable,
    Conflict,
    PreconditionFailed,
    ExpectationFailed,
    NotImplemented,
    DocumentSize,
    Internal,
}

impl Status {
    pub const ALL: [Status; 13] = [
        Status::Ok,
        Status::Accepted,
        Status::NoContent,
        Status::BadRequest,
        Status::Unauthorized,
        Status::Forbidden,
        Status::NotAcceptable,
        Status::Conflict,
        Status::PreconditionFailed,
        Status::ExpectationFailed,
        Status::NotImplemented,
        Status::DocumentSize,
        Status::Internal,
    ];

    pub fn code(self) -> u16 {
        match self {
            Status::Ok => 200,
            Status::Accepted => 201,
            Status::NoContent => 204,
            Status::BadRequest => 400,
            Status::Unauthorized => 401,
            Status::Forbidden => 403,
            Status::NotAcceptable => 406,
            Status::Conflict => 409,
            Status::PreconditionFailed => 412,
            Status::ExpectationFailed => 417,
            Status::NotImplemented => 450,
            Status::DocumentSize => 499,
            Status::Internal => 500,
        }
    }

    /// The phrase that belongs to the code.
    pub fn phrase(self) -> &'static str {
        match self {
            Status::Ok => "OK",
            Status::Accepted => "Accepted",
            Status::NoContent => "No Content",
            Status::BadRequest => "Bad Request",
            Status::Unauthorized => "Unauthorized",
            Status::Forbidden => "Forbidden",
            Status::NotAcceptable => "Not Acceptable",
            Status::Conflict => "Conflict",
            Status::PreconditionFailed => "Precondition Failed",
            Status::ExpectationFailed => "Expectation Failed",
            Status::NotImplemented => "Not Implemented",
            Status::DocumentSize => "Document Size Error",
            Status::Internal => "Internal Server Error",
        }
    }

    pub fn from_code(code: i64) -> Option<Status> {
        Status::ALL.into_iter().find(|status| i64::from(status.code()) == code)
    }

    pub fn is_success(self) -> bool {
        self.code() < 300
    }
}

/// The most characters of a text for people.
const TEXT_MAX: usize = 300;

/// Why a document was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub status: Status,
    pub text: String,
}

impl Fault {
    pub fn new(status: Status, text: impl fmt::Display) -> Fault {
        Fault { status, text: text.to_string().chars().filter(|c| !c.is_control()).take(TEXT_MAX).collect() }
    }

    /// Its content cannot be accepted.
    pub fn content(text: impl fmt::Display) -> Fault {
        Fault::new(Status::BadRequest, text)
    }

    /// It cannot be read, or something it must hold is not there.
    pub fn form(text: impl fmt::Display) -> Fault {
        Fault::new(Status::NotAcceptable, text)
    }

    /// An element or attribute that must be there.
    pub fn missing(what: &str) -> Fault {
        Fault::form(format_args!("{what} is missing or empty"))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status.code(), self.status.phrase(), self.text)
    }
}

/// What a `StatusUpdateRequest` says of a document that was answered before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The id of that document.
    pub payload: String,
    pub code: u16,
    pub text: String,
}

impl Update {
    pub fn read(request: &Element) -> Result<Update, Fault> {
        let payload = request.child("DocumentReference").and_then(|reference| reference.attribute("payloadID"));
        let status = request.child("Status").ok_or_else(|| Fault::missing("Status"))?;
        let code = status.attribute("code").ok_or_else(|| Fault::missing("Status/@code"))?;
        let code = code.parse().ok().filter(|code| (100..600).contains(code)).ok_or_else(|| Fault::form("Status/@code is no code of cXML"))?;
        let text = status.text().or_else(|| status.attribute("text").map(str::to_string)).unwrap_or_default();
        let text = text.chars().filter(|c| !c.is_control()).take(TEXT_MAX).collect();
        Ok(Update { payload: payload.ok_or_else(|| Fault::missing("DocumentReference/@payloadID"))?.to_string(), code, text })
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_is_written() {
        for status in Status::ALL {
            assert_eq!(Status::from_code(i64::from(status.code())), Some(status));
        }
        assert_eq!(Status::from_code(202), None);
    }

    #[test]
    fn an_update_names_a_document_and_a_code() {
        let read = |text: &str| Update::read(&super::super::tree::read(text.as_bytes(), None).expect("a document of this test").root);
        let update = |inner: &str| read(&format!("<StatusUpdateRequest>{inner}</StatusUpdateRequest>"));
        let document = "<DocumentReference payloadID='o@h'/>";
        let said = update(&format!("{document}<Status code='400' text='Bad Request'>No such buyer</Status>")).expect("an update");
        assert_eq!(said, Update { payload: "o@h".into(), code: 400, text: "No such buyer".into() });
        assert_eq!(update(&format!("{document}<Status code='200' text='OK'/>")).map(|said| (said.is_success(), said.text)), Ok((true, "OK".into())));
        for wrong in [document, "<Status code='200' text='OK'/>", "<DocumentReference payloadID='o@h'/><Status code='fine' text='OK'/>"] {
            assert_eq!(update(wrong).map_err(|fault| fault.status), Err(Status::NotAcceptable), "{wrong}");
        }
    }

    #[test]
    fn a_text_is_short_and_plain() {
        let fault = Fault::content("a\u{7}".repeat(400));
        assert_eq!(fault.text, "a".repeat(TEXT_MAX));
    }
}
