//! The table of commands. The parser looks names and fields up here and the help is printed from it, so neither can
//! know a command that the other does not.

use crate::domain::Sentence;
use crate::view::HelpLine;

/// Every command by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "explained in VERBS, and to people by the sentence help-<verb>")]
pub enum Verb {
    Onboard,
    Offboard,
    Change,
    Undo,
    Why,
    Number,
    Status,
    List,
    Approve,
    Reject,
    Retry,
    Cancel,
    Bulk,
    Mute,
    Unmute,
    Help,
}

/// What may be given by name: `ext 1000`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "see the fields of Onboard")]
pub enum Field {
    Ext,
    Number,
    Location,
    Route,
    Voicemail,
    Profile,
    On,
    Reason,
}

/// One command in the table.
#[derive(Debug)]
pub struct VerbEntry {
    /// Which one.
    pub verb: Verb,
    /// How it is typed.
    pub name: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// The fields it takes.
    pub fields: &'static [Field],
    /// How it is written.
    pub usage: &'static str,
    /// One that works.
    pub example: &'static str,
    /// Whether this release carries it out.
    pub available: bool,
}

/// All commands in the order of the help.
pub static VERBS: [VerbEntry; 16] = TABLE;

const TABLE: [VerbEntry; 16] = [
    VerbEntry {
        verb: Verb::Onboard,
        name: "onboard",
        aliases: &["add", "provision", "setup"],
        fields: &Field::OF_A_NEW_LINE,
        usage: "onboard <upn> ext <n> [number <+e164>] [location <name>] [route <name>] [profile <name>] [on <time>] [reason <text>]",
        example: "onboard alice@contoso.com ext 1000 route \"US West\"",
        available: true,
    },
    VerbEntry {
        verb: Verb::Offboard,
        name: "offboard",
        aliases: &["remove", "deprovision"],
        fields: &[],
        usage: "offboard <upn>",
        example: "offboard alice@contoso.com",
        available: true,
    },
    VerbEntry {
        verb: Verb::Change,
        name: "change",
        aliases: &["modify", "update"],
        fields: &Field::ALL,
        usage: "change <upn> [ext <n>] [number <+e164>] [location <name>] [route <name>] [voicemail <pbx|teams>] [profile <name>] [on <time>] [reason <text>]",
        example: "change alice@contoso.com ext 1001",
        available: true,
    },
    VerbEntry {
        verb: Verb::Undo,
        name: "undo",
        aliases: &["revert"],
        fields: &[],
        usage: "undo <id>",
        example: "undo ONB-42",
        available: true,
    },
    VerbEntry {
        verb: Verb::Why,
        name: "why",
        aliases: &["explain", "diagnose"],
        fields: &[],
        usage: "why <upn>",
        example: "why alice@contoso.com",
        available: true,
    },
    VerbEntry {
        verb: Verb::Number,
        name: "number",
        aliases: &["lookup"],
        fields: &[Field::Ext],
        usage: "number <+e164|ext>",
        example: "number +13035550142",
        available: true,
    },
    VerbEntry {
        verb: Verb::Status,
        name: "status",
        aliases: &["show"],
        fields: &[],
        usage: "status [<id>|<upn>]",
        example: "status ONB-42",
        available: true,
    },
    VerbEntry {
        verb: Verb::List,
        name: "list",
        aliases: &["ls", "requests"],
        fields: &[],
        usage: "list [mine|waiting|late|failed]",
        example: "list waiting",
        available: true,
    },
    VerbEntry {
        verb: Verb::Approve,
        name: "approve",
        aliases: &["yes"],
        fields: &[Field::Reason],
        usage: "approve <id> [reason]",
        example: "approve ONB-42",
        available: true,
    },
    VerbEntry {
        verb: Verb::Reject,
        name: "reject",
        aliases: &["deny", "decline", "no"],
        fields: &[Field::Reason],
        usage: "reject <id> <reason>",
        example: "reject ONB-42 extension 1000 belongs to the front desk",
        available: true,
    },
    VerbEntry {
        verb: Verb::Retry,
        name: "retry",
        aliases: &["again"],
        fields: &[],
        usage: "retry <id>",
        example: "retry ONB-42",
        available: true,
    },
    VerbEntry {
        verb: Verb::Cancel,
        name: "cancel",
        aliases: &["abort", "stop"],
        fields: &[],
        usage: "cancel <id>",
        example: "cancel ONB-42",
        available: true,
    },
    VerbEntry {
        verb: Verb::Bulk,
        name: "bulk",
        aliases: &["import"],
        fields: &[],
        usage: "bulk (with a CSV file)",
        example: "bulk",
        available: false,
    },
    VerbEntry {
        verb: Verb::Mute,
        name: "mute",
        aliases: &["quiet"],
        fields: &[],
        usage: "mute",
        example: "mute",
        available: true,
    },
    VerbEntry {
        verb: Verb::Unmute,
        name: "unmute",
        aliases: &[],
        fields: &[],
        usage: "unmute",
        example: "unmute",
        available: true,
    },
    VerbEntry {
        verb: Verb::Help,
        name: "help",
        aliases: &["?", "h", "hilfe", "commands"],
        fields: &[],
        usage: "help [<command>]",
        example: "help onboard",
        available: true,
    },
];

