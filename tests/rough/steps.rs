//! Every step by itself against the systems outside: done twice at every point, overtaken in the middle of every call,
//! and every call struck by every mishap. The steps are those of every carrier's plan and the calls are those of a quiet
//! run, so that a new one cannot be forgotten. What takes away, changes and takes back is tried after what gave.
//!
//! A time-out is not tried here, because it takes real time: to the bot it is the answer that never came, as a
//! connection that breaks.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use onboard_bot::clock::{Clock, ManualClock};
use onboard_bot::config::{self, Carrier, Config};
use onboard_bot::domain::{E164, Mend, MicrosoftSide, RequestId, Work};
use onboard_bot::flow::{GuidedStep, Report, Request, State, StepOutcome, StepRecord, StepStatus};
use onboard_bot::plan::{Aftercare, Ask, Ground, OwnRecords, StepKind, Undone, line_after};
use onboard_bot::steps::{self, Attempt, Systems};
use onboard_bot::world::{
    BotSettings, Call, Device, EffectKind, Fault, Mishap, SYNC_GROUP, Seed, System, World, WorldOptions,
};

use crate::errands::{Errand, NUMBER, OTHER_NUMBER, approved, errands};
use crate::faults::mishaps;
use crate::scene::saves_of;

#[path = "steps/waiting.rs"]
mod waiting;

/// So many stories are told at a time: most of their time they pause.
const AT_ONCE: usize = 24;

/// A client tries a read so often before the step hears of it.
const STRIKES: u32 = 3;

/// For a call that is sure to come, in milliseconds: even a busy machine makes it in that time.
const MOST_LOOKS: usize = 60_000;

/// So many attempts at a step are more than anything here needs.
const MOST_ATTEMPTS: usize = 30;

const CARRIERS: [Carrier; 3] = [Carrier::ConnecttoTeams, Carrier::CallTower, Carrier::DirectRouting];

/// What a step changes by the bot's own hand.
const HAND: [(StepKind, EffectKind); 8] = [
    (StepKind::JoinGroup, EffectKind::MemberAdded),
    (StepKind::Device, EffectKind::DeviceCreated),
    (StepKind::AssignNumber, EffectKind::NumberAssigned),
    (StepKind::VoiceRoute, EffectKind::PolicyAssigned),
    (StepKind::RemoveDevice, EffectKind::DeviceDeleted),
    (StepKind::RestoreDevice, EffectKind::DeviceChanged),
    (StepKind::UnassignNumber, EffectKind::NumberUnassigned),
    (StepKind::RestorePolicy, EffectKind::PolicyUnassigned),
];

/// The systems outside and an approved request; no bot, no journal.
struct Scene {
    world: World,
    clock: ManualClock,
    config: Config,
    request: Request,
    /// How often each of [`HAND`] and a save at the carrier had happened when the errand began.
    base: ([usize; 8], usize),
}

/// One step of the plan for one errand at one carrier.
type Of = ((Carrier, Errand), StepKind);

/// One call of a step: the `nth` of those that look alike.
#[derive(Debug, Clone)]
struct Site {
    of: Of,
    system: System,
    method: String,
    path: String,
    nth: u32,
}

/// What the journal knows about a step under way.
#[derive(Debug, Clone, Default)]
struct Known {
    before: Option<String>,
    ticket: Option<String>,
    /// An operator said that it is done.
    report: Option<GuidedStep>,
}

impl Scene {
    async fn open((carrier, errand): (Carrier, Errand)) -> Self {
        let scene = Self::give(carrier).await;
        if errand == Errand::Give { scene } else { scene.go_on(errand).await }
    }

    async fn give(carrier: Carrier) -> Self {
        let clock = ManualClock::new(Timestamp::now());
        let seed = Seed::default().with_second_customer();
        let options = WorldOptions { listen: None, seed, clock: Arc::new(clock.clone()), latency_ms: 0 };
        let world = World::start(options).await.unwrap();
        let settings = BotSettings { second_customer: true, second_carrier: carrier, ..BotSettings::default() };
        let mut config = config::load_text(&world.bot_config(&settings), Vec::new()).unwrap();
        if carrier != Carrier::ConnecttoTeams {
            config.customers.remove(0);
        }
        let request = approved(&config);
        Self { world, clock, config, request, base: ([0; 8], 0) }
    }

