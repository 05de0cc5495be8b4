//! Credentials for other people's systems, sealed before they are stored: XChaCha20-Poly1305 with keys that are in a file and never in the
//! database, so that a copy of the database opens nothing. A sealed text names its key and is bound to what it is for: moved elsewhere it
//! stays shut. Never prints a key or what was sealed.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};

use super::proving;
use crate::clock;
use crate::domain::name::Secret;
use crate::error::{Error, Result};

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const FILE_NAME: &str = "sealing.keys";

/// The keys of a file, one for each line in hexadecimal digits: the first seals, all open.
pub struct Sealer {
    path: PathBuf,
}

struct Known {
    id: String,
    cipher: XChaCha20Poly1305,
}

impl Sealer {
    /// Keys of the file the operator named, else of one in the data folder, which is made with the first secret.
    pub fn new(named: Option<&Path>, data: &Path) -> Sealer {
        Sealer { path: named.map_or_else(|| data.join(FILE_NAME), Path::to_path_buf) }
    }

    fn keys(&self) -> Result<Vec<Known>> {
        let text = fs::read_to_string(&self.path).map_err(|error| Error::internal(format!("keys of sealed secrets: {error}")))?;
        let read = |line: &str| proving::unhex(line.trim()).filter(|key| key.len() == KEY_BYTES);
        let keys: Option<Vec<Vec<u8>>> = text.lines().filter(|line| !line.trim().is_empty()).map(read).collect();
        let keys = keys.filter(|keys| !keys.is_empty());
        let keys = keys.ok_or_else(|| Error::internal("keys of sealed secrets: each line must be 64 hexadecimal digits"))?;
        keys.iter().map(|key| known(key)).collect()
    }

    fn make(&self) -> Result<()> {
        let fault = |error: std::io::Error| Error::internal(format!("keys of sealed secrets: {error}"));
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&self.path) {
            Ok(mut file) => {
                writeln!(file, "{}", proving::hex(&clock::random::<KEY_BYTES>())).map_err(fault)?;
                file.sync_all().map_err(fault)
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(fault(error)),
        }
    }

    /// Seals a text for one purpose.
    pub fn seal(&self, text: &str, purpose: &str) -> Result<String> {
        self.make()?;
        let keys = self.keys()?;
        let key = keys.first().ok_or_else(|| Error::internal("no key to seal with"))?;
        let nonce = clock::random::<NONCE_BYTES>();
        let payload = Payload { msg: text.as_bytes(), aad: purpose.as_bytes() };
        let sealed = key.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| Error::internal("a secret could not be sealed"))?;
        Ok(format!("{}.{}", key.id, BASE64.encode([nonce.as_slice(), &sealed].concat())))
    }

    /// What was sealed for this purpose, by whichever of the keys.
    pub fn open(&self, sealed: &str, purpose: &str) -> Result<Secret> {
        let shut = || Error::internal("a sealed secret cannot be opened with the keys that are here");
        let (id, rest) = sealed.split_once('.').ok_or_else(shut)?;
        let keys = self.keys()?;
        let key = keys.iter().find(|key| key.id == id).ok_or_else(shut)?;
        let bytes = BASE64.decode(rest).ok().filter(|bytes| bytes.len() > NONCE_BYTES).ok_or_else(shut)?;
        let (nonce, sealed) = bytes.split_at(NONCE_BYTES);
        let nonce = <[u8; NONCE_BYTES]>::try_from(nonce).map_err(|_| shut())?;
        let text = key.cipher.decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad: purpose.as_bytes() }).map_err(|_| shut())?;
        String::from_utf8(text).map(Secret::new).map_err(|_| shut())
    }

    /// What is kept of a secret that was given, perhaps sealed already, where another was known: the same one stays sealed as it is, so that
    /// nothing changes where nothing did; without one, what was there stays, or what came sealed for this purpose.
    pub fn keep(&self, secret: &str, sealed: &str, known: Option<String>, purpose: &str) -> Result<String> {
        let known = known.filter(|known| !known.is_empty());
        let is_same =
            |known: &String| self.open(known, purpose).is_ok_and(|other| other.expose() == secret) && self.is_current(known).unwrap_or(false);
        let came = !sealed.is_empty() && self.open(sealed, purpose).is_ok();
        match known {
            _ if secret.is_empty() && came => Ok(sealed.to_string()),
            Some(known) if secret.is_empty() || is_same(&known) => Ok(known),
            _ if secret.is_empty() => Ok(String::new()),
            _ => self.seal(secret, purpose),
        }
    }

    /// Whether it was sealed with the key that seals today.
    pub fn is_current(&self, sealed: &str) -> Result<bool> {
        let keys = self.keys()?;
        Ok(keys.first().is_some_and(|key| sealed.starts_with(&format!("{}.", key.id))))
    }
}

/// A key goes by the beginning of its hash.
fn known(key: &[u8]) -> Result<Known> {
    let bytes = <[u8; KEY_BYTES]>::try_from(key).map_err(|_| Error::internal("a key of the wrong length"))?;
    let id = proving::sha256(key)[..8].to_string();
    Ok(Known { id, cipher: XChaCha20Poly1305::new(&Key::from(bytes)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_purpose_and_with_its_key_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let sealer = Sealer::new(None, folder.path());
        let sealed = sealer.seal("open sesame", "supplier/shop https://a").expect("sealed");
        assert!(!sealed.contains("sesame"));
        assert_eq!(sealer.open(&sealed, "supplier/shop https://a").expect("open").expose(), "open sesame");
        assert_ne!(sealer.seal("open sesame", "supplier/shop https://a").expect("sealed"), sealed);
        assert!(sealer.open(&sealed, "supplier/shop https://b").is_err());
        for (at, _) in sealed.char_indices().filter(|(_, c)| *c != '.') {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).expect("ASCII");
            assert!(changed == sealed || sealer.open(&changed, "supplier/shop https://a").is_err(), "{at}");
        }
        let other = tempfile::tempdir().expect("a folder");
        let stranger = Sealer::new(None, other.path());
        stranger.seal("x", "y").expect("sealed");
        assert!(stranger.open(&sealed, "supplier/shop https://a").is_err());
    }

    #[test]
    fn a_new_first_key_seals_and_the_old_one_still_opens() {
        let folder = tempfile::tempdir().expect("a folder");
        let sealer = Sealer::new(None, folder.path());
        let old = sealer.seal("one", "p").expect("sealed");
        let path = folder.path().join(FILE_NAME);
        let keys = fs::read_to_string(&path).expect("keys");
        fs::write(&path, format!("{}\n{keys}", "ab".repeat(KEY_BYTES))).expect("written");
        let new = sealer.seal("two", "p").expect("sealed");
        assert!(!sealer.is_current(&old).expect("keys") && sealer.is_current(&new).expect("keys"));
        assert_eq!((sealer.open(&old, "p").expect("open").expose(), sealer.open(&new, "p").expect("open").expose()), ("one", "two"));
        fs::write(&path, "short\n").expect("written");
        assert!(sealer.open(&old, "p").is_err() && sealer.seal("three", "p").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        Sealer::new(None, folder.path()).seal("one", "p").expect("sealed");
        let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(folder.path().join(FILE_NAME)).expect("a file"));
        assert_eq!(mode & 0o777, 0o600);
    }
}
