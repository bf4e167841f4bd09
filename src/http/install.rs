//! `GET /slack/install` and `GET /slack/oauth_redirect`: the two pages of installing the app in a Slack workspace.
//!
//! Whoever comes here is unknown. Nothing that comes with a request is shown again, and nothing may be kept by a cache.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE as COOKIE_HEADER, LOCATION, REFERRER_POLICY,
    SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};

use super::Reception;
use crate::install::{COOKIE, Installer, Outcome, Returned, content_security_policy, page};

/// More of a parameter or a cookie is not worth a look.
const LONGEST: usize = 4096;

/// Off to Slack.
pub(super) async fn begin(State(reception): State<Arc<Reception>>) -> Response {
    let Some(installer) = &reception.install else { return StatusCode::NOT_FOUND.into_response() };
    match installer.begin().await {
        Ok(begun) => {
            let headers = [(LOCATION, begun.location), (SET_COOKIE, begun.cookie)];
            (StatusCode::FOUND, safe(), headers).into_response()
        }
        Err(outcome) => show(&reception, outcome),
    }
}

/// Back from Slack.
pub(super) async fn finish(
    State(reception): State<Arc<Reception>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Some(installer) = &reception.install else { return StatusCode::NOT_FOUND.into_response() };
    let outcome = Installer::finish(installer, returned(&query.unwrap_or_default(), &headers)).await;
    show(&reception, outcome)
}

fn returned(query: &str, headers: &HeaderMap) -> Returned {
    let parameter = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        let found = pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        found.filter(|value| !value.is_empty() && value.len() <= LONGEST)
    };
    let cookies = headers.get_all(COOKIE_HEADER).iter().filter_map(|value| value.to_str().ok());
    let cookie = cookies.flat_map(|value| value.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE && value.len() <= LONGEST).then(|| value.to_owned())
    });
    Returned { code: parameter("code"), state: parameter("state"), error: parameter("error"), cookie }
}

fn show(reception: &Reception, outcome: Outcome) -> Response {
    let (status, html) = page(reception.office.surfaces.cards(), outcome);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (CONTENT_SECURITY_POLICY, content_security_policy()),
        (SET_COOKIE, format!("{COOKIE}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax")),
    ];
    (status, safe(), headers, html).into_response()
}

fn safe() -> [(HeaderName, &'static str); 3] {
    // The address holds a code: it goes to nobody else.
    [(CACHE_CONTROL, "no-store"), (REFERRER_POLICY, "no-referrer"), (X_CONTENT_TYPE_OPTIONS, "nosniff")]
}