    /// The line is given; then the errand is planned, out of what was noted and what is read.
    async fn go_on(self, errand: Errand) -> Self {
        if errand == Errand::TakeBack {
            let old = Device {
                password: "by-hand".to_owned(),
                emergency_address_id: Some("a-boulder".to_owned()),
                callback: "13035550101".to_owned(),
                registered: None,
                other: Default::default(),
            };
            let mut state = self.world.state();
            state.seed.pbx.users.get_mut("1000").unwrap().devices.insert("1000tm".to_owned(), old);
        }
        let systems = self.systems();
        let mut records = Vec::new();
        for kind in self.steps() {
            let (_, known) = self.carried(kind, &systems).await.unwrap();
            let (before, guided) = (known.before, known.report);
            records.push(StepRecord { status: StepStatus::Done, before, guided, ..StepRecord::new(kind) });
        }
        let now = self.clock.now();
        let given = Request { steps: records, state: State::Done { read_at: now }, ..self.request.clone() };
        let past = [given.past().unwrap()];
        let work = match errand {
            Errand::Change => Work::Change,
            Errand::TakeBack => Work::Undo(given.id),
            Errand::Join => Work::Mend(Mend::JoinGroup),
            Errand::GroupSync => Work::Mend(Mend::GroupSync),
            _ => Work::Offboard,
        };
        let undone = if errand == Errand::TakeBack { Undone::of(&past, given.id) } else { None };
        let ours = OwnRecords { line: line_after(&past), undone, ..OwnRecords::default() };
        let subject = given.ask.subject.as_str();
        if errand == Errand::TakeLate {
            assert!(self.world.admin_center().remove_licence(subject));
        }
        if errand == Errand::Join {
            let mut state = self.world.state();
            state.group_mut(SYNC_GROUP).unwrap().members.retain(|member| member != subject);
        }
        let mut ask = Ask { work, ..given.ask.clone() };
        let mut inputs = Vec::new();
        if errand == Errand::Change {
            ask.number = Some(E164::parse(OTHER_NUMBER).unwrap());
            inputs.extend([("location", "Denver"), ("plan", "MS Teams Metered Voice"), ("route", "Boston SBC")]);
        }
        let aftercare = Aftercare { microsoft: vec![MicrosoftSide::Licence], ..Aftercare::default() };
        let facts = steps::read_facts(&systems, (&ask, &given.offer, &ours), now).await.unwrap();
        let facts = onboard_bot::plan::Facts { ours, ..facts };
        let inputs = inputs.into_iter().map(|(id, value)| (id.to_owned(), value.to_owned())).collect();
        let ground = Ground { ask: &ask, offer: &given.offer, aftercare: &aftercare, by_hand: &[], facts: &facts };
        let plan = ground.plan(&inputs).unwrap();
        let base = (self.hand(), saves_of(&self.world).len());
        let request =
            Request { id: RequestId(2), ask, facts: Some(facts), plan: Some(plan), aftercare, ..self.request };
        Self { request, base, ..self }
    }

    fn hand(&self) -> [usize; 8] {
        HAND.map(|(_, effect)| self.world.effects(effect).len())
    }

    fn steps(&self) -> Vec<StepKind> {
        self.request.plan.as_ref().unwrap().steps.clone()
    }

    /// As a process that has just started: no token, no connection.
    fn systems(&self) -> Systems {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        Systems::new(&self.config.customers[0], &clock).unwrap()
    }

    async fn attempt(&self, kind: StepKind, systems: &Systems, known: &Known) -> StepOutcome {
        let record = StepRecord { guided: known.report.clone(), ..StepRecord::new(kind) };
        let (request, now) = (Request { steps: vec![record], ..self.request.clone() }, self.clock.now());
        let plan = request.plan.as_ref().unwrap();
        let (before, ticket) = (known.before.as_deref(), known.ticket.as_deref());
        let ours = OwnRecords::default();
        steps::attempt(kind, &Attempt { systems, request: &request, plan, ours, before, ticket, now }).await
    }

