//! What only Slack shows, and how the others look there.

use super::*;

/// The people of a card as Slack knows them.
pub fn on_slack(view: View) -> View {
    let known = |mention: &mut Mention| {
        mention.surface = Surface::Slack;
        mention.id = mention.id.replace("29:user-", "U0USER");
    };
    let mut view = view;
    match &mut view {
        View::Approval(card) => card.approvers.iter_mut().for_each(known),
        View::Guided(card) => card.operators.iter_mut().for_each(known),
        View::Failure(card) => card.mentions.iter_mut().for_each(known),
        View::Done(card) => card.told.iter_mut().flatten().for_each(known),
        _ => {}
    }
    view
}

/// What is too large for a message in Slack, and what only Slack could misunderstand.
pub fn only_slack() -> Vec<(&'static str, View)> {
    let addresses = (1..=150).map(|n| choice(&format!("Building {n}, 200 Main Street, Salt Lake City"))).collect();
    let mut hostile = requests();
    hostile.rows[0].requester = "<!channel> *Eve* :tada: <@U1|boss> _x_".to_owned();
    hostile.rows[1].line = "> 1041 & <https://evil.example|+11041>".to_owned();
    hostile.rows[2].state = say("state-rejected").with("by", "`Mallory` ~x~ ${title}");
    let mut progress = progress();
    // One step waits at a time.
    let waits = progress.steps[4].clone();
    progress.steps = (0..23).map(|_| StepLine { clock: None, ..waits.clone() }).chain([waits.clone()]).collect();
    vec![
        ("confirm.many", View::Confirm(Confirm { emergency_addresses: addresses, ..confirm() })),
        ("requests.hostile", View::Requests(hostile)),
        ("requests.longest", View::Requests(Requests { rows: many_rows(50), more: 0, ..requests() })),
        ("progress.longest", View::Progress(progress)),
    ]
}

fn many_rows(count: usize) -> Vec<Row> {
    requests().rows.iter().cycle().take(count).cloned().collect()
}

/// People's own pages by the name of their sample.
pub fn homes() -> Vec<(&'static str, Home)> {
    let system = |name: &str, works, id: &str| SystemLine { name: format!("Contoso: {name}"), works, state: say(id) };
    let rows = requests().rows;
    let home = Home {
        mine: rows[..1].to_vec(),
        waiting: rows[1..3].to_vec(),
        systems: vec![
            system("Microsoft 365", true, "home-system-works"),
            system("NetSapiens", false, "home-system-down"),
            system("ConnecttoTeams", false, "home-system-probed"),
        ],
        read_at: at(49),
        refusal: None,
    };
    vec![
        ("home", home.clone()),
        ("home.empty", Home { mine: vec![], waiting: vec![], systems: vec![], ..home.clone() }),
        ("home.refused", Home::refused(say("refusal-stranger-command"), at(49))),
        (
            "home.longest",
            Home {
                mine: many_rows(50),
                waiting: many_rows(50),
                systems: home.systems.iter().cycle().take(60).cloned().collect(),
                ..home
            },
        ),
    ]
}

/// What a form may have to say.
pub fn notes() -> Vec<(&'static str, Vec<Sentence>)> {
    let receipt = say("answer-receipt").with("request", "ONB-42").with("subject", UPN);
    let told = |problems: Problems| problems.problems.into_iter().flat_map(|problem| [problem.what, problem.fix]);
    vec![
        ("note-form", vec![receipt]),
        ("note-form.problems", told(problems()).collect()),
        ("note-form.longest", told(longest_problems()).cycle().take(100).collect()),
    ]
}
