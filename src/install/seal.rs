//! Encrypting what must not be read in the store.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::config::{Secret, TokenKey};

/// The only form there is so far.
const FORM: &str = "v1.";

/// AES-256-GCM with one key.
pub struct Seal(RandomizedNonceKey);

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[seal]")
    }
}

/// Why something cannot be encrypted or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The key is none.
    #[error("this is no key of 32 bytes")]
    Key,
    /// It was encrypted with another key or for something else, or it was changed.
    #[error("this was not encrypted with this key for this purpose")]
    Foreign,
}

impl Seal {
    /// With `slack.token_key`.
    pub fn new(key: &TokenKey) -> Result<Self, SealError> {
        let bytes = key.bytes().ok_or(SealError::Key)?;
        RandomizedNonceKey::new(&AES_256_GCM, &bytes).map(Self).map_err(|_| SealError::Key)
    }

    /// Encrypts. `purpose` says what it is and whose; it can be read for nothing else. The text differs every time.
    pub fn close(&self, purpose: &str, secret: &Secret) -> Result<String, SealError> {
        let mut bytes = secret.expose().as_bytes().to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::from(purpose.as_bytes()), &mut bytes);
        let nonce = nonce.map_err(|_| SealError::Key)?;
        let sealed = [nonce.as_ref().as_slice(), &bytes].concat();
        Ok(format!("{FORM}{}", URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// Reads what [`Self::close`] encrypted for the same purpose.
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<Secret, SealError> {
        let bytes = sealed.strip_prefix(FORM).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let mut bytes = bytes.filter(|bytes| bytes.len() > NONCE_LEN).ok_or(SealError::Foreign)?;
        let mut rest = bytes.split_off(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(&bytes).map_err(|_| SealError::Foreign)?;
        let opened = self.0.open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut rest);
        let text = std::str::from_utf8(opened.map_err(|_| SealError::Foreign)?).map_err(|_| SealError::Foreign)?;
        Ok(Secret::new(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(digit: &str) -> Seal {
        Seal::new(&TokenKey::parse(&Secret::new(digit.repeat(64))).unwrap()).unwrap()
    }

    #[test]
    fn what_was_closed_opens_with_the_same_key_for_the_same_purpose_only() {
        let closed = seal("a").close("access T1", &Secret::new("xoxb-token")).unwrap();
        assert_eq!(seal("a").open("access T1", &closed).unwrap().expose(), "xoxb-token");
        assert!(!closed.contains("xoxb"), "{closed}");
        assert_eq!(seal("b").open("access T1", &closed).unwrap_err(), SealError::Foreign);
        assert_eq!(seal("a").open("access T2", &closed).unwrap_err(), SealError::Foreign);
        assert_eq!(seal("a").open("refresh T1", &closed).unwrap_err(), SealError::Foreign);
    }

    #[test]
    fn the_same_secret_never_looks_the_same() {
        let close = || seal("a").close("access T1", &Secret::new("xoxb-token")).unwrap();
        assert_ne!(close(), close());
    }

    #[test]
    fn what_was_changed_or_is_none_does_not_open() {
        let closed = seal("a").close("access T1", &Secret::new("xoxb-token")).unwrap();
        for index in FORM.len()..closed.len() {
            let mut changed = closed.clone().into_bytes();
            changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(changed == closed || seal("a").open("access T1", &changed).is_err(), "{index}");
        }
        let cut = &closed[..closed.len() - 1];
        for none in ["", "v1.", "v1.AAAA", "xoxb-token", &closed[FORM.len()..], cut, &format!("v2.{}", &closed[3..])] {
            assert_eq!(seal("a").open("access T1", none).unwrap_err(), SealError::Foreign, "{none}");
        }
    }
}
