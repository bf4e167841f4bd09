//! The bot for Microsoft 365 Agents Playground: no authentication, on loopback, with its own world behind it.
//!
//! The Playground sends whatever people its own configuration names. Each of them becomes a user of the simulated
//! directory, requester, approver and operator, when they are first heard of, so that it works as it is started.

use std::net::SocketAddr;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;

use super::{DemoError, Stage};
use crate::http::LARGEST_BODY;
use crate::world::{APPROVER_GROUP, REQUESTER_GROUP, User, World};

/// Where the Playground looks for a bot unless it is told otherwise.
const ADDRESS: ([u8; 4], u16) = ([127, 0, 0, 1], 3978);

#[derive(Clone)]
struct Porch {
    world: std::sync::Arc<World>,
    bot: String,
    http: reqwest::Client,
}

/// Runs until the process is told to stop.
pub async fn playground(
    stopped: impl Future<Output = ()> + Send + 'static,
    port: Option<u16>,
) -> Result<(), DemoError> {
    let mut stage =
        Stage::start(SocketAddr::from(([127, 0, 0, 1], 0)), super::Surface::Teams, without_authentication).await?;
    let address = SocketAddr::from((ADDRESS.0, port.unwrap_or(ADDRESS.1)));
    let listener = TcpListener::bind(address).await?;
    let bot = format!("http://{}", stage.address);
    let http = reqwest::Client::builder().no_proxy().build().map_err(std::io::Error::other)?;
    let Stage { world, stop, bot: running, .. } = &mut stage;
    let porch = Porch { world: std::sync::Arc::clone(world), bot, http };
    let app = axum::Router::new().fallback(pass_on).with_state(porch);
    println!(
        "onboard-bot listens on http://{} for Microsoft 365 Agents Playground:\n  \
         agentsplayground -e http://localhost:{}/api/messages -c msteams",
        listener.local_addr()?,
        listener.local_addr()?.port()
    );
    axum::serve(listener, app).with_graceful_shutdown(stopped).await?;
    stop.cancel();
    match running.await {
        Ok(result) => Ok(result?),
        Err(panic) => Err(DemoError::Io(std::io::Error::other(panic))),
    }
}

fn without_authentication(config: String) -> String {
    let anybody = config.replace("[teams]\n", "[teams]\nauthentication = \"none\"\n");
    let lines =
        anybody.lines().map(|line| if line.starts_with("allowed_tenants") { "allowed_tenants = []" } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

/// Introduces the sender to the directory, then lets the bot answer.
async fn pass_on(State(porch): State<Porch>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    introduce(&porch.world, &body);
    let url = format!("{}{}", porch.bot, parts.uri);
    let answer =
        porch.http.request(parts.method, url).header("content-type", "application/json").body(body).send().await;
    match answer {
        Ok(answer) => {
            let status = answer.status();
            (status, [("content-type", "application/json")], answer.bytes().await.unwrap_or_default()).into_response()
        }
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

fn introduce(world: &World, body: &Bytes) {
    let Ok(activity) = serde_json::from_slice::<Value>(body) else { return };
    let (Some(id), Some(name)) = (activity["from"]["aadObjectId"].as_str(), activity["from"]["name"].as_str()) else {
        return;
    };
    let mut state = world.state();
    if state.user(id).is_some() {
        return;
    }
    let local: String = name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '.' }).collect();
    let mut user = User::new(&format!("{local}@contoso.com"), name);
    user.id = id.to_owned();
    for group in [REQUESTER_GROUP, APPROVER_GROUP] {
        if let Some(group) = state.group_mut(group) {
            group.members.push(user.user_principal_name.clone());
        }
    }
    state.seed.users.push(user);
}