// `Verb::entry` counts on this order.
const _: () = {
    let mut at = 0;
    while at < TABLE.len() {
        assert!(TABLE[at].verb.place() == at, "TABLE is not in the order of Verb::place");
        at += 1;
    }
};

impl Verb {
    /// Where it stands in the table. A match, so that a verb without an entry does not compile.
    const fn place(self) -> usize {
        match self {
            Self::Onboard => 0,
            Self::Offboard => 1,
            Self::Change => 2,
            Self::Undo => 3,
            Self::Why => 4,
            Self::Number => 5,
            Self::Status => 6,
            Self::List => 7,
            Self::Approve => 8,
            Self::Reject => 9,
            Self::Retry => 10,
            Self::Cancel => 11,
            Self::Bulk => 12,
            Self::Mute => 13,
            Self::Unmute => 14,
            Self::Help => 15,
        }
    }

    /// Its entry in the table.
    pub fn entry(self) -> &'static VerbEntry {
        &VERBS[self.place()]
    }

    /// How it is typed.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// Whether this release carries it out.
    pub fn is_available(self) -> bool {
        self.entry().available
    }

    /// By name or alias, in any case, with or without the slash.
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.strip_prefix('/').unwrap_or(word);
        VERBS.iter().find(|entry| entry.names().any(|name| name.eq_ignore_ascii_case(word))).map(|entry| entry.verb)
    }
}

impl VerbEntry {
    /// Name and aliases.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Ext, Self::Number, Self::Location, Self::Route, Self::Voicemail, Self::Profile, Self::On, Self::Reason];

    /// Those of a new line: whose voicemail takes its calls is chosen on the card.
    const OF_A_NEW_LINE: [Self; 7] =
        [Self::Ext, Self::Number, Self::Location, Self::Route, Self::Profile, Self::On, Self::Reason];

    /// Name first, then other words for it.
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Ext => &["ext", "extension", "x"],
            Self::Number => &["number"],
            Self::Location => &["location", "loc"],
            Self::Route => &["route"],
            Self::Voicemail => &["voicemail"],
            Self::Profile => &["profile"],
            Self::On => &["on"],
            Self::Reason => &["reason"],
        }
    }

    /// How it is typed and named in messages.
    pub const fn name(self) -> &'static str {
        self.names()[0]
    }

    /// By any of its names, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.names().iter().any(|name| name.eq_ignore_ascii_case(word)))
    }
}

/// The help: every command that this release carries out.
pub fn help() -> Vec<HelpLine> {
    VERBS.iter().filter(|entry| entry.available).map(|entry| help_of(entry.verb)).collect()
}

/// The help of one command; its explanation is the sentence `help-<verb>`.
pub fn help_of(verb: Verb) -> HelpLine {
    let entry = verb.entry();
    HelpLine {
        usage: entry.usage.to_owned(),
        does: Sentence::new(&format!("help-{}", entry.name)),
        example: entry.example.to_owned(),
    }
}