    /// An operator does it in the portal and says so.
    fn report(&self, kind: StepKind) -> GuidedStep {
        let (by, at) = (self.request.requester.clone(), self.clock.now());
        let subject = self.request.ask.subject.as_str();
        let (portal, center) = (self.world.portal(), self.world.admin_center());
        match kind {
            StepKind::ConnectService if self.world.state().phone(subject, at).line.is_none() => {
                portal.save_in_connect(subject, NUMBER);
            }
            StepKind::ChangeInConnect => drop(portal.change_in_connect(subject, OTHER_NUMBER)),
            StepKind::DisableCalling => drop(portal.disable_user(subject)),
            StepKind::DeleteUser => drop(portal.delete_user(subject)),
            StepKind::DeleteInConnect => drop(portal.delete_in_connect(subject)),
            StepKind::BackAtMicrosoft => drop(center.restore_licence(subject)),
            StepKind::MicrosoftSide => drop(center.remove_licence(subject)),
            _ => {}
        }
        GuidedStep { asked_at: at, reminded_at: None, report: Some(Report { by, at, note: None }) }
    }

    /// Attempts as the runner makes them, until it is done; a human presses Retry where it stops. How often they did.
    async fn through(&self, kind: StepKind, systems: &Systems) -> Result<usize, String> {
        Ok(self.carried(kind, systems).await?.0)
    }

    /// The same, and what the journal knows in the end.
    async fn carried(&self, kind: StepKind, systems: &Systems) -> Result<(usize, Known), String> {
        let (mut known, mut stops) = (Known::default(), 0);
        for _ in 0..MOST_ATTEMPTS {
            match self.attempt(kind, systems, &known).await {
                StepOutcome::Done(_) => return Ok((stops, known)),
                StepOutcome::Prepared(image) => known.before = Some(image),
                StepOutcome::Accepted(ticket) => known.ticket = Some(ticket),
                StepOutcome::NotYet(_) if asks_people(kind, &known) => known.report = Some(self.report(kind)),
                StepOutcome::NotYet(_) => self.clock.advance(SignedDuration::from_secs(2)),
                StepOutcome::Faulted(fault) if fault.transient => {
                    let pause = fault.retry_after.unwrap_or_default();
                    self.clock.advance(pause.clamp(SignedDuration::from_secs(1), SignedDuration::from_mins(5)));
                }
                StepOutcome::Faulted(fault) if !fault.problems.is_empty() => return Err(format!("{fault:?}")),
                StepOutcome::Faulted(_) => {
                    (known, stops) = (Known::default(), stops + 1);
                    self.clock.advance(SignedDuration::from_mins(2));
                }
            }
        }
        Err(format!("{} is not done after {MOST_ATTEMPTS} attempts", kind.name()))
    }

    /// Everything before this step is done; by whom.
    async fn up_to(&self, kind: StepKind) -> Systems {
        let systems = self.systems();
        for earlier in self.steps().into_iter().take_while(|earlier| *earlier != kind) {
            assert_eq!(self.through(earlier, &systems).await, Ok(0), "{}", earlier.name());
        }
        systems
    }

    /// What this step makes others do, in a world without faults.
    async fn sites(of: Of) -> Vec<Site> {
        let (errand, kind) = of;
        let scene = Self::open(errand).await;
        scene.up_to(kind).await;
        let mark = scene.world.log().len();
        assert_eq!(scene.through(kind, &scene.systems()).await, Ok(0), "{}", kind.name());
        let mut sites: Vec<Site> = Vec::new();
        for Call { system, method, path, .. } in scene.world.log().split_off(mark) {
            let path = path.split('?').next().unwrap_or_default().to_owned();
            let alike = |s: &&Site| (s.system, &s.method, &s.path) == (system, &method, &path);
            let nth = u32::try_from(sites.iter().filter(alike).count()).unwrap();
            sites.push(Site { of, system, method, path, nth });
        }
        // What shows nowhere is asked of nobody.
        let unseen = matches!(kind, StepKind::ChangeInConnect | StepKind::GroupSync);
        assert_eq!(sites.is_empty(), unseen, "{}", kind.name());
        sites
    }

