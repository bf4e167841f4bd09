//! The key that tokens are encrypted with in the store.

use std::fmt;

use super::Secret;

/// 32 bytes, wiped when dropped, never printed.
#[derive(Clone)]
pub struct TokenKey(Secret);

impl TokenKey {
    /// From 64 hexadecimal digits; `None`: it is something else.
    pub fn parse(text: &Secret) -> Option<Self> {
        let key = Self(text.clone());
        key.bytes().map(|_| key)
    }

    /// For the one place that encrypts. Always `Some` for a parsed key.
    pub(crate) fn bytes(&self) -> Option<[u8; 32]> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(self.0.expose(), &mut bytes).ok().map(|()| bytes)
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[key]")
    }
}
