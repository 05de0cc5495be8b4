//! Proof of who somebody is: hashes of passwords and keys, compared in constant time, worked out off the async threads
//! and never more at once than there are cores (R-15, R-19; design, section 13). Holds no secret longer than it takes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use ring::digest::{self, SHA256};
use ring::hmac;
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// A password that was right a moment ago is not worked out again for this long.
const REMEMBERED: Duration = Duration::from_secs(300);
const REMEMBERED_MAX: usize = 10_000;

/// Hash of a password nobody has, so that unknown users cost the same as wrong passwords.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWhhcy10aGlz$c0BhbXAtO0HTBkLlOkcYbQ3dU2Ks0ZkqzvVsVnOV6H8";

pub fn sha256(bytes: &(impl AsRef<[u8]> + ?Sized)) -> String {
    hex(digest::digest(&SHA256, bytes.as_ref()).as_ref())
}

/// Of a text that comes in two parts.
pub fn sha256_of_both(first: &str, second: &str) -> String {
    let mut both = digest::Context::new(&SHA256);
    both.update(first.as_bytes());
    both.update(second.as_bytes());
    hex(both.finish().as_ref())
}

pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]]).map(char::from).collect()
}

/// What [`hex`] wrote; nothing where it is not that.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2).map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?));
    pairs.collect()
}

/// Equal, in a time that does not say where the difference is.
pub fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

fn mac(key: &[u8], text: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
}

pub fn hmac(key: &[u8], text: &str) -> String {
    hex(mac(key, text).as_ref())
}

/// The secret a receiver of webhooks checks signatures with, as the Standard Webhooks scheme writes it: one per address, made from the
/// installation's key, so that it need not be stored and can be shown again.
pub fn webhook_secret(form_key: &[u8], address: &str) -> String {
    format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode(mac(form_key, &format!("webhook {address}"))))
}

/// `v1,…` over `id.timestamp.body` (Standard Webhooks).
pub fn webhook_signature(form_key: &[u8], address: &str, signed: &str) -> String {
    let key = mac(form_key, &format!("webhook {address}"));
    format!("v1,{}", base64::engine::general_purpose::STANDARD.encode(mac(key.as_ref(), signed)))
}

/// 19 MiB, 2 passes, 1 lane (reliability, people and machines).
fn argon() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19 * 1024, 2, 1, None).expect("the parameters are within argon2's limits"))
}

/// Works out password hashes, a bounded number at once.
pub struct Prover {
    cores: Arc<Semaphore>,
    key: [u8; 32],
    remembered: Mutex<HashMap<String, Instant>>,
}

impl Default for Prover {
    fn default() -> Prover {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        Prover { cores: Arc::new(Semaphore::new(cores)), key: crate::clock::random(), remembered: Mutex::new(HashMap::new()) }
    }
}

impl Prover {
    /// The hash to store for a password.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_string();
        self.work(move || argon().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(Error::internal)).await?
    }

    /// Whether a password belongs to a stored hash; `None` costs the same and is always wrong.
    pub async fn check(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let mark = hmac(&self.key, &format!("{}\0{password}", hash.unwrap_or_default()));
        if hash.is_some() && self.is_remembered(&mark) {
            return Ok(true);
        }
        let (password, known, text) = (password.to_string(), hash.is_some(), hash.unwrap_or(NOBODY).to_string());
        let right = self
            .work(move || {
                let Ok(parsed) = PasswordHash::new(&text) else { return false };
                argon().verify_password(password.as_bytes(), &parsed).is_ok()
            })
            .await?;
        if right && known {
            self.remember(mark);
        }
        Ok(right && known)
    }

    fn is_remembered(&self, mark: &str) -> bool {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.get(mark).is_some_and(|since| since.elapsed() < REMEMBERED)
    }

    fn remember(&self, mark: String) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.clear();
        }
        remembered.insert(mark, Instant::now());
    }

    async fn work<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let permit = self.cores.clone().acquire_owned().await.map_err(Error::internal)?;
        let done = tokio::task::spawn_blocking(move || {
            let _held = permit;
            job()
        });
        done.await.map_err(Error::internal)
    }
}
