//! What this process logs, kept to be looked through.

use std::io::{self, Write};
use std::sync::{Mutex, Once, PoisonError};

use onboard_bot::world::Credentials;
use tracing_subscriber::EnvFilter;

static KEPT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

#[derive(Debug)]
struct Keeper;

impl Write for Keeper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        KEPT.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps everything that is logged from now on.
pub fn keep() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let filter = EnvFilter::new("info,onboard_bot=debug");
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(|| Keeper).init();
    });
}

/// Everything that was logged.
pub fn kept() -> String {
    String::from_utf8_lossy(&KEPT.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

/// No credential of the world and no signed token stands in this text.
pub fn assert_no_secret(text: &str) {
    let known = Credentials::default();
    let secrets =
        [&known.bot_secret, &known.graph_secret, &known.api_key, &known.carrier_secret, &known.carrier_password];
    for secret in secrets {
        assert!(!text.contains(secret.as_str()), "a secret shows itself");
    }
    for token in ["Bearer e", "eyJ", "carrier-token", "S1mulatedPasswrd"] {
        assert!(!text.contains(token), "{token} shows itself");
    }
}