    fn strike(&self, site: &Site, times: u32, mishap: Mishap) {
        let path = format!(r"^{}(\?|$)", regex::escape(&site.path));
        let fault = |times, mishap| Fault::next(site.system, times, mishap).on(&site.method, &path);
        if site.nth > 0 {
            self.world.fault(fault(site.nth, Mishap::Slow(0))).unwrap();
        }
        self.world.fault(fault(times, mishap)).unwrap();
    }

    /// The creating effects happened once, nothing was deleted or overwritten, and every save says the same.
    fn once(&self, up_to: StepKind) -> Result<(), String> {
        let steps = self.steps();
        let position = |kind| steps.iter().position(|k| *k == kind);
        let reached = |kind| position(kind).is_some_and(|at| position(up_to) >= Some(at));
        let count = |kind| self.world.effects(kind).len();
        let (before, saves_before) = self.base;
        let now = self.hand();
        let made: Vec<usize> = now.iter().zip(before).map(|(now, before)| now - before).collect();
        let expected = HAND.map(|(kind, _)| usize::from(reached(kind)));
        let saves = saves_of(&self.world).split_off(saves_before);
        let same = saves.iter().all(|body| *body == saves[0]);
        let saved = !reached(StepKind::PbxUser) || count(EffectKind::UserConfigured) > 0;
        let broken = self.world.violations();
        if made == expected && same && saved && broken.is_empty() {
            return Ok(());
        }
        Err(format!("made: {made:?}, expected: {expected:?}; saves: {saves:?}; broken: {broken:?}"))
    }

    fn last_calls(&self) -> String {
        let calls: Vec<String> = self.world.log().iter().rev().take(8).map(ToString::to_string).collect();
        calls.join("\n    ")
    }
}

/// Tells all stories and everything that went wrong in any of them.
async fn tell<F: Future<Output = Result<(), String>>>(stories: impl Iterator<Item = (String, F)>) -> usize {
    let told =
        stream::iter(stories).map(|(name, story)| async move { story.await.map_err(|e| format!("{name}: {e}")) });
    let ends: Vec<Result<(), String>> = told.buffer_unordered(AT_ONCE).collect().await;
    let count = ends.len();
    let mut failed: Vec<String> = ends.into_iter().filter_map(Result::err).collect();
    failed.sort();
    assert!(failed.is_empty(), "{} of {count} stories failed:\n{}", failed.len(), failed.join("\n"));
    count
}

/// A human is asked, and has not done it yet.
fn asks_people(kind: StepKind, known: &Known) -> bool {
    kind.is_done_by_people() && known.report.is_none()
}

/// Every step of every carrier's plans: each with the first errand that has it.
async fn all_steps() -> Vec<Of> {
    let mut all: Vec<Of> = Vec::new();
    for carrier in CARRIERS {
        for errand in errands(carrier) {
            let new = Scene::open((carrier, *errand)).await.steps().into_iter();
            let known: Vec<_> = all.iter().filter(|((of, _), _)| *of == carrier).map(|(_, kind)| *kind).collect();
            all.extend(new.filter(|kind| !known.contains(kind)).map(|kind| ((carrier, *errand), kind)));
        }
    }
    assert!(StepKind::ALL.iter().all(|kind| all.iter().any(|(_, known)| known == kind)), "a step is in no plan");
    all
}

