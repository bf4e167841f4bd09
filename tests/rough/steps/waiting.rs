//! Every step in the state in which it was asked for, accepted or reported, and nothing of it is seen yet.

use super::*;

/// What an early Done of an operator does not end, because it is seen elsewhere.
const SEEN: [StepKind; 3] = [StepKind::DisableCalling, StepKind::BackAtMicrosoft, StepKind::MicrosoftSide];

/// What comes by itself takes an hour from here on, so that this step has something to wait for. `false`: all of it was
/// waited for by an earlier step.
fn hold_back(scene: &Scene, carrier: Carrier, kind: StepKind) -> bool {
    const HOUR: u64 = 3_600_000;
    scene.world.turn(|knobs| match (kind, carrier) {
        (StepKind::Sync, _) => knobs.auto_sync = false,
        (StepKind::Enable, _) => knobs.enable_delay_ms = HOUR,
        (StepKind::Proof, Carrier::ConnecttoTeams) => knobs.register_delay_ms = HOUR,
        (StepKind::NumberShown, _) | (StepKind::Clean, Carrier::CallTower) => knobs.number_delay_ms = HOUR,
        _ => {}
    });
    let alone = kind == StepKind::Proof && carrier == Carrier::ConnecttoTeams;
    alone
        || kind == StepKind::Clean && carrier == Carrier::CallTower
        || !matches!(kind, StepKind::Proof | StepKind::Clean)
}

/// How a step ends at its turn, while nothing has happened outside; and that nothing was written, not even in vain.
async fn asked(scene: &Scene, kind: StepKind, known: &Known) -> Result<bool, String> {
    let mark = scene.world.log_length();
    let outcome = scene.attempt(kind, &scene.systems(), known).await;
    let reads = |call: &Call| {
        let path = call.path.split('?').next().unwrap_or_default();
        call.method == "GET" || path.ends_with("/token") || path.ends_with("/checkMemberGroups")
    };
    let writes: Vec<String> =
        scene.world.log_after(mark).iter().filter(|call| !reads(call)).map(ToString::to_string).collect();
    match outcome {
        _ if !writes.is_empty() => Err(format!("it wrote: {writes:?}")),
        StepOutcome::Done(_) => Ok(true),
        StepOutcome::NotYet(_) => Ok(false),
        other => Err(format!("{other:?}")),
    }
}

/// Whatever was accepted or reported: as long as nobody can see it, it is waited for, and not done again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_step_is_done_before_it_is_seen() {
    let stories = all_steps().await.into_iter().map(|of| (format!("{of:?}"), waited_for(of)));
    tell(stories).await;
}

async fn waited_for((errand, kind): Of) -> Result<(), String> {
    let scene = Scene::open(errand).await;
    let waits = hold_back(&scene, errand.0, kind) && !kind.is_recheck();
    scene.up_to(kind).await;
    let is = |found: Result<bool, String>, expected: bool, what: &str| match found {
        Ok(done) if done == expected => Ok(()),
        found => Err(format!("{what}: {found:?}")),
    };
    if kind == StepKind::PbxUser || HAND.iter().any(|(by_hand, _)| *by_hand == kind) {
        let StepOutcome::Prepared(image) = scene.attempt(kind, &scene.systems(), &Known::default()).await else {
            return Err("there is nothing to change".to_owned());
        };
        // The journal believes that it was accepted. The carrier's answer is all that there is of a save.
        let operation = "/graph/v1.0/admin/teams/telephoneNumberManagement/operations('one-that-nobody-knows')";
        let ticket = match kind {
            StepKind::AssignNumber | StepKind::UnassignNumber => format!("{}{operation}", scene.world.url()),
            _ => "accepted".to_owned(),
        };
        let known = Known { before: Some(image), ticket: Some(ticket), report: None };
        is(asked(&scene, kind, &known).await, kind == StepKind::PbxUser, "accepted")?;
    } else {
        is(asked(&scene, kind, &Known::default()).await, !waits, "at its turn")?;
    }
    if kind.is_done_by_people() {
        let (by, at) = (scene.request.requester.clone(), scene.clock.now());
        let report = GuidedStep { asked_at: at, reminded_at: None, report: Some(Report { by, at, note: None }) };
        let early = Known { report: Some(report), ..Known::default() };
        is(asked(&scene, kind, &early).await, !SEEN.contains(&kind), "an early Done")?;
    }
    // Then it comes.
    scene.world.portal().sync_teams_users();
    scene.clock.advance(SignedDuration::from_hours(2));
    match scene.through(kind, &scene.systems()).await {
        Ok(0) => scene.once(kind),
        stopped => Err(format!("in the end: {stopped:?}")),
    }
}
