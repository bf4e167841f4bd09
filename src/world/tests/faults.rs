//! Things that go wrong on purpose.

use super::*;

async fn get(outside: &Outside) -> Result<Response, reqwest::Error> {
    outside.http.get(outside.url("/ns-api/v2/version")).send().await
}

fn struck(outside: &Outside, mishap: Mishap) {
    outside.world.fault(Fault::next(System::Netsapiens, 1, mishap)).unwrap();
}

#[tokio::test]
async fn answers_can_be_replaced() {
    let outside = outside().await;
    let headers = [("Retry-After".to_owned(), "7".to_owned())].into();
    struck(&outside, Mishap::Answer { status: 503, headers, body: "{}".to_owned() });
    let answer = get(&outside).await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (503, &"7".parse().unwrap()));
    struck(&outside, Mishap::Html);
    assert!(get(&outside).await.unwrap().text().await.unwrap().starts_with("<!DOCTYPE"));
    struck(&outside, Mishap::Empty);
    assert_eq!(get(&outside).await.unwrap().bytes().await.unwrap().len(), 0);
    struck(&outside, Mishap::Truncated);
    assert!(get(&outside).await.unwrap().json::<Value>().await.is_err());
    assert!(get(&outside).await.unwrap().json::<Value>().await.is_ok(), "the faults are used up");
}

#[tokio::test]
async fn connections_break_before_or_after_the_work() {
    let outside = outside().await;
    let key = outside.world.state().seed.credentials.api_key.clone();
    let create = || {
        let request = outside.http.post(outside.url("/ns-api/v2/domains/contoso/users/1000/devices"));
        request.bearer_auth(&key).json(&json!({"device": "1000tm"})).send()
    };
    struck(&outside, Mishap::DropBefore);
    assert!(create().await.is_err());
    assert!(outside.world.state().device("1000tm").is_none());
    struck(&outside, Mishap::DropAfter);
    assert!(create().await.is_err());
    assert!(outside.world.state().device("1000tm").is_some());
    assert_eq!(outside.world.effects(EffectKind::DeviceCreated), ["1000tm"], "the lost answer is in the log");
    assert_eq!(outside.world.calls(System::Netsapiens).iter().map(|c| c.status).collect::<Vec<_>>(), [0, 0]);
}

#[tokio::test]
async fn slow_systems_wait_for_the_clock_and_hanging_ones_for_the_end() {
    let outside = outside().await;
    struck(&outside, Mishap::Slow(5000));
    let request = tokio::spawn(outside.http.get(outside.url("/ns-api/v2/version")).send());
    while outside.clock.until_next().is_none() {
        tokio::task::yield_now().await;
    }
    assert!(outside.world.log().is_empty(), "not done before its time");
    outside.seconds(5);
    assert_eq!(request.await.unwrap().unwrap().status(), 200);
    struck(&outside, Mishap::Hang);
    let request = tokio::spawn(outside.http.get(outside.url("/ns-api/v2/version")).send());
    let mut changes = outside.world.changes();
    changes.wait_for(|_| outside.world.log().len() == 2).await.unwrap();
    assert!(!request.is_finished());
    outside.world.stop().await;
    assert!(request.await.unwrap().is_err());
}
