//! The circuit by hand: who opens it, who may look, what closes it.

use jiff::{SignedDuration, Timestamp};

use crate::domain::RequestId;
use crate::outside::{Circuit, Heard, Phase};

const FAULT: Heard = Heard::Faulted { retry_after: None };

fn at(seconds: i64) -> Timestamp {
    "2026-11-22T10:02:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

/// Attempts that follow each other: who, when it ended (seconds), what it heard.
fn after(attempts: &[(u32, i64, Heard)]) -> Circuit {
    let mut circuit = Circuit::default();
    for (who, ended, heard) in attempts {
        circuit.enter(RequestId(*who));
        circuit.left(RequestId(*who), *heard, (at(*ended), 0.0));
    }
    circuit
}

/// Opened at second 2; the first probe is due at second 12.
fn opened() -> Circuit {
    after(&[(1, 0, FAULT), (2, 1, FAULT), (3, 2, FAULT)])
}

#[test]
fn three_different_requests_in_a_row_open_it_and_nothing_less() {
    let (yes, no) = (Heard::Answered, Heard::Nothing);
    for (attempts, opens) in [
        (vec![(1, 0, FAULT), (2, 1, FAULT)], false),
        (vec![(1, 0, FAULT), (1, 1, FAULT), (1, 3, FAULT), (1, 9, FAULT), (1, 21, FAULT)], false),
        (vec![(1, 0, FAULT), (2, 1, FAULT), (1, 2, FAULT), (2, 3, FAULT)], false),
        (vec![(1, 0, FAULT), (2, 1, FAULT), (3, 2, FAULT)], true),
        (vec![(1, 0, FAULT), (2, 1, FAULT), (1, 2, FAULT), (3, 3, FAULT)], true),
        (vec![(1, 0, FAULT), (2, 1, FAULT), (9, 2, yes), (3, 3, FAULT)], false),
        (vec![(1, 0, FAULT), (2, 1, FAULT), (1, 2, yes), (2, 3, FAULT), (3, 4, FAULT)], false),
        (vec![(1, 0, FAULT), (2, 1, FAULT), (9, 2, no), (3, 3, FAULT)], true),
        // What a human must mend comes as an answer, or as nothing when the login was refused.
        (vec![(1, 0, yes), (2, 1, yes), (3, 2, yes), (4, 3, no), (5, 4, no), (6, 5, no)], false),
        // Blips of a whole morning.
        (vec![(1, 0, FAULT), (2, 601, FAULT), (3, 1202, FAULT)], false),
        (vec![(1, 0, FAULT), (2, 300, FAULT), (3, 600, FAULT)], true),
    ] {
        let circuit = after(&attempts);
        assert_eq!(circuit.phase() == Phase::Open, opens, "{attempts:?}");
    }
    assert_eq!(opened().since(), Some(at(0)), "since the first fault");
}

#[test]
fn one_probe_at_a_time_is_let_through_ever_more_rarely() {
    let mut circuit = opened();
    let mut now = 2;
    for pause in [10, 20, 40, 60, 60, 60] {
        assert_eq!(circuit.look(at(now + pause - 1)).unwrap_err().next, at(now + pause));
        assert_eq!(circuit.phase(), Phase::Open);
        now += pause;
        assert!(circuit.look(at(now)).is_ok());
        circuit.enter(RequestId(7));
        assert_eq!(circuit.phase(), Phase::HalfOpen);
        let shut = circuit.look(at(now + 1)).unwrap_err();
        assert_eq!((shut.since, shut.next), (at(0), at(now + 6)), "others look again soon");
        // Somebody who began before it opened ends now: that tells nothing new.
        circuit.left(RequestId(4), FAULT, (at(now + 1), 0.0));
        assert_eq!(circuit.phase(), Phase::HalfOpen);
        now += 2;
        circuit.left(RequestId(7), FAULT, (at(now), 0.0));
    }
}

#[test]
fn whoever_gets_through_closes_it() {
    for (who, phase) in [(7, "the probe"), (4, "somebody who began before it opened")] {
        let mut circuit = opened();
        circuit.enter(RequestId(7));
        circuit.left(RequestId(who), Heard::Answered, (at(13), 0.0));
        assert_eq!((circuit.phase(), circuit.since()), (Phase::Closed, None), "{phase}");
        // And it takes three again.
        circuit.left(RequestId(1), FAULT, (at(14), 0.0));
        circuit.left(RequestId(2), FAULT, (at(15), 0.0));
        assert!(circuit.look(at(15)).is_ok(), "{phase}");
    }
}

#[test]
fn a_probe_that_tells_nothing_makes_room_for_the_next_at_once() {
    let mut circuit = opened();
    circuit.enter(RequestId(7));
    circuit.left(RequestId(7), Heard::Nothing, (at(13), 0.0));
    assert_eq!(circuit.phase(), Phase::Open);
    assert!(circuit.look(at(13)).is_ok());
}

#[test]
fn what_the_system_asks_for_is_honoured_up_to_five_minutes_and_chance_only_shortens_our_own_pause() {
    for (asked, chance, next) in [
        (None, 0.0, 10_000),
        (None, 1.0, 9_000),
        (None, 7.0, 9_000),
        (Some(-5), 0.5, 9_500),
        (Some(0), 1.0, 9_000),
        (Some(25), 1.0, 25_000),
        (Some(100_000), 1.0, 300_000),
    ] {
        let mut circuit = after(&[(1, 0, FAULT), (2, 0, FAULT)]);
        let retry_after = asked.map(SignedDuration::from_secs);
        circuit.left(RequestId(3), Heard::Faulted { retry_after }, (at(0), chance));
        let shut = circuit.look(at(0)).unwrap_err();
        assert_eq!(shut.next.duration_since(at(0)), SignedDuration::from_millis(next), "{asked:?} {chance}");
    }
}