async fn all_sites() -> Vec<Site> {
    let mut sites = Vec::new();
    for of in all_steps().await {
        sites.extend(Scene::sites(of).await);
    }
    sites
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_is_done_twice_at_every_point_and_changes_things_once() {
    for (errand, kind) in all_steps().await {
        let scene = Scene::open(errand).await;
        scene.up_to(kind).await;
        let (mut known, mut done) = (Known::default(), 0);
        while done < 2 {
            // What the first found is never written down; then the next process does the same again.
            scene.attempt(kind, &scene.systems(), &known).await;
            match scene.attempt(kind, &scene.systems(), &known).await {
                StepOutcome::Done(_) => done += 1,
                StepOutcome::Prepared(image) => {
                    assert_eq!(known.before, None, "{}: recorded once", kind.name());
                    known.before = Some(image);
                }
                StepOutcome::Accepted(ticket) => known.ticket = Some(ticket),
                StepOutcome::NotYet(_) if asks_people(kind, &known) => known.report = Some(scene.report(kind)),
                StepOutcome::NotYet(_) => scene.clock.advance(SignedDuration::from_secs(2)),
                StepOutcome::Faulted(fault) => panic!("{}: {fault:?}", kind.name()),
            }
        }
        scene.once(kind).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_somebody_else_does_in_the_middle_of_any_of_its_calls_is_done_once() {
    let stories = all_sites().await.into_iter().map(|site| (format!("{site:?}"), overtaken(site)));
    tell(stories).await;
}

async fn overtaken(site: Site) -> Result<(), String> {
    let (errand, kind) = site.of;
    let scene = Scene::open(errand).await;
    scene.up_to(kind).await;
    scene.strike(&site, 1, Mishap::Slow(3000));
    let second = async {
        for _ in 0..MOST_LOOKS {
            if scene.clock.until_next().is_some() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        assert!(scene.clock.until_next().is_some(), "the struck call never came: {}", scene.last_calls());
        let end = scene.through(kind, &scene.systems()).await;
        scene.clock.advance(SignedDuration::from_secs(3));
        end
    };
    let systems = scene.systems();
    let (first, second) = tokio::join!(scene.through(kind, &systems), second);
    match (first?, second?) {
        (0, 0) => scene.once(kind),
        stops => Err(format!("it stopped: {stops:?}\n    {}", scene.last_calls())),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_step_overcomes_every_mishap_at_every_call_and_the_rest_follows() {
    let sites = all_sites().await;
    let mut stories = Vec::new();
    for site in sites {
        let mut told = mishaps();
        // Any 2xx is acceptance there, so that nothing can tell an empty lie.
        let believed = site.path.ends_with("configureUser");
        told.retain(|(name, _)| !(believed && *name == "empty"));
        // The same read again is the same code again.
        let again = site.nth > 0 && site.method == "GET";
        told.retain(|(name, _)| !again || matches!(*name, "500" | "dropped after" | "truncated"));
        let kind = site.of.1;
        let changes = kind == StepKind::PbxUser || HAND.iter().any(|(by_hand, _)| *by_hand == kind);
        // What only looks has met them all with another errand.
        let looks_again = site.of.0.1 != Errand::Give && !changes;
        told.retain(|(name, _)| !looks_again || matches!(*name, "500" | "dropped after" | "truncated"));
        // What only looks finds the same scene again after each mishap.
        let scenes: Vec<_> = if changes { told.into_iter().map(|one| vec![one]).collect() } else { vec![told] };
        for told in scenes {
            let names: Vec<_> = told.iter().map(|(name, _)| *name).collect();
            stories.push((format!("{site:?} × {}", names.join(", ")), struck(site.clone(), told)));
        }
    }
    let count = tell(stories.into_iter()).await;
    assert!(count > 100, "{count} stories are too few");
}

async fn struck(site: Site, told: Vec<(&'static str, Mishap)>) -> Result<(), String> {
    let (errand, kind) = site.of;
    let scene = Scene::open(errand).await;
    let mut systems = scene.up_to(kind).await;
    for (name, mishap) in told {
        if site.system == System::Login {
            systems = scene.systems();
        }
        scene.strike(&site, STRIKES, mishap);
        let end = scene.through(kind, &systems).await;
        let stops = end.map_err(|e| format!("{name}: {e}\n    {}", scene.last_calls()))?;
        // Only a login that is not accepted needs a human.
        if (stops > 0) != (name == "401") {
            return Err(format!("{name}: it stopped {stops} times\n    {}", scene.last_calls()));
        }
        scene.world.state().faults.clear();
    }
    for later in scene.steps().into_iter().skip_while(|step| *step != kind).skip(1) {
        scene.through(later, &systems).await?;
    }
    scene.once(scene.steps().last().copied().unwrap())
}
