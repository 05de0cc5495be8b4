//! Status codes of cXML and what they are used for (section 5), and a document that cannot be accepted, with its code and a text for people.
//! A text names lines, elements and numbers; it never echoes what a document holds besides.

use std::fmt;

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
    fn a_text_is_short_and_plain() {
        let fault = Fault::content("a\u{7}".repeat(400));
        assert_eq!(fault.text, "a".repeat(TEXT_MAX));
    }
}
