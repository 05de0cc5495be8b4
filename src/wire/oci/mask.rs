//! What must not be shown: parameters whose name says that they hold a secret.
//! Never looks at values: a value that looks harmless may be a password.

/// What stands in place of a secret.
pub const MASK: &str = "***";

/// unknown parameters whose name contains one of these words are masked like the known ones.
pub fn looks_secret(name: &str) -> bool {
    let holds = |word: &str| name.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()));
    ["pass", "pwd", "secret", "token", "key"].into_iter().any(holds)
}
